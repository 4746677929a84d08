//! Random interleavings of everything that takes and frees places.

use std::collections::{BTreeMap, HashMap, HashSet};

use povline_domain::{AppointmentId, Day, Period, PickStatus, PovId};
use povline_store::book::{
    Book, BookingRefusal, Bookings, ScheduleRefusal, Schedules, Write, WriteOutcome,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::Engine;
use super::support::{Clinic, day, id};
use super::support::{KEEP_GOOD, import, read, row, write};
use super::write_side::{
    book, booked_clinic, cancel, counted, move_to, now, period, request, standing,
};

const CASES: u32 = 40;
const DAYS: [i8; 2] = [2, 3];

#[derive(Debug, Clone)]
enum Step {
    Open {
        day: Day,
        period: Period,
        capacity: u32,
    },
    Close {
        day: Day,
        period: Option<Period>,
    },
    Book {
        day: Day,
        period: Period,
    },
    Repeat {
        nth: usize,
    },
    Move {
        nth: usize,
        day: Day,
        period: Period,
    },
    Cancel {
        nth: usize,
    },
    Pick {
        nth: usize,
    },
    Import {
        first: usize,
        count: usize,
        day: Day,
        period: Period,
    },
    WriteCancel {
        nth: usize,
    },
}

/// What should stand. Everything is at one POV.
#[derive(Debug, Default)]
struct Model {
    schedule: BTreeMap<(Day, Period), (u32, bool)>,
    rows: BTreeMap<AppointmentId, (Day, Period, bool)>,
    cancelled: HashSet<AppointmentId>,
    /// Every code that was ever held on a day.
    codes: HashMap<Day, HashSet<String>>,
    /// Every id that was told or brought in, in that order.
    ids: Vec<AppointmentId>,
    /// What was asked with which key.
    keys: Vec<(Day, Period, AppointmentId)>,
}

impl Model {
    fn booked(&self, day: Day, period: Period) -> u32 {
        let here = |row: &&(Day, Period, bool)| (row.0, row.1) == (day, period);
        self.rows.values().filter(here).count() as u32
    }

    fn seat(&self, day: Day, period: Period) -> Result<(), BookingRefusal> {
        match self.schedule.get(&(day, period)) {
            None => Err(BookingRefusal::NotScheduled),
            Some((_, false)) => Err(BookingRefusal::Closed),
            Some((capacity, true)) if self.booked(day, period) >= *capacity => {
                Err(BookingRefusal::Full)
            }
            Some(_) => Ok(()),
        }
    }

    fn nth(&self, nth: usize) -> AppointmentId {
        match self.ids.len() {
            0 => id("nobody"),
            count => self.ids[nth % count].clone(),
        }
    }

    fn changeable(&self, id: &AppointmentId) -> Result<(Day, Period), BookingRefusal> {
        match self.rows.get(id) {
            Some((_, _, true)) => Err(BookingRefusal::Picked),
            Some((day, period, false)) => Ok((*day, *period)),
            None if self.cancelled.contains(id) => Err(BookingRefusal::Cancelled),
            None => Err(BookingRefusal::Unknown),
        }
    }

    fn new_code(&mut self, day: Day, code: &str) {
        let new = self.codes.entry(day).or_default().insert(code.to_owned());
        assert!(new, "the code {code} was given before");
    }

    fn gone(&mut self, id: &AppointmentId) {
        self.rows.remove(id);
        self.cancelled.insert(id.clone());
    }
}

pub fn random_bookings_equal_the_model<E: Engine>() {
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
        .run(&prop::collection::vec(step(), 1..40), |steps| {
            runtime.block_on(run::<E>(steps));
            Ok(())
        })
        .unwrap();
}

async fn run<E: Engine>(steps: Vec<Step>) {
    let engine = E::new();
    let store = engine.open();
    let clinic = booked_clinic(&store).await;
    let mut model = Model::default();
    for step in steps {
        let before = versions(&store, clinic.pov).await;
        let touched = apply(&store, clinic, &mut model, &step).await;
        for (was, is) in before.iter().zip(versions(&store, clinic.pov).await) {
            let raised = was.1 < is.1;
            assert_eq!(raised, touched.contains(&is.0), "version after {step:?}");
        }
        check(&store, clinic.pov, &model).await;
    }
}

/// The days that must have a new version.
async fn apply<B: Book + Schedules + Bookings>(
    store: &B,
    clinic: Clinic,
    model: &mut Model,
    step: &Step,
) -> HashSet<Day> {
    let pov = clinic.pov;
    match step {
        Step::Open {
            day,
            period,
            capacity,
        } => {
            let outcome = store
                .open_schedule(&now(), pov, *day, &[*period], *capacity)
                .await;
            let new = (*capacity, true);
            let changed = model.schedule.insert((*day, *period), new) != Some(new);
            assert_eq!(outcome.unwrap(), Ok(changed));
            days(changed, [*day])
        }
        Step::Close { day, period } => {
            let periods = period.map(|period| [period]);
            let periods = periods.as_ref().map(|one| &one[..]);
            let outcome = store.close_schedule(&now(), pov, *day, periods).await;
            let mut known = 0;
            let mut changed = false;
            for ((at, one), (_, open)) in &mut model.schedule {
                if at == day && period.is_none_or(|period| period == *one) {
                    known += 1;
                    changed |= std::mem::take(open);
                }
            }
            let expected = if known == 0 {
                Err(ScheduleRefusal::NotScheduled)
            } else {
                Ok(changed)
            };
            assert_eq!(outcome.unwrap(), expected);
            days(changed, [*day])
        }
        Step::Book { day, period } => {
            let ask = request(pov, *day, *period, &model.keys.len().to_string());
            let outcome = book(store, ask).await;
            assert_eq!(
                outcome.as_ref().map(drop).map_err(|one| *one),
                model.seat(*day, *period)
            );
            let Ok(booked) = outcome else {
                return HashSet::new();
            };
            model.new_code(*day, booked.pick_code.as_str());
            let id = booked.appointment_id;
            assert!(!model.ids.contains(&id), "an id came twice");
            model.ids.push(id.clone());
            model.keys.push((*day, *period, id.clone()));
            model.rows.insert(id, (*day, *period, false));
            days(true, [*day])
        }
        Step::Repeat { nth } => {
            if model.keys.is_empty() {
                return HashSet::new();
            }
            let nth = nth % model.keys.len();
            let (day, period, id) = model.keys[nth].clone();
            let again = book(store, request(pov, day, period, &nth.to_string())).await;
            assert_eq!(again.unwrap().appointment_id, id);
            HashSet::new()
        }
        Step::Move { nth, day, period } => {
            let id = model.nth(*nth);
            let outcome = move_to(store, standing(pov, id.as_str()), *day, *period).await;
            let stands = model.rows.get(&id).copied();
            if let Some((at, in_period, _)) = stands
                && (at, in_period) == (*day, *period)
            {
                assert!(outcome.unwrap().changed.is_empty());
                return HashSet::new();
            }
            let allowed = model.changeable(&id);
            let expected = allowed.and_then(|_| model.seat(*day, *period));
            assert_eq!(outcome.as_ref().map(drop).map_err(|one| *one), expected);
            let (Ok(moved), Ok((old_day, _))) = (outcome, allowed) else {
                return HashSet::new();
            };
            if old_day != *day {
                model.new_code(*day, moved.pick_code.as_str());
            }
            model.rows.insert(id, (*day, *period, false));
            days(true, [old_day, *day])
        }
        Step::Cancel { nth } => {
            let id = model.nth(*nth);
            let outcome = cancel(store, standing(pov, id.as_str())).await;
            match model.changeable(&id) {
                Ok((day, _)) => {
                    assert_eq!(outcome, Ok(Some(day)));
                    model.gone(&id);
                    days(true, [day])
                }
                Err(BookingRefusal::Cancelled) => {
                    assert_eq!(outcome, Ok(None));
                    HashSet::new()
                }
                Err(refusal) => {
                    assert_eq!(outcome, Err(refusal));
                    HashSet::new()
                }
            }
        }
        Step::Pick { nth } => {
            let id = model.nth(*nth);
            let outcome = write(store, Write::SetPickStatus(id.clone(), PickStatus::Picked)).await;
            let Some((day, _, picked)) = model.rows.get_mut(&id) else {
                assert!(matches!(outcome, WriteOutcome::Refused(_)));
                return HashSet::new();
            };
            let changed = !std::mem::replace(picked, true);
            days(changed, [*day])
        }
        Step::WriteCancel { nth } => {
            let id = model.nth(*nth);
            let cancel = vec![Write::Cancel(id.clone())];
            store.write(&now(), cancel).await.unwrap();
            let Some((day, _, _)) = model.rows.get(&id).copied() else {
                return HashSet::new();
            };
            model.gone(&id);
            days(true, [day])
        }
        Step::Import {
            first,
            count,
            day,
            period,
        } => take(store, clinic, model, (*first, *count), (*day, *period)).await,
    }
}

/// An import places its rows wherever it says, whatever the schedule.
async fn take<B: Book>(
    store: &B,
    clinic: Clinic,
    model: &mut Model,
    (first, count): (usize, usize),
    (day, period): (Day, Period),
) -> HashSet<Day> {
    let mut touched = HashSet::new();
    let rows: Vec<_> = (first..first + count)
        .map(|n| {
            let mut row = row(&format!("I{n}"), day, &format!("{day}-{n}"));
            row.period = period;
            row
        })
        .collect();
    let held: HashMap<_, _> = read(store, clinic.pov, day)
        .await
        .0
        .into_iter()
        .map(|row| (row.appointment_id, row.pick_code))
        .collect();
    let report = import(store, clinic.isv, &rows, KEEP_GOOD).await;
    let refused: HashSet<u64> = report.refusals.iter().map(|(line, _)| *line).collect();
    for (row, line) in rows.into_iter().zip(1..) {
        let id = row.appointment_id;
        let before = model.rows.get(&id).copied();
        // A code is refused only if it was given up on that day before.
        let has_it = held.get(&id) == Some(&row.pick_code);
        let codes = model.codes.entry(day).or_default();
        let used = !codes.insert(row.pick_code.as_str().to_owned()) && !has_it;
        assert_eq!(refused.contains(&line), used, "{id} on {day}");
        if used || (has_it && before == Some((day, period, false))) {
            continue;
        }
        touched.insert(day);
        touched.extend(before.map(|(at, _, _)| at));
        model.rows.insert(id.clone(), (day, period, false));
        if !model.ids.contains(&id) {
            model.ids.push(id);
        }
    }
    touched
}

fn days<const N: usize>(changed: bool, days: [Day; N]) -> HashSet<Day> {
    if changed { days.into() } else { HashSet::new() }
}

async fn check<B: Book + Schedules>(store: &B, pov: PovId, model: &Model) {
    let mut stand = BTreeMap::new();
    for n in DAYS {
        let mut codes = HashSet::new();
        for row in read(store, pov, day(n)).await.0 {
            assert!(codes.insert(row.pick_code.as_str().to_owned()));
            let picked = row.pick_status == PickStatus::Picked;
            stand.insert(row.appointment_id, (row.day, row.period, picked));
        }
        counted(store, pov, day(n)).await;
        let schedule = store.schedule(pov, day(n)).await.unwrap();
        let told: BTreeMap<_, _> = schedule
            .iter()
            .map(|one| ((day(n), one.period), (one.capacity, one.open)))
            .collect();
        let of_day = model.schedule.iter().filter(|(key, _)| key.0 == day(n));
        assert_eq!(told, of_day.map(|(key, value)| (*key, *value)).collect());
    }
    assert_eq!(stand, model.rows);
}

async fn versions<B: Book>(store: &B, pov: PovId) -> Vec<(Day, i64)> {
    let mut versions = Vec::new();
    for n in DAYS {
        versions.push((day(n), read(store, pov, day(n)).await.1.0));
    }
    versions
}

fn step() -> impl Strategy<Value = Step> {
    let nth = || 0_usize..64;
    prop_oneof![
        3 => (any_day(), any_period(), 1_u32..4)
            .prop_map(|(day, period, capacity)| Step::Open { day, period, capacity }),
        1 => (any_day(), prop::option::of(any_period()))
            .prop_map(|(day, period)| Step::Close { day, period }),
        6 => (any_day(), any_period()).prop_map(|(day, period)| Step::Book { day, period }),
        1 => nth().prop_map(|nth| Step::Repeat { nth }),
        4 => (nth(), any_day(), any_period())
            .prop_map(|(nth, day, period)| Step::Move { nth, day, period }),
        3 => nth().prop_map(|nth| Step::Cancel { nth }),
        1 => nth().prop_map(|nth| Step::Pick { nth }),
        1 => nth().prop_map(|nth| Step::WriteCancel { nth }),
        2 => (0_usize..4, 1_usize..4, any_day(), any_period())
            .prop_map(|(first, count, day, period)| Step::Import { first, count, day, period }),
    ]
}

fn any_day() -> impl Strategy<Value = Day> {
    prop::sample::select(DAYS.map(day).to_vec())
}

fn any_period() -> impl Strategy<Value = Period> {
    (0_usize..2).prop_map(period)
}
