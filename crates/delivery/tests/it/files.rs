//! Lines in a file and rows in the table.

use std::path::Path;

use povline_delivery::verify::Verifier;
use povline_delivery::{NdjsonTarget, SinkKind};
use povline_domain::{Name, UnixMillis};
use povline_store::ledger::{
    Again, Deliveries as _, EventCursor, SinkStart, SinkStep, SqliteLedger,
};
use povline_store::query_rows;
use tempfile::TempDir;

use super::support::{Clinic, sink, sink_name};

fn lines(path: &Path) -> usize {
    let bytes = std::fs::read(path).unwrap();
    assert!(bytes.is_empty() || bytes.ends_with(b"\n"));
    let mut verifier = Verifier::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        assert_eq!(verifier.line(line), []);
    }
    assert_eq!(verifier.finish(), []);
    verifier.events() as usize
}

#[tokio::test]
async fn a_file_has_each_event_once_whatever_the_crash_left() {
    let mut clinic = Clinic::new();
    let place = TempDir::new().unwrap();
    let path = place.path().join("events.ndjson");
    let kind = SinkKind::Ndjson(NdjsonTarget::File(path.clone()));
    clinic.book(600).await;
    clinic.deliver(sink("file", kind.clone())).await;
    assert_eq!(lines(&path), 600);
    // A crash between the file and the cursor: a sink that begins anew finds the file full.
    assert!(clinic.ledger.dismiss(&sink_name("file")).await.unwrap());
    clinic.deliver(sink("file", kind.clone())).await;
    assert_eq!(lines(&path), 600);
    // A crash within a line.
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 40]).unwrap();
    assert!(clinic.ledger.dismiss(&sink_name("file")).await.unwrap());
    clinic.put("00001", 18, "later", |_| {});
    clinic.scan().await;
    clinic.deliver(sink("file", kind.clone())).await;
    assert_eq!(lines(&path), 601);
    // Moved away, as logrotate does.
    std::fs::rename(&path, place.path().join("events.1")).unwrap();
    clinic.put("00001", 18, "latest", |_| {});
    clinic.scan().await;
    clinic.deliver(sink("file", kind.clone())).await;
    assert_eq!(lines(&path), 1);
    // Asked for again.
    let asked = clinic
        .ledger
        .ask_again(&sink_name("file"), Again::Events(vec![EventCursor(5)]))
        .await;
    assert_eq!(asked.unwrap(), Some(1));
    clinic.deliver(sink("file", kind)).await;
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 2);
    assert!(text.lines().last().unwrap().contains("0000000000000000005"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_written_ends_the_sink_with_its_reason() {
    let mut clinic = Clinic::new();
    clinic.book(1).await;
    let path = clinic.directory.path().join("no/such/directory/x");
    let kind = SinkKind::Ndjson(NdjsonTarget::File(path));
    let stop = tokio_util::sync::CancellationToken::new();
    let courier = clinic.courier();
    let ended = courier
        .run(
            vec![sink("file", kind), sink("table", SinkKind::Table)],
            povline_delivery::Until::CaughtUp,
            &stop,
        )
        .await;
    assert!(
        ended
            .unwrap_err()
            .to_string()
            .contains("the sink file cannot begin")
    );
    // The other one has run.
    let sinks = clinic.ledger.sinks().await.unwrap();
    let table = sinks.iter().find(|sink| sink.kind == "table").unwrap();
    assert_eq!((table.behind, table.delivered), (0, 1));
}

#[tokio::test]
async fn the_table_is_for_readers_and_has_no_names() {
    let mut clinic = Clinic::new();
    clinic.book(2).await;
    clinic.put("00001", 18, "a0000", |row| {
        row.name = Name::new("张小三").unwrap()
    });
    clinic.scan().await;
    clinic.deliver(sink("table", SinkKind::Table)).await;
    let file = clinic.directory.path().join("ledger.sqlite");
    let read = |sql: &str| query_rows(&file, sql).unwrap();
    let rows = read("SELECT * FROM events_v1 ORDER BY sequence");
    assert_eq!(rows.len(), 3);
    let cell = |row: usize, column: &str| {
        let found = rows[row].iter().find(|(name, _)| name == column);
        found.unwrap_or_else(|| panic!("{column}")).1.clone()
    };
    assert_eq!(cell(2, "kind").as_deref(), Some("changed"));
    assert_eq!(cell(2, "name_masked").as_deref(), Some("张*三"));
    assert_eq!(cell(2, "day_after").as_deref(), Some("2021-01-18"));
    assert_eq!(cell(2, "verdict").as_deref(), Some("complete"));
    assert_eq!(cell(0, "day_before"), None);
    let columns: Vec<&str> = rows[0].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        columns,
        [
            "sequence",
            "event_id",
            "kind",
            "out_pov_id",
            "appointment_id",
            "version",
            "observed_at",
            "day_before",
            "day_after",
            "period_before",
            "period_after",
            "picked_before",
            "picked_after",
            "pov_before",
            "pov_after",
            "name_masked",
            "certificate",
            "verdict",
            "scan_began_at",
            "scan_ended_at"
        ],
        "readers rely on these columns"
    );
    // SQLite's own functions read its instants.
    let times = read("SELECT count(*) AS n FROM events_v1 WHERE julianday(observed_at) IS NULL");
    assert_eq!(times[0][0].1.as_deref(), Some("0"));
    // A repeat, as after a crash, changes nothing.
    assert!(clinic.ledger.dismiss(&sink_name("table")).await.unwrap());
    clinic.deliver(sink("table", SinkKind::Table)).await;
    assert_eq!(read("SELECT 1 FROM events_v1").len(), 3);
}

#[tokio::test]
async fn erased_names_stay_erased() {
    let mut clinic = Clinic::new();
    clinic.book(5).await;
    clinic.take_away("00001", 18, "a0004");
    clinic.scan().await;
    let file = clinic.directory.path().join("ledger.sqlite");
    let later = UnixMillis(super::support::BEGIN + 10 * 86_400_000);
    // The events, the four rows that are there, the one that is in doubt.
    assert_eq!(clinic.ledger.erase_names(later).await.unwrap(), 5 + 4 + 1);
    assert_eq!(clinic.ledger.erase_names(later).await.unwrap(), 0);
    for told in clinic.told().await {
        assert_eq!(told.event.change.after.unwrap().name.as_str(), "*");
    }
    // They are in no page of the file any more, once its log is written into it.
    drop(clinic.ledger);
    drop(SqliteLedger::open(&file).unwrap());
    let bytes = std::fs::read(&file).unwrap();
    let name = "欧阳娜娜".as_bytes();
    assert!(!bytes.windows(name.len()).any(|window| window == name));
}

#[tokio::test]
async fn a_cursor_never_goes_back_and_a_name_is_of_one_kind() {
    let mut clinic = Clinic::new();
    clinic.book(3).await;
    let name = sink_name("s");
    let ledger = &clinic.ledger;
    let state = ledger.enlist(&name, "table", SinkStart::Now).await.unwrap();
    assert_eq!(state.cursor, EventCursor(3));
    assert!(
        ledger
            .enlist(&name, "webhook", SinkStart::Now)
            .await
            .is_err()
    );
    let step = |cursor| SinkStep {
        cursor: EventCursor(cursor),
        ..SinkStep::default()
    };
    ledger.advance(&name, step(1)).await.unwrap();
    let state = ledger
        .enlist(&name, "table", SinkStart::Oldest)
        .await
        .unwrap();
    assert_eq!(state.cursor, EventCursor(3));
    assert!(ledger.advance(&sink_name("none"), step(1)).await.is_err());
}
