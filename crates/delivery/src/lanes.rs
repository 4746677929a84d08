//! Which event a webhook is handed next, and what a failing one holds back.
//!
//! Every appointment has a lane. The events of a lane go one after the other, so that nobody hears
//! of a cancellation before the booking; lanes do not wait for each other. An event that fails is
//! tried again after a pause, and until it is handed over or given up it holds back the later
//! events of its own appointment and nothing else. When more appointments fail at once than can be
//! their own fault, the receiver is taken to be away: nothing new is read, and one event a minute
//! asks whether it is back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use povline_domain::{AppointmentId, UnixMillis};
use povline_store::ledger::{EventCursor, SinkState, SinkStep, ToldEvent, WaitingLetter};

use crate::retry::RetrySchedule;

/// After so many outcomes they are written down, though others are on their way: so many may be
/// repeated after a crash.
const COMMIT_AFTER: u64 = 64;

/// What the lanes of one sink bear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneLimits {
    /// Events on their way at the same time, of different appointments.
    pub in_flight_max: usize,
    /// Appointments that may fail at the same time before the receiver is taken to be away.
    pub failing_max: usize,
    /// Events that may wait in all, in memory and as letters.
    pub waiting_max: usize,
    /// How often a receiver that is away is asked whether it is back.
    pub probe_every: Duration,
}

impl Default for LaneLimits {
    fn default() -> Self {
        Self {
            in_flight_max: 8,
            failing_max: 32,
            waiting_max: 1_000,
            probe_every: Duration::from_secs(60),
        }
    }
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has it.
    Delivered,
    /// The receiver does not have it, or nobody knows.
    Failed {
        /// Why, without anything that the receiver wrote.
        reason: String,
        /// The receiver asks to be left alone for so long, with everything.
        pause: Option<Duration>,
    },
    /// The receiver wants nothing any more.
    Gone,
}

#[derive(Debug, Clone)]
struct Waiting {
    told: ToldEvent,
    attempts: u32,
    due_at: UnixMillis,
    reason: Option<String>,
    /// Whether the ledger has it as a letter, or is about to.
    is_letter: bool,
}

impl Waiting {
    fn cursor(&self) -> EventCursor {
        self.told.event.cursor
    }
}

#[derive(Debug, Clone, Copy)]
struct OnItsWay {
    cursor: EventCursor,
    /// Sent before it was due, to see whether the receiver is back: a failure tells nothing new.
    is_probe: bool,
}

/// The lanes of one sink.
#[derive(Debug)]
pub struct Lanes {
    limits: LaneLimits,
    schedule: RetrySchedule,
    lanes: BTreeMap<AppointmentId, VecDeque<Waiting>>,
    /// The heads that are not on their way, by when they are due.
    ready: BTreeSet<(UnixMillis, AppointmentId)>,
    in_flight: BTreeMap<AppointmentId, OnItsWay>,
    /// Events that the ledger does not know as letters: its cursor must stay before them.
    fresh: BTreeSet<EventCursor>,
    waiting: usize,
    failing: usize,
    failed_in_a_row: usize,
    probed_at: UnixMillis,
    paused_until: UnixMillis,
    read_up_to: EventCursor,
    step: SinkStep,
    letters_changed: BTreeSet<EventCursor>,
}

impl Lanes {
    /// The lanes of a sink as the ledger knows it. `told` are the events of its letters that are
    /// still kept; the others are lost, and the next step says so.
    #[must_use]
    pub fn new(
        limits: LaneLimits,
        schedule: RetrySchedule,
        state: &SinkState,
        told: Vec<ToldEvent>,
    ) -> Self {
        let mut lanes = Self {
            limits,
            schedule,
            lanes: BTreeMap::new(),
            ready: BTreeSet::new(),
            in_flight: BTreeMap::new(),
            fresh: BTreeSet::new(),
            waiting: 0,
            failing: 0,
            failed_in_a_row: 0,
            probed_at: UnixMillis(0),
            paused_until: UnixMillis(0),
            read_up_to: state.cursor,
            step: SinkStep::default(),
            letters_changed: BTreeSet::new(),
        };
        let mut kept: BTreeMap<EventCursor, ToldEvent> = told
            .into_iter()
            .map(|told| (told.event.cursor, told))
            .collect();
        for letter in &state.waiting {
            match kept.remove(&letter.cursor) {
                Some(told) => lanes.push(Waiting {
                    told,
                    attempts: letter.attempts,
                    due_at: letter.due_at,
                    reason: letter.reason.clone(),
                    is_letter: true,
                }),
                None => {
                    lanes.step.settled.push(letter.cursor);
                    lanes.step.lost += 1;
                }
            }
        }
        lanes
    }

    /// Up to where events were read.
    #[must_use]
    pub fn read_up_to(&self) -> EventCursor {
        self.read_up_to
    }

    /// How many events are in the lanes.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many are on their way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Whether more appointments fail than can be their own fault.
    #[must_use]
    pub fn receiver_is_away(&self) -> bool {
        self.failing >= self.limits.failing_max
    }

    /// Whether another event may wait.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.waiting < self.limits.waiting_max
    }

    /// Whether new events may be read: the receiver is there, there is room, and nothing that was
    /// read waits for its first attempt.
    #[must_use]
    pub fn wants_more(&self, now: UnixMillis) -> bool {
        self.paused_until <= now
            && !self.receiver_is_away()
            && self.has_room()
            && self.ready.first().is_none_or(|(due_at, _)| *due_at > now)
    }

    /// Takes an event that was read after [`Lanes::read_up_to`].
    pub fn admit(&mut self, told: ToldEvent) {
        let cursor = told.event.cursor;
        self.read_up_to = self.read_up_to.max(cursor);
        let id = &told.event.change.appointment_id;
        // Behind a letter it has to wait, and the cursor must not wait with it.
        let is_letter = self
            .lanes
            .get(id)
            .and_then(VecDeque::front)
            .is_some_and(|head| head.is_letter && head.attempts > 0);
        if is_letter {
            self.letters_changed.insert(cursor);
        } else {
            self.fresh.insert(cursor);
        }
        self.push(Waiting {
            told,
            attempts: 0,
            due_at: UnixMillis(0),
            reason: None,
            is_letter,
        });
    }

    /// Takes an event that was asked for again; the ledger has it as a letter. It goes before the
    /// later events of its appointment that still wait.
    pub fn readmit(&mut self, told: ToldEvent) {
        let cursor = told.event.cursor;
        let id = told.event.change.appointment_id.clone();
        let again = Waiting {
            told,
            attempts: 0,
            due_at: UnixMillis(0),
            reason: None,
            is_letter: true,
        };
        let is_in_flight = self.in_flight.contains_key(&id);
        let Some(lane) = self.lanes.get_mut(&id) else {
            return self.push(again);
        };
        if lane.iter().any(|waiting| waiting.cursor() == cursor) {
            return;
        }
        let begin = usize::from(is_in_flight);
        let place = lane
            .iter()
            .skip(begin)
            .position(|waiting| waiting.cursor() > cursor)
            .map_or(lane.len(), |place| place + begin);
        if place == 0 {
            if let Some(head) = lane.front() {
                self.ready.remove(&(head.due_at, id.clone()));
                self.failing -= usize::from(head.attempts > 0);
            }
            self.ready.insert((again.due_at, id));
        }
        lane.insert(place, again);
        self.waiting += 1;
    }

    fn push(&mut self, waiting: Waiting) {
        let id = waiting.told.event.change.appointment_id.clone();
        let lane = self.lanes.entry(id.clone()).or_default();
        if lane.is_empty() {
            self.ready.insert((waiting.due_at, id));
            self.failing += usize::from(waiting.attempts > 0);
        }
        lane.push_back(waiting);
        self.waiting += 1;
    }

    /// Events before this one need not be read: they were forgotten.
    pub fn skip_to(&mut self, cursor: EventCursor, lost: u64) {
        self.read_up_to = self.read_up_to.max(cursor);
        self.step.lost += lost;
    }

    /// The next event to be sent now, if there is one. It is on its way until
    /// [`Lanes::ended`] says what became of it.
    pub fn next(&mut self, now: UnixMillis) -> Option<ToldEvent> {
        if self.paused_until > now || self.in_flight.len() >= self.limits.in_flight_max {
            return None;
        }
        // Before a death is written down nothing overtakes it: after a crash the dead would be
        // tried again, behind what came after it.
        if !self.step.dead.is_empty() {
            return None;
        }
        let (due_at, id) = self.ready.first().cloned()?;
        let is_probe = due_at > now;
        if is_probe {
            // Whoever is away is asked before its letters are due.
            if !self.receiver_is_away() || !self.in_flight.is_empty() || now < self.probe_at() {
                return None;
            }
            self.probed_at = now;
        }
        self.ready.remove(&(due_at, id.clone()));
        let told = self.lanes.get(&id)?.front()?.told.clone();
        let cursor = told.event.cursor;
        self.in_flight.insert(id, OnItsWay { cursor, is_probe });
        Some(told)
    }

    fn probe_at(&self) -> UnixMillis {
        let pause = i64::try_from(self.limits.probe_every.as_millis()).unwrap_or(i64::MAX);
        self.probed_at.plus_millis(pause)
    }

    /// When [`Lanes::next`] may have something again, if nothing else happens.
    #[must_use]
    pub fn next_at(&self) -> Option<UnixMillis> {
        let (due_at, _) = self.ready.first()?;
        let at = match self.receiver_is_away() {
            true => (*due_at).min(self.probe_at()),
            false => *due_at,
        };
        Some(at.max(self.paused_until))
    }

    /// What became of an event that was on its way. `chance` is any number. Whether the receiver
    /// is gone, so that nothing more may be sent.
    pub fn ended(
        &mut self,
        told: &ToldEvent,
        outcome: Outcome,
        now: UnixMillis,
        chance: u64,
    ) -> bool {
        let id = told.event.change.appointment_id.clone();
        let cursor = told.event.cursor;
        let on_its_way = self.in_flight.remove(&id);
        let Some(on_its_way) = on_its_way.filter(|way| way.cursor == cursor) else {
            return false;
        };
        match outcome {
            Outcome::Delivered => {
                self.step.delivered += 1;
                self.step.failure = None;
                self.leave(&id, now);
                let was_away = self.failed_in_a_row >= self.limits.failing_max.min(8);
                self.failed_in_a_row = 0;
                if was_away {
                    self.hurry(now);
                }
                false
            }
            Outcome::Failed { reason, pause } => {
                self.failed_in_a_row += 1;
                if let Some(pause) = pause {
                    let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
                    self.paused_until = self.paused_until.max(now.plus_millis(pause));
                }
                self.step.failure = Some(reason.clone());
                match on_its_way.is_probe {
                    true => self.requeue(&id),
                    false => self.fail(&id, reason, now, chance),
                }
                false
            }
            Outcome::Gone => {
                let reason = "the receiver answered 410: it wants nothing any more".to_owned();
                self.step.failure = Some(reason.clone());
                self.step.stopped = Some(reason);
                self.requeue(&id);
                true
            }
        }
    }

    /// The head of a lane is done with; the next one is due.
    fn leave(&mut self, id: &AppointmentId, now: UnixMillis) {
        let Some(lane) = self.lanes.get_mut(id) else {
            return;
        };
        let Some(done) = lane.pop_front() else {
            return;
        };
        self.waiting -= 1;
        self.failing -= usize::from(done.attempts > 0);
        self.letters_changed.remove(&done.cursor());
        match done.is_letter {
            true => self.step.settled.push(done.cursor()),
            false => drop(self.fresh.remove(&done.cursor())),
        }
        match lane.front() {
            Some(head) => {
                self.failing += usize::from(head.attempts > 0);
                self.ready.insert((head.due_at.min(now), id.clone()));
                if let Some(head) = lane.front_mut() {
                    head.due_at = head.due_at.min(now);
                }
            }
            None => drop(self.lanes.remove(id)),
        }
    }

    fn fail(&mut self, id: &AppointmentId, reason: String, now: UnixMillis, chance: u64) {
        let Some(lane) = self.lanes.get_mut(id) else {
            return;
        };
        // From here on all of the lane are letters, and the cursor need not wait for them.
        for waiting in lane.iter_mut() {
            waiting.is_letter = true;
            self.fresh.remove(&waiting.told.event.cursor);
            self.letters_changed.insert(waiting.told.event.cursor);
        }
        let Some(head) = lane.front_mut() else {
            return;
        };
        let was_failing = head.attempts > 0;
        head.attempts += 1;
        head.reason = Some(reason);
        match self.schedule.pause(head.attempts, chance) {
            Some(pause) => {
                let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
                head.due_at = now.plus_millis(pause).max(self.paused_until);
                self.ready.insert((head.due_at, id.clone()));
                self.failing += usize::from(!was_failing);
                if self.failing >= self.limits.failing_max && self.probed_at < now {
                    self.probed_at = now;
                }
            }
            None => {
                head.due_at = now;
                let dead = letter(head);
                let cursor = dead.cursor;
                self.failing += usize::from(!was_failing);
                self.step.dead.push(dead);
                self.leave(id, now);
                // It is no letter that is settled, but one that is dead.
                self.step.settled.retain(|settled| *settled != cursor);
            }
        }
    }

    /// Puts the head of a lane back as it was.
    fn requeue(&mut self, id: &AppointmentId) {
        if let Some(head) = self.lanes.get(id).and_then(VecDeque::front) {
            self.ready.insert((head.due_at, id.clone()));
        }
    }

    /// Everything is due now: the receiver is back.
    fn hurry(&mut self, now: UnixMillis) {
        let ready = std::mem::take(&mut self.ready);
        for (due_at, id) in ready {
            let due_at = due_at.min(now);
            if let Some(head) = self.lanes.get_mut(&id).and_then(VecDeque::front_mut) {
                head.due_at = due_at;
            }
            self.ready.insert((due_at, id));
        }
    }

    /// Whether there is enough to be written down, or nothing else to do.
    #[must_use]
    pub fn should_commit(&self) -> bool {
        let outcomes = self.step.delivered + self.letters_changed.len() as u64;
        outcomes >= COMMIT_AFTER
            || !self.step.dead.is_empty()
            || self.step.stopped.is_some()
            || (self.in_flight.is_empty() && self.has_step())
    }

    fn has_step(&self) -> bool {
        let SinkStep {
            cursor,
            at: _,
            delivered,
            lost,
            settled,
            waiting: _,
            dead,
            failure,
            stopped,
        } = &self.step;
        *cursor < self.durable_cursor()
            || *delivered > 0
            || *lost > 0
            || !settled.is_empty()
            || !dead.is_empty()
            || failure.is_some()
            || stopped.is_some()
            || !self.letters_changed.is_empty()
    }

    /// Before the first event that only this process knows to be on its way.
    fn durable_cursor(&self) -> EventCursor {
        match self.fresh.first() {
            Some(first) => EventCursor(first.0 - 1),
            None => self.read_up_to,
        }
    }

    /// Letters are only of events that the cursor has passed: after a crash it would come to them
    /// again, and not know that they wait or are dead. What stands in its way becomes a letter too.
    fn let_the_cursor_pass_letters(&mut self) {
        let dead = self.step.dead.iter().map(|letter| letter.cursor);
        let last = dead.chain(self.letters_changed.last().copied()).max();
        let Some(last) = last.filter(|last| self.fresh.first().is_some_and(|fresh| fresh < last))
        else {
            return;
        };
        for waiting in self.lanes.values_mut().flatten() {
            let cursor = waiting.told.event.cursor;
            if !waiting.is_letter && cursor < last {
                waiting.is_letter = true;
                self.fresh.remove(&cursor);
                self.letters_changed.insert(cursor);
            }
        }
    }

    /// What is to be written down, and from now on counts as written. `None` if there is nothing.
    pub fn take_step(&mut self, now: UnixMillis) -> Option<SinkStep> {
        if !self.has_step() {
            return None;
        }
        self.let_the_cursor_pass_letters();
        let cursor = self.durable_cursor();
        let changed = std::mem::take(&mut self.letters_changed);
        let mut waiting = Vec::with_capacity(changed.len());
        if !changed.is_empty() {
            let all = self.lanes.values().flatten();
            waiting.extend(
                all.filter(|waiting| changed.contains(&waiting.cursor()))
                    .map(letter),
            );
        }
        let step = std::mem::take(&mut self.step);
        self.step.cursor = cursor;
        Some(SinkStep {
            cursor,
            at: now,
            waiting,
            ..step
        })
    }
}

fn letter(waiting: &Waiting) -> WaitingLetter {
    WaitingLetter {
        cursor: waiting.cursor(),
        attempts: waiting.attempts,
        due_at: waiting.due_at,
        reason: waiting.reason.clone(),
    }
}
