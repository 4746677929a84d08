//! The driver where a server denies a list, or shows rows that cannot be read.

use std::sync::Arc;
use std::time::Duration;

use povline_domain::{ChangeKind, UnknownFields};
use povline_store::ledger::{EventCursor, HoldAnswer, HoldDecision, HoldScope, Ledger, RowState};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::platform::{Answer, Platform};
use super::support::{EIGHT, TestLedger, agent, clock, config, day_text, ids, ledger, pov, today};

async fn told(ledger: &TestLedger, kind: ChangeKind) -> usize {
    let events = ledger.events_after(EventCursor(0), 10_000).await.unwrap();
    events
        .iter()
        .filter(|event| event.change.kind == kind)
        .count()
}

async fn minutes(count: u64) {
    tokio::time::sleep(Duration::from_secs(60 * count)).await;
}

#[tokio::test(start_paused = true)]
async fn a_denied_list_is_held_and_read_again_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let (platform, transport) = Platform::new(|_, _, _| Answer::Right).into_transport();
    platform.set("a", &day_text(0), ids('a', 60));
    let ledger = ledger(directory.path());
    let mut config = config(&["a"]);
    // Read by the timetable so rarely that only confirming scans and the alarm read it.
    for tier in &mut config.timetable.tiers.tiers {
        tier.every = Duration::from_secs(1_200);
    }
    let agent = Arc::new(agent(transport, ledger.clone(), config, clock()));
    let stop = CancellationToken::new();
    let progress = agent.progress();
    let running = tokio::spawn({
        let (agent, stop) = (agent.clone(), stop.clone());
        async move { agent.run(stop).await }
    });
    minutes(1).await;
    platform.set("a", &day_text(0), []);
    assert!(agent.demand(pov("a"), today()));
    let calls = platform.calls().len();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(progress.borrow().held, 1);
    assert!(platform.calls().len() >= calls + 2, "read again at once");
    minutes(30).await;
    let held = ledger.holds().await.unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].scope, HoldScope::List(pov("a"), today()));
    assert!(
        held[0].hold.persists_since.is_some(),
        "a person is waited for"
    );
    assert_eq!(told(&ledger, ChangeKind::Cancelled).await, 0);
    let rows = ledger.rows(&pov("a"), today()).await.unwrap();
    assert_eq!(rows.len(), 60);
    assert!(rows.iter().all(|row| row.state == RowState::Suspected));

    platform.set("a", &day_text(0), ids('a', 60));
    minutes(30).await;
    assert_eq!(ledger.holds().await.unwrap(), []);
    assert_eq!(progress.borrow().held, 0);
    assert_eq!(told(&ledger, ChangeKind::Cancelled).await, 0);

    // Once more, and this time it is true.
    platform.set("a", &day_text(0), ids('a', 10));
    minutes(30).await;
    let decision = HoldDecision {
        accepted: true,
        by: "Li Lei".to_owned(),
        at: EIGHT,
    };
    let held = ledger.holds().await.unwrap();
    let decided = ledger.decide_hold(held[0].scope.clone(), held[0].mark, decision);
    let HoldAnswer::Decided(hold) = decided.await.unwrap() else {
        panic!("nothing was decided");
    };
    assert_eq!(hold.lost, 50);
    minutes(30).await;
    assert_eq!(told(&ledger, ChangeKind::Cancelled).await, 50);
    stop.cancel();
    running.await.unwrap().unwrap();
}

/// A page of three rows; the second has this pick status, and each says beside that this is its dose.
fn page(day: &str, status: i64, dose: i64) -> Vec<u8> {
    let row = |id: &str, status: i64| {
        json!({
            "pick_code": format!("C{id}"), "out_pov_id": "a", "pick_status": status,
            "appointment_period": "08:00-08:30", "appointment_time": day,
            "appointment_id": id, "name": "测试", "dose": dose,
        })
    };
    let rows = [row("x1", 1), row("x2", status), row("x3", 1)];
    let answer = json!({"alibaba_health_vaccin_appointment_query_response": {
        "result": {
            "model": {
                "page_num": 1, "page_size": 200, "total": 3,
                "data_list": {"pov_appointment_record_dto": rows},
            },
            "success": true,
        },
        "request_id": "abcdefghijk",
    }});
    answer.to_string().into_bytes()
}

#[tokio::test(start_paused = true)]
async fn one_bad_row_goes_into_quarantine_and_the_rest_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let script = |_: &str, day: &str, nth: u32| match (day == day_text(0), nth) {
        (true, 0) => Answer::Body(page(day, 1, 2)),
        (true, _) => Answer::Body(page(day, 7, 2)),
        (false, _) => Answer::Right,
    };
    let (_, transport) = Platform::new(script).into_transport();
    let ledger = ledger(directory.path());
    let agent = agent(transport, ledger.clone(), config(&["a"]), clock());
    agent.sweep(CancellationToken::new()).await.unwrap();
    assert_eq!(ledger.rows(&pov("a"), today()).await.unwrap().len(), 3);

    let summary = agent.sweep(CancellationToken::new()).await.unwrap();
    assert_eq!(summary.failed, [], "no list becomes unreadable");
    assert_eq!(summary.progress.quarantined, 1);
    let rows = ledger.rows(&pov("a"), today()).await.unwrap();
    assert!(rows.iter().all(|row| row.state == RowState::Live) && rows.len() == 3);
    let held = ledger.quarantine(10).await.unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].reason, "pick_status is unreadable");
    assert_eq!(held[0].appointment_id.as_ref().unwrap().as_str(), "x2");
    assert!(held[0].raw.contains("\"pick_status\":7") && held[0].raw.contains("测试"));
    assert_eq!(ledger.counts().await.unwrap().quarantined, 1);

    // The same again is no news, and what the contract does not know was noted.
    let again = agent.sweep(CancellationToken::new()).await.unwrap();
    assert_eq!(
        (again.progress.quarantined, again.progress.unchanged),
        (0, 2)
    );
    let habits = ledger.habits().await.unwrap();
    assert!(
        habits
            .iter()
            .any(|(_, name, _)| name == "unknown-field:dose"),
        "{habits:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_rows_say_beside_is_kept_and_tells_no_change() {
    let directory = tempfile::tempdir().unwrap();
    let script = |_: &str, day: &str, nth: u32| match (day == day_text(0), nth) {
        (true, 0) => Answer::Body(page(day, 1, 2)),
        (true, _) => Answer::Body(page(day, 1, 3)),
        (false, _) => Answer::Right,
    };
    let (_, transport) = Platform::new(script).into_transport();
    let ledger = ledger(directory.path());
    let agent = agent(transport, ledger.clone(), config(&["a"]), clock());
    for (sweep, dose, unchanged) in [(1, 2, 0), (2, 3, 1), (3, 3, 2)] {
        let summary = agent.sweep(CancellationToken::new()).await.unwrap();
        assert_eq!(summary.progress.unchanged, unchanged, "sweep {sweep}");
        let rows = ledger.rows(&pov("a"), today()).await.unwrap();
        let said = UnknownFields::new(format!("{{\"dose\":{dose}}}")).unwrap();
        assert_eq!(rows.len(), 3);
        for row in rows {
            assert_eq!((row.unknown.as_ref(), row.version), (Some(&said), 1));
        }
        let events = ledger.events_after(EventCursor(0), 10).await.unwrap();
        assert_eq!(events.len(), 3, "booked, and nothing since");
    }
}
