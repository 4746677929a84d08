//! Sinks that are cut off at any instant, again and again.

use std::collections::BTreeSet;
use std::time::Duration;

use povline_delivery::{Chance, NdjsonTarget, SinkKind, Until};
use povline_domain::PickStatus;
use povline_store::ledger::Deliveries as _;
use povline_store::query_rows;
use tokio_util::sync::CancellationToken;

use super::receiver::{Answer, OK, Receiver};
use super::support::{Clinic, sink};

/// How often everything is cut off.
const CUTS: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_had_once_by_every_sink_whatever_is_cut_off() {
    let mut clinic = Clinic::new();
    clinic.book(200).await;
    let receiver = Receiver::start(|received, times| match received.sequence() % 7 {
        0 if times == 1 => Answer::Status(500),
        1 if times == 1 => Answer::RetryAfter(503, "0"),
        _ => OK,
    })
    .await;
    let file = clinic.directory.path().join("events.ndjson");
    let mut settings = receiver.sink();
    settings.schedule.attempts_max = 100;
    let sinks = || {
        vec![
            sink("hook", SinkKind::Webhook(Box::new(settings.clone()))),
            sink("file", SinkKind::Ndjson(NdjsonTarget::File(file.clone()))),
            sink("table", SinkKind::Table),
        ]
    };
    let mut chance = Chance::new(11);
    for cut in 0..CUTS {
        let n = cut * 5;
        for n in n..n + 5 {
            clinic.put("00001", 18, &format!("a{n:04}"), |row| {
                row.pick_status = PickStatus::Picked;
            });
        }
        clinic.scan().await;
        let courier = clinic.courier();
        let stop = CancellationToken::new();
        let running = courier.run(sinks(), Until::Stopped, &stop);
        // Dropped wherever it is, as a crash leaves it.
        let time = Duration::from_micros(500 + chance.next_u64() % 30_000);
        assert!(tokio::time::timeout(time, running).await.is_err());
    }
    let told = clinic.told().await.len();
    assert_eq!(told, 400);
    let mut rounds = 0;
    while clinic
        .ledger
        .sinks()
        .await
        .unwrap()
        .iter()
        .any(|sink| sink.behind > 0)
    {
        let stop = CancellationToken::new();
        let courier = clinic.courier();
        courier.run(sinks(), Until::CaughtUp, &stop).await.unwrap();
        rounds += 1;
        assert!(rounds < 2_000, "{:?}", clinic.ledger.sinks().await);
    }
    let all: BTreeSet<i64> = (1..=400).collect();

    let once = receiver.each_once();
    assert_eq!(once.len(), 400, "each has one id");
    let had: BTreeSet<i64> = once.iter().map(|received| received.sequence()).collect();
    assert!(had == all);
    let mut last = std::collections::HashMap::new();
    for received in &once {
        let before = last.insert(received.appointment().to_owned(), received.sequence());
        assert!(before.is_none_or(|before| before < received.sequence()));
    }

    let mut verifier = povline_delivery::verify::Verifier::default();
    for line in std::fs::read(&file).unwrap().split(|byte| *byte == b'\n') {
        let found = verifier.line(line);
        let doubles = found.iter().all(|found| found.finding.word() == "double");
        assert!(doubles, "{found:?}");
    }
    // A write that was under way when it was cut off goes on in this process, as it does not after
    // a kill: so a line may be there twice here, but none is missing.
    assert_eq!(verifier.finish(), []);
    assert!(verifier.events() >= 400);

    let rows = query_rows(
        &clinic.directory.path().join("ledger.sqlite"),
        "SELECT count(*) AS rows, count(DISTINCT event_id) AS ids FROM events_v1",
    )
    .unwrap();
    assert_eq!(rows[0][0].1.as_deref(), Some("400"));
    assert_eq!(rows[0][1].1.as_deref(), Some("400"));
    for sink in clinic.ledger.sinks().await.unwrap() {
        assert_eq!((sink.dead, sink.lost, sink.waiting), (0, 0, 0), "{sink:?}");
    }
}
