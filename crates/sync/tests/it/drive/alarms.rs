//! What a person must hear of is in the ledger, raised once and cleared once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use povline_domain::{Clock, UnixMillis};
use povline_store::ledger::{AlarmRecord, Ledger};
use povline_sync::{Progress, Summary};
use tokio_util::sync::CancellationToken;

use super::platform::{Answer, Platform};
use super::support::{
    EIGHT, TestLedger, agent, agent_of, clock, config, day_text, ids, ids_of, ledger, pov,
};

/// Runs an agent of one POV for so many minutes.
async fn run(
    minutes: u64,
    platform: Platform,
    ledger: &Arc<TestLedger>,
    clock: &Arc<dyn Clock>,
) -> (Summary, Progress, Vec<AlarmRecord>) {
    let (_, transport) = platform.into_transport();
    let agent = agent(
        transport,
        Arc::clone(ledger),
        config(&["00001"]),
        Arc::clone(clock),
    );
    let progress = agent.progress();
    let stop = CancellationToken::new();
    let stopping = async {
        tokio::time::sleep(Duration::from_secs(60 * minutes)).await;
        stop.cancel();
    };
    let (summary, ()) = tokio::join!(agent.run(stop.clone()), stopping);
    let alarms = ledger.alarms(100).await.unwrap();
    let progress = progress.borrow().clone();
    (summary.unwrap(), progress, alarms)
}

/// Refuses every call with this code from minute 5 to minute 20.
fn refusing(code: i64) -> Platform {
    let begun = tokio::time::Instant::now();
    Platform::new(
        move |_, _, _| match (300..1_200).contains(&begun.elapsed().as_secs()) {
            true => Answer::Error(code, "", ""),
            false => Answer::Right,
        },
    )
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_app_and_lists_that_grow_old_are_told_once_each() {
    for (code, kind) in [(25, "refused"), (31, "clock-skew")] {
        let directory = tempfile::tempdir().unwrap();
        let ledger = ledger(directory.path());
        let (_, progress, alarms) = run(60, refusing(code), &ledger, &clock()).await;
        let named: Vec<(&str, &str)> = alarms
            .iter()
            .map(|alarm| (alarm.of.kind.as_str(), alarm.of.subject.as_str()))
            .collect();
        let different: BTreeSet<_> = named.iter().collect();
        assert_eq!(different.len(), named.len(), "none flaps: {named:?}");
        assert!(named.contains(&(kind, "platform")), "{named:?}");
        assert!(named.contains(&("overdue", "today")), "{named:?}");
        for alarm in &alarms {
            assert!(alarm.cleared_at.is_some(), "{alarm:?}");
            assert!(alarm.raised_at > EIGHT.plus_millis(300_000), "{alarm:?}");
            assert_eq!(alarm.of.app.as_ref().unwrap().as_str(), "12345678");
        }
        assert_eq!(progress.alarms, []);
        let ages: Vec<(i32, usize)> = progress
            .tiers
            .iter()
            .map(|tier| (tier.days_ahead, tier.overdue))
            .collect();
        assert_eq!(ages, [(0, 0), (1, 0)]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_alarm_that_stands_when_the_agent_is_stopped_stands_when_it_begins_again() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = ledger(directory.path());
    let clock = clock();
    let refuse = || Platform::new(|_, _, _| Answer::Error(25, "", ""));
    let (_, progress, first) = run(3, refuse(), &ledger, &clock).await;
    assert_eq!(first.len(), 1, "{first:?}");
    assert_eq!(progress.alarms.len(), 1);
    let (_, _, second) = run(3, refuse(), &ledger, &clock).await;
    assert_eq!(second, first, "not raised again");
    let (_, _, third) = run(30, Platform::new(|_, _, _| Answer::Right), &ledger, &clock).await;
    assert_eq!(third.len(), 1);
    assert!(third[0].cleared_at.is_some());
}

/// Nobody waits for rows of a day that is over, and nobody but a person cancels them.
#[tokio::test(start_paused = true)]
async fn what_is_held_is_let_be_once_its_day_is_over() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = ledger(directory.path());
    let clock = clock();
    let full = Platform::new(|_, _, _| Answer::Right);
    full.set("00001", &day_text(0), ids('A', 60));
    run(10, full, &ledger, &clock).await;
    let denying = || Platform::new(|_, _, _| Answer::Right);
    let (_, progress, alarms) = run(60, denying(), &ledger, &clock).await;
    assert_eq!(progress.alarms.len(), 1);
    assert_eq!(alarms[0].of.subject, format!("00001 {}", day_text(0)));
    // At midnight, sixteen hours after eight, its day is over.
    let (_, progress, alarms) = run(16 * 60, denying(), &ledger, &clock).await;
    assert_eq!((progress.alarms, alarms.len()), (vec![], 1));
    assert!(alarms[0].cleared_at.is_some());
    assert_eq!(ledger.holds().await.unwrap().len(), 1);
    assert_eq!(ledger.suspects().await.unwrap().len(), 60);
}

/// A clock that is so much ahead of another.
struct Off(Arc<dyn Clock>, i64);

impl Clock for Off {
    fn now(&self) -> UnixMillis {
        self.0.now().plus_millis(self.1)
    }
}

/// The platform still takes the calls, ten minutes being allowed, but its answers name another time.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_is_told_by_what_time_the_answers_name() {
    for (off, told) in [
        (0, None),
        // Within what a slow call and whole seconds leave open.
        (59_000, None),
        (90_000, Some("s behind the platform's; keep it")),
        (-90_000, Some("s ahead of the platform's; keep it")),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let ledger = ledger(directory.path());
        let clock = clock();
        let platform = Platform::new(|_, _, _| Answer::Right);
        let platform = platform.dated(Arc::new(Off(Arc::clone(&clock), off)));
        let (_, progress, alarms) = run(30, platform, &ledger, &clock).await;
        assert_eq!(alarms.len(), usize::from(told.is_some()), "{alarms:?}");
        assert_eq!(progress.alarms.len(), alarms.len(), "it stands");
        if let (Some(told), Some(alarm)) = (told, alarms.first()) {
            assert_eq!(alarm.of.kind, "clock-skew");
            assert!(alarm.detail.contains(told), "{}", alarm.detail);
        }
        // It is over when the clock is right again.
        let right = Platform::new(|_, _, _| Answer::Right).dated(Arc::clone(&clock));
        let (_, progress, alarms) = run(30, right, &ledger, &clock).await;
        assert!(alarms.iter().all(|alarm| alarm.cleared_at.is_some()));
        assert_eq!(progress.alarms, []);
    }
}

/// Two apps of one agent keep one ledger. What bans one does not stop the other.
#[tokio::test(start_paused = true)]
async fn a_ban_of_one_app_parks_that_app_alone() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = ledger(directory.path());
    let ban = "This ban will last for 3000 more seconds";
    let banned = Platform::new(move |_, _, _| {
        Answer::Error(7, "accesscontrol.limited-by-app-access-count", ban)
    });
    let open = Platform::new(|_, _, _| Answer::Right);
    open.set("00002", &day_text(0), ids('B', 5));
    let (banned, to_banned) = banned.into_transport();
    let (_, to_open) = open.into_transport();
    let clock = clock();
    let mut limited = config(&["00001"]);
    limited.limits.calls_per_day = Some(1_000);
    let one = agent_of(
        "11",
        to_banned,
        Arc::clone(&ledger),
        limited,
        Arc::clone(&clock),
    );
    let other = agent_of(
        "22",
        to_open,
        Arc::clone(&ledger),
        config(&["00002"]),
        clock,
    );
    let stop = CancellationToken::new();
    let stopping = async {
        tokio::time::sleep(Duration::from_secs(1_800)).await;
        stop.cancel();
    };
    let (of_one, of_other, ()) =
        tokio::join!(one.run(stop.clone()), other.run(stop.clone()), stopping);
    let (of_one, of_other) = (of_one.unwrap().progress, of_other.unwrap().progress);
    assert_eq!(of_one.complete, 0);
    assert!(banned.calls().len() <= 2 * 8, "parked, not hammering");
    assert!(of_other.complete > 30, "{}", of_other.complete);
    assert_eq!((of_other.failed, of_other.banned_until), (0, None));
    assert_eq!(ids_of(&ledger, "00002", 0).await.len(), 5);
    assert_eq!(of_one.calls_left, Some(1_000 - of_one.calls_taken));
    assert_eq!(of_other.calls_left, None);
    assert!(
        ledger
            .rows(&pov("00001"), super::support::today())
            .await
            .unwrap()
            .is_empty()
    );
}
