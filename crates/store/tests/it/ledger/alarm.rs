//! What a person must hear of.

use povline_domain::{AppKey, UnixMillis};
use povline_store::ledger::{AlarmOf, Ledger};

use super::Engine;

pub async fn an_alarm_is_raised_once_cleared_once_and_outlives_the_process<E: Engine>() {
    let engine = E::new();
    let of = |app: Option<&str>, subject: &str| AlarmOf {
        app: app.map(|app| AppKey::new(app).unwrap()),
        kind: "overdue".to_owned(),
        subject: subject.to_owned(),
    };
    let (one, other, fleet) = (
        of(Some("11"), "today"),
        of(Some("22"), "today"),
        of(None, "fleet"),
    );
    let at = UnixMillis;
    {
        let ledger = engine.open();
        assert!(ledger.raise_alarm(&one, "3 lists", at(10)).await.unwrap());
        assert!(!ledger.raise_alarm(&one, "4 lists", at(11)).await.unwrap());
        assert!(ledger.raise_alarm(&other, "1 list", at(12)).await.unwrap());
        assert!(ledger.raise_alarm(&fleet, "many", at(5)).await.unwrap());
        assert!(ledger.clear_alarm(&other, at(20)).await.unwrap());
        assert!(!ledger.clear_alarm(&other, at(21)).await.unwrap());
    }
    let ledger = engine.open();
    let told = |alarms: Vec<povline_store::ledger::AlarmRecord>| {
        let told = alarms.into_iter();
        let told = told.map(|alarm| (alarm.of, alarm.detail, alarm.raised_at.0, alarm.cleared_at));
        told.collect::<Vec<_>>()
    };
    let expected = [
        (fleet.clone(), "many".to_owned(), 5, None),
        (one.clone(), "3 lists".to_owned(), 10, None),
        (other.clone(), "1 list".to_owned(), 12, Some(at(20))),
    ];
    assert_eq!(told(ledger.alarms(9).await.unwrap()), expected);
    assert_eq!(told(ledger.alarms(2).await.unwrap()), expected[..2]);
    // It may come again.
    assert!(ledger.raise_alarm(&other, "2 lists", at(30)).await.unwrap());
    assert_eq!(ledger.alarms(9).await.unwrap().len(), 4);
    // What is cleared is forgotten in time, what stands never is.
    ledger.forget(at(100)).await.unwrap();
    assert_eq!(ledger.alarms(9).await.unwrap().len(), 3);
}
