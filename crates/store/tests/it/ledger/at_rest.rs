//! What a ledger remembers of lists at rest must never show: the deciding function sees the same,
//! and the same is written, as by a ledger that has just been opened and remembers nothing.

use std::path::Path;
use std::sync::{Arc, Mutex};

use povline_domain::{
    AppointmentId, Day, Digest, IncompleteReason, OutPovId, UnixMillis, Verdict, Window,
};
use povline_store::StoreError;
use povline_store::ledger::{
    BrakeStep, DayView, EventCursor, Hold, Ledger, Observation, Observed, RowState, Settled,
    Settlement, SqliteLedger, UnreadRow,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::support::*;

fn open(directory: &Path) -> SqliteLedger {
    SqliteLedger::open(directory).unwrap()
}

/// The answer that repeats these windows at another time.
fn again(pov: &OutPovId, day: Day, at: i64, windows: &[Window]) -> Observation {
    let mut observation = scan(pov, day, at, Vec::new());
    observation.observed = Observed::Unchanged;
    observation.certificate.windows = windows.to_vec();
    for window in &mut observation.certificate.windows {
        window.requested_at = UnixMillis(at);
        window.answered_at = UnixMillis(at + 5);
    }
    observation
}

/// As [`at_its_word`], but an unchanged answer stands only for the windows that the list stands
/// for, and a row that is called so holds its list or lets it go.
fn carefully(observation: &Observation, view: &DayView) -> Settlement {
    let mut settlement = at_its_word(observation, view);
    let same = |(new, old): (&Window, &Window)| new.digest == old.digest;
    match &observation.observed {
        Observed::Unchanged => {
            let windows = &observation.certificate.windows;
            settlement.stands = view.standing.as_ref().is_some_and(|standing| {
                windows.len() == standing.len() && windows.iter().zip(standing).all(same)
            });
        }
        Observed::Rows(rows) => {
            let begun_at = observation.certificate.begun_at().unwrap();
            let has = |name: &str| {
                let mut ids = rows.iter().map(|row| &row.appointment.appointment_id);
                ids.any(|id| id.as_str().starts_with(name))
            };
            if has("hold") {
                settlement.brake = Some(BrakeStep::Hold(Hold {
                    held_at: begun_at,
                    counted_from: begun_at,
                    known: 1,
                    lost: 1,
                    persists_since: None,
                    rejected_at: None,
                }));
            } else if view.brake.hold.is_some() {
                settlement.brake = Some(BrakeStep::Lift);
            }
        }
    }
    settlement
}

/// Settles one scan; what came of it, and all that the deciding function was shown.
async fn watched(
    ledger: &SqliteLedger,
    observation: Observation,
) -> (Result<Settled, StoreError>, Vec<String>) {
    let views = Arc::new(Mutex::new(Vec::new()));
    let shown = Arc::clone(&views);
    let settled = settle_with(ledger, observation, move |observation, view| {
        shown.lock().unwrap().push(format!("{view:?}"));
        carefully(observation, view)
    });
    let settled = settled.await;
    let views = std::mem::take(&mut *views.lock().unwrap());
    (settled, views)
}

async fn standing(ledger: &SqliteLedger, pov: &OutPovId, day: Day) -> Option<Vec<Window>> {
    ledger.standing_windows(pov, day).await.unwrap()
}

#[tokio::test]
async fn what_is_noted_is_durable() {
    let directory = tempfile::tempdir().unwrap();
    let (pov, day) = (pov("1"), day(1));
    let ledger = open(directory.path());
    settle(&ledger, scan(&pov, day, 100, vec![row("a", &pov, day)])).await;
    for at in [200, 300] {
        let windows = standing(&ledger, &pov, day).await.unwrap();
        let (settled, _) = watched(&ledger, again(&pov, day, at, &windows)).await;
        assert!(settled.unwrap().stands);
    }
    drop(ledger);
    let ledger = open(directory.path());
    let status = ledger.days().await.unwrap().remove(0);
    assert_eq!(status.checked_at, Some(UnixMillis(300)));
    assert_eq!(status.tried_at, Some(UnixMillis(299)));
    assert_eq!(status.changed_at, Some(UnixMillis(100)));
    assert_eq!(
        standing(&ledger, &pov, day).await.unwrap()[0].requested_at,
        UnixMillis(300)
    );
}

/// Reads of one list may be settled in another order than that in which they began, and clocks go back.
#[tokio::test]
async fn an_earlier_answer_makes_no_list_older() {
    for is_remembered in [true, false] {
        let directory = tempfile::tempdir().unwrap();
        let (pov, day) = (pov("1"), day(1));
        let mut ledger = open(directory.path());
        settle(&ledger, scan(&pov, day, 100, vec![row("a", &pov, day)])).await;
        for at in [300, 200] {
            if !is_remembered {
                drop(ledger);
                ledger = open(directory.path());
            }
            let windows = standing(&ledger, &pov, day).await.unwrap();
            let (settled, _) = watched(&ledger, again(&pov, day, at, &windows)).await;
            assert!(settled.unwrap().stands);
        }
        let status = ledger.days().await.unwrap().remove(0);
        assert_eq!(status.checked_at, Some(UnixMillis(300)));
        assert_eq!(status.tried_at, Some(UnixMillis(299)));
    }
}

#[tokio::test]
async fn what_another_connection_writes_ends_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    let (pov, day) = (pov("1"), day(1));
    let ledger = open(directory.path());
    let rows = |names: &[&str]| names.iter().map(|name| row(name, &pov, day)).collect();
    settle(&ledger, scan(&pov, day, 100, rows(&["a", "b"]))).await;
    let windows = standing(&ledger, &pov, day).await.unwrap();
    let other = open(directory.path());
    settle(&other, scan(&pov, day, 200, rows(&["a"]))).await;
    let (settled, views) = watched(&ledger, again(&pov, day, 300, &windows)).await;
    assert!(!settled.unwrap().stands, "the list has changed");
    assert!(views[0].contains("suspects: [("), "{}", views[0]);
}

#[tokio::test]
async fn nothing_that_a_failed_settlement_undid_is_remembered() {
    let directory = tempfile::tempdir().unwrap();
    let (pov, day) = (pov("1"), day(1));
    let ledger = open(directory.path());
    settle(&ledger, scan(&pov, day, 100, vec![row("a", &pov, day)])).await;
    let windows = standing(&ledger, &pov, day).await.unwrap();
    let failing = scan(
        &pov,
        day,
        200,
        vec![row("b", &pov, day), row("c", &pov, day)],
    );
    let failed = settle_with(&ledger, failing, |observation, view| {
        // The certificate's window, and a change that belongs to no write.
        let mut settlement = at_its_word(observation, view);
        settlement.changes.pop();
        settlement
    });
    assert!(failed.await.is_err());
    let (settled, _) = watched(&ledger, again(&pov, day, 300, &windows)).await;
    assert!(settled.unwrap().stands);
    assert_eq!(
        standing(&ledger, &pov, day).await.unwrap()[0].requested_at,
        UnixMillis(300)
    );
}

#[derive(Debug, Clone)]
enum Step {
    /// A whole list of these rows.
    Read(usize, usize, Vec<usize>),
    /// The same with a row that cannot be read.
    Unread(usize, usize, Vec<usize>),
    /// A list that ended early.
    Part(usize, usize, Vec<usize>),
    /// The windows of this list, as it stands, again.
    Again(usize, usize),
    /// Windows that the list had some time ago.
    Old(usize, usize),
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "hold"];

fn step() -> impl Strategy<Value = Step> {
    let list = || (0_usize..2, 0_usize..2);
    let names = || prop::collection::btree_set(0..NAMES.len(), 0..4);
    let names = move || names().prop_map(|names| names.into_iter().collect::<Vec<_>>());
    prop_oneof![
        4 => (list(), names()).prop_map(|((p, d), n)| Step::Read(p, d, n)),
        1 => (list(), names()).prop_map(|((p, d), n)| Step::Unread(p, d, n)),
        1 => (list(), names()).prop_map(|((p, d), n)| Step::Part(p, d, n)),
        6 => list().prop_map(|(p, d)| Step::Again(p, d)),
        1 => list().prop_map(|(p, d)| Step::Old(p, d)),
    ]
}

/// All that a ledger tells.
async fn told(ledger: &SqliteLedger) -> String {
    let mut told = format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n",
        ledger.days().await.unwrap(),
        ledger.suspects().await.unwrap(),
        ledger.holds().await.unwrap(),
        ledger.counts().await.unwrap(),
        ledger.events_after(EventCursor(0), 10_000).await.unwrap(),
    );
    for (pov, day) in [("1", 1), ("1", 2), ("2", 1), ("2", 2)] {
        let (pov, day) = (pov_of(pov), day_of(day));
        let rows = ledger.rows(&pov, day).await.unwrap();
        assert!(rows.iter().all(|row| row.state != RowState::Cancelled));
        let windows = ledger.standing_windows(&pov, day).await.unwrap();
        told.push_str(&format!("{rows:?}\n{windows:?}\n"));
    }
    told
}

fn pov_of(name: &str) -> OutPovId {
    pov(name)
}

fn day_of(number: i8) -> Day {
    day(number)
}

async fn play(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (kept, opened) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let remembering = open(kept.path());
    let mut old: Vec<Option<Vec<Window>>> = vec![None; 4];
    for (number, step) in steps.into_iter().enumerate() {
        let forgetful = open(opened.path());
        let at = 1_000 + 10 * number as i64;
        let (Step::Read(pov, day, _)
        | Step::Unread(pov, day, _)
        | Step::Part(pov, day, _)
        | Step::Again(pov, day)
        | Step::Old(pov, day)) = step;
        let place = 2 * pov + day;
        let (pov, day) = (pov_of(["1", "2"][pov]), day_of([1, 2][day]));
        let standing = standing(&remembering, &pov, day).await;
        let rows = |names: &[usize]| {
            let names = names.iter().map(|name| NAMES[*name]);
            // Each ISV's POVs may have a row of any name, but the one that holds is the POV's own.
            let names = names.map(|name| match name {
                "hold" => format!("hold{}{}", pov.as_str(), day.number()),
                name => name.to_owned(),
            });
            names.map(|name| row(&name, &pov, day)).collect::<Vec<_>>()
        };
        let observation = match &step {
            Step::Read(.., names) => scan(&pov, day, at, rows(names)),
            Step::Unread(.., names) => {
                let mut observation = scan(&pov, day, at, rows(names));
                observation.unread.push(UnreadRow {
                    appointment_id: Some(AppointmentId::new("u").unwrap()),
                    reason: "no name".to_owned(),
                    raw: "{}".to_owned(),
                    window: 0,
                });
                observation
            }
            Step::Part(.., names) => {
                let mut observation = scan(&pov, day, at, rows(names));
                let reason = IncompleteReason::CallFailed;
                observation.certificate.verdict = Verdict::Incomplete(reason);
                observation
            }
            Step::Again(..) => match &standing {
                Some(windows) => again(&pov, day, at, windows),
                None => continue,
            },
            Step::Old(..) => match &old[place] {
                Some(windows) => again(&pov, day, at, windows),
                None => continue,
            },
        };
        let mut observation = observation;
        if let Step::Read(.., names) | Step::Unread(.., names) | Step::Part(.., names) = &step {
            let digest = names.iter().fold(1, |digest, name| digest | 2 << name);
            observation.certificate.windows[0].digest = Digest(digest);
        }
        if number % 3 == 0 {
            old[place] = standing;
        }
        let one = watched(&remembering, observation.clone()).await;
        let other = watched(&forgetful, observation).await;
        prop_assert_eq!(format!("{:?}", one), format!("{:?}", other));
        prop_assert_eq!(told(&remembering).await, told(&forgetful).await);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn a_ledger_that_remembers_tells_what_one_that_does_not_tells(
        steps in prop::collection::vec(step(), 10..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(play(steps))?;
    }
}
