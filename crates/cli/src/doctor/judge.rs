//! How bad a measure is.

use std::time::Duration;

use povline_domain::UnixMillis;
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

/// Parts of the day's calls, in percent.
const LEFT_WARN_PERCENT: u64 = 5;

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

/// What is left of the day's calls.
pub(super) fn budget(app: &str, left: u64, per_day: u64) -> Finding {
    let found = format!("{left} of {per_day} calls left today 今日剩余调用");
    let finding = Finding::ok("budget", app, found);
    let remedy = "wait for midnight of Shanghai, or give more calls_per_day \
                  等到北京时间零点,或提高calls_per_day";
    if left == 0 {
        finding.but(Verdict::Bad, remedy)
    } else if left.saturating_mul(100) < per_day.saturating_mul(LEFT_WARN_PERCENT) {
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
        assert_eq!(
            worst([900, 40, 0].map(|left| budget("1", left, 1_000))),
            all
        );
        assert_eq!(answer_time("1", millis(80)).remedy, None);
        assert_eq!(answer_time("1", millis(1_800)).verdict, Verdict::Warn);
    }
}
