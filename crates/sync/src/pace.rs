//! How fast and how often may be called: a limit per second and a budget per day.
//!
//! Pure: the time comes in as what has elapsed since the gate was made, on a clock that never goes
//! back. The promise is made for every window of one second, not for calendar seconds, and holds
//! over a restart too; the budget of a day is kept by the ledger, from which it is taken in blocks
//! that count as used once taken, until what is left of them is put back at an orderly end.

use std::time::Duration;

use povline_domain::Day;
use povline_store::ledger::{BudgetPart, CallsTaken, CallsWanted};

/// What a call is for, as far as the budget cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The timetable's polling.
    Routine,
    /// What must not wait for tomorrow's budget: confirming scans, of which the timetable starts no
    /// more than their share, pulls on demand, and picks that are told to the platform. It uses the
    /// reserved share first, and may go on beyond it; [`Purpose::Routine`] has what the reserved
    /// share leaves, however much of that was used.
    Reserved,
    /// Lists that a person reads by a command, perhaps beside an agent at its work. It uses
    /// [`DEMANDS_PERCENT`] of the day's calls, so that polls and confirming scans keep theirs.
    ByHand {
        /// It may use what polls would have.
        beyond_reserve: bool,
    },
}

/// The part of the day's calls that is kept for what people ask for, of the reserved part, in
/// percent. Confirming scans have the rest of that.
pub const DEMANDS_PERCENT: u8 = 2;

impl Purpose {
    /// As whose the calls count.
    #[must_use]
    pub fn part(self) -> BudgetPart {
        match self {
            Self::Routine => BudgetPart::Polls,
            Self::Reserved => BudgetPart::Reserve,
            Self::ByHand { .. } => BudgetPart::ByHand,
        }
    }
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
        let part = |percent: u8| u128::from(all) * u128::from(percent.min(100));
        let reserve = (part(self.reserved_percent) / 100) as u64;
        Some(match purpose {
            Purpose::ByHand {
                beyond_reserve: true,
            }
            | Purpose::Reserved => all,
            Purpose::ByHand {
                beyond_reserve: false,
            } => reserve.min(part(DEMANDS_PERCENT).div_ceil(100) as u64),
            Purpose::Routine => all - reserve,
        })
    }

    /// How many calls of a day are left for this purpose once so many were taken; `None` if there is
    /// no limit.
    #[must_use]
    pub fn left(&self, purpose: Purpose, taken: CallsTaken) -> Option<u64> {
        let of_part = self.calls_per_day(purpose)?;
        let of_part = of_part.saturating_sub(taken.of(purpose.part()));
        let of_day = self.calls_per_day?.saturating_sub(taken.all());
        Some(of_part.min(of_day))
    }

    /// So many calls for this purpose, as the ledger is asked for them.
    #[must_use]
    pub fn wanted(&self, calls_max: u64, purpose: Purpose) -> CallsWanted {
        CallsWanted {
            calls_max,
            part: purpose.part(),
            of_part: self.calls_per_day(purpose).unwrap_or(u64::MAX),
            of_day: self.calls_per_day.unwrap_or(u64::MAX),
        }
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
    by_hand: Block,
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
            by_hand: Block::default(),
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

    /// What the ledger is asked for after [`Admission::Reserve`].
    #[must_use]
    pub fn wanted(&self, calls_max: u64, purpose: Purpose) -> CallsWanted {
        self.limits.wanted(calls_max, purpose)
    }

    /// Tells how many calls the ledger granted after [`Admission::Reserve`]; 0 means that the day
    /// has none left for this purpose.
    pub fn reserved(&mut self, day: Day, purpose: Purpose, granted: u64) {
        if self.day == Some(day) {
            let block = self.block(purpose);
            block.left += granted;
            block.used_up = granted == 0;
        }
    }

    /// What is left of its blocks and the day that it is of, for the ledger to take back. Nothing is
    /// left of them here afterwards: whoever calls next takes a new one.
    pub fn take_unused(&mut self) -> Option<(Day, CallsTaken)> {
        let of = |block: &mut Block| std::mem::take(block).left;
        let unused = CallsTaken {
            polls: of(&mut self.routine),
            reserve: of(&mut self.reserved),
            by_hand: of(&mut self.by_hand),
        };
        Some((self.day?, unused)).filter(|(_, unused)| unused.all() > 0)
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
            self.by_hand = Block::default();
        }
        let block = self.block(purpose);
        if block.left > 0 {
            block.left -= 1;
            None
        } else if block.used_up || per_day == 0 {
            Some(Admission::UsedUp(today))
        } else {
            // Small budgets in small blocks: what a crash loses is one block of each purpose at most.
            // A command may end at any call without putting back what is left, so there each call
            // is taken by itself.
            let calls = match purpose {
                Purpose::ByHand { .. } => 1,
                Purpose::Routine | Purpose::Reserved => (per_day / 100).clamp(1, BLOCK_CALLS_MAX),
            };
            Some(Admission::Reserve(today, calls))
        }
    }

    fn block(&mut self, purpose: Purpose) -> &mut Block {
        match purpose {
            Purpose::Routine => &mut self.routine,
            Purpose::Reserved => &mut self.reserved,
            Purpose::ByHand { .. } => &mut self.by_hand,
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

        /// Blocks are granted by a ledger that counts, with crashes that lose what was taken and
        /// orderly ends that put it back.
        #[test]
        fn no_day_has_more_calls_than_its_budget(
            budget in 0_u64..500,
            steps in prop::collection::vec((0_usize..3, 0_u8..60, 0_u8..250), 1..3_000),
        ) {
            let limits = per_day(budget);
            let mut pace = Pace::new(limits);
            let mut ledger = Counter::default();
            let mut used = std::collections::HashMap::<(Day, Purpose), u64>::new();
            let mut today = 0;
            for (purpose, restart, midnight) in steps {
                if midnight == 0 { today += 1; }
                if restart == 1 { ledger.put_back(&mut pace); }
                if restart < 2 { pace = Pace::new(limits); }
                let purpose = PURPOSES[purpose];
                match pace.admit(Duration::ZERO, day(today), purpose) {
                    Admission::Go => *used.entry((day(today), purpose)).or_default() += 1,
                    Admission::Reserve(of, calls) => {
                        let granted = ledger.take(of, pace.wanted(calls, purpose));
                        pace.reserved(of, purpose, granted);
                    }
                    Admission::UsedUp(of) => prop_assert_eq!(of, day(today)),
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            for number in 0..=today {
                let used = PURPOSES.map(|purpose| {
                    used.get(&(day(number), purpose)).copied().unwrap_or(0)
                });
                prop_assert!(used.iter().sum::<u64>() <= budget);
                for (purpose, used) in PURPOSES.into_iter().zip(used) {
                    prop_assert!(used <= limits.calls_per_day(purpose).unwrap());
                }
            }
        }
    }

    const BY_HAND: Purpose = Purpose::ByHand {
        beyond_reserve: false,
    };
    const BEYOND: Purpose = Purpose::ByHand {
        beyond_reserve: true,
    };
    const PURPOSES: [Purpose; 3] = [Purpose::Routine, Purpose::Reserved, BY_HAND];

    /// A ledger that counts.
    #[derive(Default)]
    struct Counter(std::collections::HashMap<(Day, BudgetPart), u64>);

    impl Counter {
        fn take(&mut self, day: Day, wanted: CallsWanted) -> u64 {
            let taken = |part| self.0.get(&(day, part)).copied().unwrap_or(0);
            let all =
                taken(BudgetPart::Polls) + taken(BudgetPart::Reserve) + taken(BudgetPart::ByHand);
            let of_part = wanted.of_part.saturating_sub(taken(wanted.part));
            let granted = wanted
                .of_day
                .saturating_sub(all)
                .min(of_part)
                .min(wanted.calls_max);
            *self.0.entry((day, wanted.part)).or_default() += granted;
            granted
        }

        fn put_back(&mut self, pace: &mut Pace) {
            let Some((day, unused)) = pace.take_unused() else {
                return;
            };
            for part in [BudgetPart::Polls, BudgetPart::Reserve, BudgetPart::ByHand] {
                let taken = self.0.entry((day, part)).or_default();
                // Nobody puts back what was not taken.
                *taken = taken.checked_sub(unused.of(part)).unwrap();
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

    /// Uses what there is for each purpose, in a process of its own.
    fn used_up(orders: &[(Purpose, u64)]) -> Vec<u64> {
        let mut ledger = Counter::default();
        let used = orders.iter().map(|(purpose, calls_max)| {
            let mut pace = Pace::new(per_day(1_000));
            let mut used = 0;
            while used < *calls_max {
                match pace.admit(Duration::ZERO, day(0), *purpose) {
                    Admission::Go => used += 1,
                    Admission::Reserve(of, calls) => {
                        let granted = ledger.take(of, pace.wanted(calls, *purpose));
                        pace.reserved(of, *purpose, granted);
                    }
                    Admission::UsedUp(_) => break,
                    other => panic!("{other:?}"),
                }
            }
            used
        });
        used.collect()
    }

    #[test]
    fn what_others_take_is_not_missing_from_polls_over_restarts_too() {
        let all = u64::MAX;
        // 75 calls come in blocks of ten.
        let orders = [
            (Purpose::Reserved, 75),
            (BY_HAND, all),
            (Purpose::Routine, all),
        ];
        assert_eq!(used_up(&orders), [75, 20, 900]);
        // Only who insists takes of what polls would have, and nobody of what is not there.
        let orders = [(BY_HAND, all), (BEYOND, 130), (Purpose::Routine, all)];
        assert_eq!(used_up(&orders), [20, 130, 850]);
        assert_eq!(
            used_up(&[(Purpose::Routine, all), (BEYOND, all)]),
            [900, 100]
        );
    }

    #[test]
    fn what_is_left_is_what_would_be_granted() {
        let limits = per_day(1_000);
        let taken = CallsTaken {
            polls: 890,
            reserve: 85,
            by_hand: 15,
        };
        let left = |purpose| limits.left(purpose, taken);
        assert_eq!(left(Purpose::Routine), Some(10));
        assert_eq!(left(BY_HAND), Some(5));
        assert_eq!(left(BEYOND), Some(10));
        assert_eq!(per_second(1).left(BY_HAND, taken), None);
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
