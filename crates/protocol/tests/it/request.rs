//! Requests that we make, read as a platform reads them.

use povline_domain::UnixMillis;
use povline_protocol::request::{CONTENT_TYPE, Credentials, SignedRequest};
use povline_protocol::{AnswerForm, Params, PublicParams, Secret, SignMethod};

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
fn a_request_is_not_printed() {
    let request = credentials()
        .sign("a.b.c", &[("name", "张三")], AnswerForm::Json, NOW)
        .unwrap();
    assert_eq!(format!("{request:?}"), "SignedRequest { .. }");
    assert!(!format!("{:?}", credentials()).contains("helloworld"));
}
