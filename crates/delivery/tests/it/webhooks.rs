//! Webhooks against receivers that fail in every way.

use std::time::Duration;

use povline_client::TrustStore;
use povline_delivery::SinkKind;
use povline_delivery::signature::WebhookSecret;
use povline_delivery::target::Target;
use povline_domain::PickStatus;
use povline_store::ledger::{Again, Deliveries as _, EventCursor};
use tokio_util::sync::CancellationToken;

use super::receiver::{Answer, OK, Receiver, secret};
use super::support::{Clinic, sink, sink_name};
use povline_delivery::Until;

/// Runs the sink until so many events were accepted, then stops it.
async fn run_until(clinic: &Clinic, receiver: &Receiver, kind: SinkKind, accepted: usize) {
    let stop = CancellationToken::new();
    let courier = clinic.courier();
    let running = courier.run(vec![sink("queue", kind)], Until::Stopped, &stop);
    let watching = async {
        receiver.until_accepted(accepted).await;
        stop.cancel();
    };
    let (ended, ()) = tokio::join!(running, watching);
    ended.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_comes_once_in_order_through_failures() {
    let mut clinic = Clinic::new();
    clinic.book(40).await;
    for n in 0..40 {
        clinic.put("00001", 18, &format!("a{n:04}"), |row| {
            row.pick_status = PickStatus::Picked;
        });
    }
    clinic.scan().await;
    // Every third event fails twice: with 500, with 404.
    let receiver = Receiver::start(|received, times| match (received.sequence() % 3, times) {
        (0, 1) => Answer::Status(500),
        (0, 2) => Answer::Status(404),
        _ => OK,
    })
    .await;
    run_until(&clinic, &receiver, receiver.kind(), 80).await;
    let once = receiver.each_once();
    assert_eq!(once.len(), 80);
    assert_eq!(
        receiver.accepted().len(),
        80,
        "nothing twice without a crash"
    );
    let mut last = std::collections::HashMap::new();
    for received in &once {
        let before = last.insert(received.appointment().to_owned(), received.sequence());
        assert!(before.is_none_or(|before| before < received.sequence()));
    }
    let sinks = clinic.ledger.sinks().await.unwrap();
    assert_eq!(
        (sinks[0].behind, sinks[0].dead, sinks[0].delivered),
        (0, 0, 80)
    );
    assert_eq!(sinks[0].cursor, EventCursor(80));
    assert_eq!(sinks[0].failure, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_for_good_is_a_dead_letter_and_can_be_resent() {
    let mut clinic = Clinic::new();
    clinic.book(10).await;
    clinic.put("00001", 18, "a0003", |row| {
        row.pick_status = PickStatus::Picked
    });
    clinic.scan().await;
    let receiver = Receiver::start(|received, _| match received.sequence() {
        4 => Answer::Status(422),
        _ => OK,
    })
    .await;
    run_until(&clinic, &receiver, receiver.kind(), 10).await;
    let dead = clinic.ledger.dead_letters(None, 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].cursor, dead[0].attempts), (EventCursor(4), 4));
    assert_eq!(dead[0].reason, "HTTP 422");
    assert_eq!(dead[0].sink, sink_name("queue"));
    // Its appointment's later event has come all the same.
    assert!(
        receiver
            .accepted()
            .iter()
            .any(|received| received.sequence() == 11)
    );

    let name = sink_name("queue");
    let ask = |what| clinic.ledger.ask_again(&name, what);
    assert_eq!(
        ask(Again::Events(vec![EventCursor(99)])).await.unwrap(),
        Some(0)
    );
    assert_eq!(ask(Again::Dead).await.unwrap(), Some(1));
    let unknown = clinic
        .ledger
        .ask_again(&sink_name("none"), Again::Dead)
        .await;
    assert_eq!(unknown.unwrap(), None);
    receiver.behave(|_, _| OK);
    run_until(&clinic, &receiver, receiver.kind(), 11).await;
    let resent = receiver.accepted().pop().unwrap();
    assert_eq!(resent.sequence(), 4);
    let first_try = receiver
        .all()
        .into_iter()
        .find(|one| one.sequence() == 4)
        .unwrap();
    assert_eq!(first_try.id, resent.id, "the id that it had");
    assert_eq!(clinic.ledger.dead_letters(None, 10).await.unwrap(), []);

    // Also what had arrived can be asked for once more.
    assert_eq!(ask(Again::Since(EventCursor(8))).await.unwrap(), Some(3));
    run_until(&clinic, &receiver, receiver.kind(), 14).await;
    assert_eq!(receiver.each_once().len(), 11);
    let sinks = clinic.ledger.sinks().await.unwrap();
    assert_eq!(
        (sinks[0].waiting, sinks[0].dead, sinks[0].behind),
        (0, 0, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_is_a_failure() {
    let mut clinic = Clinic::new();
    clinic.book(3).await;
    let receiver = Receiver::start(|received, times| match (received.sequence(), times) {
        (2, 1) => Answer::Silence,
        _ => OK,
    })
    .await;
    let mut settings = receiver.sink();
    settings.timeout = Duration::from_millis(150);
    run_until(&clinic, &receiver, SinkKind::Webhook(Box::new(settings)), 3).await;
    let tries: Vec<_> = receiver.all().iter().map(|one| one.sequence()).collect();
    assert_eq!(tries.iter().filter(|sequence| **sequence == 2).count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowded_receiver_is_left_alone_for_as_long_as_it_asks() {
    let mut clinic = Clinic::new();
    clinic.book(1).await;
    let receiver = Receiver::start(|_, times| match times {
        1 => Answer::RetryAfter(429, "1"),
        _ => OK,
    })
    .await;
    let begin = tokio::time::Instant::now();
    run_until(&clinic, &receiver, receiver.kind(), 1).await;
    // The schedule alone would have tried again within 3 ms.
    assert!(begin.elapsed() >= Duration::from_secs(1));
    assert_eq!(receiver.all().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gone_stops_the_sink_until_a_person_resumes_it() {
    let mut clinic = Clinic::new();
    clinic.book(5).await;
    let receiver = Receiver::start(|_, _| Answer::Status(410)).await;
    clinic.deliver(sink("queue", receiver.kind())).await;
    let tried = receiver.all().len();
    assert!((1..=5).contains(&tried));
    let sinks = clinic.ledger.sinks().await.unwrap();
    assert!(sinks[0].stopped.as_deref().unwrap().contains("410"));
    assert_eq!(sinks[0].behind, 5);
    receiver.behave(|_, _| OK);
    clinic.deliver(sink("queue", receiver.kind())).await;
    assert_eq!(
        receiver.all().len(),
        tried,
        "nothing is sent while it is stopped"
    );
    assert!(clinic.ledger.resume(&sink_name("queue")).await.unwrap());
    clinic.deliver(sink("queue", receiver.kind())).await;
    assert_eq!(receiver.each_once().len(), 5);
    assert!(!clinic.ledger.resume(&sink_name("none")).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_away_for_long_gets_everything_when_it_is_back() {
    let mut clinic = Clinic::new();
    clinic.book(300).await;
    let receiver = Receiver::start(|_, _| Answer::Status(503)).await;
    let mut settings = receiver.sink();
    settings.schedule.attempts_max = 100;
    let kind = SinkKind::Webhook(Box::new(settings));
    receiver.behave({
        let tries = std::sync::atomic::AtomicUsize::new(0);
        move |_, _| match tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0..120 => Answer::Status(500),
            _ => OK,
        }
    });
    run_until(&clinic, &receiver, kind, 300).await;
    assert_eq!(receiver.each_once().len(), 300);
    assert_eq!(clinic.ledger.sinks().await.unwrap()[0].dead, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_secrets_sign_while_one_replaces_the_other() {
    let mut clinic = Clinic::new();
    clinic.book(1).await;
    let receiver = Receiver::start(|_, _| OK).await;
    let mut settings = receiver.sink();
    let (new, _) = WebhookSecret::from_bytes([9; 32]);
    settings.secrets = vec![new.clone(), secret().0];
    run_until(&clinic, &receiver, SinkKind::Webhook(Box::new(settings)), 1).await;
    let received = &receiver.accepted()[0];
    assert!(povline_delivery::signature::holds(
        &new,
        &received.signature,
        &received.id,
        received.timestamp,
        &received.raw
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redirects_are_not_followed_and_names_of_this_network_not_called_where_it_is_forbidden() {
    let mut clinic = Clinic::new();
    clinic.book(1).await;
    let receiver = Receiver::start(|_, _| Answer::Status(302)).await;
    let mut settings = receiver.sink();
    settings.schedule.attempts_max = 1;
    clinic
        .deliver(sink("queue", SinkKind::Webhook(Box::new(settings))))
        .await;
    let dead = clinic.ledger.dead_letters(None, 10).await.unwrap();
    assert!(
        dead[0].reason.contains("redirects are not followed"),
        "{dead:?}"
    );

    let mut guarded = receiver.sink();
    let url = receiver.url.replace("127.0.0.1", "localhost");
    guarded.target = Target::parse(&url, true).unwrap();
    guarded.schedule.attempts_max = 1;
    guarded.trust = TrustStore::of_the_system();
    let before = receiver.all().len();
    clinic
        .deliver(sink("guarded", SinkKind::Webhook(Box::new(guarded))))
        .await;
    assert_eq!(receiver.all().len(), before, "nobody was called");
    let dead = clinic
        .ledger
        .dead_letters(Some(&sink_name("guarded")), 10)
        .await;
    let reason = &dead.unwrap()[0].reason;
    assert!(
        reason.contains("no connection") && reason.contains("public"),
        "{reason}"
    );
}
