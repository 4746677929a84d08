//! Schedules, bookings and POVs at the HTTP door, on the real book.

use std::sync::Arc;
use std::time::Duration;

use povline_domain::{AppKey, Clock as _, OutPovId, PovId};
use povline_gateway::GatewayConfig;
use povline_store::book::{Book, Grant, Register, SqliteBook};
use serde_json::{Value, json};

use crate::call::{APP_KEY, Call, NOW, SECRET};
use crate::platform::{DAY, Platform, appointment, day, model};
use crate::register::{actor, app};
use crate::wire::Answer;

pub(crate) const TOMORROW: &str = "2021-01-19";
pub(crate) const PERIOD: &str = "08:30-09:00";
pub(crate) const LATER: &str = "09:00-09:30";

pub(crate) const OPEN: &str = "povline.schedule.open";
pub(crate) const CLOSE: &str = "povline.schedule.close";
pub(crate) const SCHEDULE: &str = "povline.schedule.query";
pub(crate) const BOOK: &str = "povline.appointment.book";
pub(crate) const RESCHEDULE: &str = "povline.appointment.reschedule";
pub(crate) const CANCEL: &str = "povline.appointment.cancel";
pub(crate) const PICK: &str = "alibaba.health.vaccin.order.update";
pub(crate) const POV: &str = "alibaba.health.vaccin.pov.update";
pub(crate) const INFO: &str = "alibaba.health.vaccin.subscribe.info.return";

/// What a write is told whose turn does not come in time, or for which there is no place.
pub(crate) const BUSY: &str = "isp.top-remote-service-unavailable";

/// A platform on a book of its own, which is gone when this is.
pub(crate) struct Written {
    pub(crate) platform: Platform<SqliteBook>,
    pub(crate) pov: PovId,
    _directory: tempfile::TempDir,
}

/// ISV "isv" with POV 00001 and the usual app that may write everywhere, and further apps: `reader`
/// may read 00001, `blind` nothing, and `stranger` of another ISV everything of its own.
pub(crate) async fn written() -> Written {
    written_with(GatewayConfig::default()).await
}

/// The same, served in another way.
pub(crate) async fn written_with(config: GatewayConfig) -> Written {
    let directory = tempfile::tempdir().unwrap();
    let book = SqliteBook::open(directory.path()).unwrap();
    let isv = book.ensure_isv(&actor(), "isv").await.unwrap();
    let other = book.ensure_isv(&actor(), "other").await.unwrap();
    for (key, isv) in [
        (APP_KEY, isv),
        ("reader", isv),
        ("blind", isv),
        ("stranger", other),
    ] {
        app(&book, isv, key).await;
    }
    let all = Grant::parse("*").unwrap();
    for key in [APP_KEY, "stranger"] {
        let key = AppKey::new(key).unwrap();
        book.grant_writing(&actor(), &key, &all).await.unwrap();
    }
    let one = Grant::parse("00001").unwrap();
    let reader = AppKey::new("reader").unwrap();
    book.grant(&actor(), &reader, &one).await.unwrap();
    let code = OutPovId::new("00001").unwrap();
    let pov = book.ensure_pov(&actor(), isv, &code, None).await.unwrap();
    book.ensure_pov(&actor(), other, &code, None).await.unwrap();
    let platform = Platform::serve(Arc::new(book), config).await;
    Written {
        platform,
        pov,
        _directory: directory,
    }
}

/// A call of a method by the usual app.
pub(crate) fn call(method: &str, params: &[(&str, &str)]) -> Call {
    let common = Call(Vec::new())
        .with("method", method)
        .with("app_key", APP_KEY)
        .with("timestamp", NOW)
        .with("v", "2.0")
        .with("format", "json")
        .with("sign_method", "hmac-sha256");
    params
        .iter()
        .fold(common, |call, (name, value)| call.with(name, value))
}

/// A place of POV 00001.
pub(crate) fn place<'a>(day: &'a str, period: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("out_pov_id", "00001"),
        ("appointment_time", day),
        ("appointment_period", period),
    ]
}

pub(crate) fn booking<'a>(
    out_id: &'a str,
    day: &'a str,
    period: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let mut params = place(day, period);
    params.extend([("out_id", out_id), ("name", "测试")]);
    params
}

impl Written {
    pub(crate) async fn send(&self, call: Call) -> Answer {
        let now = povline_protocol::timestamp::format(self.platform.clock.now());
        let call = call.without("sign").with("timestamp", &now);
        let answer = self.platform.post(&call.signed(SECRET)).await;
        assert_eq!(answer.status, 200);
        answer
    }

    /// What a call of the usual app gets, without root, name and request id.
    pub(crate) async fn ask(&self, method: &str, params: &[(&str, &str)]) -> Value {
        self.told(call(method, params)).await
    }

    pub(crate) async fn told(&self, call: Call) -> Value {
        let key = format!("{}_response", call.get("method").replace('.', "_"));
        let mut answer = self.send(call).await.json();
        let root = answer.as_object_mut().unwrap();
        assert_eq!(root.len(), 1);
        let mut told = root
            .remove(&key)
            .or_else(|| root.remove("error_response"))
            .unwrap();
        told.as_object_mut().unwrap().remove("request_id").unwrap();
        told
    }

    /// The same, asked again while the platform is too busy to write, as a crowded machine may make
    /// it: what is refused so was not done.
    async fn ask_until_done(&self, method: &str, params: &[(&str, &str)]) -> Value {
        let asked = async {
            loop {
                let told = self.ask(method, params).await;
                if told["sub_code"] != BUSY {
                    return told;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), asked)
            .await
            .expect("it never came to be done")
    }

    pub(crate) async fn open(&self, day: &str, period: &str, max_num: &str) {
        let mut params = place(day, period);
        params.push(("max_num", max_num));
        assert_eq!(self.ask_until_done(OPEN, &params).await, done());
    }

    /// Books and tells the id and the code.
    pub(crate) async fn book(&self, out_id: &str, day: &str, period: &str) -> (String, String) {
        let params = booking(out_id, day, period);
        let told = self.ask_until_done(BOOK, &params).await;
        assert_eq!(told["is_success"], true, "{told}");
        let text = |name: &str| told["model"][name].as_str().unwrap().to_owned();
        (text("appointment_id"), text("pick_code"))
    }

    /// `id:code:status:period` of each row that the appointment query shows of a day.
    pub(crate) async fn rows(&self, day: &str) -> Vec<String> {
        let answer = self.send(Call::page("00001", day, 1, 200)).await;
        let rows = model(&answer)["data_list"]["pov_appointment_record_dto"].clone();
        let rows = rows.as_array().unwrap().iter().map(|row| {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            let (id, code) = (text("appointment_id"), text("pick_code"));
            format!(
                "{id}:{code}:{}:{}",
                row["pick_status"],
                text("appointment_period")
            )
        });
        rows.collect()
    }
}

pub(crate) fn done() -> Value {
    json!({ "is_success": true, "model": true })
}

pub(crate) fn declined(msg_code: &str, msg_info: &str) -> Value {
    json!({ "is_success": false, "msg_code": msg_code, "msg_info": msg_info })
}

#[tokio::test]
async fn what_is_booked_moved_and_cancelled_is_seen_at_once() {
    let written = written().await;
    assert!(written.rows(DAY).await.is_empty());
    assert!(written.rows(TOMORROW).await.is_empty());
    written.open(DAY, "08:30-09:00,09:00-09:30", "2").await;
    written.open(TOMORROW, PERIOD, "1").await;
    let (id, code) = written.book("order 1", DAY, PERIOD).await;
    assert_eq!(written.rows(DAY).await, [format!("{id}:{code}:1:{PERIOD}")]);

    let params = |day, period| {
        vec![
            ("appointment_id", id.as_str()),
            ("appointment_time", day),
            ("appointment_period", period),
        ]
    };
    let within = written.ask(RESCHEDULE, &params(DAY, LATER)).await;
    let expected = json!({
        "is_success": true, "model": { "appointment_id": id, "pick_code": code }
    });
    assert_eq!(within, expected);
    assert_eq!(written.rows(DAY).await, [format!("{id}:{code}:1:{LATER}")]);
    let across = written.ask(RESCHEDULE, &params(TOMORROW, PERIOD)).await;
    let new_code = across["model"]["pick_code"].as_str().unwrap();
    assert_ne!(new_code, code);
    assert!(written.rows(DAY).await.is_empty());
    assert_eq!(
        written.rows(TOMORROW).await,
        [format!("{id}:{new_code}:1:{PERIOD}")]
    );
    assert_eq!(
        written.ask(RESCHEDULE, &params(TOMORROW, PERIOD)).await,
        across
    );

    // A full target leaves it where it is.
    let (other, other_code) = written.book("order 2", DAY, PERIOD).await;
    let mut full = params(TOMORROW, PERIOD);
    full[0].1 = &other;
    assert_eq!(
        written.ask(RESCHEDULE, &full).await,
        declined("FAIL_BIZ_413", "该时段已约满")
    );
    assert_eq!(
        written.rows(DAY).await,
        [format!("{other}:{other_code}:1:{PERIOD}")]
    );

    for _ in 0..2 {
        let cancelled = written.ask(CANCEL, &[("appointment_id", &id)]).await;
        assert_eq!(cancelled, done());
        assert!(written.rows(TOMORROW).await.is_empty());
    }
    assert_eq!(
        written.ask(RESCHEDULE, &params(DAY, PERIOD)).await,
        declined("FAIL_BIZ_410", "预约已取消")
    );
    let records = written.platform.book.audit(0, usize::MAX).await.unwrap();
    let by_app: Vec<_> = records
        .iter()
        .filter(|record| record.actor == format!("app:{APP_KEY}"))
        .map(|record| record.action.as_str())
        .collect();
    assert_eq!(
        by_app,
        [
            "open_schedule",
            "open_schedule",
            "book",
            "reschedule",
            "reschedule",
            "reschedule",
            "book",
            "cancel"
        ]
    );
}

#[tokio::test]
async fn a_schedule_tells_its_seats() {
    let written = written().await;
    let day_params = [("out_pov_id", "00001"), ("appointment_time", DAY)];
    let empty = json!({
        "is_success": true, "model": { "schedule_list": { "period_schedule": [] } }
    });
    assert_eq!(written.ask(SCHEDULE, &day_params).await, empty);
    written.open(DAY, "08:30-09:00,09:00-09:30", "2").await;
    written.open(DAY, "09:30-10:00", "1").await;
    written.book("1", DAY, PERIOD).await;
    written.book("2", DAY, "09:30-10:00").await;
    let closed = written.ask(CLOSE, &place(DAY, LATER)).await;
    assert_eq!(closed, done());
    let period = |period: &str, max_num, used_num, status| {
        json!({
            "appointment_period": period, "max_num": max_num, "used_num": used_num, "status": status
        })
    };
    let list = json!([
        period(PERIOD, 2, 1, "00"),
        period(LATER, 2, 0, "02"),
        period("09:30-10:00", 1, 1, "01")
    ]);
    let told = written.ask(SCHEDULE, &day_params).await;
    assert_eq!(told["model"]["schedule_list"]["period_schedule"], list);

    for (params, code, info) in [
        (
            place(DAY, "15:00-15:30"),
            "FAIL_BIZ_411",
            "该时段未开放号源",
        ),
        (place(DAY, LATER), "FAIL_BIZ_412", "该时段号源已关闭"),
        (place(DAY, "09:30-10:00"), "FAIL_BIZ_413", "该时段已约满"),
        // 08:00 of the day.
        (place(DAY, "07:30-08:00"), "FAIL_BIZ_414", "日期或时段已过"),
        (
            place("2021-01-17", PERIOD),
            "FAIL_BIZ_414",
            "日期或时段已过",
        ),
    ] {
        let mut ask = params.clone();
        ask.extend([("out_id", "3"), ("name", "测试")]);
        assert_eq!(
            written.ask(BOOK, &ask).await,
            declined(code, info),
            "{params:?}"
        );
    }
    let mut past = place("2021-01-17", PERIOD);
    past.push(("max_num", "1"));
    assert_eq!(
        written.ask(OPEN, &past).await,
        declined("FAIL_BIZ_414", "日期或时段已过")
    );
    assert_eq!(
        written.ask(CLOSE, &place(DAY, "15:00-15:30")).await,
        declined("FAIL_BIZ_411", "该时段未开放号源")
    );
    let all = written.ask(CLOSE, &day_params).await;
    assert_eq!(all, done());
    assert_eq!(
        written.ask(BOOK, &booking("4", DAY, PERIOD)).await,
        declined("FAIL_BIZ_412", "该时段号源已关闭")
    );
}

#[tokio::test]
async fn a_repeated_booking_is_one() {
    let written = written().await;
    written.open(DAY, PERIOD, "2").await;
    let first = call(BOOK, &booking("order", DAY, PERIOD)).signed(SECRET);
    let told = written.told(first.clone()).await;
    // The same bytes again, as an SDK's automatic retry sends them.
    let again = written.platform.post(&first).await.json();
    let booked = &again["povline_appointment_book_response"]["model"];
    assert_eq!(*booked, told["model"]);
    // Later than any timestamp of the first would hold, signed anew.
    written.platform.clock.advance(1_200_000);
    let late = written.platform.post(&first).await;
    assert!(late.text().contains("Invalid timestamp"));
    let again = call(BOOK, &booking("order", DAY, "09:30-10:00"));
    assert_eq!(
        written.told(again.clone()).await,
        declined("FAIL_BIZ_409", "out_id已用于另一预约")
    );
    let same = again.with("appointment_period", PERIOD);
    assert_eq!(written.told(same).await, told);
    assert_eq!(written.rows(DAY).await.len(), 1);
}

#[tokio::test]
async fn every_form_is_answered() {
    let written = written().await;
    written.open(DAY, PERIOD, "9").await;
    let ask = |out_id: &str| call(BOOK, &booking(out_id, DAY, PERIOD));
    let answer = written.send(ask("1").with("format", "xml")).await;
    let (id, code) = (
        "PL0000000001",
        written.rows(DAY).await[0][13..19].to_owned(),
    );
    let expected = format!(
        r#"<?xml version="1.0" encoding="utf-8" ?><povline_appointment_book_response><is_success>true</is_success><model><appointment_id>{id}</appointment_id><pick_code>{code}</pick_code></model><request_id>ID</request_id></povline_appointment_book_response>"#
    );
    assert_eq!(answer.masked(), expected);
    let simple = written.send(ask("1").with("simplify", "true")).await;
    let expected = format!(
        r#"{{"is_success":true,"model":{{"appointment_id":"{id}","pick_code":"{code}"}},"request_id":"ID"}}"#
    );
    assert_eq!(simple.masked(), expected);
    let json = written.send(ask("1")).await;
    let expected = format!(
        r#"{{"povline_appointment_book_response":{{"is_success":true,"model":{{"appointment_id":"{id}","pick_code":"{code}"}},"request_id":"ID"}}}}"#
    );
    assert_eq!(json.masked(), expected);

    let query = call(
        SCHEDULE,
        &[("out_pov_id", "00001"), ("appointment_time", DAY)],
    );
    let xml = written.send(query.clone().with("format", "xml")).await;
    assert!(xml.text().contains(
        "<model><schedule_list><period_schedule><appointment_period>08:30-09:00\
         </appointment_period><max_num>9</max_num><used_num>1</used_num><status>00</status>\
         </period_schedule></schedule_list></model>"
    ));
    let simple = written.send(query.with("simplify", "true")).await;
    assert!(
        simple
            .text()
            .contains(r#""schedule_list":[{"appointment_period""#)
    );
    let refused = written
        .send(ask("1").with("name", "别人").with("format", "xml"))
        .await;
    assert!(refused.text().contains(
        "<povline_appointment_book_response><is_success>false</is_success>\
         <msg_code>FAIL_BIZ_409</msg_code><msg_info>"
    ));
    for (method, params) in [
        (CLOSE, place(DAY, PERIOD)),
        (CANCEL, vec![("appointment_id", id)]),
    ] {
        let root = format!("{}_response", method.replace('.', "_"));
        let answer = written
            .send(call(method, &params).with("format", "xml"))
            .await;
        let expected = format!(
            r#"<?xml version="1.0" encoding="utf-8" ?><{root}><is_success>true</is_success><model>true</model><request_id>ID</request_id></{root}>"#
        );
        assert_eq!(answer.masked(), expected);
    }
}

#[tokio::test]
async fn a_parameter_that_cannot_be_is_named() {
    let written = written().await;
    let open: &[(&str, &str)] = &[
        ("out_pov_id", "00001"),
        ("appointment_time", DAY),
        ("appointment_period", PERIOD),
        ("max_num", "3"),
    ];
    let book = booking("1", DAY, PERIOD);
    let pick: &[(&str, &str)] = &[
        ("order_id", "P1"),
        ("action_type", "NOT_INOCULATE"),
        ("action_time", "1610928000000"),
        ("isv_not_inoculate_reason", "发热"),
    ];
    let moved: &[(&str, &str)] = &[
        ("appointment_id", "P1"),
        ("appointment_time", DAY),
        ("appointment_period", PERIOD),
    ];
    let info: &[(&str, &str)] = &[
        ("vaccine_ids", "V1"),
        ("obtain_date", NOW),
        ("page_no", "1"),
        ("page_size", "200"),
    ];
    let pov: &[(&str, &str)] = &[
        ("pov_no", "00002"),
        ("pov_name", "二号"),
        ("telephone", "010-12345678"),
        ("address", "北京"),
    ];
    let optional = ["action_time"];
    for (method, params) in [
        (OPEN, open),
        (CLOSE, &open[..2]),
        (SCHEDULE, &open[..2]),
        (BOOK, &book),
        (PICK, pick),
        (RESCHEDULE, moved),
        (CANCEL, &moved[..1]),
        (INFO, info),
        (POV, pov),
    ] {
        for (name, _) in params.iter().filter(|(name, _)| !optional.contains(name)) {
            let expected = json!({
                "code": 40, "msg": format!("Missing required arguments:{name}")
            });
            let without = call(method, params).without(name);
            assert_eq!(written.told(without.clone()).await, expected, "{method}");
            // PHP sends what is not set as an empty value.
            assert_eq!(
                written.told(without.with(name, "")).await,
                expected,
                "{method}"
            );
        }
    }
    let long = "x".repeat(65);
    for (method, params, name, value) in [
        (OPEN, open, "max_num", "0"),
        (OPEN, open, "max_num", "100001"),
        (OPEN, open, "max_num", "many"),
        (OPEN, open, "appointment_time", "2021-02-30"),
        (OPEN, open, "appointment_period", "08:30-09:00,09:00"),
        (OPEN, open, "appointment_period", "[\"08:30-09:00\", 1]"),
        (OPEN, open, "out_pov_id", &long),
        (BOOK, &book, "appointment_period", "09:00-08:30"),
        (BOOK, &book, "appointment_period", "08:30-09:00,09:00-09:30"),
        (BOOK, &book, "name", " "),
        // What people type later would not find it.
        (BOOK, &book, "out_id", "O1 "),
        (POV, pov, "pov_no", "00002 "),
        (POV, pov, "pov_no", "\u{3000}00002"),
        (BOOK, &book, "out_id", &long),
        (BOOK, &book, "vaccine_id", "\n"),
        (BOOK, &book, "vaccine_id", " V1"),
        (PICK, pick, "action_type", "pick"),
        (PICK, pick, "action_time", "16109280000000"),
        // Ten minutes and a millisecond ahead.
        (PICK, pick, "action_time", "1610928600001"),
        (PICK, pick, "isv_not_inoculate_reason", "发\n热"),
        (INFO, info, "page_no", "0"),
        (INFO, info, "page_size", "201"),
        (INFO, info, "obtain_date", "2021-01-18"),
        (INFO, info, "vaccine_ids", "V1,,V2"),
        (POV, pov, "address", "\u{1}"),
    ] {
        let expected = json!({ "code": 41, "msg": format!("Invalid arguments:{name}") });
        let wrong = call(method, params).with(name, value);
        assert_eq!(
            written.told(wrong).await,
            expected,
            "{method} {name}={value:?}"
        );
    }
    assert_eq!(
        povline_protocol::methods::schedule_open::CAPACITY_MAX,
        povline_store::book::SEATS_MAX
    );
    // Lists come between commas or in JSON, with the same meaning.
    let list = call(OPEN, open).with("appointment_period", r#"["08:30-09:00","09:00-09:30"]"#);
    assert_eq!(written.told(list).await, done());
    assert_eq!(written.ask(CLOSE, &place(DAY, LATER)).await, done());
}

#[tokio::test]
async fn a_registered_pov_can_be_used_at_once() {
    let written = written().await;
    let told = [
        ("pov_no", "2088332589401234"),
        ("pov_name", "呼家楼接种点"),
        ("telephone", "010-12345678"),
        ("address", "呼家楼"),
        ("business_time", "周一至周五 09:00-17:00"),
    ];
    let query = Call::page("2088332589401234", DAY, 1, 200);
    let unknown = written.send(query.clone()).await;
    assert!(unknown.text().contains("isv.pov-not-exist"));
    let bad = call(POV, &told).with("telephone", "没有电话");
    assert_eq!(
        written.told(bad.clone()).await,
        declined("999", "电话号码格式不正确")
    );
    for _ in 0..2 {
        assert_eq!(written.ask(POV, &told).await, done());
    }
    let answer = written.send(query).await;
    assert_eq!(model(&answer)["total"], 0);
    let access = written.platform.book.access().await.unwrap();
    let pov = access
        .povs
        .iter()
        .find(|pov| pov.out_pov_id.as_str() == "2088332589401234")
        .unwrap();
    assert_eq!(pov.name.as_deref(), Some("呼家楼接种点"));
    let details = written.platform.book.pov_details(pov.pov).await.unwrap();
    assert_eq!(details.unwrap().address, "呼家楼");
    let xml = written.send(call(POV, &told).with("format", "xml")).await;
    assert_eq!(
        xml.masked(),
        r#"<?xml version="1.0" encoding="utf-8" ?><alibaba_health_vaccin_pov_update_response><is_success>true</is_success><model>true</model><request_id>ID</request_id></alibaba_health_vaccin_pov_update_response>"#
    );
}

#[tokio::test]
async fn imports_fill_a_schedule_and_are_not_held_to_it() {
    let written = written().await;
    written.open(DAY, PERIOD, "1").await;
    // P00001 is of 08:30-09:00.
    let writes = [1, 17].map(|n| povline_store::book::Write::Book(written.pov, appointment(n)));
    let book = &written.platform.book;
    book.write(&actor(), writes.to_vec()).await.unwrap();
    written.platform.gateway.invalidate(written.pov, day());
    let told = written
        .ask(
            SCHEDULE,
            &[("out_pov_id", "00001"), ("appointment_time", DAY)],
        )
        .await;
    let period = &told["model"]["schedule_list"]["period_schedule"][0];
    assert_eq!(
        (&period["used_num"], &period["status"]),
        (&json!(2), &json!("01"))
    );
    assert_eq!(
        written.ask(BOOK, &booking("1", DAY, PERIOD)).await,
        declined("FAIL_BIZ_413", "该时段已约满")
    );
    assert_eq!(
        written.ask(CANCEL, &[("appointment_id", "P00001")]).await,
        done()
    );
    assert_eq!(written.rows(DAY).await.len(), 1);
}

/// The book of this test tells no follower of a write, so only the writer can have dropped sheets.
#[tokio::test]
async fn a_writer_drops_the_sheets_of_what_it_wrote_before_it_answers() {
    let platform = Platform::with_rows(vec![appointment(1), appointment(2)]).await;
    let ask = async |method: &str, params: &[(&str, &str)]| {
        let answer = platform.post(&call(method, params).signed(SECRET)).await;
        assert!(
            answer.text().contains("\"is_success\":true"),
            "{}",
            answer.text()
        );
    };
    let shown = async || {
        let mut shown = Vec::new();
        for day in [DAY, TOMORROW] {
            let answer = platform
                .post(&Call::page("00001", day, 1, 200).signed(SECRET))
                .await;
            shown.push(crate::platform::ids(&answer).join(" "));
        }
        shown
    };
    assert_eq!(shown().await, ["P00001 P00002", ""]);
    ask(BOOK, &booking("1", DAY, PERIOD)).await;
    assert_eq!(shown().await, ["P00001 P00002 booked", ""]);
    let mut moved = place(TOMORROW, PERIOD);
    moved.push(("appointment_id", "P00001"));
    ask(RESCHEDULE, &moved).await;
    assert_eq!(shown().await, ["P00002 booked", "P00001"]);
    ask(CANCEL, &[("appointment_id", "booked")]).await;
    assert_eq!(shown().await, ["P00002", "P00001"]);
    let picked = async || {
        let answer = platform
            .post(&Call::page("00001", DAY, 1, 200).signed(SECRET))
            .await;
        model(&answer)["data_list"]["pov_appointment_record_dto"][0]["pick_status"].clone()
    };
    assert_eq!(picked().await, 1);
    ask(PICK, &[("order_id", "P00002"), ("action_type", "PICK")]).await;
    assert_eq!(picked().await, 0);
}
