//! How old what is shown is, in words.
//!
//! A page begins with these words, and its script goes on from there with the same.

use povline_domain::{Day, UnixMillis};
use povline_store::ledger::Desk;
use povline_web::Language;

use crate::Clinic;
use crate::draw::Moment;
use crate::problem::clock;

/// The age of a list as a page begins with it.
pub(super) struct Age {
    pub(super) as_of: Option<UnixMillis>,
    pub(super) moment: Moment,
    /// The age from which on tomorrow's counts beside it are stale, in milliseconds.
    pub(super) stale_others_ms: i64,
}

impl Age {
    pub(super) fn new<L: Desk>(
        clinic: &Clinic<L>,
        as_of: Option<UnixMillis>,
        moment: Moment,
    ) -> Self {
        let today = Day::at(moment.now);
        Self {
            as_of,
            moment,
            stale_others_ms: clinic.stale_ms(today.plus_days(1).unwrap_or(today), today),
        }
    }

    pub(super) fn as_of_ms(&self) -> String {
        self.as_of.map_or_else(String::new, |at| at.0.to_string())
    }

    pub(super) fn is_stale(&self) -> bool {
        let age = self.as_of.map(|at| self.moment.now.millis_since(at));
        age.is_none_or(|age| age > self.moment.stale_ms)
    }

    pub(super) fn words(&self, language: Language) -> String {
        let Some(as_of) = self.as_of else {
            return language.pick("从未完整读取", "never read whole").to_owned();
        };
        let now = self.moment.now;
        let at = stamp(as_of, now);
        let age = span(now.millis_since(as_of).max(0), language);
        language.pick(
            format!("截至 {at}，{age}前"),
            format!("as of {at}, {age} ago"),
        )
    }
}

/// The units of [`span`], the shortest first.
pub(super) fn units(language: Language) -> &'static str {
    language.pick("秒|分钟|小时|天", "s|min|h|d")
}

/// What is said of a stale list.
pub(super) fn stale_words(language: Language) -> &'static str {
    language.pick(
        "清单已过时。请勿据此判断有人未预约或已取消。",
        "This list is stale. Do not conclude from it that somebody is not booked or has cancelled.",
    )
}

/// How long something lasts: `12 s`, `5 min`, `3 h`, `2 d`.
fn span(millis: i64, language: Language) -> String {
    let seconds = millis / 1_000;
    let (number, place) = match seconds {
        ..120 => (seconds, 0),
        120..7_200 => (seconds / 60, 1),
        7_200..172_800 => (seconds / 3_600, 2),
        _ => (seconds / 86_400, 3),
    };
    let unit = units(language).split('|').nth(place).unwrap_or_default();
    format!("{number} {unit}")
}

/// The time of day, and the day before it if that is not today's.
fn stamp(at: UnixMillis, now: UnixMillis) -> String {
    let day = Day::at(at);
    match day == Day::at(now) {
        true => clock(at),
        false => {
            let day = day.to_string();
            format!("{} {}", day.get(5..).unwrap_or_default(), clock(at))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_the_unit_that_a_person_would_use() {
        let told = |millis| {
            (
                span(millis, Language::English),
                span(millis, Language::Chinese),
            )
        };
        for (millis, english, chinese) in [
            (12_900, "12 s", "12 秒"),
            (119_999, "119 s", "119 秒"),
            (120_000, "2 min", "2 分钟"),
            (7_200_000, "2 h", "2 小时"),
            (172_800_000, "2 d", "2 天"),
        ] {
            assert_eq!(told(millis), (english.to_owned(), chinese.to_owned()));
        }
    }

    #[test]
    fn an_instant_of_another_day_is_told_with_its_day() {
        // 2026-11-24 08:00:00 of Shanghai.
        let now = UnixMillis(1_795_478_400_000);
        assert_eq!(stamp(now, now), "08:00:00");
        assert_eq!(
            stamp(now.plus_millis(-9 * 3_600_000), now),
            "11-23 23:00:00"
        );
    }
}
