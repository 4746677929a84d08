//! Nobody writes where he may not, or learns of what is not his.

use povline_protocol::methods;
use serde_json::{Value, json};

use crate::platform::DAY;
use crate::write_side::{
    BOOK, CANCEL, CLOSE, LATER, OPEN, PERIOD, PICK, POV, RESCHEDULE, SCHEDULE, booking, call,
    declined, place, written,
};

#[tokio::test]
async fn a_pov_that_is_not_ones_own_is_unknown() {
    let written = written().await;
    written.open(DAY, PERIOD, "5").await;
    let mut open = place(DAY, PERIOD);
    open.push(("max_num", "3"));
    for (method, params) in [
        (OPEN, open),
        (CLOSE, place(DAY, PERIOD)),
        (BOOK, booking("1", DAY, PERIOD)),
        (SCHEDULE, place(DAY, PERIOD)),
    ] {
        let unknown = |code: &str| {
            json!({
                "code": 50, "msg": "Remote service error", "sub_code": "isv.pov-not-exist",
                "sub_msg": format!("接种点不存在或未授权:{code}")
            })
        };
        let ask = call(method, &params);
        let nowhere = written.told(ask.clone().with("out_pov_id", "99999")).await;
        assert_eq!(nowhere, unknown("99999"), "{method}");
        let blind = written.told(ask.clone().with("app_key", "blind")).await;
        assert_eq!(blind, unknown("00001"), "{method}");
        if method == SCHEDULE {
            let read = written.told(ask.clone().with("app_key", "reader")).await;
            assert_eq!(read["is_success"], true);
            continue;
        }
        // Who may read it knows that it is there, and is told what is missing.
        let read_only = written.told(ask.clone().with("app_key", "reader")).await;
        assert_eq!(
            read_only,
            json!({
                "code": 11, "msg": "Insufficient isv permissions", "sub_code": "isv.pov-read-only",
                "sub_msg": "应用对接种点无写权限:00001"
            })
        );
        let reader_elsewhere = ask.with("app_key", "reader").with("out_pov_id", "99999");
        assert_eq!(written.told(reader_elsewhere).await, unknown("99999"));
    }
    // The stranger's own 00001 is another one.
    let strangers = call(BOOK, &booking("1", DAY, PERIOD)).with("app_key", "stranger");
    assert_eq!(
        written.told(strangers).await,
        declined("FAIL_BIZ_411", "该时段未开放号源")
    );
    assert!(written.rows(DAY).await.is_empty());
}

#[tokio::test]
async fn an_appointment_that_is_not_ones_own_is_unknown() {
    let written = written().await;
    written.open(DAY, PERIOD, "5").await;
    written.open(DAY, LATER, "5").await;
    let (id, code) = written.book("1", DAY, PERIOD).await;
    let (gone, _) = written.book("2", DAY, PERIOD).await;
    written.ask(CANCEL, &[("appointment_id", &gone)]).await;
    for (method, name, more) in [
        (
            RESCHEDULE,
            "appointment_id",
            vec![("appointment_time", DAY), ("appointment_period", LATER)],
        ),
        (CANCEL, "appointment_id", vec![]),
        (PICK, "order_id", vec![("action_type", "PICK")]),
    ] {
        let unknown = declined("FAIL_BIZ_404", "预约不存在或未授权");
        let ask = |id: &str| call(method, &more).with(name, id);
        assert_eq!(written.told(ask("PL9999999999")).await, unknown, "{method}");
        for app in ["blind", "stranger"] {
            for id in [&id, &gone] {
                let told = written.told(ask(id).with("app_key", app)).await;
                assert_eq!(told, unknown, "{method} {app}");
            }
        }
        let read_only = written.told(ask(&id).with("app_key", "reader")).await;
        assert_eq!(read_only["sub_code"], "isv.pov-read-only");
    }
    assert_eq!(written.rows(DAY).await, [format!("{id}:{code}:1:{PERIOD}")]);
}

/// The code that an answer tells, as the documentation writes it.
fn code_of(told: &Value) -> String {
    match (told["msg_code"].as_str(), told["sub_code"].as_str()) {
        (Some(code), _) => code.to_owned(),
        (None, Some(sub_code)) => format!("{} {sub_code}", told["code"]),
        (None, None) => panic!("{told}"),
    }
}

#[tokio::test]
async fn what_the_notes_say_that_strangers_get_is_what_they_get() {
    let written = written().await;
    written.open(DAY, PERIOD, "5").await;
    let (id, _) = written.book("1", DAY, PERIOD).await;
    let mut open = place(DAY, PERIOD);
    open.push(("max_num", "3"));
    let pov = vec![
        ("pov_no", "00001"),
        ("pov_name", "呼家楼接种点"),
        ("telephone", "010-12345678"),
        ("address", "呼家楼"),
    ];
    let moved = vec![
        ("appointment_id", id.as_str()),
        ("appointment_time", DAY),
        ("appointment_period", LATER),
    ];
    let asks = [
        (OPEN, open),
        (CLOSE, place(DAY, PERIOD)),
        (BOOK, booking("2", DAY, PERIOD)),
        (POV, pov),
        (RESCHEDULE, moved),
        (CANCEL, vec![("appointment_id", id.as_str())]),
        (
            PICK,
            vec![("order_id", id.as_str()), ("action_type", "PICK")],
        ),
    ];
    let writers = methods::ALL.iter().filter(|spec| {
        let mut refusals = spec.refusals.iter();
        // A reset is a sandbox's alone, and tried there.
        spec.method != methods::sandbox_reset::METHOD
            && refusals.any(|refusal| refusal.sub_code == "isv.pov-read-only")
    });
    let writers: Vec<_> = writers.map(|spec| spec.method).collect();
    let mut asked: Vec<_> = asks.iter().map(|(method, _)| *method).collect();
    asked.sort_by_key(|method| writers.iter().position(|writer| writer == method));
    assert_eq!(asked, writers);
    for (method, params) in asks {
        let (mut stranger, mut reader) = (String::new(), String::new());
        for (app, code) in [("blind", &mut stranger), ("reader", &mut reader)] {
            let told = written.told(call(method, &params).with("app_key", app));
            *code = code_of(&told.await);
        }
        let notes = methods::find(method).unwrap().notes;
        let says_both = |note: &str| note.contains(&stranger) && note.contains(&reader);
        assert!(
            notes
                .iter()
                .any(|note| says_both(note.chinese) && says_both(note.english)),
            "{method}: no note says {stranger} and {reader}"
        );
    }
}

#[tokio::test]
async fn nobody_registers_where_he_may_not_write() {
    let written = written().await;
    let told = [
        ("pov_name", "呼家楼接种点"),
        ("telephone", "010-12345678"),
        ("address", "呼家楼"),
    ];
    let ask = |app: &str, code: &str| call(POV, &told).with("pov_no", code).with("app_key", app);
    for (app, code, sub_code) in [
        ("blind", "00001", "isv.pov-not-exist"),
        ("blind", "00002", "isv.pov-not-exist"),
        ("reader", "00002", "isv.pov-not-exist"),
        ("reader", "00001", "isv.pov-read-only"),
    ] {
        let refused = written.told(ask(app, code)).await;
        assert_eq!(refused["sub_code"], sub_code, "{app} {code}");
    }
    // One ISV's POV is not another's, whatever its code.
    let stranger = written.told(ask("stranger", "00001")).await;
    assert_eq!(stranger["is_success"], true);
    use povline_store::book::Register as _;
    let details = written.platform.book.pov_details(written.pov).await;
    assert_eq!(details.unwrap(), None);
}

#[tokio::test]
async fn the_key_of_a_booking_belongs_to_its_app() {
    let written = written().await;
    written.open(DAY, PERIOD, "5").await;
    let mut open = place(DAY, PERIOD);
    open.push(("max_num", "5"));
    let stranger = call(OPEN, &open).with("app_key", "stranger");
    assert_eq!(written.told(stranger).await["is_success"], true);
    let ask = call(BOOK, &booking("order", DAY, PERIOD));
    let mine = written.told(ask.clone()).await;
    let theirs = written.told(ask.with("app_key", "stranger")).await;
    assert_ne!(
        mine["model"]["appointment_id"],
        theirs["model"]["appointment_id"]
    );
    assert_eq!(written.rows(DAY).await.len(), 1);
}
