//! How fast and how often may be called: a limit per second and a budget per day.
//!
//! Pure: the time comes in as what has elapsed since the gate was made, on a clock that never goes
//! back. The promise is made for every window of one second, not for calendar seconds, and holds
//! over a restart too; the budget of a day is kept by the ledger, from which it is taken in blocks
//! that count as used once taken.

use std::time::Duration;

use povline_domain::Day;

/// What a call is for, as far as the budget cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The timetable's polling.
    Routine,
    /// What must not wait for tomorrow's budget: confirming scans, of which the timetable starts no
    /// more than their share, and pulls on demand. It uses the reserved share first, and may go on
    /// beyond it; [`Purpose::Routine`] has what the reserved share leaves, however much of that was
    /// used.
    Reserved,
}

/// How much may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// At most so many calls begin within any one second; `None` for no such limit.
    pub calls_per_second: Option<u32>,
    /// At most so many calls a day of Asia/Shanghai; `None` for no such limit.
    pub calls_per_day: Option<u64>,
    /// The part of the day's calls that is kept for [`Purpose::Reserved`], in percent.
    pub reserved_percent: u8,
}

impl Limits {
    /// The day's calls that may be used for this purpose; `None` if there is no limit.
    #[must_use]
    pub fn calls_per_day(&self, purpose: Purpose) -> Option<u64> {
        let all = self.calls_per_day?;
        Some(match purpose {
            Purpose::Reserved => all,
            Purpose::Routine => all - self.reserve(all),
        })
    }

    fn reserve(&self, all: u64) -> u64 {
        (u128::from(all) * u128::from(self.reserved_percent.min(100)) / 100) as u64
    }
}

/// What the gate says to a worker that wants to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Call now. The call is counted.
    Go,
    /// Ask again at this time.
    Wait(Duration),
    /// First take a block of calls of this day out of the ledger, of at most so many.
    Reserve(Day, u64),
    /// Nothing goes before this time: the platform has banned us.
    Parked(Duration),
    /// The budget of this day is used up for this purpose.
    UsedUp(Day),
}

/// How far behind its schedule a call may be let through early by what was not used before it. It
/// absorbs late timers, and costs one hundredth of the rate.
const TOLERANCE: Duration = Duration::from_millis(10);

/// The largest block that is taken out of the ledger at once.
const BLOCK_CALLS_MAX: u64 = 64;

/// The gate's state: one for each app, shared by all workers.
#[derive(Debug)]
pub struct Pace {
    limits: Limits,
    /// Time between calls in the long run.
    spacing: Option<Duration>,
    /// When the next call would begin if calls were evenly spaced (the theoretical arrival time of
    /// the generic cell rate algorithm).
    next: Duration,
    parked_until: Duration,
    day: Option<Day>,
    routine: Block,
    reserved: Block,
    /// Calls of the present day that were taken for [`Purpose::Reserved`]. An earlier process may
    /// have taken more; polls have the less then.
    reserved_taken: u64,
    calls: u64,
}

/// Calls of the present day that are taken and not yet used.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    left: u64,
    used_up: bool,
}

impl Pace {
    /// A gate that opens now (`elapsed` 0). An earlier process may have called up to this instant,
    /// so the schedule begins where that process could have left it at worst.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        // Within any second fewer than (1 s + tolerance) / spacing + 1 calls begin; the nanosecond
        // makes that at most the limit.
        let spacing = limits.calls_per_second.map(|calls| {
            (Duration::from_secs(1) + TOLERANCE) / calls.max(1) + Duration::from_nanos(1)
        });
        Self {
            limits,
            spacing,
            next: spacing.map_or(Duration::ZERO, |spacing| spacing + TOLERANCE),
            parked_until: Duration::ZERO,
            day: None,
            routine: Block::default(),
            reserved: Block::default(),
            reserved_taken: 0,
            calls: 0,
        }
    }

    /// Whether a call for this purpose may begin.
    pub fn admit(&mut self, elapsed: Duration, today: Day, purpose: Purpose) -> Admission {
        if elapsed < self.parked_until {
            return Admission::Parked(self.parked_until);
        }
        if let Some(spacing) = self.spacing {
            let earliest = self.next.saturating_sub(TOLERANCE);
            if elapsed < earliest {
                return Admission::Wait(earliest);
            }
            if let Some(refusal) = self.take_of_day(today, purpose) {
                return refusal;
            }
            self.next = self.next.max(elapsed) + spacing;
        } else if let Some(refusal) = self.take_of_day(today, purpose) {
            return refusal;
        }
        self.calls += 1;
        Admission::Go
    }

    /// So many calls of the present day may be taken in all before none is left for this purpose:
    /// what the reserve has given is not missing from what polls may take.
    #[must_use]
    pub fn calls_in_all(&self, purpose: Purpose) -> Option<u64> {
        let all = self.limits.calls_per_day?;
        let reserve = self.limits.reserve(all);
        Some(match purpose {
            Purpose::Reserved => all,
            Purpose::Routine => all - reserve.saturating_sub(self.reserved_taken),
        })
    }

    /// Tells how many calls the ledger granted after [`Admission::Reserve`]; 0 means that the day
    /// has none left for this purpose.
    pub fn reserved(&mut self, day: Day, purpose: Purpose, granted: u64) {
        if self.day == Some(day) {
            let block = self.block(purpose);
            block.left += granted;
            block.used_up = granted == 0;
            if purpose == Purpose::Reserved {
                self.reserved_taken += granted;
            }
        }
    }

    /// The platform lets nothing through before `until`.
    pub fn park(&mut self, until: Duration) {
        self.parked_until = self.parked_until.max(until);
    }

    /// Until when nothing goes, if that is later than `elapsed`.
    #[must_use]
    pub fn parked_until(&self, elapsed: Duration) -> Option<Duration> {
        (elapsed < self.parked_until).then_some(self.parked_until)
    }

    /// How many calls were let through so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls
    }

    fn take_of_day(&mut self, today: Day, purpose: Purpose) -> Option<Admission> {
        let per_day = self.limits.calls_per_day(purpose)?;
        if self.day != Some(today) {
            // What is left of yesterday's blocks is lost: it was yesterday's.
            self.day = Some(today);
            self.routine = Block::default();
            self.reserved = Block::default();
            self.reserved_taken = 0;
        }
        let block = self.block(purpose);
        if block.left > 0 {
            block.left -= 1;
            None
        } else if block.used_up || per_day == 0 {
            Some(Admission::UsedUp(today))
        } else {
            // Small budgets in small blocks: what a crash loses is one block at most.
            Some(Admission::Reserve(
                today,
                (per_day / 100).clamp(1, BLOCK_CALLS_MAX),
            ))
        }
    }

    fn block(&mut self, purpose: Purpose) -> &mut Block {
        match purpose {
            Purpose::Routine => &mut self.routine,
            Purpose::Reserved => &mut self.reserved,
        }
    }
}

#[cfg(test)]
mod tests {
    use povline_domain::UnixMillis;
    use proptest::prelude::*;

    use super::*;

    fn day(number: i32) -> Day {
        Day::from_number(number).unwrap()
    }

    fn per_second(calls: u32) -> Limits {
        Limits {
            calls_per_second: Some(calls),
            calls_per_day: None,
            reserved_percent: 10,
        }
    }

    fn per_day(calls: u64) -> Limits {
        Limits {
            calls_per_second: None,
            calls_per_day: Some(calls),
            reserved_percent: 10,
        }
    }

    /// The most calls of any window of one second, ends included.
    fn busiest_second(calls: &[Duration]) -> usize {
        let mut first = 0;
        let mut most = 0;
        for (last, at) in calls.iter().enumerate() {
            while *at - calls[first] > Duration::from_secs(1) {
                first += 1;
            }
            most = most.max(last + 1 - first);
        }
        most
    }

    proptest! {
        /// Workers ask at any instants whatever, and the process restarts at any of them.
        #[test]
        fn no_second_has_more_calls_than_the_limit_over_restarts_too(
            limit in 1_u32..200,
            steps in prop::collection::vec((0_u64..30_000, 0_u8..100, 0_u8..200), 50..2_000),
        ) {
            let mut pace = Pace::new(per_second(limit));
            let mut begun = Duration::ZERO;
            let mut now = Duration::ZERO;
            let mut calls = Vec::new();
            for (micros, hurry, restart) in steps {
                now += Duration::from_micros(micros);
                if restart == 0 {
                    pace = Pace::new(per_second(limit));
                    begun = now;
                }
                match pace.admit(now - begun, day(0), Purpose::Routine) {
                    Admission::Go => calls.push(now),
                    Admission::Wait(until) if hurry < 80 => now = begun + until,
                    Admission::Wait(_) => {}
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            prop_assert!(busiest_second(&calls) <= limit as usize);
        }

        /// Blocks are granted by a ledger that counts, with crashes that lose what was taken.
        #[test]
        fn no_day_has_more_calls_than_its_budget(
            budget in 0_u64..500,
            steps in prop::collection::vec((any::<bool>(), 0_u8..60, 0_u8..250), 1..3_000),
        ) {
            let limits = per_day(budget);
            let mut pace = Pace::new(limits);
            let mut taken = std::collections::HashMap::<Day, u64>::new();
            let mut used = std::collections::HashMap::<(Day, Purpose), u64>::new();
            let mut today = 0;
            for (routine, restart, midnight) in steps {
                if restart == 0 { pace = Pace::new(limits); }
                if midnight == 0 { today += 1; }
                let purpose = if routine { Purpose::Routine } else { Purpose::Reserved };
                match pace.admit(Duration::ZERO, day(today), purpose) {
                    Admission::Go => *used.entry((day(today), purpose)).or_default() += 1,
                    Admission::Reserve(of, calls) => {
                        let taken = taken.entry(of).or_default();
                        let cap = pace.calls_in_all(purpose).unwrap();
                        let granted = calls.min(cap.saturating_sub(*taken));
                        *taken += granted;
                        pace.reserved(of, purpose, granted);
                    }
                    Admission::UsedUp(of) => prop_assert_eq!(of, day(today)),
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            for number in 0..=today {
                let routine = used.get(&(day(number), Purpose::Routine)).copied().unwrap_or(0);
                let reserved = used.get(&(day(number), Purpose::Reserved)).copied().unwrap_or(0);
                prop_assert!(routine + reserved <= budget);
                prop_assert!(routine <= limits.calls_per_day(Purpose::Routine).unwrap());
            }
        }
    }

    #[test]
    fn the_rate_is_kept_even_if_timers_are_late() {
        let mut pace = Pace::new(per_second(1_000));
        let mut now = Duration::ZERO;
        let mut calls = 0;
        while now < Duration::from_secs(2) {
            match pace.admit(now, day(0), Purpose::Routine) {
                Admission::Go => calls += 1,
                // A timer that tells whole milliseconds only, and one of them late.
                Admission::Wait(until) => now = Duration::from_millis(until.as_millis() as u64 + 2),
                other => panic!("{other:?}"),
            }
        }
        assert!((1_950..=2_000).contains(&calls), "{calls}");
    }

    #[test]
    fn a_ban_closes_the_gate_for_exactly_its_time() {
        let mut pace = Pace::new(per_second(10));
        let second = Duration::from_secs(1);
        assert_eq!(pace.admit(second, day(0), Purpose::Routine), Admission::Go);
        pace.park(second * 31);
        pace.park(second * 5);
        let almost = second * 31 - Duration::from_nanos(1);
        for purpose in [Purpose::Routine, Purpose::Reserved] {
            assert_eq!(
                pace.admit(almost, day(0), purpose),
                Admission::Parked(second * 31)
            );
        }
        assert_eq!(
            pace.admit(second * 31, day(0), Purpose::Routine),
            Admission::Go
        );
    }

    #[test]
    fn what_the_reserve_gives_is_not_taken_from_polls() {
        let mut pace = Pace::new(per_day(1_000));
        let (mut taken, mut used) = (0, [0_u64; 2]);
        for (purpose, calls_max) in [(Purpose::Reserved, 80), (Purpose::Routine, u64::MAX)] {
            while used[purpose as usize] < calls_max {
                match pace.admit(Duration::ZERO, day(0), purpose) {
                    Admission::Go => used[purpose as usize] += 1,
                    Admission::Reserve(of, calls) => {
                        let cap = pace.calls_in_all(purpose).unwrap();
                        let granted = calls.min(cap.saturating_sub(taken));
                        taken += granted;
                        pace.reserved(of, purpose, granted);
                    }
                    Admission::UsedUp(_) => break,
                    other => panic!("{other:?}"),
                }
            }
        }
        assert_eq!(used, [900, 80]);
        assert_eq!(taken, 980);
    }

    #[test]
    fn a_new_day_has_a_new_budget() {
        let mut pace = Pace::new(per_day(10));
        let today = Day::at(UnixMillis(1_795_478_400_000));
        let tomorrow = today.plus_days(1).unwrap();
        let ask = |pace: &mut Pace, day| pace.admit(Duration::ZERO, day, Purpose::Routine);
        assert_eq!(ask(&mut pace, today), Admission::Reserve(today, 1));
        pace.reserved(today, Purpose::Routine, 0);
        assert_eq!(ask(&mut pace, today), Admission::UsedUp(today));
        assert_eq!(ask(&mut pace, tomorrow), Admission::Reserve(tomorrow, 1));
        // A grant for a day that has passed meanwhile is worth nothing.
        pace.reserved(today, Purpose::Routine, 1);
        assert_eq!(ask(&mut pace, tomorrow), Admission::Reserve(tomorrow, 1));
    }
}
