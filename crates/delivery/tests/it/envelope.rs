//! What leaves: the schema holds, and nothing of a patient is told to whom it was not granted.

use povline_delivery::{Disclosure, Source};
use povline_domain::{Name, PickStatus};
use povline_store::ledger::{Deliveries as _, EventCursor};
use serde_json::Value;

use super::schema::Schema;
use super::support::{Clinic, sink_name};

/// A ledger that has told every kind of change but `unpicked`.
async fn lively() -> Clinic {
    let mut clinic = Clinic::new();
    for id in ["a", "b", "c"] {
        clinic.put("00001", 18, id, |_| {});
    }
    clinic.scan().await;
    clinic.put("00001", 18, "a", |row| row.pick_status = PickStatus::Picked);
    clinic.put("00001", 18, "b", |row| {
        row.name = Name::new("张小三").unwrap()
    });
    clinic.scan().await;
    clinic.take_away("00001", 18, "b");
    clinic.take_away("00001", 18, "c");
    clinic.put("00001", 19, "c", |_| {});
    clinic.scan().await;
    clinic.scan().await;
    clinic.put("00001", 18, "b", |_| {});
    clinic.scan().await;
    clinic
}

/// Whether an event tells of its own day and the next one when they were last read whole.
fn is_looked_for(event: &Value) -> bool {
    let evidence = &event["data"]["evidence"];
    let Some(looked_at) = evidence["looked_at"].as_array() else {
        return false;
    };
    let days: Vec<_> = looked_at.iter().map(|one| one["day"].as_str()).collect();
    assert_eq!(days, [Some("2021-01-18"), Some("2021-01-19")]);
    assert_eq!(looked_at[0]["scan_began_at"], event["data"]["observed_at"]);
    let last = looked_at.iter().find(|one| one["day"] == evidence["day"]);
    assert_eq!(last.unwrap()["scan_began_at"], evidence["scan_began_at"]);
    true
}

#[tokio::test]
async fn every_event_fits_the_schema() {
    let clinic = lively().await;
    let source = Source::new(clinic.ledger.ledger_id().await.unwrap());
    let schema = Schema::of_events();
    let mut kinds = Vec::new();
    for disclosure in [
        Disclosure::default(),
        Disclosure {
            names: true,
            pick_codes: true,
        },
    ] {
        for told in clinic.told().await {
            let letter = source.letter(&told, disclosure);
            let body: Value = serde_json::from_slice(&letter.body).unwrap();
            assert_eq!(schema.faults(&body), Vec::<String>::new(), "{body:#}");
            assert!(!letter.body.contains(&b'\n'));
            assert_eq!(is_looked_for(&body), letter.word == "cancelled", "{body:#}");
            kinds.push(letter.word);
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    let expected = [
        "booked",
        "cancelled",
        "changed",
        "picked",
        "rescheduled",
        "restored",
    ];
    assert_eq!(kinds, expected);
    let gap = source.gap(
        &sink_name("queue"),
        EventCursor(3),
        EventCursor(9),
        "2021-01-18T00:00:00.000Z".to_owned(),
    );
    let body: Value = serde_json::from_slice(&gap.body).unwrap();
    assert_eq!(schema.faults(&body), Vec::<String>::new(), "{body:#}");
    // The schema can refuse.
    let mut wrong = body.clone();
    wrong["data"]["count"] = "7".into();
    assert_ne!(schema.faults(&wrong), Vec::<String>::new());
    wrong = body;
    wrong["more"] = 1.into();
    assert_ne!(schema.faults(&wrong), Vec::<String>::new());
}

#[tokio::test]
async fn names_and_codes_are_told_only_where_granted() {
    let clinic = lively().await;
    let source = Source::new("0123456789abcdef");
    let all = Disclosure {
        names: true,
        pick_codes: true,
    };
    for told in clinic.told().await {
        let masked = source.letter(&told, Disclosure::default());
        let text = String::from_utf8(masked.body.to_vec()).unwrap();
        for hidden in ["欧阳娜娜", "张小三", "code-"] {
            assert!(!text.contains(hidden), "{text}");
            assert!(!format!("{masked:?}").contains(hidden));
        }
        assert!(text.contains("欧**娜") || text.contains("张*三"), "{text}");
        let whole = source.letter(&told, all);
        let text = String::from_utf8(whole.body.to_vec()).unwrap();
        assert!(
            text.contains("欧阳娜娜") || text.contains("张小三"),
            "{text}"
        );
        assert!(text.contains("code-"), "{text}");
        assert_eq!(masked.id, whole.id, "the id does not depend on who is told");
    }
}

#[tokio::test]
async fn ids_are_one_for_an_event_and_another_for_another_ledger() {
    let clinic = lively().await;
    let source = Source::new(clinic.ledger.ledger_id().await.unwrap());
    let told = clinic.told().await;
    let mut ids: Vec<_> = told.iter().map(|told| source.event_id(told)).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), told.len());
    let other = Clinic::new().ledger.ledger_id().await.unwrap();
    assert_ne!(other, source.ledger());
    assert_ne!(
        Source::new(other).event_id(&told[0]),
        source.event_id(&told[0])
    );
}
