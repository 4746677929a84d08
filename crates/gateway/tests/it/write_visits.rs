//! Picks that are written back, and bookings that are listed with their cancellations.

use serde_json::{Value, json};

use crate::call::{Call, NOW};
use crate::platform::DAY;
use crate::write_side::{
    CANCEL, INFO, LATER, PERIOD, PICK, RESCHEDULE, TOMORROW, booking, call, declined, done, written,
};

const LATE: &str = "1610928000000";
const EARLY: &str = "1610927999000";

fn pick(id: &str, action: &str, time: &str) -> Call {
    call(
        PICK,
        &[
            ("order_id", id),
            ("action_type", action),
            ("action_time", time),
        ],
    )
}

fn ignored() -> Value {
    json!({ "is_success": true, "model": false })
}

#[tokio::test]
async fn a_pick_flips_the_query_at_once_and_an_older_one_does_not() {
    let written = written().await;
    written.open(DAY, PERIOD, "5").await;
    let (id, code) = written.book("1", DAY, PERIOD).await;
    let shows = async |status: &str| {
        let row = format!("{id}:{code}:{status}:{PERIOD}");
        assert_eq!(written.rows(DAY).await, [row]);
    };
    shows("1").await;
    let first = pick(&id, "PICK", LATE).signed(crate::call::SECRET);
    assert_eq!(written.told(first.clone()).await, done());
    shows("0").await;
    assert_eq!(written.told(first.clone()).await, done());
    assert_eq!(written.told(pick(&id, "UNPICK", EARLY)).await, ignored());
    // Seconds are told as ten digits.
    assert_eq!(
        written.told(pick(&id, "UNPICK", &EARLY[..10])).await,
        ignored()
    );
    shows("0").await;
    let reason = pick(&id, "NOT_INOCULATE", EARLY).with("isv_not_inoculate_reason", "发热");
    assert_eq!(written.told(reason).await, done());
    shows("0").await;
    for (method, params) in [
        (CANCEL, vec![("appointment_id", id.as_str())]),
        (
            RESCHEDULE,
            vec![
                ("appointment_id", id.as_str()),
                ("appointment_time", DAY),
                ("appointment_period", LATER),
            ],
        ),
    ] {
        assert_eq!(
            written.ask(method, &params).await,
            declined("FAIL_BIZ_415", "已取号")
        );
    }
    // Without a time it happened at the call's.
    written.platform.clock.advance(1_000);
    let now = call(PICK, &[("order_id", &id), ("action_type", "UNPICK")]);
    assert_eq!(written.told(now).await, done());
    shows("1").await;
    assert_eq!(written.told(first).await, ignored());
    shows("1").await;
    let xml = written
        .send(pick(&id, "PICK", EARLY).with("format", "xml"))
        .await;
    assert_eq!(
        xml.masked(),
        r#"<?xml version="1.0" encoding="utf-8" ?><alibaba_health_vaccin_order_update_response><is_success>true</is_success><model>false</model><request_id>ID</request_id></alibaba_health_vaccin_order_update_response>"#
    );
    let simple = written
        .send(pick(&id, "PICK", EARLY).with("simplify", "true"))
        .await;
    assert_eq!(
        simple.masked(),
        r#"{"is_success":true,"model":false,"request_id":"ID"}"#
    );
    assert_eq!(
        written.ask(CANCEL, &[("appointment_id", &id)]).await,
        done()
    );
    assert_eq!(
        written.told(pick(&id, "PICK", LATE)).await,
        declined("FAIL_BIZ_410", "预约已取消")
    );
}

#[tokio::test]
async fn bookings_are_listed_by_vaccine_and_time_with_cancellations() {
    let written = written().await;
    written.open(DAY, PERIOD, "9").await;
    written.open(TOMORROW, PERIOD, "9").await;
    let mut ids = Vec::new();
    for (n, vaccine) in [("1", "V1"), ("2", "V2"), ("3", "V1"), ("4", "")] {
        let ask = call(crate::write_side::BOOK, &booking(n, DAY, PERIOD));
        let told = written.told(ask.with("vaccine_id", vaccine)).await;
        ids.push(told["model"]["appointment_id"].as_str().unwrap().to_owned());
    }
    written.platform.clock.advance(60_000);
    let moved = [
        ("appointment_id", ids[2].as_str()),
        ("appointment_time", TOMORROW),
        ("appointment_period", PERIOD),
    ];
    assert_eq!(written.ask(RESCHEDULE, &moved).await["is_success"], true);
    assert_eq!(
        written.ask(CANCEL, &[("appointment_id", &ids[0])]).await,
        done()
    );

    let ask = |vaccines: &str, since: &str, page: &str, size: &str| {
        call(
            INFO,
            &[
                ("vaccine_ids", vaccines),
                ("obtain_date", since),
                ("page_no", page),
                ("page_size", size),
            ],
        )
    };
    let row = |n: usize, begins: &str| {
        json!({
            "subscriber_name": "测试", "gmt_create": "2021-01-18 08:00:00",
            "subscribe_time": begins, "pov_id": written.pov.to_string(), "isv_order_id": ids[n]
        })
    };
    let mut first = row(0, "2021-01-18 08:30:00");
    first["cancel_time"] = json!("2021-01-18 08:01:00");
    let second = row(1, "2021-01-18 08:30:00");
    let third = row(2, "2021-01-19 08:30:00");
    let listed = |told: &Value| {
        assert_eq!(told["is_success"], true);
        let model = &told["model"];
        (
            model["total"].clone(),
            model["info_detail_list"]["info_detail"].clone(),
        )
    };
    let told = written.told(ask("V1,V2", NOW, "1", "200")).await;
    assert_eq!(listed(&told), (json!(3), json!([first, second, third])));
    let told = written.told(ask("V1", NOW, "2", "1")).await;
    assert_eq!(listed(&told), (json!(2), json!([third])));
    let told = written
        .told(ask("V1,V2", "2021-01-18 08:00:01", "1", "200"))
        .await;
    assert_eq!(listed(&told), (json!(2), json!([first, third])));
    let told = written.told(ask("[\"V9\"]", NOW, "1", "200")).await;
    assert_eq!(listed(&told), (json!(0), json!([])));
    // An app sees what it may read.
    let told = written
        .told(ask("V1,V2", NOW, "1", "200").with("app_key", "reader"))
        .await;
    assert_eq!(listed(&told).0, 3);
    for app in ["blind", "stranger"] {
        let told = written
            .told(ask("V1,V2", NOW, "1", "200").with("app_key", app))
            .await;
        assert_eq!(listed(&told), (json!(0), json!([])));
    }
    let xml = written
        .send(ask("V2", NOW, "1", "9").with("format", "xml"))
        .await;
    let expected = format!(
        "<is_success>true</is_success><model><total>1</total><info_detail_list><info_detail>\
         <subscriber_name>测试</subscriber_name><gmt_create>2021-01-18 08:00:00</gmt_create>\
         <subscribe_time>2021-01-18 08:30:00</subscribe_time><pov_id>{}</pov_id>\
         <isv_order_id>{}</isv_order_id></info_detail></info_detail_list></model>",
        written.pov, ids[1]
    );
    assert!(xml.text().contains(&expected), "{}", xml.text());
    let simple = written
        .send(ask("V2", NOW, "1", "9").with("simplify", "true"))
        .await;
    assert!(
        simple
            .text()
            .contains(r#""info_detail_list":[{"subscriber_name""#)
    );
}
