//! What a method's definition says is what the door does: it asks for what the definition asks for,
//! and each error that the definition names can be got. That no other is given is asserted wherever
//! a call is answered, in every test.

use povline_protocol::api::{ApiSpec, FieldSpec, Limit};
use povline_protocol::catalogue::business_codes::TOO_MANY_POVS;
use povline_protocol::methods::{self, check};
use povline_protocol::{Params, PlatformError, PublicParams};
use serde_json::{Value, json};

use crate::call::{APP_KEY, SECRET};
use crate::platform::DAY;
use crate::write_side::{
    BOOK, CANCEL, CLOSE, LATER, OPEN, PERIOD, PICK, POV, RESCHEDULE, SCHEDULE, TOMORROW, Written,
    booking, call, place, written,
};

const YESTERDAY: &str = "2021-01-17";

fn leaves(fields: &'static [FieldSpec]) -> Vec<&'static FieldSpec> {
    let leaves = fields.iter().map(|field| match field.children {
        [] => vec![field],
        children => leaves(children),
    });
    leaves.flatten().collect()
}

/// The parameters of a call, of which one field may be left out or have another value. `known` are
/// values that this platform knows.
fn params(
    spec: &ApiSpec,
    changed: &str,
    value: Option<&str>,
    known: &[(&str, &str)],
) -> Vec<(&'static str, String)> {
    let text = |field: &FieldSpec| {
        let known = known.iter().find(|(name, _)| *name == field.name);
        match (field.name == changed, known, field.sample) {
            (true, _, _) => value.map(str::to_owned),
            (false, Some((_, known)), _) => Some((*known).to_owned()),
            (false, None, "") => Some("北京市朝阳区1号".to_owned()),
            (false, None, sample) => Some(sample.to_owned()),
        }
    };
    let param = |field: &FieldSpec| {
        if field.children.is_empty() {
            return Some((field.name, text(field)?));
        }
        if field.name == changed {
            return None;
        }
        let members = field.children.iter();
        let object: serde_json::Map<String, Value> = members
            .filter_map(|child| Some((child.name.to_owned(), text(child)?.into())))
            .collect();
        Some((field.name, Value::Object(object).to_string()))
    };
    spec.request.iter().filter_map(param).collect()
}

fn told_error(error: &PlatformError) -> Value {
    let mut told = json!({ "code": error.code, "msg": error.msg });
    if let (Some(sub_code), Some(sub_msg)) = (&error.sub_code, &error.sub_msg) {
        told["sub_code"] = sub_code.as_ref().into();
        told["sub_msg"] = sub_msg.as_ref().into();
    }
    told
}

/// A call by one of the apps.
async fn asked(
    written: &Written,
    app: &str,
    method: &str,
    params: &[(&'static str, String)],
) -> Value {
    let pairs: Vec<(&str, &str)> = params
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let call = call(method, &pairs).without("app_key").with("app_key", app);
    written.told(call).await
}

#[tokio::test]
async fn the_door_asks_for_what_a_definition_asks_for() {
    let written = written().await;
    for spec in methods::ALL {
        for field in leaves(spec.request) {
            let long = match field.limit {
                Limit::Bytes(most) => "x".repeat(most + 1),
                Limit::Within(_, most) => (u128::from(most) + 1).to_string(),
                Limit::Items(most) => vec!["08:00-08:30"; most + 1].join(","),
                Limit::None => "\u{1}".to_owned(),
            };
            let wrong = match field.kind {
                "Number" | "Date" => "soon",
                _ => &long,
            };
            let is_limited = field.limit != Limit::None || wrong == "soon";
            for (value, is_refused) in [
                (None, field.required),
                (Some(wrong), is_limited),
                (Some(&long), is_limited),
            ] {
                let params = params(spec, field.name, value, &[]);
                let pairs = params.iter().map(|(name, value)| (*name, value.as_str()));
                let expected = check(spec, &Params::from_pairs(pairs).unwrap());
                let what = format!("{} {} {value:?}", spec.method, field.name);
                assert_eq!(expected.is_err(), is_refused, "{what}");
                if let Err(expected) = expected {
                    let told = asked(&written, APP_KEY, spec.method, &params).await;
                    assert_eq!(told, told_error(&expected), "{what}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_door_asks_for_the_public_parameters_of_their_definition() {
    let written = written().await;
    let good = call(
        SCHEDULE,
        &[("out_pov_id", "00001"), ("appointment_time", DAY)],
    );
    for public in &PublicParams::ALL {
        let name = public.field.name;
        let without = good.clone().without(name);
        let without = match name {
            "sign" => without,
            _ => without.signed(SECRET),
        };
        let told = written.platform.post(&without).await;
        let told = told.text();
        match public.missing {
            Some(code) => assert!(
                told.contains(&format!("\"code\":{code},")),
                "{name}: {told}"
            ),
            None => assert!(!told.contains("error_response"), "{name}: {told}"),
        }
        for value in public.words.iter().chain(&["nonsense"]) {
            if !public.words.is_empty() {
                let other = good.clone().with(name, value).signed(SECRET);
                let told = written.platform.post(&other).await;
                let is_refused = told.text().contains("error_response");
                assert_eq!(is_refused, *value == "nonsense", "{name}={value}");
            }
        }
    }
}

#[tokio::test]
async fn each_refusal_that_a_definition_names_can_be_got() {
    let written = written().await;
    written.open(DAY, PERIOD, "9").await;
    let (id, _) = written.book("one", DAY, PERIOD).await;
    let known = [
        ("day", DAY),
        ("appointment_time", DAY),
        ("out_pov_id", "00001"),
        ("pov_no", "00001"),
        ("appointment_id", &id),
        ("order_id", &id),
    ];
    // What any call may get has tests of its own; these are what such a method may.
    let common = methods::appointment_changes::SPEC.refusals();
    for spec in methods::ALL {
        // Of a sandbox alone, and tried there.
        if spec.method == methods::sandbox_reset::METHOD {
            continue;
        }
        let own = spec.refusals().into_iter();
        for refusal in own.filter(|one| !common.contains(one)) {
            let first = |is: &dyn Fn(&&FieldSpec) -> bool| {
                let mut fields = spec.request.iter();
                fields.find(is).map(|field| field.name)
            };
            let needed = first(&|field| field.required && field.children.is_empty());
            let object = first(&|field| !field.children.is_empty());
            let (app, changed, value) = match (refusal.code, refusal.sub_code) {
                (40, "") => match needed {
                    Some(needed) => (APP_KEY, needed, None),
                    // Members may stand by themselves.
                    None => ("", "", None),
                },
                (50, "isv.missing-parameter") => (APP_KEY, object.unwrap(), None),
                (50, "isv.invalid-parameter") => (APP_KEY, "day", Some("soon")),
                (50, "isv.pov-not-exist") => ("blind", "", None),
                (11, "isv.pov-read-only") => ("reader", "", None),
                other => panic!("{} {other:?}: nothing here gets it", spec.method),
            };
            let told = if app.is_empty() {
                written
                    .told(call(spec.method, &[("out_pov_id", "00001")]))
                    .await
            } else {
                let params = params(spec, changed, value, &known);
                asked(&written, app, spec.method, &params).await
            };
            assert_eq!(told["code"], refusal.code, "{} {told}", spec.method);
            let sub_code = told["sub_code"].as_str().unwrap_or_default();
            assert_eq!(sub_code, refusal.sub_code, "{} {told}", spec.method);
        }
    }
}

#[tokio::test]
async fn each_failure_that_a_definition_names_can_be_got() {
    for spec in methods::ALL {
        for failure in spec.failures {
            // Of a sandbox alone, and tried there.
            if failure.code == TOO_MANY_POVS.code {
                continue;
            }
            let told = failed(&written().await, spec.method, failure.code).await;
            let what = format!("{} {} {told}", spec.method, failure.code);
            assert_eq!(told["is_success"], false, "{what}");
            assert_eq!(told["msg_code"], failure.code, "{what}");
        }
    }
}

/// Makes a method fail in one way on a platform of its own.
async fn failed(written: &Written, method: &str, code: &str) -> Value {
    const STRANGE: &str = "10:00-10:30";
    written.open(DAY, PERIOD, "2").await;
    written.open(TOMORROW, LATER, "1").await;
    let (id, _) = written.book("first", DAY, PERIOD).await;
    let id = id.as_str();
    let (day, period) = match code {
        "FAIL_BIZ_411" => (TOMORROW, STRANGE),
        "FAIL_BIZ_414" => (YESTERDAY, PERIOD),
        _ => (TOMORROW, LATER),
    };
    match code {
        "FAIL_BIZ_410" => drop(written.ask(CANCEL, &[("appointment_id", id)]).await),
        "FAIL_BIZ_412" => drop(written.ask(CLOSE, &place(TOMORROW, LATER)).await),
        "FAIL_BIZ_413" => drop(written.book("last", TOMORROW, LATER).await),
        "FAIL_BIZ_415" => {
            let pick = [("order_id", id), ("action_type", "PICK")];
            drop(written.ask(PICK, &pick).await);
        }
        _ => {}
    }
    let id = match code {
        "FAIL_BIZ_404" => "NOBODYS",
        _ => id,
    };
    let out_id = match code {
        "FAIL_BIZ_409" => "first",
        _ => "another",
    };
    match method {
        BOOK => written.ask(BOOK, &booking(out_id, day, period)).await,
        RESCHEDULE => {
            let mut moved = place(day, period);
            moved.retain(|(name, _)| *name != "out_pov_id");
            moved.push(("appointment_id", id));
            written.ask(RESCHEDULE, &moved).await
        }
        CANCEL => {
            if code == "FAIL_BIZ_414" {
                written.platform.clock.advance(24 * 3_600_000);
            }
            written.ask(CANCEL, &[("appointment_id", id)]).await
        }
        PICK => {
            let pick = [("order_id", id), ("action_type", "PICK")];
            written.ask(PICK, &pick).await
        }
        OPEN => {
            let mut open = place(day, period);
            open.push(("max_num", "3"));
            written.ask(OPEN, &open).await
        }
        CLOSE => written.ask(CLOSE, &place(day, period)).await,
        POV => {
            let pov = [
                ("pov_no", "00002"),
                ("pov_name", "二号"),
                ("telephone", "none"),
                ("address", "北京"),
            ];
            written.ask(POV, &pov).await
        }
        other => panic!("{other} {code}: nothing here gets it"),
    }
}
