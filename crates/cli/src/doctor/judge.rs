//! How bad a measure is.

use std::time::Duration;

use povline_domain::{Day, UnixMillis};
use povline_store::ledger::CallsTaken;
use povline_sync::Limits;
use povline_sync::pace::Purpose;
use povline_sync::skew::certain_skew;

use super::finding::{Finding, Verdict};

/// A platform accepts timestamps within ten minutes of its own clock.
const SKEW_BAD_MS: i64 = 300_000;
/// A clock that is kept in time is never so far off.
const SKEW_WARN_MS: i64 = 5_000;
/// Of an instant that is told in whole seconds, half of one is unknown either way.
const HALF_A_SECOND_MS: i64 = 500;

/// A write to the disk that takes longer holds every settled scan up.
const SYNC_WARN: Duration = Duration::from_millis(50);
const SYNC_BAD: Duration = Duration::from_secs(1);

const MEBIBYTE: u64 = 1 << 20;
const FREE_WARN_BYTES: u64 = 2_048 * MEBIBYTE;
const FREE_BAD_BYTES: u64 = 200 * MEBIBYTE;

/// An answer that takes longer makes a sweep of many lists long.
const ANSWER_WARN: Duration = Duration::from_millis(1_500);

/// Of the calls that polls have for the rest of the day on average, in percent.
const LEFT_WARN_PERCENT: u128 = 5;
const DAY_MILLIS: i64 = 86_400_000;

/// How far our clock is from the platform's, by the instant that its answer names.
pub(super) fn skew(app: &str, named: UnixMillis, asked: UnixMillis, told: UnixMillis) -> Finding {
    let middle = asked.0 + told.millis_since(asked) / 2;
    let skew = named.0 + HALF_A_SECOND_MS - middle;
    let unknown = HALF_A_SECOND_MS + told.millis_since(asked).abs() / 2;
    let sure = certain_skew(asked, told, named).abs();
    let (tenths, way) = (
        skew.abs() / 100,
        if skew > 0 { "behind 慢" } else { "ahead 快" },
    );
    let found = format!(
        "this machine's clock is {}.{} s {way} (±{}.{} s)",
        tenths / 10,
        tenths % 10,
        unknown / 1_000,
        unknown % 1_000 / 100
    );
    let finding = Finding::ok("clock", app, found);
    let remedy =
        "keep this machine's clock in time by NTP (chrony, systemd-timesyncd) 用NTP校准本机时钟";
    match sure {
        SKEW_BAD_MS.. => finding.but(Verdict::Bad, remedy),
        SKEW_WARN_MS.. => finding.but(Verdict::Warn, remedy),
        _ => finding,
    }
}

/// How long a small write takes until it is safe on the disk.
pub(super) fn sync_time(directory: &str, took: Duration) -> Finding {
    let found = format!(
        "a write is safe after 落盘耗时 {:.1} ms",
        took.as_secs_f64() * 1_000.0
    );
    let finding = Finding::ok("disk", directory, found);
    let remedy =
        "put the ledger on a local SSD, not on a network or a busy disk 账本放本地SSD,勿放网络盘";
    if took >= SYNC_BAD {
        finding.but(Verdict::Bad, remedy)
    } else if took >= SYNC_WARN {
        finding.but(Verdict::Warn, remedy)
    } else {
        finding
    }
}

/// How much room the disk has.
pub(super) fn room(directory: &str, free_bytes: u64) -> Finding {
    let found = format!("{} MiB free 可用", free_bytes / MEBIBYTE);
    let finding = Finding::ok("disk", directory, found);
    let remedy = "make room on that disk, or name another --data 清理磁盘或更换--data";
    match free_bytes {
        0..FREE_BAD_BYTES => finding.but(Verdict::Bad, remedy),
        FREE_BAD_BYTES..FREE_WARN_BYTES => finding.but(Verdict::Warn, remedy),
        _ => finding,
    }
}

/// How long an answer took.
pub(super) fn answer_time(app: &str, took: Duration) -> Finding {
    let found = format!(
        "the first answer came after 首个应答 {} ms",
        took.as_millis()
    );
    let finding = Finding::ok("reach", app, found);
    if took >= ANSWER_WARN {
        let remedy = "look at the network and proxies between; more --workers hide some of it \
                      检查网络与代理,或增加--workers";
        return finding.but(Verdict::Warn, remedy);
    }
    finding
}

/// What is left of the day's calls, above all of those of polls: once they are used up, no list is
/// polled until midnight, whatever the reserve has.
pub(super) fn budget(app: &str, limits: &Limits, taken: CallsTaken, now: UnixMillis) -> Finding {
    let of = |purpose| {
        let all = limits.calls_per_day(purpose).unwrap_or(u64::MAX);
        (limits.left(purpose, taken).unwrap_or(u64::MAX), all)
    };
    let (polls_left, polls) = of(Purpose::Routine);
    let (left, per_day) = of(Purpose::Reserved);
    let found = format!(
        "{left} of {per_day} calls left today 今日剩余调用, {polls_left} of {polls} for polls \
         其中轮询剩余"
    );
    let finding = Finding::ok("budget", app, found);
    let remedy = "wait for midnight of Shanghai, or give more calls_per_day \
                  等到北京时间零点,或提高calls_per_day";
    // Calls are spent by the hour: what is little in the morning is much before midnight.
    let gone = now.millis_since(Day::at(now).begins_at());
    let rest = u128::from(DAY_MILLIS.abs_diff(gone));
    let little = u128::from(polls) * rest * LEFT_WARN_PERCENT;
    if polls_left == 0 {
        finding.but(Verdict::Bad, remedy)
    } else if u128::from(polls_left) * u128::from(DAY_MILLIS.unsigned_abs()) * 100 < little {
        finding.but(Verdict::Warn, remedy)
    } else {
        finding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_as_bad_as_it_certainly_is() {
        let at = |named, asked, told| {
            skew("1", UnixMillis(named), UnixMillis(asked), UnixMillis(told)).verdict
        };
        assert_eq!(at(1_000_000, 1_000_000, 1_000_900), Verdict::Ok);
        // An answer that took eight seconds may have named any instant of them.
        assert_eq!(at(1_008_000, 1_000_000, 1_008_000), Verdict::Ok);
        assert_eq!(at(1_007_000, 1_000_000, 1_000_100), Verdict::Warn);
        assert_eq!(at(993_000, 1_000_000, 1_000_100), Verdict::Warn);
        assert_eq!(at(1_400_000, 1_000_000, 1_000_100), Verdict::Bad);
        let told = skew("1", UnixMillis(60_000), UnixMillis(0), UnixMillis(0)).found;
        assert!(told.contains("60.5 s behind"), "{told}");
    }

    #[test]
    fn room_writes_answers_and_calls() {
        let worst = |findings: [Finding; 3]| findings.map(|finding| finding.verdict);
        let all = [Verdict::Ok, Verdict::Warn, Verdict::Bad];
        let gib = 1_024 * MEBIBYTE;
        assert_eq!(
            worst([9 * gib, gib, MEBIBYTE].map(|free| room(".", free))),
            all
        );
        let millis = Duration::from_millis;
        assert_eq!(
            worst([3, 90, 1_500].map(|took| sync_time(".", millis(took)))),
            all
        );
        assert_eq!(answer_time("1", millis(80)).remedy, None);
        assert_eq!(answer_time("1", millis(1_800)).verdict, Verdict::Warn);
    }

    #[test]
    fn the_day_is_judged_by_the_calls_that_polls_have_left() {
        let limits = Limits {
            calls_per_second: Some(20),
            calls_per_day: Some(600),
            reserved_percent: 10,
        };
        let midnight = Day::at(UnixMillis(1_795_478_400_000)).begins_at();
        let at = |hour: i64, polls, reserve| {
            let taken = CallsTaken {
                polls,
                reserve,
                by_hand: 0,
            };
            let now = midnight.plus_millis(hour * 3_600_000);
            budget("1", &limits, taken, now)
        };
        assert_eq!(at(0, 0, 0).verdict, Verdict::Ok);
        // What is left is the reserve's.
        let used_up = at(9, 540, 6);
        assert_eq!(used_up.verdict, Verdict::Bad);
        assert!(
            used_up.found.contains("54 of 600 calls left today")
                && used_up.found.contains("0 of 540 for polls"),
            "{used_up:?}"
        );
        // Twelve are little in the morning, and enough for the last hour.
        assert_eq!(at(9, 528, 0).verdict, Verdict::Warn);
        assert_eq!(at(23, 528, 0).verdict, Verdict::Ok);
        // What people took beyond the reserve is missing from polls.
        assert_eq!(at(9, 200, 390).verdict, Verdict::Warn);
        assert_eq!(at(9, 200, 400).verdict, Verdict::Bad);
    }
}
