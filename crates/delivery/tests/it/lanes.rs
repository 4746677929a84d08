//! The decisions, by the thousand: order, bounds, and nothing lost over a crash at any instant.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use povline_delivery::Chance;
use povline_delivery::lanes::{LaneLimits, Lanes, Outcome};
use povline_delivery::retry::RetrySchedule;
use povline_domain::{
    Appointment, AppointmentId, Change, ChangeKind, Name, OutPovId, PickCode, PickStatus,
    UnixMillis,
};
use povline_store::ledger::{
    Event, EventCursor, ProvingScan, SinkState, SinkStep, ToldEvent, WaitingLetter,
};
use proptest::prelude::*;

use super::support::day;

const LIMITS: LaneLimits = LaneLimits {
    in_flight_max: 4,
    failing_max: 6,
    waiting_max: 40,
    probe_every: Duration::from_secs(60),
};

const SCHEDULE: RetrySchedule = RetrySchedule {
    first: Duration::from_secs(5),
    max: Duration::from_secs(600),
    attempts_max: 4,
};

fn told(cursor: i64, appointment: u64) -> ToldEvent {
    let id = AppointmentId::new(format!("a{appointment}")).unwrap();
    let pov = OutPovId::new("00001").unwrap();
    let row = Appointment {
        appointment_id: id.clone(),
        out_pov_id: pov.clone(),
        day: day(18),
        period: "08:00-08:30".parse().unwrap(),
        pick_code: PickCode::new("1").unwrap(),
        pick_status: PickStatus::NotPicked,
        name: Name::new("测试").unwrap(),
    };
    ToldEvent {
        event: Event {
            cursor: EventCursor(cursor),
            change: Change {
                kind: ChangeKind::Booked,
                appointment_id: id,
                version: 1,
                before: None,
                after: Some(row),
                observed_at: UnixMillis(0),
            },
            pov,
            day: day(18),
            certificate: 1,
        },
        scan: ProvingScan {
            looked_at: Vec::new(),
            verdict: "complete",
            began_at: None,
            ended_at: None,
            pages: 1,
        },
    }
}

fn failed() -> Outcome {
    Outcome::Failed {
        reason: "HTTP 500".to_owned(),
        pause: None,
    }
}

fn fresh() -> Lanes {
    let state = SinkState {
        cursor: EventCursor(0),
        waiting: Vec::new(),
        stopped: None,
    };
    Lanes::new(LIMITS, SCHEDULE, &state, Vec::new())
}

/// What the ledger would keep.
#[derive(Debug, Clone, Default)]
struct Kept {
    cursor: i64,
    waiting: BTreeMap<i64, WaitingLetter>,
    dead: BTreeSet<i64>,
}

impl Kept {
    fn apply(&mut self, step: SinkStep) {
        self.cursor = self.cursor.max(step.cursor.0);
        let written = step.waiting.iter().chain(&step.dead);
        assert!(
            written
                .map(|letter| letter.cursor.0)
                .all(|cursor| cursor <= self.cursor)
        );
        for settled in step.settled {
            self.waiting.remove(&settled.0);
        }
        for letter in step.waiting {
            self.waiting.insert(letter.cursor.0, letter);
        }
        for letter in step.dead {
            self.waiting.remove(&letter.cursor.0);
            self.dead.insert(letter.cursor.0);
        }
        assert!(
            self.waiting.len() <= LIMITS.waiting_max + BATCH,
            "letters are bounded"
        );
    }

    fn lanes(&self, events: &[ToldEvent]) -> Lanes {
        let waiting: Vec<_> = self.waiting.values().cloned().collect();
        let kept = waiting
            .iter()
            .map(|letter| events[letter.cursor.0 as usize - 1].clone())
            .collect();
        let state = SinkState {
            cursor: EventCursor(self.cursor),
            waiting,
            stopped: None,
        };
        Lanes::new(LIMITS, SCHEDULE, &state, kept)
    }
}

const BATCH: usize = 16;

/// Runs a sink over these events, with failures and crashes by chance, until everything is handed
/// over or dead. Tells the deliveries in order, repeats included, and the dead.
fn play(
    events: &[ToldEvent],
    seed: u64,
    fails_of_ten: u64,
    crashes_of_hundred: u64,
) -> (Vec<i64>, BTreeSet<i64>) {
    let mut chance = Chance::new(seed);
    let mut kept = Kept::default();
    let mut lanes = kept.lanes(events);
    let mut now = UnixMillis(1);
    let mut on_their_way: Vec<ToldEvent> = Vec::new();
    let mut delivered = Vec::new();
    for _ in 0..200_000 {
        if chance.next_u64() % 100 < crashes_of_hundred {
            // What was on its way may have arrived.
            for told in on_their_way.drain(..) {
                if chance.next_u64().is_multiple_of(2) {
                    delivered.push(told.event.cursor.0);
                }
            }
            lanes = kept.lanes(events);
        }
        if lanes.wants_more(now) {
            let from = lanes.read_up_to().0 as usize;
            for told in events.iter().skip(from).take(BATCH) {
                lanes.admit(told.clone());
            }
        }
        while let Some(told) = lanes.next(now) {
            let id = &told.event.change.appointment_id;
            assert!(
                on_their_way
                    .iter()
                    .all(|other| other.event.change.appointment_id != *id),
                "one at a time of an appointment"
            );
            on_their_way.push(told);
        }
        assert!(on_their_way.len() <= LIMITS.in_flight_max);
        assert!(lanes.waiting() <= LIMITS.waiting_max + BATCH);
        if on_their_way.is_empty() {
            if let Some(step) = lanes.take_step(now) {
                kept.apply(step);
            }
            match lanes.next_at() {
                Some(at) => now = at.max(now.plus_millis(1)),
                None if lanes.read_up_to().0 as usize == events.len() => break,
                None => {}
            }
            continue;
        }
        let place = (chance.next_u64() % on_their_way.len() as u64) as usize;
        let told = on_their_way.swap_remove(place);
        let outcome = match chance.next_u64() % 10 < fails_of_ten {
            true => failed(),
            false => {
                delivered.push(told.event.cursor.0);
                Outcome::Delivered
            }
        };
        now = now.plus_millis(20);
        lanes.ended(&told, outcome, now, chance.next_u64());
        if (lanes.should_commit() || chance.next_u64().is_multiple_of(8))
            && let Some(step) = lanes.take_step(now)
        {
            kept.apply(step);
        }
    }
    if let Some(step) = lanes.take_step(now) {
        kept.apply(step);
    }
    assert_eq!(kept.cursor as usize, events.len(), "it comes to the end");
    assert_eq!(kept.waiting.len(), 0);
    (delivered, kept.dead)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_event_arrives_or_is_dead_and_each_appointment_in_order(
        appointments in prop::collection::vec(0_u64..12, 1..120),
        seed in any::<u64>(),
        fails in 0_u64..8,
        crashes in prop_oneof![Just(0_u64), 0_u64..6],
    ) {
        let events: Vec<_> = (1..)
            .zip(&appointments)
            .map(|(cursor, appointment)| told(cursor, *appointment))
            .collect();
        let (delivered, dead) = play(&events, seed, fails, crashes);
        let arrived: BTreeSet<i64> = delivered.iter().copied().collect();
        for cursor in 1..=events.len() as i64 {
            prop_assert!(arrived.contains(&cursor) || dead.contains(&cursor), "{cursor} is lost");
        }
        if crashes == 0 {
            prop_assert_eq!(arrived.len(), delivered.len(), "nothing twice without a crash");
            prop_assert!(arrived.is_disjoint(&dead));
        }
        // Each once, as a receiver that remembers has them: in order for each appointment.
        let mut seen = BTreeSet::new();
        let mut last: BTreeMap<u64, i64> = BTreeMap::new();
        for cursor in delivered.into_iter().filter(|cursor| seen.insert(*cursor)) {
            let before = last.insert(appointments[cursor as usize - 1], cursor);
            prop_assert!(before.is_none_or(|before| before < cursor), "{before:?} {cursor}");
        }
    }
}

#[test]
fn a_failing_appointment_holds_back_its_own_later_events_alone() {
    let mut lanes = fresh();
    for (cursor, appointment) in [(1, 1), (2, 2), (3, 1), (4, 2), (5, 1)] {
        lanes.admit(told(cursor, appointment));
    }
    let mut now = UnixMillis(1_000);
    let mut delivered = Vec::new();
    while let Some(told) = lanes.next(now) {
        let fails = told.event.change.appointment_id.as_str() == "a1";
        if !fails {
            delivered.push(told.event.cursor.0);
        }
        let outcome = if fails { failed() } else { Outcome::Delivered };
        lanes.ended(&told, outcome, now, 0);
    }
    assert_eq!(delivered, [2, 4]);
    // The cursor has passed all of them; what was held back is written down.
    let step = lanes.take_step(now).unwrap();
    assert_eq!(step.cursor, EventCursor(5));
    let waiting: Vec<_> = step.waiting.iter().map(|letter| letter.cursor.0).collect();
    assert_eq!(waiting, [1, 3, 5]);
    assert_eq!(step.waiting[0].attempts, 1);
    assert_eq!(step.waiting[0].reason.as_deref(), Some("HTTP 500"));
    // Something was handed over after it.
    assert_eq!(step.failure, None);
    // After its pause they come, one behind the other.
    now = lanes.next_at().unwrap();
    for cursor in [1, 3, 5] {
        let told = lanes.next(now).unwrap();
        assert_eq!(told.event.cursor.0, cursor);
        assert!(lanes.next(now).is_none());
        lanes.ended(&told, Outcome::Delivered, now, 0);
    }
    let step = lanes.take_step(now).unwrap();
    assert_eq!(step.settled.len(), 3);
    assert_eq!(lanes.waiting(), 0);
}

#[test]
fn a_letter_that_dies_lets_the_next_of_its_appointment_go() {
    let mut lanes = fresh();
    lanes.admit(told(1, 1));
    lanes.admit(told(2, 1));
    let mut now = UnixMillis(1_000);
    for _ in 0..SCHEDULE.attempts_max {
        let told = lanes.next(now).unwrap();
        assert_eq!(told.event.cursor.0, 1);
        lanes.ended(&told, failed(), now, 0);
        now = lanes.next_at().unwrap();
    }
    let step = lanes.take_step(now).unwrap();
    assert_eq!(step.dead.len(), 1);
    assert_eq!(step.dead[0].attempts, SCHEDULE.attempts_max);
    assert!(step.settled.is_empty());
    assert_eq!(lanes.next(now).unwrap().event.cursor.0, 2);
}

#[test]
fn a_receiver_that_is_away_is_not_read_for_and_is_asked_now_and_then() {
    let patient = RetrySchedule {
        first: Duration::from_secs(3_600),
        max: Duration::from_secs(3_600),
        attempts_max: 12,
    };
    let state = SinkState {
        cursor: EventCursor(0),
        waiting: Vec::new(),
        stopped: None,
    };
    let mut lanes = Lanes::new(LIMITS, patient, &state, Vec::new());
    let events: Vec<_> = (1..=30).map(|n| told(n, n as u64)).collect();
    for told in &events {
        lanes.admit(told.clone());
    }
    let now = UnixMillis(1_000);
    let mut tried = 0;
    while let Some(told) = lanes.next(now) {
        tried += 1;
        lanes.ended(&told, failed(), now, 0);
        if lanes.receiver_is_away() && tried > 60 {
            break;
        }
    }
    assert_eq!(tried, 30, "each once, and then its pause");
    assert!(lanes.receiver_is_away());
    assert!(!lanes.wants_more(now));
    // Every pause is an hour long, but a receiver that is back is not left alone for that.
    let mut at = now;
    for _ in 0..3 {
        let next = lanes.next_at().unwrap();
        assert_eq!(next.millis_since(at), 60_000, "asked every minute");
        at = next;
        assert!(lanes.next(at.plus_millis(-1)).is_none());
        let told = lanes.next(at).unwrap();
        assert!(lanes.next(at).is_none(), "by one event");
        lanes.ended(&told, failed(), at, 0);
    }
    // Whoever asks is not nearer to its death by it.
    let step = lanes.take_step(at).unwrap();
    assert!(step.waiting.iter().all(|letter| letter.attempts == 1));
}

#[test]
fn when_the_receiver_is_back_nobody_waits_for_the_end_of_a_pause() {
    let mut lanes = fresh();
    for n in 1..=20 {
        lanes.admit(told(n, n as u64));
    }
    let now = UnixMillis(1_000);
    let mut chance = 0;
    while let Some(told) = lanes.next(now) {
        lanes.ended(&told, failed(), now, chance);
        chance += 100;
    }
    // Their pauses end at 20 different instants.
    let at = lanes.next_at().unwrap();
    let mut delivered = 0;
    while let Some(told) = lanes.next(at) {
        delivered += 1;
        lanes.ended(&told, Outcome::Delivered, at, 0);
    }
    assert_eq!(delivered, 20);
    assert!(lanes.wants_more(at));
}

#[test]
fn retry_after_pauses_everything() {
    let mut lanes = fresh();
    for n in 1..=3 {
        lanes.admit(told(n, n as u64));
    }
    let now = UnixMillis(1_000);
    let first = lanes.next(now).unwrap();
    let outcome = Outcome::Failed {
        reason: "HTTP 429".to_owned(),
        pause: Some(Duration::from_secs(30)),
    };
    lanes.ended(&first, outcome, now, 0);
    assert!(lanes.next(now.plus_millis(29_999)).is_none());
    assert!(!lanes.wants_more(now.plus_millis(29_999)));
    assert_eq!(lanes.next_at(), Some(now.plus_millis(30_000)));
    assert!(lanes.next(now.plus_millis(30_000)).is_some());
}

#[test]
fn a_receiver_that_is_gone_loses_nothing() {
    let mut lanes = fresh();
    lanes.admit(told(1, 1));
    lanes.admit(told(2, 2));
    let now = UnixMillis(1_000);
    let first = lanes.next(now).unwrap();
    assert!(lanes.ended(&first, Outcome::Gone, now, 0));
    let step = lanes.take_step(now).unwrap();
    assert!(step.stopped.is_some());
    assert_eq!(
        step.cursor,
        EventCursor(0),
        "both are still to be handed over"
    );
    assert_eq!(lanes.next(now).unwrap().event.cursor.0, 1);
}

#[test]
fn what_is_asked_for_again_goes_before_later_events_of_its_appointment() {
    let mut lanes = fresh();
    lanes.admit(told(7, 1));
    lanes.readmit(told(3, 1));
    lanes.readmit(told(3, 1));
    let now = UnixMillis(1_000);
    let again = lanes.next(now).unwrap();
    assert_eq!(again.event.cursor.0, 3);
    lanes.ended(&again, Outcome::Delivered, now, 0);
    let then = lanes.next(now).unwrap();
    assert_eq!(then.event.cursor.0, 7);
    lanes.ended(&then, Outcome::Delivered, now, 0);
    let step = lanes.take_step(now).unwrap();
    assert_eq!(step.settled, [EventCursor(3)]);
    assert_eq!(step.delivered, 2);
}
