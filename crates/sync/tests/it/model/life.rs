//! One POV's days, read again and again into a ledger while they change, and everything that the
//! ledger says held against the truth.

use std::collections::{BTreeMap, HashMap};

use povline_domain::{Appointment, AppointmentId, Change, ChangeKind, Day, Verdict};
use povline_store::ledger::{HoldScope, Observation, Observed, Suspect};
use povline_sync::brake::BrakePolicy;
use povline_sync::habits::Habits;
use povline_sync::scan::ScanPolicy;
use povline_sync::settle::SettlePolicy;

use crate::settle::support::pov;

use super::keeper::Keeper;
use super::reading::{Reading, Standing, read};
use super::server::Server;
use super::sinks::{SinkTally, Sinks, Told};
use super::told::Known;
use super::truth::{DayNumber, RowNumber, Truth, What, one_in, pick};

/// How long after a row vanished its day is read again to confirm it.
pub const CONFIRM_AFTER_MS: i64 = 60_000;

pub const POLICY: SettlePolicy = SettlePolicy {
    confirm_after_ms: CONFIRM_AFTER_MS,
    brake: BrakePolicy {
        lost_rows_max: 20,
        lost_percent_max: 30,
    },
};

/// Why a live appointment may, by what is stated, be told as cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// The server answers from copies that are older than the confirming delay.
    StaleServer,
    /// It stood on a day that is not read.
    BeyondTheHorizon,
    /// A seam slid past it while every anchor moved along.
    AnchorsMoved,
    /// The server keeps no order, and two passes missed the same row.
    NoOrder,
    /// The server denied, for longer than the confirming delay, so few rows that no brake is put on.
    BelowTheBrake,
    /// It moved twice before every place where it could stand was read.
    MovedTwice,
}

/// What a life, or many, came to.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    pub changes: u64,
    pub changes_in_scans: u64,
    pub scans: u64,
    pub calls: u64,
    pub unchanged: u64,
    pub restarts: u64,
    pub verdicts: BTreeMap<&'static str, u64>,
    pub events: BTreeMap<&'static str, u64>,
    pub rows_checked: u64,
    /// Complete scans that lost a row because every anchor of a seam had moved.
    pub scans_past_moved_anchors: u64,
    /// Scans that were told that there is nothing, although there was.
    pub scans_in_the_dark: u64,
    /// Passes over a list without order that agreed and yet missed a row.
    pub passes_that_agreed_wrongly: u64,
    /// How often the agent was killed.
    pub kills: u64,
    /// How often a person accepted what was held, and how often what was held was the server's
    /// fault.
    pub holds_accepted: u64,
    pub holds_refused: u64,
    pub false_cancellations: BTreeMap<Limit, u64>,
    /// Rows that were shown anew, each of whose changes had to be told once.
    pub rows_told: u64,
    pub sinks: SinkTally,
}

pub struct Life<'a, K> {
    server: Server,
    ledger: &'a mut K,
    sinks: Sinks,
    /// What the changes told so far say of each row.
    known: Known,
    /// How old answers may be, until everything comes to rest.
    stale_ms: i64,
    /// The days that are read; the others lie beyond the horizon.
    open_days: usize,
    /// Those that the run reads which is under way.
    run_days: usize,
    anchors: HashMap<DayNumber, Vec<Vec<AppointmentId>>>,
    /// When a page was requested that showed the row last.
    last_shown: HashMap<RowNumber, i64>,
    /// When a seam last slid past the row.
    slid_past: HashMap<RowNumber, i64>,
    /// When a row was last denied by a server that said that there is nothing.
    denied: HashMap<RowNumber, i64>,
    /// When two passes that agreed last missed a row.
    missed: HashMap<RowNumber, i64>,
    /// What was learned about the server.
    habits: Habits,
    /// An observation that is settled late.
    held: Option<(DayNumber, Reading, i64)>,
    pub tally: Tally,
}

impl<'a, K: Keeper> Life<'a, K> {
    pub fn new(server: Server, open_days: usize, ledger: &'a mut K, sinks: Sinks) -> Self {
        Self {
            stale_ms: server.manner.stale_ms,
            server,
            ledger,
            sinks,
            known: Known::default(),
            open_days,
            run_days: open_days,
            anchors: HashMap::new(),
            last_shown: HashMap::new(),
            slid_past: HashMap::new(),
            denied: HashMap::new(),
            missed: HashMap::new(),
            habits: Habits::default(),
            held: None,
            tally: Tally::default(),
        }
    }

    /// Lives through so many rounds of reading, comes to rest, and must then be known exactly.
    pub fn live(mut self, rounds: u32, pause_ms: u64) -> Tally {
        for _ in 0..rounds {
            self.round();
            self.sinks.round(self.ledger, self.server.truth.now);
            let pause = self.server.chance.below(pause_ms) as i64;
            self.server.wait(pause);
        }
        self.tally.changes = self.server.truth.changes;
        self.tally.changes_in_scans = self.server.changes_in_scans;
        self.settle_held();
        self.run_days = self.open_days;

        self.server.rest();
        // One sweep to see what is there, one to confirm what is not, one to look for it elsewhere.
        for _ in 0..3 {
            self.server.wait(CONFIRM_AFTER_MS);
            for day in 0..self.open_days {
                let mut reading = self.read(day);
                if !reading.outcome.certificate.is_complete() {
                    // The chain is tried now and then where it cannot hold.
                    reading = self.read(day);
                }
                assert!(
                    reading.outcome.certificate.is_complete(),
                    "{:?}",
                    reading.outcome
                );
                self.settle(day, reading, self.server.truth.now);
            }
        }
        assert_eq!(self.ledger.holds(), []);
        self.sinks.come_to_rest(self.ledger);
        self.check_converged();
        self.tally.sinks = self.sinks.tally();
        self.tally.calls = self.server.calls;
        self.tally
    }

    /// Reads the open days in any order, now and then not all of them.
    fn round(&mut self) {
        self.run_days = self.open_days;
        let narrows = self.server.manner.narrows_one_in;
        // Where an earlier run has read every day.
        let knows_all = self.anchors.len() == self.open_days;
        if narrows > 0 && knows_all && one_in(&mut self.server.chance, narrows) {
            self.run_days = 1 + pick(&mut self.server.chance, self.open_days);
        }
        let mut days: Vec<DayNumber> = (0..self.run_days).collect();
        for last in (1..days.len()).rev() {
            days.swap(last, pick(&mut self.server.chance, last + 1));
        }
        for day in days {
            if one_in(&mut self.server.chance, 10) {
                continue;
            }
            let tried_at = self.server.truth.now;
            let reading = self.read(day);
            let kills = self.server.manner.kills_one_in;
            if kills > 0 && one_in(&mut self.server.chance, kills) {
                // What was read and not settled is lost; what was settled is there.
                self.held = None;
                self.sinks.kill(self.ledger, self.server.truth.now);
                self.tally.kills += 1;
                continue;
            }
            if self.held.is_none() && one_in(&mut self.server.chance, 10) {
                self.held = Some((day, reading, tried_at));
            } else {
                self.settle(day, reading, tried_at);
                self.settle_held();
            }
            let pause = self.server.chance.below(500) as i64;
            self.server.wait(pause);
        }
    }

    fn read(&mut self, day: DayNumber) -> Reading {
        let windows = self.ledger.standing_windows(Truth::day(day));
        let standing = windows.map(|windows| Standing {
            windows,
            anchors: self.anchors.get(&day).cloned().unwrap_or_default(),
        });
        let policy = self.habits.policy(ScanPolicy::default());
        let reading = read(&mut self.server, day, standing.as_ref(), policy);
        self.habits.learn(&reading.outcome);
        self.count(&reading);
        if !reading.lost.is_empty() && self.server.is_dark(day) {
            self.tally.scans_in_the_dark += 1;
            for row in &reading.lost {
                self.denied.insert(*row, self.server.truth.now);
            }
        } else if !reading.lost.is_empty() && reading.outcome.certificate.verdict == Verdict::Agreed
        {
            self.tally.passes_that_agreed_wrongly += 1;
            for row in &reading.lost {
                self.missed.insert(*row, self.server.truth.now);
            }
        } else if !reading.lost.is_empty() {
            assert!(
                reading.anchors_moved,
                "a complete certificate misses rows {:?} that never moved: {:?}",
                reading.lost, reading.outcome.certificate.windows
            );
            self.tally.scans_past_moved_anchors += 1;
            for row in &reading.lost {
                self.slid_past.insert(*row, self.server.truth.now);
            }
        }
        reading
    }

    fn count(&mut self, reading: &Reading) {
        let certificate = &reading.outcome.certificate;
        self.tally.scans += 1;
        self.tally.restarts += u64::from(certificate.restarts);
        let unchanged = matches!(reading.outcome.observed, Observed::Unchanged);
        self.tally.unchanged += u64::from(unchanged);
        let word = certificate.verdict.code();
        *self.tally.verdicts.entry(word).or_default() += 1;
        if certificate.is_complete() {
            self.tally.rows_checked += reading.shown.len() as u64;
        }
    }

    fn settle_held(&mut self) {
        if let Some((day, reading, tried_at)) = self.held.take() {
            self.settle(day, reading, tried_at);
        }
    }

    fn settle(&mut self, day: DayNumber, reading: Reading, tried_at: i64) {
        let anchors = reading.outcome.certificate.anchors.clone();
        let observation = Observation {
            pov: pov(),
            day: Truth::day(day),
            open_days: self.run_days().collect(),
            tried_at: povline_domain::UnixMillis(tried_at),
            certificate: reading.outcome.certificate,
            observed: reading.outcome.observed,
            unread: reading.outcome.unread,
        };
        let (changes, stands) = self.ledger.settle(&observation);
        if stands && matches!(observation.observed, Observed::Rows(_)) {
            self.anchors.insert(day, anchors);
        }
        for change in &changes {
            self.known.take(&self.server.truth, change);
        }
        if let Observed::Rows(rows) = &observation.observed {
            for ((row, at), observed) in reading.shown.iter().zip(rows) {
                // Only what a page shows that was asked for after the last one is news.
                if self.last_shown.get(row).is_none_or(|last| last < at) {
                    self.known.check_shown(*row, &observed.appointment);
                    self.tally.rows_told += 1;
                }
            }
        }
        for (row, at) in reading.shown {
            let last = self.last_shown.entry(row).or_insert(at);
            *last = at.max(*last);
        }
        for change in changes {
            *self.tally.events.entry(change.kind.word()).or_default() += 1;
            if change.kind == ChangeKind::Cancelled {
                self.check_cancelled(&change);
            }
        }
        self.review_holds();
    }

    /// A person looks at what is held and asks the clinic: only if every row in doubt really has
    /// left its day, it is accepted.
    fn review_holds(&mut self) {
        for scope in self.ledger.holds() {
            let truth = &self.server.truth;
            let is_there = |suspect: &Suspect| {
                let of_scope = match &scope {
                    HoldScope::Fleet => true,
                    HoldScope::List(_, day) => *day == suspect.day,
                };
                let row = &truth.rows[truth.row_of(&suspect.appointment_id)];
                of_scope && row.place.is_some_and(|day| Truth::day(day) == suspect.day)
            };
            if self.ledger.suspects().iter().any(is_there) {
                self.tally.holds_refused += 1;
            } else {
                self.ledger.accept(scope);
                self.tally.holds_accepted += 1;
            }
        }
    }

    fn run_days(&self) -> impl Iterator<Item = Day> + use<K> {
        (0..self.run_days).map(Truth::day)
    }

    /// What is told as cancelled was so at some time since it was last shown, or a stated limit
    /// says why not.
    fn check_cancelled(&mut self, change: &Change) {
        let row = self.server.truth.row_of(&change.appointment_id);
        let since = self.last_shown[&row] - self.stale_ms;
        let known = &self.server.truth.rows[row];
        let past = known.past.iter().filter(|past| past.at >= since);
        let past: Vec<What> = past.map(|past| past.what).collect();
        if known.place.is_none() || past.contains(&What::Cancelled) {
            return;
        }
        let beyond = |what: &What| matches!(what, What::MovedTo(day) if *day >= self.open_days);
        let moves = past.iter().filter(|what| **what != What::Joined).count();
        let limit = if self.stale_ms > CONFIRM_AFTER_MS {
            Limit::StaleServer
        } else if past.iter().any(beyond) {
            Limit::BeyondTheHorizon
        } else if self.slid_past.get(&row).is_some_and(|at| *at >= since) {
            Limit::AnchorsMoved
        } else if self.missed.get(&row).is_some_and(|at| *at >= since) {
            Limit::NoOrder
        } else if moves >= 2 {
            Limit::MovedTwice
        } else if self.denied.get(&row).is_some_and(|at| *at >= since) {
            Limit::BelowTheBrake
        } else {
            panic!("told as cancelled, but it was there: {change:?}, {known:?}, since {since}");
        };
        *self.tally.false_cancellations.entry(limit).or_default() += 1;
    }

    /// After everything has come to rest, the ledger is the truth, and so is what each sink told.
    fn check_converged(&self) {
        let truth = &self.server.truth;
        assert_eq!(self.ledger.suspects(), []);
        for day in 0..self.open_days {
            assert_eq!(self.ledger.live_rows(Truth::day(day)), truth.shown_on(day));
        }
        for (_, follower) in self.sinks.followers() {
            self.check_told(follower.got());
        }
    }

    /// Whoever was told this knows the truth.
    fn check_told<'t>(&self, events: impl Iterator<Item = &'t Told>) {
        let truth = &self.server.truth;
        let mut told: BTreeMap<AppointmentId, Appointment> = BTreeMap::new();
        for event in events {
            let before = match &event.after {
                Some(after) => told.insert(event.id.clone(), after.clone()),
                None => told.remove(&event.id),
            };
            if event.kind != ChangeKind::Restored {
                assert_eq!(before, event.before);
            }
        }
        for day in 0..self.open_days {
            let on_day = |row: &&Appointment| row.day == Truth::day(day);
            assert!(
                told.values().filter(on_day).eq(&truth.shown_on(day)),
                "the events tell otherwise"
            );
        }
        let live: usize = truth.lists[..self.open_days].iter().map(Vec::len).sum();
        assert_eq!(told.len(), live);
    }
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.changes += other.changes;
        self.changes_in_scans += other.changes_in_scans;
        self.scans += other.scans;
        self.calls += other.calls;
        self.unchanged += other.unchanged;
        self.restarts += other.restarts;
        self.rows_checked += other.rows_checked;
        self.scans_past_moved_anchors += other.scans_past_moved_anchors;
        self.scans_in_the_dark += other.scans_in_the_dark;
        self.passes_that_agreed_wrongly += other.passes_that_agreed_wrongly;
        self.kills += other.kills;
        self.holds_accepted += other.holds_accepted;
        self.holds_refused += other.holds_refused;
        self.rows_told += other.rows_told;
        self.sinks.add(&other.sinks);
        add_counts(&mut self.verdicts, &other.verdicts);
        add_counts(&mut self.events, &other.events);
        add_counts(&mut self.false_cancellations, &other.false_cancellations);
    }
}

pub fn add_counts<T: Ord + Copy>(sum: &mut BTreeMap<T, u64>, more: &BTreeMap<T, u64>) {
    for (key, count) in more {
        *sum.entry(*key).or_default() += count;
    }
}
