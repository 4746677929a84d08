//! Reading parameters, and each check of the public ones.

use povline_domain::UnixMillis;
use povline_protocol::{AnswerForm, Params, ParamsError, PublicParams, SignMethod};

const FORM: &str = "application/x-www-form-urlencoded;charset=UTF-8";

fn code<T: std::fmt::Debug>(
    query: &str,
    check: impl Fn(PublicParams<'_>) -> Result<T, povline_protocol::PlatformError>,
) -> i64 {
    let params = Params::read(Some(query), None, b"").unwrap();
    check(PublicParams::of(&params)).map_or_else(|error| error.code, |_| 0)
}

#[test]
fn each_public_parameter_has_its_errors() {
    assert_eq!(code("", |p| p.method().map(drop)), 21);
    assert_eq!(code("method=", |p| p.method().map(drop)), 21);
    assert_eq!(code("method=x", |p| p.method().map(drop)), 0);
    assert_eq!(code("", |p| p.app_key()), 28);
    assert_eq!(code("app_key=%20", |p| p.app_key()), 29);
    assert_eq!(code("app_key=1", |p| p.app_key()), 0);
    assert_eq!(code("", |p| p.check_version()), 32);
    assert_eq!(code("v=two", |p| p.check_version()), 33);
    assert_eq!(code("v=3.0", |p| p.check_version()), 34);
    assert_eq!(code("v=2.0", |p| p.check_version()), 0);
    let now = UnixMillis(1_610_928_000_000);
    assert_eq!(code("", |p| p.timestamp(now)), 30);
    assert_eq!(code("timestamp=tomorrow", |p| p.timestamp(now)), 31);
    assert_eq!(code("format=JSON", |p| p.answer_form()), 0);
    assert_eq!(code("format=yaml", |p| p.answer_form()), 23);
    assert_eq!(code("format=json&simplify=maybe", |p| p.answer_form()), 41);
    assert_eq!(code("sign_method=sha1", |p| p.sign_method()), 41);
    assert_eq!(code("", |p| p.signature().map(drop)), 24);
}

#[test]
fn without_a_format_or_with_an_unknown_one_errors_are_xml() {
    for (query, form) in [
        ("", AnswerForm::Xml),
        ("format=xml", AnswerForm::Xml),
        ("format=yaml", AnswerForm::Xml),
        ("format=json", AnswerForm::Json),
        ("format=json&simplify=maybe", AnswerForm::Json),
    ] {
        let params = Params::read(Some(query), None, b"").unwrap();
        assert_eq!(PublicParams::of(&params).error_form(), form, "{query}");
    }
}

#[test]
fn simplify_counts_for_json_alone() {
    for (query, form) in [
        ("simplify=true", AnswerForm::Xml),
        ("simplify=true&format=json", AnswerForm::SimplifiedJson),
        ("simplify=false&format=json", AnswerForm::Json),
        ("simplify=&format=json", AnswerForm::Json),
    ] {
        let params = Params::read(Some(query), None, b"").unwrap();
        assert_eq!(PublicParams::of(&params).answer_form(), Ok(form), "{query}");
    }
}

#[test]
fn without_a_sign_method_it_is_md5() {
    let params = Params::default();
    assert_eq!(PublicParams::of(&params).sign_method(), Ok(SignMethod::Md5));
}

#[test]
fn the_window_is_ten_minutes_both_ways_to_the_millisecond() {
    let made = 1_610_928_000_000;
    let query = format!("timestamp={made}");
    for (now, expected) in [
        (made, 0),
        (made + 600_000, 0),
        (made - 600_000, 0),
        (made + 600_001, 31),
        (made - 600_001, 31),
        (i64::MIN, 31),
        (i64::MAX, 31),
    ] {
        assert_eq!(
            code(&query, |p| p.timestamp(UnixMillis(now))),
            expected,
            "{now}"
        );
    }
}

#[test]
fn query_and_body_are_merged_in_order_and_decoded() {
    let params = Params::read(
        Some("b=%E6%B5%8B+%2b%2B&a=1&&empty=&bare"),
        Some(FORM),
        "c=%zz%&d=a=b&raw=测".as_bytes(),
    )
    .unwrap();
    let pairs: Vec<(&str, &str)> = params
        .pairs()
        .iter()
        .map(|(name, value)| (name.as_ref(), value.as_ref()))
        .collect();
    let expected = [
        ("b", "测 ++"),
        ("a", "1"),
        ("empty", ""),
        ("bare", ""),
        ("c", "%zz%"),
        ("d", "a=b"),
        ("raw", "测"),
    ];
    assert_eq!(pairs, expected);
}

#[test]
fn what_cannot_be_read_for_sure_is_refused() {
    let of = |query: &'static str, body: &'static [u8]| {
        let error = Params::read(Some(query), Some(FORM), body).unwrap_err();
        let code = error.platform_error().code;
        (error, code)
    };
    let (error, code) = of("a=1&a=1", b"");
    assert_eq!((error, code), (ParamsError::Duplicate("a".into()), 41));
    let (error, code) = of("a=1", b"b=2&%61=3");
    assert_eq!((error, code), (ParamsError::Duplicate("a".into()), 41));
    assert_eq!(of("a=%ff", b""), (ParamsError::NotUtf8, 47));
    assert_eq!(of("a=1", b"b=\xb2\xe2"), (ParamsError::NotUtf8, 47));
    assert_eq!(of("%e6=1", b""), (ParamsError::NotUtf8, 47));

    let many: String = (0..129).map(|n| format!("p{n}=&")).collect();
    let error = Params::read(Some(&many), None, b"").unwrap_err();
    assert_eq!(
        (error.platform_error().code, error),
        (43, ParamsError::TooMany)
    );
    let long = format!("{}=1", "n".repeat(257));
    assert_eq!(
        Params::read(Some(&long), None, b""),
        Err(ParamsError::NameTooLong)
    );
}

#[test]
fn a_body_that_is_no_form_holds_no_parameters_and_is_signed() {
    for kind in ["text/plain;charset=UTF-8", "application/json", "text/xml"] {
        let params = Params::read(Some("a=1"), Some(kind), b"b=2").unwrap();
        assert_eq!(params.pairs().len(), 1);
        assert_eq!(params.signed_body(), b"b=2");
    }
    for kind in [
        None,
        Some(""),
        Some(FORM),
        Some("Application/X-WWW-Form-Urlencoded"),
    ] {
        let params = Params::read(Some("a=1"), kind, b"b=2").unwrap();
        assert_eq!(params.get("b"), Some("2"));
        assert_eq!(params.signed_body(), b"");
    }
}

fn multipart(body: &[u8]) -> Result<Params<'_>, ParamsError> {
    Params::read(None, Some("multipart/form-data; boundary=\"X\""), body)
}

#[test]
fn multipart_values_are_raw_and_files_stand_apart() {
    let body = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1+%41\r\n--\r\n\
                --X  \r\ncontent-type: text/plain\r\ncontent-disposition: form-data; name=b\r\n\r\n测\r\n\
                --X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.jpg\"\r\n\r\n\u{1}\r\n\
                --X\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n\
                --X--\r\nepilogue";
    let params = multipart(body.as_bytes()).unwrap();
    assert_eq!(params.get("a"), Some("1+%41\r\n--"));
    assert_eq!(params.get("b"), Some("测"));
    assert_eq!(params.get("empty"), Some(""));
    assert_eq!(params.get("f"), None);
    assert_eq!(params.files(), ["f"]);
    assert_eq!(params.signed_body(), b"");
}

/// .NET's SDK begins with a line end; RFC 2046 allows for more.
#[test]
fn what_stands_before_the_first_delimiter_is_ignored() {
    let part = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X--\r\n";
    let long = "p".repeat(1_024);
    for preamble in ["", "A preamble.", "two\r\nlines --X\r\n--", &long] {
        let body = format!("{preamble}\r\n{part}");
        let params = multipart(body.as_bytes()).unwrap();
        assert_eq!(params.get("a"), Some("1"), "{preamble:?}");
        assert_eq!(params.pairs().len(), 1);
    }
}

#[test]
fn parameters_that_cannot_be_read_are_told_why() {
    for (error, why) in [
        (ParamsError::TooMany, "参数超过128个"),
        (ParamsError::NameTooLong, "参数名超过256字节"),
        (ParamsError::Multipart, "multipart请求体与其boundary不符"),
    ] {
        let told = error.platform_error();
        assert_eq!(told.code, 43);
        assert_eq!(told.sub_code.as_deref(), Some("isv.invalid-parameter"));
        assert_eq!(told.sub_msg.as_deref(), Some(why));
    }
}

#[test]
fn a_broken_multipart_body_is_refused() {
    let part = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
    let bodies = [
        String::new(),
        "--".into(),
        "--X".into(),
        "--Y--".into(),
        "--X\n".into(),
        part.to_owned(),
        format!("preamble {part}--X--"),
        format!("\n{part}--X--"),
        format!("{}\r\n{part}--X--", "p".repeat(1_025)),
        "--X\r\nContent-Type: text/plain\r\n\r\n1\r\n--X--".into(),
        "--X\r\nContent-Disposition: form-data\r\n\r\n1\r\n--X--".into(),
        "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n1\r\n--X--".into(),
    ];
    for body in &bodies {
        assert_eq!(
            multipart(body.as_bytes()),
            Err(ParamsError::Multipart),
            "{body:?}"
        );
    }
    let twice = format!("{part}{part}--X--");
    assert_eq!(
        multipart(twice.as_bytes()),
        Err(ParamsError::Duplicate("a".into()))
    );
    let latin = b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\r\n--X--";
    assert_eq!(multipart(latin), Err(ParamsError::NotUtf8));
    assert_eq!(
        Params::read(None, Some("multipart/form-data"), b"--\r\n"),
        Err(ParamsError::Multipart)
    );
}
