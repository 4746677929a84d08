//! Random writes and imports, held against the model.

use std::collections::{BTreeSet, HashMap};

use povline_domain::{Appointment, Day, IsvId, OutPovId, Period, PickStatus, PovId};
use povline_store::book::{Book, BookChange, ImportMode, Write};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::Engine;
use super::model::{Expected, Model};
use super::support::{ALL_OR_NOTHING, actor, code, day, id, import, pick, read, row};

const DAYS: [i8; 2] = [1, 2];
const CASES: u32 = 48;

/// POVs by index: the first two are of one ISV, the third of another, with the first one's code.
const POV_CODES: [&str; 3] = ["00001", "00002", "00001"];

#[derive(Debug, Clone)]
enum Step {
    Write(Vec<RandomWrite>),
    Import {
        of_second_isv: bool,
        rows: Vec<Appointment>,
        keep_good: bool,
    },
}

#[derive(Debug, Clone)]
enum RandomWrite {
    Book(usize, Appointment),
    Other(Write),
}

pub fn random_writes_equal_the_model<E: Engine>() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&prop::collection::vec(step(), 1..20), |steps| {
            runtime.block_on(run::<E>(steps));
            Ok(())
        })
        .unwrap();
}

async fn run<E: Engine>(steps: Vec<Step>) {
    let engine = E::new();
    let book = engine.open();
    let first = book.ensure_isv(&actor(), "first").await.unwrap();
    let second = book.ensure_isv(&actor(), "second").await.unwrap();
    let mut povs = Vec::new();
    for (code, isv) in POV_CODES.into_iter().zip([first, first, second]) {
        let pov = book
            .ensure_pov(&actor(), isv, &self::code(code), None)
            .await;
        povs.push((pov.unwrap(), isv, code.to_owned()));
    }
    let owners: HashMap<PovId, (IsvId, String)> = povs
        .iter()
        .map(|(pov, isv, code)| (*pov, (*isv, code.clone())))
        .collect();
    let mut model = Model::default();
    for step in steps {
        let cursor = book.change_cursor().await.unwrap();
        let before = versions(&book, &povs).await;
        let touched = match step {
            Step::Write(writes) => {
                let writes: Vec<_> = writes.into_iter().map(|one| resolve(one, &povs)).collect();
                let mut touched = BTreeSet::new();
                let expected: Vec<_> = writes
                    .iter()
                    .map(|write| model.apply(write, &mut touched))
                    .collect();
                let outcomes = book.write(&actor(), writes.clone()).await.unwrap();
                let outcomes: Vec<_> = outcomes.iter().map(Expected::of).collect();
                assert_eq!(outcomes, expected, "{writes:?}");
                touched
            }
            Step::Import {
                of_second_isv,
                rows,
                keep_good,
            } => {
                let isv = if of_second_isv { second } else { first };
                let mode = ImportMode {
                    keep_good,
                    ..ALL_OR_NOTHING
                };
                let report = import(&book, isv, &rows, mode).await;
                let after = days(&book, &povs).await;
                model.adopt((isv, &owners), &rows, keep_good, &report, &after)
            }
        };
        for (pov_day, rows) in days(&book, &povs).await {
            assert_eq!(rows, model.day(pov_day));
        }
        for (was, is) in before.iter().zip(versions(&book, &povs).await) {
            assert_eq!(
                was.1 < is.1,
                touched.contains(&is.0),
                "version of {:?}",
                is.0
            );
        }
        let (changes, _) = book.changes_after(cursor, usize::MAX).await.unwrap();
        let told: BTreeSet<_> = changes.into_iter().collect();
        let touched = touched
            .into_iter()
            .map(|(pov, day)| BookChange::Day(pov, day));
        assert_eq!(told, touched.collect());
    }
}

fn resolve(write: RandomWrite, povs: &[(PovId, IsvId, String)]) -> Write {
    match write {
        RandomWrite::Book(index, row) => {
            let (pov, _, code) = &povs[index];
            let out_pov_id = OutPovId::new(code.as_str()).unwrap();
            Write::Book(*pov, Appointment { out_pov_id, ..row })
        }
        RandomWrite::Other(write) => write,
    }
}

type Days<T> = Vec<((PovId, Day), T)>;

async fn days<B: Book>(book: &B, povs: &[(PovId, IsvId, String)]) -> Days<Vec<Appointment>> {
    let mut days = Vec::new();
    for (pov, _, code) in povs {
        for n in DAYS {
            let (mut rows, _) = read(book, *pov, day(n)).await;
            for row in &mut rows {
                row.out_pov_id = self::code(code);
            }
            days.push(((*pov, day(n)), rows));
        }
    }
    days
}

async fn versions<B: Book>(book: &B, povs: &[(PovId, IsvId, String)]) -> Days<i64> {
    let mut versions = Vec::new();
    for (pov, _, _) in povs {
        for n in DAYS {
            let (_, version) = read(book, *pov, day(n)).await;
            versions.push(((*pov, day(n)), version.0));
        }
    }
    versions
}

fn step() -> impl Strategy<Value = Step> {
    let rows = prop::collection::vec(any_row(), 0..9);
    prop_oneof![
        3 => prop::collection::vec(any_write(), 1..5).prop_map(Step::Write),
        2 => (any::<bool>(), rows, any::<bool>()).prop_map(|(of_second_isv, rows, keep_good)| {
            Step::Import { of_second_isv, rows, keep_good }
        }),
    ]
}

fn any_write() -> impl Strategy<Value = RandomWrite> {
    let other = prop_oneof![
        (any_id(), any_day(), any_period(), any_code()).prop_map(|(id, day, period, code)| {
            Write::Reschedule {
                appointment_id: self::id(&id),
                day,
                period,
                pick_code: pick(&code),
            }
        }),
        any_id().prop_map(|id| Write::Cancel(self::id(&id))),
        (any_id(), any_status())
            .prop_map(|(id, status)| Write::SetPickStatus(self::id(&id), status)),
    ];
    prop_oneof![
        1 => (0..POV_CODES.len(), any_row()).prop_map(|(pov, row)| RandomWrite::Book(pov, row)),
        1 => other.prop_map(RandomWrite::Other),
    ]
}

fn any_row() -> impl Strategy<Value = Appointment> {
    let pov = prop::sample::select(vec!["00001", "00001", "00001", "00002", "77777"]);
    let place = (any_id(), any_day(), any_code(), pov);
    (place, any_period(), any_status()).prop_map(|((id, day, code, pov), period, pick_status)| {
        Appointment {
            out_pov_id: self::code(pov),
            period,
            pick_status,
            ..row(&id, day, &code)
        }
    })
}

fn any_id() -> impl Strategy<Value = String> {
    (0..8).prop_map(|n| format!("P{n}"))
}

fn any_code() -> impl Strategy<Value = String> {
    (0..7).prop_map(|n| format!("{n}"))
}

fn any_day() -> impl Strategy<Value = Day> {
    prop::sample::select(DAYS.map(day).to_vec())
}

fn any_period() -> impl Strategy<Value = Period> {
    (0_u16..3).prop_map(|n| Period::new(480 + n * 30, 510 + n * 30).unwrap())
}

fn any_status() -> impl Strategy<Value = PickStatus> {
    prop::sample::select(vec![PickStatus::Picked, PickStatus::NotPicked])
}
