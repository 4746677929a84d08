//! The real agent, polling by its timetable on a clock that the runtime turns.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use povline_client::{Client, Secret};
use povline_domain::{AppKey, ChangeKind, Clock, UnixMillis};
use povline_store::ledger::{Event, EventCursor, Ledger, SqliteLedger};
use povline_sync::brake::BrakePolicy;
use povline_sync::{Agent, AgentConfig, Summary};
use povline_world::grade::{FindingKind, Grader, Report, ViewEvent};
use povline_world::scenarios::{ScenarioFile, shipped_named};
use povline_world::server::{Identity, Stage, StageTransport};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::agent::view_row;
use super::immediate::Immediate;

/// How often it is looked at what the agent has told.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// How long the agent goes on after the world has come to rest.
const AFTER_MS: i64 = 130 * 60_000;

pub(super) type TestLedger = Immediate<SqliteLedger>;

struct RuntimeClock(Instant, UnixMillis);

impl Clock for RuntimeClock {
    fn now(&self) -> UnixMillis {
        self.1.plus_millis(self.0.elapsed().as_millis() as i64)
    }
}

async fn play(name: &str, brake: BrakePolicy) -> Report {
    let scenario = shipped_named(name).unwrap().read().unwrap();
    play_watched(&scenario, |config| config.brake = brake, async |_| {})
        .await
        .0
}

/// What can be looked at while an agent is at work.
pub(super) struct Sight<'a> {
    pub(super) stage: &'a Mutex<Stage>,
    pub(super) ledger: &'a TestLedger,
    pub(super) now: UnixMillis,
    /// Everything that was told since the last look.
    pub(super) events: &'a [Event],
}

/// A scenario's world, an agent that is set up for it, and the clock of both, which the runtime
/// turns.
pub(super) struct Table {
    pub(super) stage: Arc<Mutex<Stage>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ledger: Arc<TestLedger>,
    pub(super) agent: Agent<TestLedger>,
    pub(super) ends_at: UnixMillis,
    _directory: tempfile::TempDir,
}

impl Table {
    pub(super) fn set(scenario: &ScenarioFile, set_up: impl FnOnce(&mut AgentConfig)) -> Self {
        let identity = Identity {
            app_key: AppKey::new("12345678").unwrap(),
            secret: Secret::new("helloworld"),
        };
        let stage = Stage::new(scenario, identity.clone());
        let (begins_at, ends_at, povs) = {
            let truth = stage.read_truth();
            let povs = truth.clinics().iter();
            let povs = povs.map(|clinic| clinic.out_pov_id.clone()).collect();
            (truth.begins_at(), truth.ends_at(), povs)
        };
        let clock: Arc<dyn Clock> = Arc::new(RuntimeClock(Instant::now(), begins_at));
        let stage = Arc::new(Mutex::new(stage));
        let transport = StageTransport::new(Arc::clone(&stage), Arc::clone(&clock));
        let client = Client::builder(
            "http://world.test/router/rest",
            identity.app_key,
            identity.secret,
            Arc::clone(&clock),
        )
        .transport(Arc::new(transport))
        .build()
        .unwrap();
        let directory = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(directory.path().join("ledger.db")).unwrap();
        let ledger = Arc::new(Immediate(ledger));
        let mut config = AgentConfig::new(povs);
        config.timetable.first_day = 0;
        config.timetable.last_day = i32::from(scenario.days) - 1;
        set_up(&mut config);
        let agent = Agent::new(client, Arc::clone(&ledger), config, Arc::clone(&clock));
        Self {
            stage,
            clock,
            ledger,
            agent,
            ends_at,
            _directory: directory,
        }
    }
}

/// Plays a scenario with an agent that is set up so, and looks at it now and then.
pub(super) async fn play_watched(
    scenario: &ScenarioFile,
    set_up: impl FnOnce(&mut AgentConfig),
    mut look: impl AsyncFnMut(Sight<'_>),
) -> (Report, Summary) {
    let Table {
        stage,
        clock,
        ledger,
        agent,
        ends_at,
        _directory,
    } = Table::set(scenario, set_up);
    let stop = CancellationToken::new();
    let mut grader = Grader::new();
    let looking = async {
        let mut cursor = EventCursor(0);
        while clock.now() < ends_at.plus_millis(AFTER_MS) {
            tokio::time::sleep(LOOK_EVERY).await;
            let events = ledger.events_after(cursor, usize::MAX).await.unwrap();
            cursor = events.last().map_or(cursor, |event| event.cursor);
            let sight = Sight {
                stage: &stage,
                ledger: &ledger,
                now: clock.now(),
                events: &events,
            };
            look(sight).await;
            let told: Vec<ViewEvent> = events.into_iter().map(view_event).collect();
            let stage = stage.lock();
            stage.truth().write().advance(clock.now());
            let truth = stage.read_truth();
            grader.hand_in_events(&truth, stage.log(), &told, clock.now());
        }
        stop.cancel();
    };
    let (ran, ()) = tokio::join!(agent.run(stop.clone()), looking);
    let summary = ran.unwrap();
    let stage = stage.lock();
    let truth = stage.read_truth();
    let report = grader.report(&truth, stage.log(), clock.now());
    (report, summary)
}

pub(super) fn view_event(event: Event) -> ViewEvent {
    let change = event.change;
    ViewEvent {
        cancelled: change.kind == ChangeKind::Cancelled,
        row: view_row(&change.after.or(change.before).unwrap()),
        at: None,
    }
}

#[tokio::test(start_paused = true)]
async fn the_real_agent_is_blameless_in_a_storm_of_moves_a_crush_and_a_storm_of_faults() {
    for name in ["storm", "faults", "crush"] {
        let report = play(name, BrakePolicy::default()).await;
        let never: u64 = report.delays.iter().map(|delays| delays.never).sum();
        println!(
            "{name}: {:?} {:?} {:?}",
            report.findings, report.limits, report.delays
        );
        assert!(report.is_clean(), "{name}: {:#?}", report.stories);
        // What is overtaken by another change before the next reading is never seen.
        assert!(
            never * 200 <= report.events,
            "{name}: {never} were never told"
        );
        assert!(report.events > 500, "{name}: {}", report.events);
        assert_eq!(report.calls.within_bans + report.calls.bans_provoked, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_clinic_that_is_shown_empty_is_held_and_without_a_brake_cancelled() {
    let braked = play("emptied", BrakePolicy::default()).await;
    assert!(braked.is_clean(), "{:#?}", braked.stories);
    assert!(braked.events > 400, "{}", braked.events);
    // The agent without its brake is one of the broken ones, and the scenario catches it.
    let released = BrakePolicy {
        lost_rows_max: u64::MAX,
        ..BrakePolicy::default()
    };
    let unbraked = play("emptied", released).await;
    let false_cancels = unbraked.count(FindingKind::FalseCancel);
    assert!(false_cancels > 200, "{false_cancels}");
}
