//! What breaks an official SDK, one test for each trap.
//!
//! Some traps lie at the HTTP door; what this crate decides about those is tested here, and the
//! rest by the gateway.

use povline_domain::UnixMillis;
use povline_protocol::decode::{Answer, read_answer};
use povline_protocol::methods::appointment_query::AppointmentQuery;
use povline_protocol::{
    AnswerForm, BusinessFailure, Params, PlatformError, PublicParams, Secret, SignMethod, frame,
    sign, timestamp,
};

use crate::samples::{answer, appointment, named, request_id};

fn every_document(form: AnswerForm) -> Vec<String> {
    let documents = [
        answer(form, &[]).into_bytes(),
        answer(form, &[appointment(1), named(2, "𠮷\"&<\\>'😀·测")]).into_bytes(),
        frame::business_failure(form, &BusinessFailure::busy(), &request_id()),
        frame::error_response(form, &PlatformError::of_code(25), &request_id()),
        frame::error_response(
            form,
            &PlatformError::invalid_parameter("日\u{b}\u{1f}"),
            &request_id(),
        ),
        frame::error_response(form, &PlatformError::unknown_app_key(), &request_id()),
    ];
    documents
        .into_iter()
        .map(|document| String::from_utf8(document).unwrap())
        .collect()
}

fn every_json() -> Vec<String> {
    [AnswerForm::Json, AnswerForm::SimplifiedJson]
        .into_iter()
        .flat_map(every_document)
        .collect()
}

#[test]
fn trap_01_timestamp_three_forms() {
    for text in ["2021-01-18 08:00:00", "1610928000000", "1610928000"] {
        assert_eq!(
            timestamp::parse(text),
            Some(UnixMillis(1_610_928_000_000)),
            "{text}"
        );
    }
}

#[test]
fn trap_02_parameters_stand_in_query_body_or_multipart() {
    let form = Some("application/x-www-form-urlencoded;charset=UTF-8");
    let parts = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1 2\r\n\
                 --B\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n测\r\n--B--\r\n";
    let requests = [
        Params::read(Some("a=1+2&b=%E6%B5%8B"), None, b""),
        Params::read(Some("a=1+2"), form, b"b=%e6%b5%8b"),
        Params::read(None, form, b"a=1+2&b=%E6%B5%8B"),
        Params::read(
            Some(""),
            Some("multipart/form-data; boundary=B"),
            parts.as_bytes(),
        ),
    ];
    for params in requests {
        let params = params.unwrap();
        assert_eq!(
            (params.get("a"), params.get("b")),
            (Some("1 2"), Some("测"))
        );
        let signature = "8A3A1F7A44CDEBC2B9B4E8F0B0A5D5D5";
        assert!(!sign::verify(
            SignMethod::Md5,
            &Secret::new("s"),
            &params,
            signature
        ));
        let right = sign::sign(SignMethod::Md5, &Secret::new("s"), params.pairs(), b"");
        let of_union = sign::sign(
            SignMethod::Md5,
            &Secret::new("s"),
            &[("b", "测"), ("a", "1 2")],
            b"",
        );
        assert_eq!(right, of_union);
    }
}

#[test]
fn trap_03_three_sign_methods() {
    for word in ["md5", "hmac", "hmac-sha256"] {
        assert_eq!(SignMethod::from_word(word).unwrap().word(), word);
    }
}

/// That the status is 200 is for the gateway; here, an error is a whole document like any other.
#[test]
fn trap_04_an_error_is_a_document_of_its_own() {
    for form in AnswerForm::ALL {
        let error = PlatformError::of_code(31);
        let body = frame::error_response(form, &error, &request_id());
        assert_eq!(
            read_answer(&body).unwrap().answer,
            Answer::PlatformError(error)
        );
    }
}

#[test]
fn trap_05_json_has_no_unicode_escapes_and_no_control_characters() {
    for document in every_json() {
        assert!(!document.contains("\\u"), "{document}");
        assert!(document.bytes().all(|byte| byte >= 0x20), "{document}");
    }
}

#[test]
fn trap_06_lists_are_wrapped_unless_simplified() {
    let rows = [appointment(1)];
    assert!(
        answer(AnswerForm::Json, &rows).contains(r#""data_list":{"pov_appointment_record_dto":[{"#)
    );
    let simplified = answer(AnswerForm::SimplifiedJson, &rows);
    assert!(simplified.contains(r#""data_list":[{"#));
    assert!(simplified.starts_with(r#"{"result":"#));
}

#[test]
fn trap_07_one_key_at_the_root_and_the_id_last_inside() {
    for document in every_document(AnswerForm::Json) {
        let root: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&document).unwrap();
        assert_eq!(root.len(), 1, "{document}");
        let end = format!(",\"request_id\":\"{}\"}}}}", request_id());
        assert!(document.ends_with(&end), "{document}");
    }
}

#[test]
fn trap_08_no_null_anywhere() {
    for document in every_json() {
        assert!(!document.contains("null"), "{document}");
    }
}

#[test]
fn trap_09_no_empty_element_for_a_number_or_boolean() {
    for document in every_document(AnswerForm::Xml) {
        for name in [
            "page_num",
            "page_size",
            "total",
            "pick_status",
            "success",
            "code",
        ] {
            assert!(
                !document.contains(&format!("<{name}></{name}>")),
                "{document}"
            );
            assert!(!document.contains(&format!("<{name}/>")), "{document}");
        }
        assert!(!document.contains("True") && !document.contains("False"));
    }
}

#[test]
fn trap_10_the_code_is_a_number_and_the_rest_of_an_error_is_text() {
    let error = PlatformError::invalid_parameter("day");
    let body = frame::error_response(AnswerForm::Json, &error, &request_id());
    let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let error = &document["error_response"];
    assert_eq!(error["code"].as_i64(), Some(50));
    for member in ["msg", "sub_code", "sub_msg", "request_id"] {
        assert!(error[member].is_string(), "{member}");
    }
}

#[test]
fn trap_11_content_types_name_the_charset_unquoted() {
    assert_eq!(
        AnswerForm::Json.content_type(),
        "application/json;charset=UTF-8"
    );
    assert_eq!(
        AnswerForm::SimplifiedJson.content_type(),
        "application/json;charset=UTF-8"
    );
    assert_eq!(AnswerForm::Xml.content_type(), "text/xml;charset=UTF-8");
}

/// Whether to compress is for the gateway; what is written here is never compressed.
#[test]
fn trap_12_documents_are_plain_text() {
    for form in AnswerForm::ALL {
        for document in every_document(form) {
            assert!(document.starts_with(['{', '<']));
        }
    }
}

#[test]
fn trap_13_no_byte_order_mark() {
    for form in AnswerForm::ALL {
        for document in every_document(form) {
            assert!(!document.starts_with('\u{feff}'));
        }
    }
}

/// Verifying keeps no memory, so a byte-identical request holds again.
#[test]
fn trap_14_a_repeated_request_is_no_error() {
    let secret = Secret::new("helloworld");
    let signature = sign::sign(
        SignMethod::Hmac,
        &secret,
        &[("a", "1"), ("sign_method", "hmac")],
        b"",
    );
    let query = format!("a=1&sign_method=hmac&sign={signature}");
    for _ in 0..3 {
        let params = Params::read(Some(&query), None, b"").unwrap();
        let public = PublicParams::of(&params);
        assert_eq!(
            public.check_signature(std::slice::from_ref(&secret)),
            Ok(())
        );
    }
}

/// The form follows from the parameters alone; headers are not even seen here.
#[test]
fn trap_15_the_format_parameter_rules_and_xml_is_the_default() {
    for (query, form) in [
        ("", AnswerForm::Xml),
        ("format=json", AnswerForm::Json),
        ("format=xml", AnswerForm::Xml),
    ] {
        let params = Params::read(Some(query), None, b"").unwrap();
        assert_eq!(PublicParams::of(&params).answer_form(), Ok(form));
    }
}

#[test]
fn trap_16_request_objects_come_in_dialects() {
    let name = povline_protocol::methods::appointment_query::REQUEST_PARAM;
    let texts = [
        r#"{"day":"2020-01-18","out_pov_id":"a\/b","page_num":"1","page_size":null}"#,
        r#"{"day": "2020-01-18", "out_pov_id": "a/b", "page_num": 1}"#,
        r#"{"day":"2020-01-18","out_pov_id":"\u0061/b"}"#,
        "{'day': '2020-01-18', 'out_pov_id': 'a/b', 'page_num': 1, 'page_size': 200}",
    ];
    let mut queries = texts.map(|text| {
        let params = Params::from_pairs([(name, text)]).unwrap();
        AppointmentQuery::from_params(&params).unwrap()
    });
    assert_eq!(queries[0].out_pov_id.as_str(), "a/b");
    queries.rotate_left(1);
    assert!(queries.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn trap_17_the_root_is_named_after_the_method() {
    let root = r#"{"alibaba_health_vaccin_appointment_query_response":{"#;
    assert!(answer(AnswerForm::Json, &[]).starts_with(root));
    let xml = answer(AnswerForm::Xml, &[]);
    assert!(xml.contains("?><alibaba_health_vaccin_appointment_query_response><result>"));
}

#[test]
fn trap_18_success_has_no_member_that_reads_as_an_error() {
    for form in [AnswerForm::Json, AnswerForm::SimplifiedJson] {
        let document = answer(form, &[appointment(1)]);
        let root: serde_json::Value = serde_json::from_str(&document).unwrap();
        let key = "alibaba_health_vaccin_appointment_query_response";
        let response = root.get(key).unwrap_or(&root).as_object().unwrap();
        let members: Vec<&String> = response.keys().collect();
        assert_eq!(members, ["request_id", "result"]);
    }
    let xml = answer(AnswerForm::Xml, &[appointment(1)]);
    for member in ["<code>", "<msg>", "<sub_code>", "<sub_msg>"] {
        assert!(!xml.contains(member));
    }
}

#[test]
fn trap_19_rare_characters_in_xml_are_numeric_references() {
    let xml = answer(AnswerForm::Xml, &[named(1, "𠮷")]);
    assert!(xml.contains("<name>&#x20BB7;</name>"));
    assert!(xml.chars().all(|character| character <= '\u{ffff}'));
}

#[test]
fn trap_20_a_business_failure_is_a_good_answer_that_says_false() {
    for form in AnswerForm::ALL {
        let failure = BusinessFailure::busy();
        let body = frame::business_failure(form, &failure, &request_id());
        let text = String::from_utf8_lossy(&body).into_owned();
        assert!(!text.contains("error_response"));
        assert_eq!(
            read_answer(&body).unwrap().answer,
            Answer::BusinessFailure(failure)
        );
    }
}

#[test]
fn trap_21_a_local_time_elsewhere_is_an_invalid_timestamp() {
    let now = UnixMillis(1_610_928_000_000); // 2021-01-18 08:00:00 at GMT+8
    for text in ["2021-01-18+00:00:00", "2021-01-18+09:00:00"] {
        let query = format!("timestamp={text}");
        let params = Params::read(Some(&query), None, b"").unwrap();
        assert_eq!(
            PublicParams::of(&params).timestamp(now).unwrap_err().code,
            31
        );
    }
}
