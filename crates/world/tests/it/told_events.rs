//! Events of a client against a truth in which an appointment goes back to what it was.

use povline_world::grade::{FindingKind, Grader, read_events};
use povline_world::scenarios::ScenarioFile;
use povline_world::server::CallLog;
use povline_world::truth::Truth;

/// One appointment: at 09:00, a minute later at 10:00, and another minute later at 09:00 again.
fn there_and_back() -> Truth {
    let line = |at_ms: i64, period: &str| {
        format!("{at_ms}\t1\t00001\t2026-03-02\t{period}\t123456\t1\t张测\n")
    };
    let script = [
        line(-1_000, "09:00-09:30"),
        line(60_000, "10:00-10:30"),
        line(120_000, "09:00-09:30"),
    ]
    .concat();
    let text = format!(
        "name = \"back\"\ntitle = {{ zh = \"回\", en = \"Back\" }}\nseed = 1\nfirst_day = \
         \"2026-03-02\"\nbegins_at = \"08:00\"\nruns_minutes = 10\ndays = 1\nscript = \
         \"\"\"\n{script}\"\"\"\n[[clinics]]\ncount = 1\nrows_per_day = 10\n[server]\nkind = \
         \"foreign\"\n"
    );
    let mut truth = Truth::begin(&ScenarioFile::parse(&text).unwrap());
    truth.advance(truth.begins_at().plus_millis(20 * 60_000));
    truth
}

/// What comes of telling these periods, one after the other, when all of it is over.
fn told(periods: &[&str]) -> (u64, u64) {
    let truth = there_and_back();
    let text: String = periods
        .iter()
        .map(|period| {
            format!(
                "{{\"kind\":\"changed\",\"appointment_id\":\"A000000000001\",\
                 \"appointment_period\":\"{period}\"}}\n"
            )
        })
        .collect();
    let log = CallLog::default();
    let now = truth.now();
    let mut grader = Grader::new();
    grader.hand_in_events(&truth, &log, &read_events(&text).unwrap(), now);
    let report = grader.report(&truth, &log, now);
    let never = report.delays.iter().map(|delays| delays.never).sum();
    (report.count(FindingKind::WrongField), never)
}

#[test]
fn a_change_that_was_undone_may_be_told_with_its_undoing_or_not_at_all() {
    assert_eq!(told(&["09:00-09:30", "10:00-10:30", "09:00-09:30"]), (0, 0));
    assert_eq!(told(&["09:00-09:30"]), (0, 0));
    assert_eq!(told(&["10:00-10:30", "09:00-09:30"]), (0, 0));
    // Left in between, it was not told of the undoing.
    assert_eq!(told(&["09:00-09:30", "10:00-10:30"]), (0, 1));
}

#[test]
fn what_is_older_than_what_was_told_before_is_wrong() {
    let (wrong, _) = told(&["09:00-09:30", "10:00-10:30", "09:00-09:30", "10:00-10:30"]);
    assert_eq!(wrong, 1);
    // A period that it never had.
    assert_eq!(told(&["11:00-11:30"]).0, 1);
}
