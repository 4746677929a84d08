//! Alarms are raised once and cleared once.

use povline_domain::UnixMillis;
use povline_sync::alarms::{AlarmKind, AlarmStep, Alarms, CLEAR_AFTER_MS, Condition};

fn condition(kind: AlarmKind) -> Condition {
    Condition {
        kind,
        subject: "today".to_owned(),
        detail: "3 lists".to_owned(),
    }
}

fn step(alarms: &mut Alarms, at: i64, conditions: &[AlarmKind]) -> Vec<AlarmStep> {
    let conditions = conditions.iter().map(|kind| condition(*kind)).collect();
    let steps = alarms.judge(UnixMillis(at), conditions);
    for step in &steps {
        alarms.told(step);
    }
    steps
}

fn cleared(kind: AlarmKind) -> AlarmStep {
    AlarmStep::Clear((kind, "today".to_owned()))
}

#[test]
fn a_cause_that_comes_and_goes_is_one_alarm() {
    let mut alarms = Alarms::default();
    let held = AlarmKind::Held;
    let raised = [AlarmStep::Raise(condition(held))];
    assert_eq!(step(&mut alarms, 0, &[held]), raised);
    let mut at = 0;
    for _ in 0..100 {
        at += CLEAR_AFTER_MS - 1;
        assert_eq!(step(&mut alarms, at, &[held]), []);
        at += 1;
        assert_eq!(step(&mut alarms, at, &[]), []);
    }
    assert_eq!(step(&mut alarms, at + CLEAR_AFTER_MS - 1, &[]), []);
    assert_eq!(step(&mut alarms, at + CLEAR_AFTER_MS, &[]), [cleared(held)]);
    assert_eq!(step(&mut alarms, at + CLEAR_AFTER_MS + 1, &[]), []);
    assert_eq!(step(&mut alarms, at + CLEAR_AFTER_MS + 2, &[held]), raised);
}

#[test]
fn what_is_late_for_a_moment_is_no_alarm() {
    let mut alarms = Alarms::default();
    let late = AlarmKind::Overdue;
    for at in (0..600_000).step_by(20_000) {
        let present: &[AlarmKind] = if at % 60_000 == 0 { &[] } else { &[late] };
        assert_eq!(step(&mut alarms, at, present), []);
    }
    assert_eq!(step(&mut alarms, 600_001, &[late]), []);
    let raised = [AlarmStep::Raise(condition(late))];
    assert_eq!(step(&mut alarms, 660_001, &[late]), raised);
}

#[test]
fn what_stood_before_a_restart_is_not_raised_again() {
    let key = (AlarmKind::Refused, "today".to_owned());
    let mut alarms = Alarms::standing([key]);
    assert_eq!(step(&mut alarms, 0, &[AlarmKind::Refused]), []);
    assert_eq!(alarms.iter().count(), 1);
    assert_eq!(step(&mut alarms, 10, &[]), []);
    assert_eq!(
        step(&mut alarms, 10 + CLEAR_AFTER_MS, &[]),
        [cleared(AlarmKind::Refused)]
    );
}

#[test]
fn a_step_that_was_not_told_comes_again() {
    let mut alarms = Alarms::default();
    for at in 0..3 {
        let steps = alarms.judge(UnixMillis(at), vec![condition(AlarmKind::Held)]);
        assert_eq!(steps.len(), 1);
    }
    for kind in AlarmKind::ALL {
        assert_eq!(AlarmKind::from_word(kind.word()), Some(kind));
    }
}
