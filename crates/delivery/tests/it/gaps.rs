//! A sink that lags behind what is kept is told so.

use povline_delivery::{NdjsonTarget, SinkKind};
use povline_domain::UnixMillis;
use povline_store::ledger::{Deliveries as _, EventCursor, Ledger as _, SinkStart};

use super::receiver::{OK, Receiver};
use super::support::{BEGIN, Clinic, sink, sink_name};

/// Ten events of which eight are forgotten before the sink could have them.
async fn forgetful(kind: &'static str) -> Clinic {
    let mut clinic = Clinic::new();
    clinic
        .ledger
        .enlist(&sink_name("late"), kind, SinkStart::Oldest)
        .await
        .unwrap();
    clinic.book(8).await;
    clinic.put("00001", 18, "x", |_| {});
    clinic.put("00001", 18, "y", |_| {});
    clinic.scan().await;
    assert!(
        clinic
            .ledger
            .forget(UnixMillis(BEGIN + 1_500))
            .await
            .unwrap()
            > 0
    );
    clinic
}

#[tokio::test]
async fn a_webhook_is_told_of_its_gap_before_what_follows() {
    let clinic = forgetful("webhook").await;
    let receiver = Receiver::start(|_, _| OK).await;
    clinic.deliver(sink("late", receiver.kind())).await;
    let all = receiver.accepted();
    assert_eq!(all.len(), 3);
    assert_eq!(all[0].body["type"], "cn.povline.delivery.gap.v1");
    assert_eq!(all[0].body["data"]["count"], 8);
    assert_eq!(all[0].sequence(), 8);
    let status = &clinic.ledger.sinks().await.unwrap()[0];
    assert_eq!(
        (status.lost, status.behind, status.cursor),
        (8, 0, EventCursor(10))
    );
    clinic.deliver(sink("late", receiver.kind())).await;
    assert_eq!(receiver.accepted().len(), 3, "and is told once");
}

#[tokio::test]
async fn a_file_has_its_gap_as_a_line() {
    let clinic = forgetful("ndjson").await;
    let path = clinic.directory.path().join("events.ndjson");
    let kind = SinkKind::Ndjson(NdjsonTarget::File(path.clone()));
    clinic.deliver(sink("late", kind)).await;
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].contains("cn.povline.delivery.gap.v1"));
}

#[tokio::test]
async fn letters_do_not_outlive_their_events_and_count_as_lost() {
    let mut clinic = Clinic::new();
    clinic.book(4).await;
    let receiver = Receiver::start(|_, _| super::receiver::Answer::Status(500)).await;
    let mut settings = receiver.sink();
    settings.schedule.attempts_max = 1;
    let kind = SinkKind::Webhook(Box::new(settings));
    clinic.deliver(sink("queue", kind)).await;
    let dead = clinic.ledger.dead_letters(None, 10).await.unwrap();
    assert_eq!(dead.len(), 4);
    // No more than two are kept, the latest.
    assert_eq!(clinic.ledger.tidy_deliveries(2).await.unwrap(), 2);
    let dead = clinic.ledger.dead_letters(None, 10).await.unwrap();
    assert_eq!(dead[0].cursor, EventCursor(3));
    clinic.ledger.forget(UnixMillis(i64::MAX)).await.unwrap();
    assert_eq!(clinic.ledger.tidy_deliveries(2).await.unwrap(), 2);
    let status = &clinic.ledger.sinks().await.unwrap()[0];
    assert_eq!((status.dead, status.lost), (0, 4));
}

#[tokio::test]
async fn events_are_bounded_by_their_number() {
    let mut clinic = Clinic::new();
    clinic.book(5).await;
    clinic.put("00001", 18, "x", |_| {});
    clinic.scan().await;
    assert_eq!(clinic.ledger.bound_of_events(6).await.unwrap(), None);
    let bound = clinic.ledger.bound_of_events(1).await.unwrap().unwrap();
    clinic.ledger.forget(bound).await.unwrap();
    assert_eq!(clinic.told().await.len(), 1);
    assert_eq!(clinic.ledger.bound_of_events(1).await.unwrap(), None);
}
