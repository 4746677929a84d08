//! Successful answers, byte by byte.

use crate::call::Call;
use crate::platform::{DAY, Platform, appointments};

const ROW_1: &str = r#"{"pick_code":"A0001","out_pov_id":"00001","pick_status":1,"appointment_period":"08:30-09:00","appointment_time":"2021-01-18","appointment_id":"P00001","name":"测试1"}"#;
const ROW_3: &str = r#"{"pick_code":"A0003","out_pov_id":"00001","pick_status":0,"appointment_period":"09:30-10:00","appointment_time":"2021-01-18","appointment_id":"P00003","name":"测试3"}"#;

async fn ask(call: Call) -> String {
    let mut rows = appointments(3);
    rows.remove(1);
    let platform = Platform::with_rows(rows).await;
    let answer = platform.post(&call.signed("helloworld")).await;
    assert_eq!(answer.status, 200);
    answer.masked()
}

fn xml_row(row: &str) -> String {
    // The members of a row's JSON in the same order, as elements.
    let members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(row).unwrap();
    let order = [
        "pick_code",
        "out_pov_id",
        "pick_status",
        "appointment_period",
        "appointment_time",
        "appointment_id",
        "name",
    ];
    let elements: String = order
        .iter()
        .map(|name| {
            let value = members[*name].to_string();
            format!("<{name}>{}</{name}>", value.trim_matches('"'))
        })
        .collect();
    format!("<pov_appointment_record_dto>{elements}</pov_appointment_record_dto>")
}

#[tokio::test]
async fn json_is_compact_wrapped_and_has_one_root_key() {
    let expected = format!(
        r#"{{"alibaba_health_vaccin_appointment_query_response":{{"result":{{"model":{{"page_num":1,"page_size":200,"total":2,"data_list":{{"pov_appointment_record_dto":[{ROW_1},{ROW_3}]}}}},"success":true}},"request_id":"ID"}}}}"#
    );
    assert_eq!(ask(Call::page("00001", DAY, 1, 200)).await, expected);
}

#[tokio::test]
async fn simplified_json_has_no_root_and_a_plain_list() {
    let expected = format!(
        r#"{{"result":{{"model":{{"page_num":1,"page_size":1,"total":2,"data_list":[{ROW_1}]}},"success":true}},"request_id":"ID"}}"#
    );
    let call = Call::page("00001", DAY, 1, 1).with("simplify", "true");
    assert_eq!(ask(call).await, expected);
}

#[tokio::test]
async fn xml_is_one_line_and_the_default() {
    let expected = format!(
        r#"<?xml version="1.0" encoding="utf-8" ?><alibaba_health_vaccin_appointment_query_response><result><model><page_num>1</page_num><page_size>200</page_size><total>2</total><data_list>{}{}</data_list></model><success>true</success></result><request_id>ID</request_id></alibaba_health_vaccin_appointment_query_response>"#,
        xml_row(ROW_1),
        xml_row(ROW_3)
    );
    let call = Call::page("00001", DAY, 1, 200);
    assert_eq!(ask(call.clone().with("format", "xml")).await, expected);
    assert_eq!(ask(call.without("format")).await, expected);
}

#[tokio::test]
async fn pages_default_to_the_first_of_200() {
    let short = Call::query(&format!(r#"{{"day":"{DAY}","out_pov_id":"00001"}}"#));
    assert_eq!(
        ask(short).await,
        ask(Call::page("00001", DAY, 1, 200)).await
    );
}
