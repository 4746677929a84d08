//! The request log: what every engine must do, and its bounds.

use std::borrow::Cow;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use povline_domain::{AppKey, Day, OutPovId, UnixMillis};
use povline_store::journal::{
    CallFilter, CallLine, CallOutcome, Found, Journal, JournalLimits, LogCursor, SqliteJournal,
    search_back_on, search_on,
};

const AT: UnixMillis = UnixMillis(1_600_000_000_000);

fn open(directory: &Path, limits: JournalLimits) -> SqliteJournal {
    SqliteJournal::open(directory, limits).unwrap()
}

fn line(n: i64) -> CallLine {
    CallLine {
        at: AT.plus_millis(n),
        request_id: Cow::Owned(format!("{n:012}")),
        app: Some(Arc::new(AppKey::new("12345678").unwrap())),
        method: Some(Cow::Borrowed("alibaba.health.vaccin.appointment.query")),
        outcome: CallOutcome::Answered,
        micros: 17,
        pov: Some(OutPovId::new("00001").unwrap()),
        day: Some(Day::new(2021, 1, 18).unwrap()),
        bytes: 40_000,
        address: IpAddr::from([127, 0, 0, 1]),
    }
}

fn lines(range: std::ops::Range<i64>) -> Vec<CallLine> {
    range.map(line).collect()
}

async fn found(journal: &dyn Journal, filter: CallFilter) -> Found {
    search_on(journal, &filter, LogCursor::START, usize::MAX)
        .await
        .unwrap()
}

async fn all(journal: &dyn Journal) -> Found {
    found(journal, CallFilter::default()).await
}

#[tokio::test]
async fn lines_come_back_in_their_order_and_by_another_handle() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path(), JournalLimits::default());
    // More than one block holds, and then another moment.
    journal.append(AT, lines(0..10_000), 0).await.unwrap();
    journal.append(AT, lines(10_000..10_003), 0).await.unwrap();
    let other = open(directory.path(), JournalLimits::default());
    assert_eq!(all(&other).await.lines, lines(0..10_003));
}

#[tokio::test]
async fn a_search_back_tells_the_newest_first_and_goes_on_to_the_first() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path(), JournalLimits::default());
    for n in 0..5 {
        let more = lines(n * 3..n * 3 + 3);
        journal.append(AT, more, 0).await.unwrap();
    }
    let all = CallFilter::default();
    let newest = search_back_on(&journal, &all, LogCursor::END, 4, 10).await;
    let newest = newest.unwrap();
    let mut expected = lines(0..15);
    expected.reverse();
    // Whole blocks come, so there may be some more than asked for.
    assert_eq!(newest.lines, expected[..6]);
    let rest = search_back_on(&journal, &all, newest.cursor, usize::MAX, 10).await;
    assert_eq!(rest.unwrap().lines, expected[6..]);
    let since = CallFilter {
        since: Some(AT.plus_millis(13)),
        ..CallFilter::default()
    };
    let two = search_back_on(&journal, &since, LogCursor::END, usize::MAX, 10).await;
    assert_eq!(two.unwrap().lines, expected[..2]);
    let one_round = search_back_on(&journal, &all, LogCursor::END, usize::MAX, 1).await;
    assert_eq!(one_round.unwrap().lines, expected);
}

#[tokio::test]
async fn a_follower_goes_on_from_its_cursor_and_sees_each_line_once() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path(), JournalLimits::default());
    let (mut cursor, mut seen) = (LogCursor::START, Vec::new());
    for n in 0..5 {
        journal
            .append(AT, lines(n * 3..n * 3 + 3), 0)
            .await
            .unwrap();
        let next = journal
            .search(CallFilter::default(), cursor, 100)
            .await
            .unwrap();
        seen.extend(next.lines);
        cursor = next.cursor;
        let none = journal
            .search(CallFilter::default(), cursor, 100)
            .await
            .unwrap();
        assert_eq!((none.lines.len(), none.cursor), (0, cursor));
    }
    assert_eq!(seen, lines(0..15));
}

#[tokio::test]
async fn each_filter_finds_its_line() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path(), JournalLimits::default());
    let refused = |code, sub_code: Option<&'static str>| CallOutcome::Refused {
        code,
        sub_code: sub_code.map(Cow::Borrowed),
    };
    let other = CallLine {
        app: None,
        method: None,
        outcome: refused(25, None),
        pov: None,
        day: None,
        address: "2001:db8::1".parse().unwrap(),
        ..line(1)
    };
    let third = CallLine {
        app: Some(Arc::new(AppKey::new("87654321").unwrap())),
        outcome: refused(50, Some("isv.pov-not-exist")),
        ..line(2)
    };
    let written = vec![line(0), other, third];
    journal.append(AT, written.clone(), 0).await.unwrap();
    let default = CallFilter::default;
    let cases = [
        (default(), vec![0, 1, 2]),
        (
            CallFilter {
                code: Some(0),
                ..default()
            },
            vec![0],
        ),
        (
            CallFilter {
                code: Some(25),
                ..default()
            },
            vec![1],
        ),
        (
            CallFilter {
                sub_code: Some("isv.pov-not-exist".into()),
                ..default()
            },
            vec![2],
        ),
        (
            CallFilter {
                app: Some(AppKey::new("87654321").unwrap()),
                ..default()
            },
            vec![2],
        ),
        (
            CallFilter {
                request_id: Some("000000000001".into()),
                ..default()
            },
            vec![1],
        ),
        (
            CallFilter {
                pov: Some(OutPovId::new("00001").unwrap()),
                ..default()
            },
            vec![0, 2],
        ),
        (
            CallFilter {
                day: line(0).day,
                ..default()
            },
            vec![0, 2],
        ),
        (
            CallFilter {
                method: line(0).method.map(Cow::into_owned),
                ..default()
            },
            vec![0, 2],
        ),
        (
            CallFilter {
                address: Some("2001:db8::1".parse().unwrap()),
                ..default()
            },
            vec![1],
        ),
        (
            CallFilter {
                since: Some(AT.plus_millis(1)),
                ..default()
            },
            vec![1, 2],
        ),
        (
            CallFilter {
                until: Some(AT.plus_millis(1)),
                ..default()
            },
            vec![0],
        ),
        (
            CallFilter {
                until: Some(AT),
                ..default()
            },
            vec![],
        ),
    ];
    for (filter, expected) in cases {
        let told = format!("{filter:?}");
        let lines = found(&journal, filter).await.lines;
        let expected: Vec<CallLine> = expected.into_iter().map(|n| written[n].clone()).collect();
        assert_eq!(lines, expected, "{told}");
    }
}

#[tokio::test]
async fn what_could_not_be_logged_is_told_also_if_nothing_was() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path(), JournalLimits::default());
    journal.append(AT, lines(0..9_000), 3).await.unwrap();
    journal.append(AT, Vec::new(), 4).await.unwrap();
    let all = all(&journal).await;
    assert_eq!((all.lines.len(), all.lost), (9_000, 7));
}

#[tokio::test]
async fn the_log_is_bounded_in_bytes_and_the_oldest_goes_first() {
    let directory = tempfile::tempdir().unwrap();
    let limits = JournalLimits {
        bytes_max: 200_000,
        ..JournalLimits::default()
    };
    let journal = open(directory.path(), limits);
    let file_bytes = || {
        let file = directory.path().join(SqliteJournal::FILE_NAME);
        std::fs::metadata(file).unwrap().len()
    };
    let mut sizes = Vec::new();
    for n in 0..60 {
        journal
            .append(AT, lines(n * 1_000..(n + 1) * 1_000), 0)
            .await
            .unwrap();
        let kept = all(&journal).await.lines;
        assert_eq!(kept.last().unwrap(), &line((n + 1) * 1_000 - 1));
        let first = kept[0].at.millis_since(AT);
        assert_eq!(kept.len() as i64, (n + 1) * 1_000 - first, "no gap");
        sizes.push(kept.len());
    }
    // Some thirty bytes a line.
    assert!(sizes[59] >= 4_000 && sizes[59] <= 8_000, "{sizes:?}");
    assert!(sizes[0] == 1_000 && sizes.iter().max() <= Some(&8_000));
    drop(journal);
    assert!(file_bytes() < 600_000, "{}", file_bytes());
}

#[tokio::test]
async fn the_log_is_bounded_in_age() {
    let directory = tempfile::tempdir().unwrap();
    let limits = JournalLimits {
        age_max: Duration::from_millis(500),
        ..JournalLimits::default()
    };
    let journal = open(directory.path(), limits);
    journal.append(AT, lines(0..3), 0).await.unwrap();
    journal
        .append(AT.plus_millis(400), lines(400..402), 0)
        .await
        .unwrap();
    assert_eq!(all(&journal).await.lines.len(), 5);
    journal
        .append(AT.plus_millis(503), Vec::new(), 0)
        .await
        .unwrap();
    assert_eq!(all(&journal).await.lines, lines(400..402));
    journal
        .append(AT.plus_millis(9_000), Vec::new(), 0)
        .await
        .unwrap();
    assert!(all(&journal).await.lines.is_empty());
    // A cursor from before what was forgotten still leads on.
    let later = AT.plus_millis(9_000);
    journal.append(later, lines(9_000..9_001), 0).await.unwrap();
    assert_eq!(all(&journal).await.lines, lines(9_000..9_001));
}

#[tokio::test]
async fn another_file_is_no_request_log() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("book");
    drop(povline_store::book::SqliteBook::open(&file).unwrap());
    SqliteJournal::open(&file, JournalLimits::default()).unwrap_err();
}

/// What was counted from an instant on: hours after the first, what calls came to, and how many.
async fn counted(
    journal: &dyn Journal,
    from: UnixMillis,
    app: Option<&str>,
) -> Vec<(i64, String, u64)> {
    let app = app.map(|app| AppKey::new(app).unwrap());
    let tallied = journal.tally(from, app).await.unwrap();
    assert_eq!(tallied.since, UnixMillis(0));
    let first = AT.0.div_euclid(HOUR_MILLIS);
    let told = tallied.tallies.into_iter().map(|tally| {
        let code = tally.outcome.code().map(|code| code.to_string());
        let parts = [code, tally.outcome.sub_code().map(str::to_owned)];
        let outcome: Vec<String> = parts.into_iter().flatten().collect();
        let hour = tally.hour.0.div_euclid(HOUR_MILLIS) - first;
        (
            hour,
            format!("{} {}", tally.outcome.word(), outcome.join(" ")),
            tally.calls,
        )
    });
    told.collect()
}

const HOUR_MILLIS: i64 = 3_600_000;

#[tokio::test]
async fn calls_are_counted_by_hour_and_outcome_whatever_becomes_of_their_lines() {
    let directory = tempfile::tempdir().unwrap();
    let few = JournalLimits {
        bytes_max: 1,
        ..JournalLimits::default()
    };
    let journal = open(directory.path(), few);
    let with = |n, outcome| CallLine { outcome, ..line(n) };
    let refused = |code, sub_code: &'static str| CallOutcome::Refused {
        code,
        sub_code: Some(Cow::Borrowed(sub_code)),
    };
    let full = CallOutcome::Failed {
        msg_code: Cow::Borrowed("FAIL_BIZ_413"),
    };
    let nobodys = CallLine {
        app: None,
        ..with(3, refused(29, "isv.appkey-not-exists"))
    };
    let lines_of_now = vec![
        with(0, CallOutcome::Answered),
        with(1, refused(41, "isv.invalid-parameter:day")),
        with(2, refused(41, "isv.invalid-parameter:page_num")),
        nobodys,
        with(4, full),
    ];
    journal.append(AT, lines_of_now, 0).await.unwrap();
    journal.append(AT, lines(5..7), 0).await.unwrap();
    journal
        .append(AT, lines(HOUR_MILLIS..HOUR_MILLIS + 4), 0)
        .await
        .unwrap();
    assert!(all(&journal).await.lines.len() < 11);
    let told = |told: &[(i64, &str, u64)]| -> Vec<(i64, String, u64)> {
        let told = told
            .iter()
            .map(|(hour, what, calls)| (*hour, (*what).to_owned(), *calls));
        told.collect()
    };
    let expected = told(&[
        (0, "answered ", 3),
        (0, "refused 29 isv.appkey-not-exists", 1),
        (0, "refused 41 isv.invalid-parameter", 2),
        (0, "failed FAIL_BIZ_413", 1),
        (1, "answered ", 4),
    ]);
    assert_eq!(counted(&journal, AT, None).await, expected);
    let own: Vec<_> = expected
        .iter()
        .filter(|(_, what, _)| !what.contains("29"))
        .cloned()
        .collect();
    assert_eq!(counted(&journal, AT, Some("12345678")).await, own);
    assert_eq!(
        counted(&journal, AT.plus_millis(HOUR_MILLIS), None).await,
        expected[4..]
    );
    assert!(counted(&journal, AT, Some("87654321")).await.is_empty());
    // Hours that nobody asks for any more are forgotten.
    let later = AT.plus_millis(50 * HOUR_MILLIS);
    journal.append(later, Vec::new(), 0).await.unwrap();
    assert!(counted(&journal, AT, None).await.is_empty());
}

#[tokio::test]
async fn a_log_of_before_tells_from_when_on_it_has_counted() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(SqliteJournal::FILE_NAME);
    let journal = open(directory.path(), JournalLimits::default());
    journal.append(AT, lines(0..3), 0).await.unwrap();
    drop(journal);
    // As the program before this one has left it.
    let connection = rusqlite::Connection::open(&file).unwrap();
    let undo =
        "DROP TABLE tally; DROP TABLE tallied; DELETE FROM schema_migration WHERE version = 2";
    connection.execute_batch(undo).unwrap();
    drop(connection);
    let journal = open(directory.path(), JournalLimits::default());
    let tallied = journal.tally(AT, None).await.unwrap();
    assert_eq!(tallied.since, AT.plus_millis(3));
    assert!(tallied.tallies.is_empty());
    assert_eq!(all(&journal).await.lines, lines(0..3));
}
