//! Documents, byte for byte.

use povline_protocol::frame::{self, PageHead};
use povline_protocol::{AnswerForm, BusinessFailure, CallLimit, PlatformError, RequestId};

use crate::samples::{answer, appointment, encode_rows, named, page, request_id};

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_page_in_json() {
    assert_eq!(
        answer(AnswerForm::Json, &[appointment(1), appointment(2)]),
        concat!(
            r#"{"alibaba_health_vaccin_appointment_query_response":{"result":{"model":{"#,
            r#""page_num":1,"page_size":200,"total":2,"data_list":{"pov_appointment_record_dto":["#,
            r#"{"pick_code":"A001","out_pov_id":"00001","pick_status":1,"#,
            r#""appointment_period":"08:00-08:30","appointment_time":"2021-01-18","#,
            r#""appointment_id":"P0001","name":"测试1"},"#,
            r#"{"pick_code":"A002","out_pov_id":"00001","pick_status":0,"#,
            r#""appointment_period":"08:00-08:30","appointment_time":"2021-01-18","#,
            r#""appointment_id":"P0002","name":"测试2"}"#,
            r#"]}},"success":true},"request_id":"aaaaaaaaadw5"}}"#,
        )
    );
}

#[test]
fn a_page_in_simplified_json() {
    assert_eq!(
        answer(AnswerForm::SimplifiedJson, &[appointment(1)]),
        concat!(
            r#"{"result":{"model":{"page_num":1,"page_size":200,"total":1,"data_list":["#,
            r#"{"pick_code":"A001","out_pov_id":"00001","pick_status":1,"#,
            r#""appointment_period":"08:00-08:30","appointment_time":"2021-01-18","#,
            r#""appointment_id":"P0001","name":"测试1"}"#,
            r#"]},"success":true},"request_id":"aaaaaaaaadw5"}"#,
        )
    );
}

#[test]
fn a_page_in_xml() {
    assert_eq!(
        answer(AnswerForm::Xml, &[named(1, "𠮷&<\"'>")]),
        concat!(
            r#"<?xml version="1.0" encoding="utf-8" ?>"#,
            "<alibaba_health_vaccin_appointment_query_response><result><model>",
            "<page_num>1</page_num><page_size>200</page_size><total>1</total><data_list>",
            "<pov_appointment_record_dto><pick_code>A001</pick_code>",
            "<out_pov_id>00001</out_pov_id><pick_status>1</pick_status>",
            "<appointment_period>08:00-08:30</appointment_period>",
            "<appointment_time>2021-01-18</appointment_time>",
            "<appointment_id>P0001</appointment_id>",
            "<name>&#x20BB7;&amp;&lt;&quot;&apos;&gt;</name></pov_appointment_record_dto>",
            "</data_list></model><success>true</success></result>",
            "<request_id>aaaaaaaaadw5</request_id>",
            "</alibaba_health_vaccin_appointment_query_response>",
        )
    );
}

#[test]
fn an_empty_page_still_has_its_list() {
    let head = PageHead {
        page: page(7, 20),
        total: 45,
    };
    let empty = |form| text(frame::success(form, &head, b"", &request_id()));
    assert_eq!(
        empty(AnswerForm::Json),
        concat!(
            r#"{"alibaba_health_vaccin_appointment_query_response":{"result":{"model":{"#,
            r#""page_num":7,"page_size":20,"total":45,"data_list":{"pov_appointment_record_dto":[]}},"#,
            r#""success":true},"request_id":"aaaaaaaaadw5"}}"#,
        )
    );
    assert_eq!(
        empty(AnswerForm::SimplifiedJson),
        concat!(
            r#"{"result":{"model":{"page_num":7,"page_size":20,"total":45,"data_list":[]},"#,
            r#""success":true},"request_id":"aaaaaaaaadw5"}"#,
        )
    );
    assert!(empty(AnswerForm::Xml).contains("<total>45</total><data_list></data_list></model>"));
}

#[test]
fn a_business_failure() {
    let failure = BusinessFailure::busy();
    let write = |form| text(frame::business_failure(form, &failure, &request_id()));
    assert_eq!(
        write(AnswerForm::Json),
        concat!(
            r#"{"alibaba_health_vaccin_appointment_query_response":{"result":{"#,
            r#""msg_code":"FAIL_BIZ_500","msg_info":"系统繁忙,请稍后重试","success":false},"#,
            r#""request_id":"aaaaaaaaadw5"}}"#,
        )
    );
    assert_eq!(
        write(AnswerForm::SimplifiedJson),
        concat!(
            r#"{"result":{"msg_code":"FAIL_BIZ_500","msg_info":"系统繁忙,请稍后重试","success":false},"#,
            r#""request_id":"aaaaaaaaadw5"}"#,
        )
    );
    assert_eq!(
        write(AnswerForm::Xml),
        concat!(
            r#"<?xml version="1.0" encoding="utf-8" ?>"#,
            "<alibaba_health_vaccin_appointment_query_response><result>",
            "<msg_code>FAIL_BIZ_500</msg_code><msg_info>系统繁忙,请稍后重试</msg_info>",
            "<success>false</success></result><request_id>aaaaaaaaadw5</request_id>",
            "</alibaba_health_vaccin_appointment_query_response>",
        )
    );
}

#[test]
fn errors_as_seen_on_the_wire() {
    let json = |error: &PlatformError, id: &RequestId| {
        text(frame::error_response(AnswerForm::Json, error, id)).replace(id.as_str(), "ID")
    };
    let id = request_id();
    assert_eq!(
        json(&PlatformError::unknown_app_key(), &id),
        r#"{"error_response":{"code":29,"msg":"Invalid app Key","sub_code":"isv.appkey-not-exists","request_id":"ID"}}"#
    );
    assert_eq!(
        json(&PlatformError::of_code(25), &id),
        r#"{"error_response":{"code":25,"msg":"Invalid signature","request_id":"ID"}}"#
    );
    assert_eq!(
        json(
            &PlatformError::remote_service_error("isv.BUSINESS_LIMIT_CONTROL", "触发业务流控"),
            &id
        ),
        r#"{"error_response":{"code":15,"msg":"Remote service error","sub_code":"isv.BUSINESS_LIMIT_CONTROL","sub_msg":"触发业务流控","request_id":"ID"}}"#
    );
    assert_eq!(
        json(&PlatformError::app_call_limited(CallLimit::Api, 1), &id),
        r#"{"error_response":{"code":7,"msg":"App Call Limited","sub_code":"accesscontrol.limited-by-api-access-count","sub_msg":"This ban will last for 1 more seconds","request_id":"ID"}}"#
    );
    let xml = text(frame::error_response(
        AnswerForm::Xml,
        &PlatformError::of_code(31),
        &id,
    ));
    assert_eq!(
        xml.replace(id.as_str(), "ID"),
        r#"<?xml version="1.0" encoding="utf-8" ?><error_response><code>31</code><msg>Invalid timestamp</msg><request_id>ID</request_id></error_response>"#
    );
}

#[test]
fn errors_ignore_simplify_and_escape_what_a_caller_sent() {
    let id = request_id();
    let error = PlatformError::invalid_argument("a\"b<c>&\u{0}\n");
    let json = text(frame::error_response(AnswerForm::Json, &error, &id));
    let simplified = text(frame::error_response(
        AnswerForm::SimplifiedJson,
        &error,
        &id,
    ));
    assert_eq!(json, simplified);
    assert!(json.contains(r#""msg":"Invalid arguments:a\"b<c>&""#));
    let xml = text(frame::error_response(AnswerForm::Xml, &error, &id));
    assert!(xml.contains("<msg>Invalid arguments:a&quot;b&lt;c&gt;&amp;</msg>"));
}

#[test]
fn the_envelope_of_any_method() {
    let id = request_id();
    let write = |form, method: &str, content: &[u8]| {
        text(frame::envelope(form, method, content, &id)).replace(id.as_str(), "ID")
    };
    let json = br#""time":"2021-01-18 08:00:00""#;
    assert_eq!(
        write(AnswerForm::Json, "taobao.time.get", json),
        r#"{"time_get_response":{"time":"2021-01-18 08:00:00","request_id":"ID"}}"#
    );
    assert_eq!(
        write(AnswerForm::SimplifiedJson, "taobao.time.get", json),
        r#"{"time":"2021-01-18 08:00:00","request_id":"ID"}"#
    );
    assert_eq!(
        write(AnswerForm::Xml, "alibaba.health.x", b"<result>1</result>"),
        r#"<?xml version="1.0" encoding="utf-8" ?><alibaba_health_x_response><result>1</result><request_id>ID</request_id></alibaba_health_x_response>"#
    );
}

#[test]
fn any_slice_of_a_days_rows_makes_a_page() {
    let day: Vec<_> = (0..25).map(appointment).collect();
    for form in AnswerForm::ALL {
        let whole = encode_rows(form, &day);
        let before = encode_rows(form, &day[..10]).len() + usize::from(form != AnswerForm::Xml);
        let slice = encode_rows(form, &day[10..20]);
        assert_eq!(&whole[before..before + slice.len()], slice);
    }
}
