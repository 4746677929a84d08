//! `povline.appointment.changes` and `.digest` at the HTTP door, on the real book.

use povline_domain::AppKey;
use povline_store::audit::READ;
use povline_store::book::{Book, Grant, Write};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::call::APP_KEY;
use crate::follow::until;
use crate::platform::{DAY, appointment, day};
use crate::register::actor;
use crate::write_side::{CANCEL, TOMORROW, Written, call, written};

const CHANGES: &str = "povline.appointment.changes";
const DIGEST: &str = "povline.appointment.digest";

/// Rows of the usual day, written behind the gateway's back.
async fn book(written: &Written, numbers: impl IntoIterator<Item = usize>) {
    let writes = numbers
        .into_iter()
        .map(|n| Write::Book(written.pov, appointment(n)))
        .collect();
    let book = &written.platform.book;
    book.write(&actor(), writes).await.unwrap();
}

async fn changes(written: &Written, params: &[(&str, &str)]) -> Value {
    let told = written.ask(CHANGES, params).await;
    assert_eq!(told["is_success"], true, "{told}");
    told["model"].clone()
}

fn cursor(model: &Value) -> String {
    model["cursor"].as_str().unwrap().to_owned()
}

/// POV, day and length of each list of an answer.
fn lists(model: &Value) -> Vec<(String, String, u64)> {
    let list = model["data_list"]["list_state"].as_array().unwrap();
    list.iter()
        .map(|state| {
            (
                state["out_pov_id"].as_str().unwrap().to_owned(),
                state["appointment_time"].as_str().unwrap().to_owned(),
                state["total"].as_u64().unwrap(),
            )
        })
        .collect()
}

fn list(pov: &str, day: &str, total: u64) -> (String, String, u64) {
    (pov.to_owned(), day.to_owned(), total)
}

/// The recipe of the documentation, followed by hand on the rows that the polled method tells.
async fn digest_by_hand(written: &Written) -> String {
    const QUERY: &str = "alibaba.health.vaccin.appointment.query";
    let request = format!(r#"{{"day":"{DAY}","out_pov_id":"00001"}}"#);
    let request = ("param_query_pov_appointment_record_by_date_req", &*request);
    let told = written.ask(QUERY, &[request]).await;
    let rows = told["result"]["model"]["data_list"]["pov_appointment_record_dto"].clone();
    let mut rows = rows.as_array().unwrap().clone();
    rows.sort_by_key(|row| row["appointment_id"].as_str().unwrap().to_owned());
    let mut text = String::new();
    for row in &rows {
        for field in ["appointment_id", "appointment_period", "pick_code"] {
            text += &format!("{}\u{1f}", row[field].as_str().unwrap());
        }
        let (status, name) = (&row["pick_status"], row["name"].as_str().unwrap());
        text += &format!("{status}\u{1f}{name}\u{1f}\u{1e}");
    }
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn the_digest_is_what_its_recipe_makes_of_the_rows() {
    let written = written().await;
    let asked = [("out_pov_id", "00001"), ("appointment_time", DAY)];
    let empty = written.ask(DIGEST, &asked).await;
    let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(
        empty["model"],
        json!({ "out_pov_id": "00001", "appointment_time": DAY, "version": 0, "total": 0,
                "digest": of_nothing })
    );
    // Neither the order of the ids nor that of their booking is that of the list.
    book(&written, [3, 1, 2]).await;
    let told = written.ask(DIGEST, &asked).await;
    assert_eq!(told["model"]["total"], 3);
    assert_eq!(told["model"]["digest"], digest_by_hand(&written).await);
    let version = told["model"]["version"].as_u64().unwrap();
    let cancelled = [("appointment_id", "P00001")];
    assert_eq!(written.ask(CANCEL, &cancelled).await["is_success"], true);
    let after = written.ask(DIGEST, &asked).await;
    assert!(after["model"]["version"].as_u64().unwrap() > version);
    assert_ne!(after["model"]["digest"], told["model"]["digest"]);
    assert_eq!(after["model"]["digest"], digest_by_hand(&written).await);
}

#[tokio::test]
async fn a_snapshot_comes_first_and_then_what_changed() {
    let written = written().await;
    book(&written, 1..=3).await;
    let first = changes(&written, &[]).await;
    assert_eq!(first["snapshot"], true);
    assert_eq!(first["has_more"], false);
    assert_eq!(lists(&first), [list("00001", DAY, 3)]);

    let quiet = changes(&written, &[("cursor", &cursor(&first))]).await;
    assert_eq!(quiet["snapshot"], false);
    assert_eq!(lists(&quiet), []);

    book(&written, [4]).await;
    book(&written, [5]).await;
    let after = changes(&written, &[("cursor", &cursor(&quiet))]).await;
    assert_eq!(lists(&after), [list("00001", DAY, 5)]);
    // A cursor may be used again, and tells the same list as it is now.
    let again = changes(&written, &[("cursor", &cursor(&quiet))]).await;
    assert_eq!(lists(&again), [list("00001", DAY, 5)]);
    let done = changes(&written, &[("cursor", &cursor(&after))]).await;
    assert_eq!(lists(&done), []);
}

#[tokio::test]
async fn lists_that_are_told_are_audited_as_read() {
    let written = written().await;
    book(&written, 1..=3).await;
    let first = changes(&written, &[]).await;
    assert_eq!(lists(&first).len(), 1);
    let is_read = || async {
        // Nothing else has read anything.
        let records = written.platform.book.audit(0, usize::MAX).await.unwrap();
        records.iter().any(|record| record.action == READ)
    };
    until(is_read).await;
}

#[tokio::test]
async fn a_snapshot_in_parts_misses_no_change_made_meanwhile() {
    let written = written().await;
    let mut rows = Vec::new();
    for ahead in 0..5 {
        let mut row = appointment(ahead + 1);
        row.day = day().plus_days(i32::try_from(ahead).unwrap()).unwrap();
        rows.push(Write::Book(written.pov, row));
    }
    let store = &written.platform.book;
    store.write(&actor(), rows).await.unwrap();
    let mut told = Vec::new();
    let mut at: Option<String> = None;
    let mut answers = 0;
    loop {
        let mut params = vec![("page_size", "2")];
        if let Some(at) = &at {
            params.push(("cursor", at));
        }
        let model = changes(&written, &params).await;
        told.extend(lists(&model));
        answers += 1;
        if answers == 2 {
            // The first day was told already; it changes while the snapshot goes on.
            book(&written, [9]).await;
        }
        if model["has_more"] == false && model["snapshot"] == false {
            break;
        }
        at = Some(cursor(&model));
        assert!(answers < 10);
    }
    assert_eq!(told.len(), 6);
    assert_eq!(told.first(), Some(&list("00001", DAY, 1)));
    assert_eq!(told.last(), Some(&list("00001", DAY, 2)));
}

#[tokio::test]
async fn a_cursor_belongs_to_one_app_and_one_set_of_grants() {
    let written = written().await;
    book(&written, [1]).await;
    let of_writer = cursor(&changes(&written, &[]).await);
    let by = |key: &str, params: &[(&str, &str)]| call(CHANGES, params).with("app_key", key);

    let stolen = written.told(by("reader", &[("cursor", &of_writer)])).await;
    assert_eq!(stolen["code"], 41, "{stolen}");
    assert_eq!(stolen["msg"], "Invalid arguments:cursor");

    // An app without a grant is told of nothing; what it gets later comes as a snapshot.
    let blind = written.told(by("blind", &[])).await;
    assert_eq!(lists(&blind["model"]), []);
    let at = cursor(&blind["model"]);
    let key = AppKey::new("blind").unwrap();
    let one = Grant::parse("00001").unwrap();
    let store = &written.platform.book;
    store.grant(&actor(), &key, &one).await.unwrap();
    crate::follow::until(|| async {
        let told = written.told(by("blind", &[("cursor", &at)])).await;
        told["model"]["snapshot"] == true && lists(&told["model"]).len() == 1
    })
    .await;
    // A grant that is gone is gone at the next read, whatever the cursor.
    let seeing = cursor(&written.told(by("blind", &[("cursor", &at)])).await["model"]);
    store.revoke(&actor(), &key, &one).await.unwrap();
    book(&written, [2]).await;
    crate::follow::until(|| async {
        let told = written.told(by("blind", &[("cursor", &seeing)])).await;
        lists(&told["model"]).is_empty()
    })
    .await;
}

/// As after a restore of an older copy of the book.
#[tokio::test]
async fn a_cursor_ahead_of_the_book_begins_a_new_snapshot() {
    let written = written().await;
    book(&written, 1..=2).await;
    let whole = cursor(&changes(&written, &[]).await);
    let (scope, sequence) = whole.rsplit_once('.').unwrap();
    let ahead = sequence.parse::<i64>().unwrap() + 1;
    for ahead in [
        format!("{scope}.{ahead}"),
        format!("{scope}.{}", i64::MAX),
        // In the middle of a snapshot, too.
        format!("{scope}.{ahead}.{}.{}", i64::MAX, day().number()),
    ] {
        let told = changes(&written, &[("cursor", &ahead)]).await;
        assert_eq!(told["snapshot"], true, "{ahead}");
        assert_eq!(lists(&told), [list("00001", DAY, 2)], "{ahead}");
        assert_eq!(cursor(&told), whole);
    }
    let told = changes(&written, &[("cursor", &whole)]).await;
    assert_eq!(told["snapshot"], false);
}

#[tokio::test]
async fn earlier_days_are_told_only_if_asked_for() {
    let written = written().await;
    book(&written, [1]).await;
    let ahead = changes(&written, &[("first_day", TOMORROW)]).await;
    assert_eq!(lists(&ahead), []);
    book(&written, [2]).await;
    let at = cursor(&ahead);
    let params = [("first_day", TOMORROW), ("cursor", &*at)];
    assert_eq!(lists(&changes(&written, &params).await), []);
    let whole = changes(&written, &[("cursor", &at)]).await;
    assert_eq!(whole["snapshot"], true);
    assert_eq!(lists(&whole), [list("00001", DAY, 2)]);
}

#[tokio::test]
async fn what_cannot_be_is_named() {
    let written = written().await;
    for (name, value) in [
        ("cursor", "2.0.0.0"),
        ("cursor", "1.zz.0.0"),
        ("cursor", "1.0.0.-4"),
        ("cursor", "1.0.0.1.1"),
        ("cursor", "1.0.0.1.1.1.1"),
        ("page_size", "0"),
        ("page_size", "201"),
        ("first_day", "2021-02-30"),
    ] {
        let told = written.ask(CHANGES, &[(name, value)]).await;
        assert_eq!(told["code"], 41, "{name}={value}: {told}");
        assert_eq!(told["msg"], format!("Invalid arguments:{name}"));
    }
    let unknown = [("out_pov_id", "99999"), ("appointment_time", DAY)];
    assert_eq!(
        written.ask(DIGEST, &unknown).await["sub_code"],
        "isv.pov-not-exist"
    );
    let one = call(DIGEST, &unknown)
        .with("app_key", APP_KEY)
        .without("out_pov_id");
    assert_eq!(written.told(one).await["code"], 40);
}

#[tokio::test]
async fn the_methods_are_described_for_machines() {
    let written = written().await;
    let get = crate::wire::request("GET", "/openapi.json", &[], "");
    let answer = written.platform.send(&get).await;
    assert_eq!(answer.status, 200);
    let described = answer.json();
    let served = povline_protocol::openapi::document();
    assert_eq!(described, served);
    let paths = described["paths"].as_object().unwrap();
    assert_eq!(paths.len(), povline_protocol::methods::ALL.len());
}
