//! The calls of one day, out of what the book has reserved for this process.

use povline_domain::Day;
use povline_store::book::{CallClaim, CallGrant, CallScope};

/// At most this part of a day's calls, and at least one, is reserved at a time.
const BLOCKS_PER_DAY: u64 = 200;

/// No block is larger.
const BLOCK_MAX: u64 = 5_000;

/// How many calls are reserved at a time.
fn block(at_most: u64) -> u64 {
    (at_most / BLOCKS_PER_DAY).clamp(1, BLOCK_MAX)
}

/// Whether a call fits into a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fits {
    /// It does.
    Now,
    /// More must be reserved first.
    AfterReserving,
    /// The day has no more.
    Never,
}

/// One scope's calls of one day.
#[derive(Debug)]
pub(crate) struct DayCount {
    day: Day,
    /// The limit by which it was last asked.
    at_most: Option<u64>,
    /// Reserved and not used.
    leased: u64,
    /// All that is reserved in the book, by whichever process, as it last said.
    reserved: u64,
    /// The limit for which the book had no more to give.
    dry_at: Option<u64>,
    /// To be reserved.
    wanted: u64,
    /// Used, and used without having been reserved, since the book was last told.
    used: i64,
    unreserved: i64,
}

impl DayCount {
    pub(crate) fn new(day: Day) -> Self {
        Self {
            day,
            at_most: None,
            leased: 0,
            reserved: 0,
            dry_at: None,
            wanted: 0,
            used: 0,
            unreserved: 0,
        }
    }

    pub(crate) fn day(&self) -> Day {
        self.day
    }

    /// Used since the book was last told, less what was given back.
    pub(crate) fn untold(&self) -> i64 {
        self.used
    }

    /// Whether so many calls fit under this limit.
    pub(crate) fn fits(&mut self, units: u64, at_most: Option<u64>) -> Fits {
        self.at_most = at_most;
        let Some(at_most) = at_most else {
            return Fits::Now;
        };
        let units = units.min(at_most);
        if self.leased >= units && self.taken() + units <= at_most {
            return Fits::Now;
        }
        if self.dry_at == Some(at_most) || self.taken() + units > at_most {
            return Fits::Never;
        }
        Fits::AfterReserving
    }

    /// Has so many calls reserved with the next round.
    pub(crate) fn want(&mut self, units: u64) {
        let Some(at_most) = self.at_most else { return };
        let missing = units.min(at_most).saturating_sub(self.leased);
        self.wanted = (self.wanted + missing).max(block(at_most));
    }

    /// Uses calls that fit; whether more should be reserved soon.
    pub(crate) fn spend(&mut self, units: u64) -> bool {
        let Some(at_most) = self.at_most else {
            self.used += units as i64;
            self.unreserved += units as i64;
            return false;
        };
        let units = units.min(at_most);
        self.used += units as i64;
        self.leased = self.leased.saturating_sub(units);
        let low = self.leased < block(at_most) / 2;
        if low && self.dry_at != Some(at_most) && self.wanted == 0 {
            self.wanted = block(at_most);
            return true;
        }
        false
    }

    /// Gives calls of a day back.
    pub(crate) fn refund(&mut self, day: Day, units: u64, at_most: Option<u64>) {
        if day != self.day {
            return;
        }
        match at_most {
            None => {
                self.used -= units as i64;
                self.unreserved -= units as i64;
            }
            Some(at_most) => {
                let units = units.min(at_most);
                self.used -= units as i64;
                self.leased += units;
            }
        }
    }

    /// How many calls the day has left, as far as this process knows.
    pub(crate) fn left(&self) -> Option<u64> {
        Some(self.at_most?.saturating_sub(self.taken()))
    }

    /// Whether something is to be reserved.
    pub(crate) fn is_wanting(&self) -> bool {
        self.wanted > 0
    }

    /// What the book is to be told and asked, if anything. At the end nothing is asked for and
    /// everything is given back.
    pub(crate) fn claim(&mut self, scope: CallScope, end: bool) -> Option<CallClaim> {
        if end {
            self.wanted = 0;
        }
        if end || self.at_most.is_none() {
            self.unreserved -= self.leased as i64;
            self.leased = 0;
        }
        let claim = CallClaim {
            scope,
            want: std::mem::take(&mut self.wanted),
            at_most: self.at_most,
            used: std::mem::take(&mut self.used),
            unreserved: std::mem::take(&mut self.unreserved),
        };
        (claim.want > 0 || claim.used != 0 || claim.unreserved != 0).then_some(claim)
    }

    /// Takes what the book has given.
    pub(crate) fn grant(&mut self, claim: &CallClaim, grant: CallGrant) {
        self.leased += grant.granted;
        self.reserved = grant.reserved;
        if claim.want > grant.granted {
            self.dry_at = claim.at_most;
        }
    }

    /// Takes note that the book was not told after all.
    pub(crate) fn give_back(&mut self, claim: &CallClaim) {
        self.used += claim.used;
        self.unreserved += claim.unreserved;
    }

    /// Calls that are used, or reserved by others.
    fn taken(&self) -> u64 {
        self.reserved.saturating_sub(self.leased)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(number: i32) -> Day {
        Day::from_number(number).unwrap()
    }

    /// A book of one scope.
    #[derive(Debug, Default)]
    struct Book {
        used: i64,
        reserved: i64,
    }

    impl Book {
        fn claim(&mut self, claim: &CallClaim) -> CallGrant {
            self.used += claim.used;
            self.reserved = (self.reserved + claim.unreserved).max(self.used);
            let room = claim.at_most.unwrap_or(0) as i64 - self.reserved;
            let granted = (claim.want as i64).min(room.max(0));
            self.reserved += granted;
            CallGrant {
                granted: granted as u64,
                reserved: self.reserved as u64,
            }
        }
    }

    #[derive(Debug, Clone)]
    enum Step {
        Call(u64),
        RefundLast,
        Kill,
        Stop,
        Fail,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            20 => (1_u64..4).prop_map(Step::Call),
            2 => Just(Step::RefundLast),
            1 => Just(Step::Kill),
            1 => Just(Step::Stop),
            1 => Just(Step::Fail),
        ]
    }

    fn round(count: &mut DayCount, book: &mut Book, end: bool) {
        if let Some(claim) = count.claim(CallScope::Method("m".to_owned()), end) {
            let grant = book.claim(&claim);
            count.grant(&claim, grant);
        }
    }

    proptest! {
        #[test]
        fn no_history_of_kills_lets_more_through_than_the_quota(
            at_most in 1_u64..600,
            steps in prop::collection::vec(step(), 1..400),
        ) {
            let (mut book, mut count) = (Book::default(), DayCount::new(day(1)));
            let (mut through, mut lost, mut last) = (0_u64, 0, 0);
            for step in steps {
                match step {
                    Step::Call(units) => {
                        let units = units.min(at_most);
                        if count.fits(units, Some(at_most)) == Fits::AfterReserving {
                            count.want(units);
                            round(&mut count, &mut book, false);
                        }
                        match count.fits(units, Some(at_most)) {
                            Fits::Now => {
                                count.spend(units);
                                through += units;
                                last = units;
                            }
                            Fits::AfterReserving => prop_assert!(false, "the book has answered"),
                            // Refused only once the quota is used, but for what kills have lost.
                            Fits::Never => prop_assert!(through + lost + units > at_most),
                        }
                    }
                    Step::RefundLast => {
                        count.refund(day(1), last, Some(at_most));
                        through -= last;
                        last = 0;
                    }
                    Step::Kill => {
                        // What it had reserved beyond what was let through.
                        lost = book.reserved as u64 - through;
                        count = DayCount::new(day(1));
                        last = 0;
                    }
                    Step::Stop => {
                        round(&mut count, &mut book, true);
                        prop_assert!(book.reserved as u64 <= through + lost);
                        count = DayCount::new(day(1));
                        last = 0;
                    }
                    Step::Fail => {
                        if let Some(claim) = count.claim(CallScope::Method("m".to_owned()), false) {
                            count.give_back(&claim);
                        }
                    }
                }
                prop_assert!(through <= at_most, "{through} of {at_most}");
                prop_assert!(book.reserved as u64 >= through);
            }
        }
    }

    #[test]
    fn a_kill_loses_no_more_than_a_hundredth_of_the_day() {
        for at_most in [200, 5_000, 1_000_000, 1_000_000_000_u64] {
            let (mut book, mut count) = (Book::default(), DayCount::new(day(1)));
            for _ in 0..3_000 {
                if count.fits(1, Some(at_most)) == Fits::AfterReserving {
                    count.want(1);
                    round(&mut count, &mut book, false);
                }
                if count.fits(1, Some(at_most)) == Fits::Now && count.spend(1) {
                    round(&mut count, &mut book, false);
                }
                let lost = count.leased;
                assert!(
                    lost <= (at_most / 100).clamp(1, 7_500),
                    "{lost} of {at_most}"
                );
            }
        }
    }

    #[test]
    fn a_limit_that_changes_counts_from_then_on() {
        let (mut book, mut count) = (Book::default(), DayCount::new(day(1)));
        let mut call = |at_most: Option<u64>| {
            if count.fits(1, at_most) == Fits::AfterReserving {
                count.want(1);
                round(&mut count, &mut book, false);
            }
            let fits = count.fits(1, at_most) == Fits::Now;
            if fits {
                count.spend(1);
            }
            fits
        };
        assert!(call(Some(2)) && call(Some(2)) && !call(Some(2)));
        // Raised, lifted, and brought back.
        assert!(call(Some(3)) && !call(Some(3)));
        assert!(call(None) && call(None));
        assert!(!call(Some(3)));
        assert!(call(Some(1_000)));
        // Lowered beneath what is reserved.
        assert!(!call(Some(5)));
    }
}
