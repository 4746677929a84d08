//! Whether a quota can keep a promise, with the arithmetic shown.

use std::fmt;
use std::time::Duration;

use super::clock::DAY_SECONDS;
use super::config::{PlanConfig, Promise, Quota};

/// How many calls reading a list takes on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CallsPerList {
    /// One of today.
    pub today: f64,
    /// One of another day.
    pub others: f64,
}

impl From<f64> for CallsPerList {
    fn from(each: f64) -> Self {
        Self {
            today: each,
            others: each,
        }
    }
}

/// What promises take of one app's calls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arithmetic {
    /// The app's place in the configuration.
    pub app: usize,
    /// POVs that it reads.
    pub povs: usize,
    /// Lists of days other than today.
    pub other_lists: usize,
    /// Calls that reading a list takes on average.
    pub calls_per_list: CallsPerList,
    /// Calls a day that today's lists take while clinics are open.
    pub today: f64,
    /// Calls a day that they take while clinics are closed.
    pub today_closed: f64,
    /// Calls a day that the other lists take.
    pub others: f64,
    /// Calls a day that confirming scans may take, apart from those of polls; infinite if there is
    /// no limit.
    pub confirming_per_day: f64,
    /// Calls a day that polls may make; infinite if there is no limit.
    pub polls_per_day: f64,
    /// The most calls in any second that promises and confirming scans take, on average over the
    /// hours that clinics are open.
    pub busiest_second: f64,
    /// Calls that may begin in a second; infinite if there is no limit.
    pub calls_per_second: f64,
    /// The promise for today's lists, in seconds.
    pub today_seconds: f64,
    /// The promise for every list, in seconds.
    pub others_seconds: f64,
}

/// Reads for a promise's sake are made somewhat early, so that none is late.
const EARLY: f64 = 1.05;
/// Promises that take more than this part of the calls leave little to poll where it matters.
const PART_FOR_PROMISES: f64 = 0.4;

impl Arithmetic {
    /// Calls a day that promises take.
    #[must_use]
    pub fn needed(&self) -> f64 {
        self.today + self.today_closed + self.others
    }

    /// Calls a second that confirming scans may take on average.
    fn confirming_per_second(&self) -> f64 {
        match self.confirming_per_day.is_finite() {
            true => self.confirming_per_day / DAY_SECONDS,
            false => 0.0,
        }
    }

    /// Calls that a cancellation of today takes, if nothing else reads these lists meanwhile: its
    /// own day is read again, and then every other open day of its POV.
    fn calls_per_cancellation(&self) -> f64 {
        let other_days = self.other_lists as f64 / self.povs.max(1) as f64;
        self.calls_per_list.today + other_days * self.calls_per_list.others
    }

    /// For how many of today's cancellations the confirming scans of a day reach, if nothing else is
    /// confirmed: spread over the open hours, each is told within minutes of being missed. Infinite
    /// if there is no limit.
    #[must_use]
    pub fn cancellations_reached(&self) -> f64 {
        let calls = self.confirming_per_day * (1.0 - Quota::CONFIRMING_KEPT_LAST);
        (calls / self.calls_per_cancellation()).floor()
    }

    /// The part of the app's calls that promises take.
    #[must_use]
    pub fn part(&self) -> f64 {
        let by_day = self.needed() / self.polls_per_day;
        by_day.max(self.busiest_second / self.calls_per_second)
    }

    /// Whether the promises can be kept.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.part() <= 1.0
    }

    /// Whether promises leave most calls to go where they buy most.
    #[must_use]
    pub fn leaves_room(&self) -> bool {
        self.part() <= PART_FOR_PROMISES
    }

    /// The shortest promises of greater ages that the quota could keep: of the lists that take most
    /// of the calls if that is enough, or else of all; with room to spare if there can be any. `None`
    /// if nothing fits that may be promised.
    #[must_use]
    pub fn that_fits(&self) -> Option<LongerPromises> {
        let of_today = self.load_of_today();
        let of_others = self.load_of_others();
        let is_of_day = self.needed() > self.polls_per_day;
        let todays_is_larger = match is_of_day {
            true => of_today.a_day > of_others.a_day,
            false => of_today.a_second > of_others.a_second,
        };
        let parts = [PART_FOR_PROMISES, 1.0].into_iter();
        let one = parts.clone().find_map(|part| {
            if todays_is_larger {
                let times = self.times(&[of_today], &[of_others], part)?;
                let today = (times * self.today_seconds).ceil();
                (today <= self.others_seconds).then_some(LongerPromises {
                    today: Some(today),
                    others: None,
                })
            } else {
                let times = self.times(&[of_others], &[of_today], part)?;
                Some(LongerPromises {
                    today: None,
                    others: Some((times * self.others_seconds).ceil()),
                })
            }
        });
        let both = parts.into_iter().find_map(|part| {
            let times = self.times(&[of_today, of_others], &[], part)?;
            Some(LongerPromises {
                today: Some((times * self.today_seconds).ceil()),
                others: Some((times * self.others_seconds).ceil()),
            })
        });
        let may_be_made = |promises: &LongerPromises| {
            let within = |seconds: Option<f64>, most: Duration| {
                seconds.is_none_or(|seconds| seconds <= most.as_secs_f64())
            };
            within(promises.today, Promise::TODAY_MAX)
                && within(promises.others, Promise::OTHERS_MAX)
        };
        one.filter(may_be_made).or(both.filter(may_be_made))
    }

    /// How many times as long as now the promises of these loads must be for them to fit, beside
    /// what stays as it is, into this part of the calls.
    fn times(&self, longer: &[Load], as_now: &[Load], part: f64) -> Option<f64> {
        let sum = |loads: &[Load], of: fn(&Load) -> f64| loads.iter().map(of).sum::<f64>();
        let kept = sum(as_now, |load| load.a_day) + self.once();
        let room_of_day = self.polls_per_day * part - kept;
        let kept = sum(as_now, |load| load.a_second) + self.confirming_per_second();
        let room_of_second = self.calls_per_second * part - kept;
        if room_of_day <= 0.0 || room_of_second <= 0.0 {
            return None;
        }
        let by_day = sum(longer, |load| load.a_day) / room_of_day;
        Some(by_day.max(sum(longer, |load| load.a_second) / room_of_second))
    }

    /// Calls that today's lists take once a day, whatever is promised: to be fresh when the doors
    /// open.
    fn once(&self) -> f64 {
        match self.today > 0.0 {
            true => self.povs as f64 * self.calls_per_list.today * EARLY,
            false => 0.0,
        }
    }

    /// What the promise of today's lists takes.
    fn load_of_today(&self) -> Load {
        Load {
            a_day: self.today - self.once(),
            a_second: self.once() / self.today_seconds,
        }
    }

    /// What the promise of every list at any time takes.
    fn load_of_others(&self) -> Load {
        Load {
            a_day: self.today_closed + self.others,
            a_second: self.others / DAY_SECONDS,
        }
    }
}

/// Calls that grow less as a promise grows longer.
#[derive(Debug, Clone, Copy)]
struct Load {
    a_day: f64,
    a_second: f64,
}

/// Promises of greater ages, in whole seconds; those that are `None` may stay as they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LongerPromises {
    /// For today's lists while clinics are open.
    pub today: Option<f64>,
    /// For every list.
    pub others: Option<f64>,
}

impl fmt::Display for LongerPromises {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let today = self
            .today
            .map(|seconds| format!("{seconds:.0} s for today's lists"));
        let others = self
            .others
            .map(|seconds| format!("{seconds:.0} s for the other days"));
        let told: Vec<String> = today.into_iter().chain(others).collect();
        f.write_str(&told.join(" and "))
    }
}

impl fmt::Display for Arithmetic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "today, open:   {:>9} lists x {:.1} calls, each {:.0} s   = {:>10.0} calls a day",
            self.povs, self.calls_per_list.today, self.today_seconds, self.today
        )?;
        writeln!(
            f,
            "today, closed: {:>9} lists x {:.1} calls, each {:.0} s   = {:>10.0} calls a day",
            self.povs, self.calls_per_list.today, self.others_seconds, self.today_closed
        )?;
        writeln!(
            f,
            "other days:    {:>9} lists x {:.1} calls, each {:.0} s   = {:>10.0} calls a day",
            self.other_lists, self.calls_per_list.others, self.others_seconds, self.others
        )?;
        if self.confirming_per_day.is_finite() {
            writeln!(
                f,
                "confirming:    at most {:.0} calls a day, which polls leave",
                self.confirming_per_day
            )?;
        }
        if self.confirming_per_day.is_finite() && self.today > 0.0 {
            writeln!(
                f,
                "               for {:.0} cancellations of today x {:.1} calls at most; \
                 polls tell more of them later",
                self.cancellations_reached(),
                self.calls_per_cancellation()
            )?;
        }
        write!(f, "together {:.0} calls a day of ", self.needed())?;
        if self.polls_per_day.is_finite() {
            write!(f, "{:.0}", self.polls_per_day)?;
        } else {
            f.write_str("any number")?;
        }
        if self.calls_per_second.is_finite() {
            write!(
                f,
                ", {:.2} a second of {:.2}",
                self.busiest_second, self.calls_per_second
            )?;
        }
        Ok(())
    }
}

/// A promise that a quota cannot keep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Refusal(pub Arithmetic);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = &self.0;
        if sum.needed() > sum.polls_per_day {
            write!(
                f,
                "these promises need {:.0} calls a day, and polls have {:.0}",
                sum.needed(),
                sum.polls_per_day
            )?;
        } else {
            write!(
                f,
                "these promises need {:.2} calls a second, and there are {:.2}",
                sum.busiest_second, sum.calls_per_second
            )?;
        }
        match sum.that_fits() {
            Some(promises) => write!(f, "; promise {promises}, or ask for more calls"),
            None => {
                f.write_str("; no promise fits: ask for more calls, or read fewer clinics or days")
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// What the promises take of each app, if reading a list takes so many calls on average.
#[must_use]
pub fn arithmetic(config: &PlanConfig, calls_per_list: impl Into<CallsPerList>) -> Vec<Arithmetic> {
    let calls_per_list = calls_per_list.into();
    let promise = &config.promise;
    let others_seconds = promise.others.as_secs_f64().max(1.0);
    let today_seconds = promise.today.as_secs_f64().clamp(1.0, others_seconds);
    let open = promise.closes.saturating_sub(promise.opens).as_secs_f64();
    let has_today = config.first_day <= 0 && config.last_day >= 0;
    let of_app = |(app, quota): (usize, &super::Quota)| {
        let povs = config.povs.iter().filter(|of| usize::from(**of) == app);
        let povs = povs.count();
        let others = config.horizon().saturating_sub(usize::from(has_today));
        let other_lists = povs * others;
        let of_today = match has_today {
            true => povs as f64 * calls_per_list.today * EARLY,
            false => 0.0,
        };
        let others = other_lists as f64 * calls_per_list.others * EARLY;
        let confirming_per_day = quota.confirming_per_day().unwrap_or(f64::INFINITY);
        let mut sum = Arithmetic {
            app,
            povs,
            other_lists,
            calls_per_list,
            // One more for each list, to be fresh when the doors open.
            today: of_today * (open / today_seconds + 1.0),
            today_closed: of_today * (DAY_SECONDS - open) / others_seconds,
            others: others * DAY_SECONDS / others_seconds,
            confirming_per_day,
            polls_per_day: quota
                .polls_per_day()
                .map_or(f64::INFINITY, |calls| calls as f64),
            busiest_second: of_today / today_seconds + others / others_seconds,
            calls_per_second: quota.calls_per_second.unwrap_or(f64::INFINITY),
            today_seconds,
            others_seconds,
        };
        sum.busiest_second += sum.confirming_per_second();
        sum
    };
    config.apps.iter().enumerate().map(of_app).collect()
}

/// Refuses promises that a quota cannot keep.
///
/// # Errors
/// [`Refusal`] of the first app whose calls do not suffice.
pub fn check(
    config: &PlanConfig,
    calls_per_list: impl Into<CallsPerList>,
) -> Result<Vec<Arithmetic>, Refusal> {
    let sums = arithmetic(config, calls_per_list);
    match sums.iter().find(|sum| !sum.is_kept()) {
        Some(sum) => Err(Refusal(*sum)),
        None => Ok(sums),
    }
}
