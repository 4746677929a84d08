//! The real agent, sweep by sweep, in every scenario that ships: what it tells and what it believes
//! is held against the truth after each sweep.

use std::time::Duration;

use povline_store::ledger::{EventCursor, Ledger as _, RowState};
use povline_world::grade::{Grader, Line, Report, ViewEvent, ViewRow};
use povline_world::scenarios::{ScenarioFile, shipped};
use tokio_util::sync::CancellationToken;

use super::agent::{sweep_ms, view_row};
use super::parallel::play_all;
use super::real::{Table, view_event};

/// Sweeps after the world has come to rest: to see, to confirm, to look elsewhere.
const LAST_SWEEPS: u32 = 5;

/// How often it is looked at what the agent has told.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Plays a scenario to its end.
async fn play(scenario: &ScenarioFile) -> Report {
    let table = Table::set(scenario, |_| {});
    let mut grader = Grader::new();
    let mut cursor = EventCursor(0);
    let mut left = LAST_SWEEPS;
    loop {
        let begun_at = table.clock.now();
        if begun_at >= table.ends_at {
            match left.checked_sub(1) {
                Some(fewer) => left = fewer,
                None => break,
            }
        }
        let swept = table.agent.sweep(CancellationToken::new());
        let telling = async {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                tell(&table, &mut grader, &mut cursor).await;
            }
        };
        tokio::select! {
            swept = swept => drop(swept.unwrap()),
            never = telling => never,
        }
        tell(&table, &mut grader, &mut cursor).await;
        let lines = believed(&table).await;
        let now = table.clock.now();
        {
            let stage = table.stage.lock();
            stage.truth().write().advance(now);
            let truth = stage.read_truth();
            grader.hand_in_rows(&truth, stage.log(), lines, now);
        }
        let rest = sweep_ms(scenario) - table.clock.now().millis_since(begun_at);
        tokio::time::sleep(Duration::from_millis(rest.max(1_000).unsigned_abs())).await;
    }
    let stage = table.stage.lock();
    let truth = stage.read_truth();
    grader.report(&truth, stage.log(), table.clock.now())
}

/// Hands in what was told since the last time.
async fn tell(table: &Table, grader: &mut Grader, cursor: &mut EventCursor) {
    let events = table
        .ledger
        .events_after(*cursor, usize::MAX)
        .await
        .unwrap();
    *cursor = events.last().map_or(*cursor, |event| event.cursor);
    let told: Vec<ViewEvent> = events.into_iter().map(view_event).collect();
    let now = table.clock.now();
    let stage = table.stage.lock();
    stage.truth().write().advance(now);
    let truth = stage.read_truth();
    grader.hand_in_events(&truth, stage.log(), &told, now);
}

/// The whole view, what is in doubt included, and which lists were not proved.
async fn believed(table: &Table) -> Vec<Line> {
    let lists: Vec<_> = {
        let stage = table.stage.lock();
        let truth = stage.read_truth();
        let days: Vec<_> = truth.open_days(table.clock.now()).collect();
        let clinics = truth.clinics().iter();
        let of_clinic = |pov: &povline_domain::OutPovId| {
            let pov = pov.clone();
            days.clone().into_iter().map(move |day| (pov.clone(), day))
        };
        clinics
            .flat_map(|clinic| of_clinic(&clinic.out_pov_id))
            .collect()
    };
    let known = table.ledger.days().await.unwrap();
    let mut lines = Vec::new();
    for (pov, day) in lists {
        let status = known.iter().find(|list| list.pov == pov && list.day == day);
        if status.is_none_or(|list| list.verdict != "complete") {
            lines.push(Line::Incomplete(pov.as_str().to_owned(), day));
        }
        let rows = table.ledger.rows(&pov, day).await.unwrap();
        let kept = rows.iter().filter(|row| row.state != RowState::Cancelled);
        lines.extend(kept.map(|row| {
            Line::Row(ViewRow {
                suspected: row.state == RowState::Suspected,
                ..view_row(&row.appointment)
            })
        }));
    }
    lines
}

/// Plays a scenario on a runtime of its own, whose clock passes in no time.
fn report(scenario: &ScenarioFile) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(play(scenario))
}

#[test]
fn the_real_agent_misses_nothing_and_invents_nothing_in_any_shipped_scenario() {
    let scenarios: Vec<_> = shipped()
        .iter()
        .map(|shipped| shipped.read().unwrap())
        .collect();
    let reports = play_all(&scenarios, report);
    assert_eq!(reports.len(), shipped().len());
    let mut blames = String::new();
    for report in reports {
        println!(
            "{}: {:?} limits {:?}, {} rows unknown, {} live rows doubted, {} events",
            report.scenario,
            report.findings,
            report.limits,
            report.rows_unknown,
            report.false_doubts,
            report.events
        );
        assert!(report.at_rest && report.events > 100, "{}", report.scenario);
        if !report.is_clean() {
            let stories: Vec<_> = report.stories.iter().map(|story| &story.lines).collect();
            blames.push_str(&format!("{}: {stories:#?}\n", report.scenario));
        }
    }
    assert!(blames.is_empty(), "{blames}");
}
