//! Reading answers that others wrote, good and bad.

use povline_domain::{PickStatus, UnknownFields};
use povline_protocol::decode::{
    ANSWER_BYTES_MAX, Answer, DecodeError, Field, PageAnswer, RAW_ROW_BYTES_MAX, RowFault,
    UNKNOWN_FIELDS_MAX, read_answer, read_error,
};
use povline_protocol::{AnswerForm, BusinessFailure, PlatformError};

use crate::samples::{answer, appointment};

const ROW: &str = r#"{"pick_code":"A001","out_pov_id":"00001","pick_status":1,"appointment_period":"08:00-08:30","appointment_time":"2021-01-18","appointment_id":"P0001","name":"测试1"}"#;

fn json_page(rows: &str) -> String {
    format!(
        r#"{{"alibaba_health_vaccin_appointment_query_response":{{"result":{{"model":{{"page_num":1,"page_size":200,"total":2,"data_list":{{"pov_appointment_record_dto":[{rows}]}}}},"success":true}},"request_id":"x"}}}}"#
    )
}

fn page(body: &str) -> PageAnswer {
    match read_answer(body.as_bytes()).map(|reply| reply.answer) {
        Ok(Answer::Page(page)) => page,
        other => panic!("{other:?} from {body}"),
    }
}

fn fault(row: &str) -> RowFault {
    let page = page(&json_page(&format!("{ROW},{row},{ROW}")));
    assert_eq!(page.page.rows.len(), 2, "{row}");
    let [rejected] = page.rejected.as_slice() else {
        panic!("{:?}", page.rejected)
    };
    assert_eq!(rejected.position, 1);
    rejected.fault
}

#[test]
fn the_contracts_own_sample_is_read() {
    let contract = include_str!("contract.txt");
    let begin = contract.find("<alibaba_health").unwrap();
    let end = contract.find("</alibaba_health").unwrap();
    let end = end + contract[end..].find('>').unwrap() + 1;
    // It pairs success with a failure's code, and has no pick code and no POV: success decides,
    // and the row is told as unreadable.
    let page = page(&contract[begin..end]);
    assert_eq!(page.page.rows, []);
    assert_eq!(
        (page.page.number, page.page.size, page.page.total),
        (None, None, None)
    );
    assert_eq!(page.rejected.len(), 1);
    assert_eq!(
        page.rejected[0].appointment_id.as_ref().unwrap().as_str(),
        "P0001"
    );
    assert!(matches!(page.rejected[0].fault, RowFault::Missing(_)));

    let begin = contract.find("<error_response>").unwrap();
    let end = contract.find("</error_response>").unwrap() + "</error_response>".len();
    let error = read_error(&contract.as_bytes()[begin..end])
        .unwrap()
        .unwrap();
    assert_eq!(
        (error.code, error.sub_msg.as_deref()),
        (50, Some("非法参数"))
    );
}

#[test]
fn success_decides_and_not_the_message() {
    let both = json_page(ROW).replace(
        "\"success\":true",
        "\"msg_code\":\"FAIL_BIZ_500\",\"msg_info\":\"系统繁忙,请稍后重试\",\"success\":true",
    );
    assert_eq!(page(&both).page.rows, [appointment(1)]);
    let failed = both.replace("\"success\":true", "\"success\":false");
    assert_eq!(
        read_answer(failed.as_bytes()).unwrap().answer,
        Answer::BusinessFailure(BusinessFailure::busy())
    );
    let silent = json_page(ROW).replace(",\"success\":true", "");
    assert_eq!(
        read_answer(silent.as_bytes()),
        Err(DecodeError::Missing("success"))
    );
    let as_text = json_page(ROW).replace("true", "\"true\"");
    assert_eq!(page(&as_text).page.rows.len(), 1);
    let unclear = json_page(ROW).replace("true", "1");
    assert_eq!(
        read_answer(unclear.as_bytes()),
        Err(DecodeError::Missing("success"))
    );
}

#[test]
fn pick_status_is_inverted_and_never_guessed() {
    let with =
        |status: &str| ROW.replace("\"pick_status\":1", &format!("\"pick_status\":{status}"));
    for (status, expected) in [
        ("0", PickStatus::Picked),
        ("1", PickStatus::NotPicked),
        ("\"0\"", PickStatus::Picked),
        ("\"1\"", PickStatus::NotPicked),
    ] {
        let page = page(&json_page(&with(status)));
        assert_eq!(page.page.rows[0].pick_status, expected);
    }
    for status in [
        "2",
        "-1",
        "\"\"",
        "\"x\"",
        "true",
        "{}",
        "[0]",
        "0.0",
        "1e0",
        "99999999999999999999",
    ] {
        assert_eq!(
            fault(&with(status)),
            RowFault::Unreadable(Field::PickStatus),
            "{status}"
        );
    }
    assert_eq!(fault(&with("null")), RowFault::Missing(Field::PickStatus));
    assert_eq!(
        fault(&ROW.replace("\"pick_status\":1,", "")),
        RowFault::Missing(Field::PickStatus)
    );
}

#[test]
fn a_bad_row_is_told_beside_the_good_ones() {
    assert_eq!(
        fault(&ROW.replace("2021-01-18", "2021-02-30")),
        RowFault::Unreadable(Field::AppointmentTime)
    );
    assert_eq!(
        fault(&ROW.replace("08:00-08:30", "8:00-8:30")),
        RowFault::Unreadable(Field::AppointmentPeriod)
    );
    assert_eq!(
        fault(&ROW.replace("测试1", " ")),
        RowFault::Unreadable(Field::Name)
    );
    assert_eq!(
        fault(&ROW.replace(",\"name\":\"测试1\"", "")),
        RowFault::Missing(Field::Name)
    );
    assert_eq!(
        fault(&ROW.replace("{\"pick", "{\"name\":\"x\",\"pick")),
        RowFault::Repeated(Field::Name)
    );
    for row in ["null", "1", "-1", "1.5", "\"x\"", "true", "[]", "[[1,{}]]"] {
        assert_eq!(fault(row), RowFault::NotAnObject, "{row}");
    }
    assert_eq!(fault("{}"), RowFault::Missing(Field::AppointmentId));
    let rejected = page(&json_page(&ROW.replace("测试1", ""))).rejected;
    assert_eq!(
        rejected[0].appointment_id.as_ref().unwrap().as_str(),
        "P0001"
    );
    assert!(!format!("{rejected:?}").contains("A001"));
}

#[test]
fn a_rejected_row_is_kept_as_it_came() {
    let odd = ROW.replace("\"pick_status\":1", "\"pick_status\": 7, \"more\":[{}]");
    let wrapped = json_page(&format!("{ROW},{odd},null"));
    let simple = wrapped.replace("{\"pov_appointment_record_dto\":[", "[");
    let simple = simple.replace("]}},\"success", "]},\"success");
    for body in [wrapped, simple] {
        let rejected = page(&body).rejected;
        assert_eq!(rejected.len(), 2, "{body}");
        assert_eq!(rejected[0].raw.as_str(), odd, "{body}");
        assert_eq!(rejected[1].raw.as_str(), "null");
        assert!(!format!("{rejected:?}").contains("测试"));
    }
    let long = ROW.replace("测试1", &"测".repeat(RAW_ROW_BYTES_MAX));
    let raw = &page(&json_page(&long)).rejected[0].raw;
    assert!((RAW_ROW_BYTES_MAX - 3..=RAW_ROW_BYTES_MAX).contains(&raw.as_str().len()));
    let body = answer(AnswerForm::Xml, &[appointment(1), appointment(2)]);
    let odd = body.replacen("<pick_status>1", "<pick_status>x", 1);
    assert_ne!(odd, body);
    let rejected = page(&odd).rejected;
    assert_eq!(rejected.len(), 1);
    let raw = rejected[0].raw.as_str();
    assert!(
        raw.contains("<pick_status>x</pick_status>") && !raw.contains("_dto"),
        "{raw}"
    );
}

#[test]
fn members_that_the_contract_does_not_know_are_named_once() {
    let odd = ROW.replace("\"name\"", "\"vaccine\":{\"x\":1},\"dose\":2,\"name\"");
    let json = page(&json_page(&format!("{odd},{ROW},{odd}")));
    assert_eq!(json.unknown_fields, ["vaccine", "dose"]);
    assert_eq!(json.page.rows.len(), 3, "the rows are as good as any");
    assert_eq!(page(&json_page(ROW)).unknown_fields, [""; 0]);
    let many: String = (0..40).map(|n| format!("\"x{n}\":1,")).collect();
    let many = ROW.replace("\"name\"", &format!("{many}\"name\""));
    assert_eq!(
        page(&json_page(&many)).unknown_fields.len(),
        UNKNOWN_FIELDS_MAX
    );
    let body = answer(AnswerForm::Xml, &[appointment(1)]);
    let odd = body.replacen("<pick_status>", "<dose>1</dose><pick_status>", 1);
    assert_eq!(page(&odd).unknown_fields, ["dose"]);
}

/// What is kept of the rows of a page beside what the contract knows: each row's place and text.
fn unknown_of(body: &str) -> Vec<(usize, String)> {
    let unknown = page(body).unknown_of_rows.into_iter();
    unknown
        .map(|(row, fields)| (row, fields.as_json().to_owned()))
        .collect()
}

#[test]
fn members_that_the_contract_does_not_know_are_kept_as_they_came() {
    let beside = |members: &str| ROW.replace("\"name\"", &format!("{members},\"name\""));
    let vaccine = r#""vaccine" : {"x":[1,{}], "名":"\u4e59"} , "dos\u0065":2.50,"none":null"#;
    // A row that cannot be read is kept whole elsewhere, and has no place among the others.
    let bad = ROW.replace("\"pick_status\":1", "\"pick_status\":7");
    assert_ne!(bad, ROW);
    let odd = beside(vaccine);
    assert_eq!(
        unknown_of(&json_page(&format!("{ROW},{bad},{odd},{ROW},{odd}"))),
        [1, 3].map(|row| (
            row,
            r#"{"vaccine":{"x":[1,{}], "名":"\u4e59"},"dose":2.50,"none":null}"#.to_owned()
        ))
    );
    assert_eq!(unknown_of(&json_page(ROW)), []);
    let shown = format!("{:?}", page(&json_page(&odd)));
    assert!(!shown.contains("2.50"), "it may be a patient's: {shown}");

    // In XML as text, or as the elements stand.
    let body = answer(AnswerForm::Xml, &[appointment(1), appointment(2)]);
    let (first, second) = body.split_at(body.find("</pov_appointment_record_dto>").unwrap());
    let second = second.replacen(
        "<pick_status>",
        "<dose>a&amp;&#x4e59;\"</dose><tags><t>1</t></tags><none/><memo><![CDATA[<b>&]]></memo>\
         <of unit='ml'>5</of><at zone='8' /><pick_status>",
        1,
    );
    assert_eq!(
        unknown_of(&format!("{first}{second}")),
        [(
            1,
            r#"{"dose":"a&乙\"","tags":"<t>1</t>","none":"","memo":"<b>&","of":"<of unit='ml'>5</of>","at":"<at zone='8' />"}"#.to_owned()
        )]
    );
}

#[test]
fn no_row_keeps_more_beside_than_has_room() {
    let value = |length| format!("\"{}\"", "x".repeat(length));
    let beside = |members: &str| ROW.replace("\"name\"", &format!("{members},\"name\""));
    let kept = |length: usize, more: &str| {
        let row = beside(&format!("\"a\":{}{more}", value(length)));
        let page = page(&json_page(&row));
        assert_eq!(page.page.rows.len(), 1);
        assert_eq!(page.unknown_fields[0], "a", "it is told by its name");
        let [(0, fields)] = page.unknown_of_rows.as_slice() else {
            panic!("{:?}", page.unknown_of_rows)
        };
        assert!(fields.as_json().len() <= UnknownFields::BYTES_MAX);
        fields.as_json().to_owned()
    };
    // Room is left to tell that something was left out.
    let most = (0..UnknownFields::BYTES_MAX)
        .rfind(|length| !kept(*length, "").contains("left_out"))
        .unwrap();
    assert!(
        (4_000..UnknownFields::BYTES_MAX - 8).contains(&most),
        "{most}"
    );
    assert_eq!(kept(most + 1, ""), r#"{"povline:left_out":1}"#);
    assert!(kept(most, ",\"b\":1").ends_with(r#"","povline:left_out":1}"#));
    // What is too long leaves its room to what comes after it.
    assert_eq!(
        kept(most + 1, ",\"b\":1"),
        r#"{"b":1,"povline:left_out":1}"#
    );
}

#[test]
fn other_servers_dialects_are_read() {
    let expected = page(&json_page(ROW)).page;
    for body in [
        json_page(&ROW.replace('{', "{\"new\":{\"a\":[null]},")),
        json_page(ROW).replace("\"page_num\":1", "\"page_num\":\"1\""),
        json_page(ROW)
            .replace(":", " : ")
            .replace("08 : 00-08 : 30", "08:00-08:30"),
        json_page(
            &ROW.replace("测试1", "\\u6d4b\\u8bd51")
                .replace("name", "n\\u0061me"),
        ),
        json_page(ROW).replace(
            "alibaba_health_vaccin_appointment_query_response",
            "other_response",
        ),
        json_page(ROW).replace("{\"alibaba", "{\"x\":1,\"alibaba"),
        json_page(ROW).replace("\"success\"", "\"msg_code\":null,\"success\""),
    ] {
        assert_eq!(page(&body).page, expected, "{body}");
    }
}

#[test]
fn an_empty_list_has_many_spellings_and_something_else_is_none_of_them() {
    let with = |list: &str| {
        json_page("").replace("\"data_list\":{\"pov_appointment_record_dto\":[]}", list)
    };
    for list in [
        "\"data_list\":{\"pov_appointment_record_dto\":[]}",
        "\"data_list\":{}",
        "\"data_list\":[]",
        "\"data_list\":null",
        "\"data_list\":{\"pov_appointment_record_dto\":null}",
        "\"other\":0",
    ] {
        let page = page(&with(list));
        assert_eq!(
            (page.page.rows.len(), page.page.total),
            (0, Some(2)),
            "{list}"
        );
    }
    for list in [
        "\"data_list\":\"\"",
        "\"data_list\":1",
        "\"data_list\":{\"string\":[]}",
        "\"data_list\":{\"pov_appointment_record_dto\":{\"pov_appointment_record_dto\":[]}}",
        "\"data_list\":[],\"data_list\":[]",
    ] {
        assert!(read_answer(with(list).as_bytes()).is_err(), "{list}");
    }
    for result in [
        "{}",
        "null",
        "{\"success\":true}",
        "{\"success\":true,\"model\":null}",
        // Neither a list nor a length: that says nothing about the appointments.
        "{\"success\":true,\"model\":{}}",
        "{\"success\":true,\"model\":{\"page_num\":1,\"page_size\":200}}",
        "{\"success\":true,\"model\":{\"data_list\":null}}",
        "{\"success\":true,\"model\":{\"total\":\"x\"}}",
        "{\"success\":true,\"model\":{\"total\":-1,\"data_list\":[]}}",
    ] {
        let body = format!("{{\"a_response\":{{\"result\":{result}}}}}");
        assert!(read_answer(body.as_bytes()).is_err(), "{body}");
    }
    let xml = answer(AnswerForm::Xml, &[]);
    for list in [
        "<data_list/>",
        "",
        "<data_list> </data_list>",
        "<data_list list=\"true\"/>",
    ] {
        let body = xml.replace("<data_list></data_list>", list);
        assert_eq!(page(&body).page.rows, [], "{list}");
    }
    let other = xml.replace(
        "<data_list></data_list>",
        "<data_list><string>x</string></data_list>",
    );
    assert!(read_answer(other.as_bytes()).is_err());
}

#[test]
fn what_is_no_answer_is_an_error_and_never_an_empty_list() {
    assert_eq!(read_answer(b""), Err(DecodeError::Empty));
    assert_eq!(read_answer(b" \r\n"), Err(DecodeError::Empty));
    for foreign in [
        "<html><body>Bad Gateway</body></html>",
        "<!DOCTYPE html><html></html>",
        "Bad Gateway",
        "[]",
        "null",
        "\u{feff}{}",
        "<a><b_response/></a>",
    ] {
        assert_eq!(
            read_answer(foreign.as_bytes()),
            Err(DecodeError::Foreign),
            "{foreign}"
        );
    }
    assert_eq!(
        read_answer(&vec![b' '; ANSWER_BYTES_MAX + 1]),
        Err(DecodeError::TooLong)
    );
    assert_eq!(read_answer(b"{}"), Err(DecodeError::Missing("result")));
    assert_eq!(
        read_answer(b"{\"x_response\":null}"),
        Err(DecodeError::Missing("result"))
    );
    assert!(matches!(
        read_answer(b"{\"a\":\"\xff\"}"),
        Err(DecodeError::Malformed { format: "JSON", .. })
    ));
}

#[test]
fn an_answer_cut_anywhere_is_an_error() {
    for form in AnswerForm::ALL {
        let whole = answer(form, &[appointment(1), appointment(2)]);
        for end in 0..whole.len() {
            let cut = read_answer(&whole.as_bytes()[..end]);
            assert!(
                cut.is_err(),
                "{:?} from {}",
                cut,
                &whole[..whole.floor_char_boundary(end)]
            );
        }
        for tail in ["x", "{}", "<a/>", "\u{0}"] {
            assert!(read_answer(format!("{whole}{tail}").as_bytes()).is_err());
        }
    }
}

#[test]
fn depth_does_no_harm() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let unknown = json_page(&ROW.replacen('{', &format!("{{\"a\":{deep},"), 1));
    assert_eq!(page(&unknown).page.rows, [appointment(1)]);
    let field = ROW.replace("\"A001\"", &deep);
    assert_eq!(fault(&field), RowFault::Unreadable(Field::PickCode));
    let elements = answer(AnswerForm::Xml, &[]).replace(
        "<model>",
        &format!("{}{}<model>", "<a>".repeat(100_000), "</a>".repeat(100_000)),
    );
    assert_eq!(read_answer(elements.as_bytes()), Err(DecodeError::TooDeep));
}

#[test]
fn xml_oddities() {
    let usual = answer(AnswerForm::Xml, &[appointment(1)]);
    let expected = page(&usual);
    for body in [
        usual.replace("测试1", "<![CDATA[测试1]]>"),
        usual.replace("测试1", "&#27979;&#x8bd5;<!-- x -->1"),
        usual.replace("<result>", "\n  <result a=\"b\">\n <new><x/>y</new>"),
        format!("{usual}<!--top011250207161.eu13-->\n"),
        usual.replace("<success>true", "<success> true "),
    ] {
        assert_eq!(page(&body), expected, "{body}");
    }
    for body in [
        usual.replace("<model>", "<!DOCTYPE x [<!ENTITY a \"b\">]><model>"),
        usual.replace("测试1", "&unknown;"),
        usual.replace("测试1", "&#x110000;"),
        usual.replace("</name>", "</nam>"),
        usual.replace("<success>true</success>", "<success></success>"),
    ] {
        assert!(read_answer(body.as_bytes()).is_err(), "{body}");
    }
    let child = usual.replace("测试1", "<x>测试1</x>");
    assert_eq!(
        page(&child).rejected[0].fault,
        RowFault::Unreadable(Field::Name)
    );
    let bare = usual.replace(
        "</pov_appointment_record_dto>",
        "</pov_appointment_record_dto><pov_appointment_record_dto>x</pov_appointment_record_dto>",
    );
    assert_eq!(page(&bare).rejected[0].fault, RowFault::NotAnObject);
}

#[test]
fn an_error_is_an_error_whatever_stands_beside_it() {
    for body in [
        r#"{"error_response":{"code":"25","msg":"Invalid signature"}}"#,
        r#"{"a_response":{"result":{"success":true,"model":{}}},"error_response":{"code":25,"msg":"Invalid signature"}}"#,
        "<error_response><code>25</code><msg>Invalid signature</msg></error_response>",
    ] {
        let expected = PlatformError::of_code(25);
        let reply = read_answer(body.as_bytes()).unwrap();
        assert_eq!(reply.answer, Answer::PlatformError(expected.clone()));
        assert_eq!(read_error(body.as_bytes()), Ok(Some(expected)));
    }
    assert_eq!(
        read_answer(br#"{"error_response":{"msg":"x"}}"#),
        Err(DecodeError::Missing("code"))
    );
}
