//! Requests that we make, read as a platform reads them.

use povline_domain::{PageRequest, UnixMillis};
use povline_protocol::methods::appointment_query::{
    AppointmentQuery, METHOD, QueryForm, REQUEST_PARAM,
};
use povline_protocol::request::{CONTENT_TYPE, Credentials, SignedRequest};
use povline_protocol::{AnswerForm, Params, ParamsError, PublicParams, Secret, SignMethod};

const NOW: UnixMillis = UnixMillis(1_610_928_000_000);

fn credentials() -> Credentials {
    Credentials::new("12345678".parse().unwrap(), Secret::new("helloworld"))
}

fn check(request: &SignedRequest, secret: &str) -> Result<(), i64> {
    let body = request.body.as_bytes();
    let params = Params::read(Some(&request.query), Some(CONTENT_TYPE), body).unwrap();
    let public = PublicParams::of(&params);
    public
        .check_signature(&[Secret::new(secret)])
        .map_err(|error| error.code)
}

#[test]
fn a_request_holds_at_the_other_end() {
    for method in SignMethod::ALL {
        for form in AnswerForm::ALL {
            let credentials = Credentials {
                sign_method: method,
                session: Some(Secret::new("the session")),
                partner_id: Some("povline 测试".into()),
                ..credentials()
            };
            let arguments = [("x", "张三&+ 𠮷"), ("empty", "")];
            let request = credentials.sign("a.b.c", &arguments, form, NOW).unwrap();
            assert_eq!(check(&request, "helloworld"), Ok(()));
            assert_eq!(check(&request, "helloworle"), Err(25));
            let body = request.body.as_bytes();
            let params = Params::read(Some(&request.query), Some(CONTENT_TYPE), body).unwrap();
            let public = PublicParams::of(&params);
            assert_eq!(public.method(), Ok("a.b.c"));
            assert_eq!(public.answer_form(), Ok(form));
            assert_eq!(public.timestamp(NOW), Ok(NOW));
            assert_eq!(public.session(), Some("the session"));
            assert_eq!(public.partner_id(), Some("povline 测试"));
            assert_eq!(params.get("x"), Some("张三&+ 𠮷"));
            assert_eq!(params.get("empty"), Some(""));
        }
    }
}

#[test]
fn an_argument_takes_the_place_of_a_public_parameter() {
    let arguments = [
        ("format", "xml"),
        ("sign_method", "md5"),
        ("timestamp", "1610928000"),
        ("sign", "0"),
    ];
    let request = credentials()
        .sign("a.b.c", &arguments, AnswerForm::Json, NOW)
        .unwrap();
    assert_eq!(check(&request, "helloworld"), Ok(()));
    let body = request.body.as_bytes();
    let params = Params::read(Some(&request.query), Some(CONTENT_TYPE), body).unwrap();
    assert_eq!(PublicParams::of(&params).answer_form(), Ok(AnswerForm::Xml));
    assert_eq!(params.get("timestamp"), Some("1610928000"));
}

#[test]
fn a_query_form_makes_the_same_call_as_signing_it_anew() {
    for (method, form) in SignMethod::ALL.into_iter().zip(AnswerForm::ALL) {
        let credentials = Credentials {
            sign_method: method,
            session: Some(Secret::new("the session")),
            partner_id: Some("povline 测试".into()),
            ..credentials()
        };
        let blank = QueryForm::new(&credentials, form);
        for (seconds, pov) in (0..).zip(["1", "接种点&+ 2", "00003"]) {
            let query = AppointmentQuery {
                day: "2021-01-18".parse().unwrap(),
                out_pov_id: pov.parse().unwrap(),
                page: PageRequest::FIRST,
            };
            let now = NOW.plus_millis(seconds * 61_000);
            let filled = blank.fill("/router/rest?", &query, now);
            let argument = query.to_param();
            let arguments = [(REQUEST_PARAM, argument.as_str())];
            let anew = credentials.sign(METHOD, &arguments, form, now).unwrap();
            assert_eq!(filled.target, format!("/router/rest?{}", anew.query));
            assert_eq!(filled.body, anew.body);
            assert_eq!(check(&anew, "helloworld"), Ok(()));
            assert_eq!(format!("{filled:?}"), "Filled { .. }");
        }
        assert_eq!(format!("{blank:?}"), "QueryForm { .. }");
    }
}

#[test]
fn an_argument_stands_once() {
    let twice = [("x", "1"), ("x", "2")];
    let refused = credentials().sign("a.b.c", &twice, AnswerForm::Json, NOW);
    assert_eq!(refused.unwrap_err(), ParamsError::Duplicate("x".into()));
}

#[test]
fn a_request_is_not_printed() {
    let request = credentials()
        .sign("a.b.c", &[("name", "张三")], AnswerForm::Json, NOW)
        .unwrap();
    assert_eq!(format!("{request:?}"), "SignedRequest { .. }");
    assert!(!format!("{:?}", credentials()).contains("helloworld"));
}
