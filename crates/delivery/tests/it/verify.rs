//! Planted faults are found, each and no other.

use povline_delivery::verify::{Finding, Found, Verifier};
use povline_delivery::{Disclosure, Source};
use povline_store::ledger::EventCursor;

use super::support::{Clinic, sink_name};

async fn stream() -> (Source, Vec<Vec<u8>>) {
    let mut clinic = Clinic::new();
    clinic.book(20).await;
    for n in 0..20 {
        let period = "09:00-09:30".parse().unwrap();
        clinic.put("00001", 18, &format!("a{n:04}"), |row| row.period = period);
    }
    clinic.scan().await;
    let source = Source::new("0123456789abcdef");
    let told = clinic.told().await;
    let lines = told
        .iter()
        .map(|told| source.letter(told, Disclosure::default()).body.to_vec())
        .collect();
    (source, lines)
}

fn findings(lines: &[Vec<u8>]) -> Vec<(u64, Finding)> {
    let mut verifier = Verifier::default();
    let mut found: Vec<Found> = lines.iter().flat_map(|line| verifier.line(line)).collect();
    found.extend(verifier.finish());
    found
        .into_iter()
        .map(|one| (one.line, one.finding))
        .collect()
}

#[tokio::test]
async fn a_whole_stream_has_no_fault_and_each_planted_one_is_found() {
    let (source, lines) = stream().await;
    assert_eq!(lines.len(), 40);
    assert_eq!(findings(&lines), []);
    // A stream may begin anywhere, and have empty lines.
    assert_eq!(findings(&lines[7..]), []);
    let mut with_empty = lines.clone();
    with_empty.insert(3, Vec::new());
    assert_eq!(findings(&with_empty), []);

    let mut faulty = lines.clone();
    faulty.drain(10..13);
    let gap = Finding::Gap {
        first: 11,
        last: 13,
        announced: false,
    };
    assert_eq!(findings(&faulty), [(11, gap)]);

    let mut faulty = lines.clone();
    faulty.push(lines[4].clone());
    assert_eq!(findings(&faulty), [(41, Finding::Double { sequence: 5 })]);

    // Events of different appointments may change places, those of one may not.
    let mut moved = lines.clone();
    moved.swap(2, 3);
    assert_eq!(findings(&moved), []);
    let mut faulty = lines.clone();
    faulty.swap(2, 22);
    let disorder = Finding::Disorder {
        sequence: 3,
        after: 23,
        appointment: "a0002".to_owned(),
    };
    assert_eq!(findings(&faulty), [(23, disorder)]);

    let mut faulty = lines.clone();
    faulty.insert(5, b"{\"half\":".to_vec());
    assert_eq!(findings(&faulty), [(6, Finding::Unreadable)]);

    let mut faulty = lines;
    let at = "2021-01-18T00:00:00.000Z".to_owned();
    let gap = source.gap(&sink_name("s"), EventCursor(11), EventCursor(13), at);
    faulty.splice(10..13, [gap.body.to_vec()]);
    let announced = Finding::Gap {
        first: 11,
        last: 13,
        announced: true,
    };
    assert_eq!(findings(&faulty), [(0, announced)]);
}
