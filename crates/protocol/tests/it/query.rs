//! The request of the appointment query, in every dialect, and its checks.

use povline_protocol::methods::appointment_query::{AppointmentQuery, REQUEST_PARAM};
use povline_protocol::{Params, PlatformError};
use proptest::prelude::*;

use crate::samples::page;

fn read(object: &str) -> Result<AppointmentQuery, PlatformError> {
    let params = Params::from_pairs([(REQUEST_PARAM, object)]).unwrap();
    AppointmentQuery::from_params(&params)
}

fn refused_member(object: &str) -> String {
    let error = read(object).unwrap_err();
    assert_eq!(error.code, 50, "{object}");
    assert_eq!(error.msg, "Remote service error", "{object}");
    assert_eq!(
        error.sub_code.as_deref(),
        Some("isv.invalid-parameter"),
        "{object}"
    );
    let text = error.sub_msg.unwrap();
    text.strip_prefix("非法参数:").unwrap().to_owned()
}

#[test]
fn every_dialect_asks_the_same() {
    let expected = read(r#"{"day":"2020-01-18","out_pov_id":"测/试","page_num":3,"page_size":50}"#);
    let expected = expected.unwrap();
    assert_eq!(expected.page, page(3, 50));
    for dialect in [
        r#"{"day":"2020-01-18","out_pov_id":"\u6d4b\/\u8bd5","page_num":"3","page_size":"50"}"#,
        r#" { "day" : "2020-01-18" , "out_pov_id" : "测/试", "page_num": 3, "page_size": " 50 " } "#,
        r#"{"out_pov_id":"测/试","page_size":50,"page_num":3,"day":"2020-01-18","more":{"a":[1]}}"#,
        "{'day': '2020-01-18', 'out_pov_id': '测/试', 'page_num': 3, 'page_size': 50}",
        "{u'day': u'2020-01-18', u'out_pov_id': u'\\u6d4b/\\u8bd5', 'page_num': 3L, 'page_size': 50}"
            .replace("3L", "3")
            .as_str(),
        "{'day': \"2020-01-18\", 'out_pov_id': '测/试', 'page_num': 3, 'page_size': 50, 'x': None, 'y': True}",
    ] {
        assert_eq!(read(dialect).as_ref(), Ok(&expected), "{dialect}");
    }
}

#[test]
fn the_page_is_the_first_of_200_unless_the_request_says_otherwise() {
    for object in [
        r#"{"day":"2020-01-18","out_pov_id":"00001"}"#,
        r#"{"day":"2020-01-18","out_pov_id":"00001","page_num":null,"page_size":null}"#,
        r#"{"day":"2020-01-18","out_pov_id":"00001","page_num":"","page_size":""}"#,
    ] {
        assert_eq!(read(object).unwrap().page, page(1, 200), "{object}");
    }
    let numeric = read(r#"{"day":"2020-01-18","out_pov_id":1}"#).unwrap();
    assert_eq!(numeric.out_pov_id.as_str(), "1");
}

#[test]
fn a_member_that_cannot_be_is_named() {
    let with = |member: &str| format!(r#"{{"day":"2020-01-18","out_pov_id":"1",{member}}}"#);
    for day in [
        "2020-02-30",
        "2020-1-1",
        "2020-01-18 00:00:00",
        "today",
        "",
        " ",
    ] {
        let object = format!(r#"{{"day":"{day}","out_pov_id":"1"}}"#);
        assert_eq!(refused_member(&object), "day");
    }
    for day in ["null", "20200118", "true", "[]", "{}", "-1", "1.5"] {
        let object = format!(r#"{{"day":{day},"out_pov_id":"1"}}"#);
        assert_eq!(refused_member(&object), "day");
    }
    assert_eq!(refused_member("{}"), "day");
    for id in ["\"\"", "\"  \"", "null", "\"a\\u0000\"", "[]", "1.5"] {
        let object = format!(r#"{{"day":"2020-01-18","out_pov_id":{id}}}"#);
        assert_eq!(refused_member(&object), "out_pov_id");
    }
    let long = format!(
        r#"{{"day":"2020-01-18","out_pov_id":"{}"}}"#,
        "1".repeat(65)
    );
    assert_eq!(refused_member(&long), "out_pov_id");
    for number in [
        "0",
        "-1",
        "1.5",
        "\"x\"",
        "\"-1\"",
        "\"+1\"",
        "4294967296",
        "1e3",
        "true",
        "[1]",
    ] {
        assert_eq!(
            refused_member(&with(&format!("\"page_num\":{number}"))),
            "page_num"
        );
    }
    for size in ["0", "201", "-1", "\"201\"", "1e2", "99999999999999999999"] {
        assert_eq!(
            refused_member(&with(&format!("\"page_size\":{size}"))),
            "page_size"
        );
    }
    let twice = r#"{"day":"2020-01-18","out_pov_id":"1","day":"2020-01-19"}"#;
    assert_eq!(refused_member(twice), "day");
}

#[test]
fn what_is_no_object_is_an_invalid_argument() {
    for text in [
        "x",
        "[]",
        "\"\"",
        "1",
        "{",
        "{\"day\"}",
        "{'day': foo}",
        "null",
        "{}{}",
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.code, 41, "{text}");
        assert_eq!(error.msg, format!("Invalid arguments:{REQUEST_PARAM}"));
    }
    let huge = format!("{{\"day\":\"{}\"}}", "1".repeat(20_000));
    assert_eq!(read(&huge).unwrap_err().code, 41);
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(read(&deep).is_err());
}

#[test]
fn a_request_that_is_absent_is_told_from_one_that_is_wrong() {
    for pairs in [
        vec![],
        vec![(REQUEST_PARAM, "")],
        vec![(REQUEST_PARAM, " ")],
    ] {
        let params = Params::from_pairs(pairs).unwrap();
        let error = AppointmentQuery::from_params(&params).unwrap_err();
        assert_eq!(error.code, 50);
        assert_eq!(error.sub_code.as_deref(), Some("isv.missing-parameter"));
    }
}

#[test]
fn members_may_come_as_parameters_of_their_own() {
    let of = |pairs: &[(&'static str, &'static str)]| {
        AppointmentQuery::from_params(&Params::from_pairs(pairs.iter().copied()).unwrap())
    };
    let query = of(&[
        ("day", "2020-01-18"),
        ("out_pov_id", "00001"),
        ("page_num", "2"),
    ])
    .unwrap();
    assert_eq!(query.page, page(2, 200));
    let missing = of(&[("day", "2020-01-18")]).unwrap_err();
    assert_eq!(missing, PlatformError::missing_argument("out_pov_id"));
    let wrong = of(&[("day", "x"), ("out_pov_id", "00001")]).unwrap_err();
    assert_eq!(wrong, PlatformError::invalid_argument("day"));
}

proptest! {
    #[test]
    fn what_a_client_of_ours_asks_is_what_the_platform_reads(
        day in -719_162_i32..2_932_896,
        out_pov_id in "[^\\pC\\s]{1,12}",
        number in 1_u32..,
        size in 1_u32..=200,
    ) {
        let query = AppointmentQuery {
            day: povline_domain::Day::from_number(day).unwrap(),
            out_pov_id: out_pov_id.parse().unwrap(),
            page: page(number, size),
        };
        prop_assert_eq!(read(&query.to_param()), Ok(query));
    }
}
