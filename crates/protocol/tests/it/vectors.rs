//! The vectors of `vectors.json`, which another program has computed.

use povline_domain::UnixMillis;
use povline_protocol::methods::appointment_query::{AppointmentQuery, METHOD};
use povline_protocol::sign::{self, canonical};
use povline_protocol::{AnswerForm, Params, PublicParams, Secret, SignMethod, timestamp};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    signatures: Vec<Signature>,
    requests: Vec<Request>,
    timestamps: Timestamps,
}

#[derive(Deserialize)]
struct Signature {
    name: String,
    secret: String,
    params: Vec<(String, String)>,
    body: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    sign_method: Option<String>,
    canonical: String,
    sign: String,
}

#[derive(Deserialize)]
struct Request {
    name: String,
    verb: String,
    query: Option<String>,
    content_type: Option<String>,
    body: String,
    secret: String,
    now_millis: i64,
    form: String,
    sign_method: String,
    asks: Asks,
}

#[derive(Deserialize)]
struct Asks {
    day: String,
    out_pov_id: String,
    page_num: u32,
    page_size: u32,
}

#[derive(Deserialize)]
struct Timestamps {
    read: Vec<Timestamp>,
    refused: Vec<String>,
}

#[derive(Deserialize)]
struct Timestamp {
    text: String,
    millis: i64,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../vectors.json")).unwrap()
}

#[test]
fn signatures_are_those_of_the_vectors() {
    let mut cases = 0;
    for vector in vectors().signatures {
        let secret = Secret::new(vector.secret);
        for case in vector.cases {
            let mut pairs = vector.params.clone();
            pairs.extend(
                case.sign_method
                    .clone()
                    .map(|m| ("sign_method".to_owned(), m)),
            );
            let method = case.sign_method.as_deref().unwrap_or("md5");
            let method = SignMethod::from_word(method).unwrap();
            let body = vector.body.as_bytes();
            let name = &vector.name;
            assert_eq!(
                canonical(&pairs, body),
                case.canonical.into_bytes(),
                "{name}"
            );
            assert_eq!(
                sign::sign(method, &secret, &pairs, body),
                case.sign,
                "{name}"
            );
            pairs.reverse();
            assert_eq!(
                sign::sign(method, &secret, &pairs, body),
                case.sign,
                "{name}"
            );
            cases += 1;
        }
    }
    assert_eq!(cases, 46);
}

#[test]
fn whole_requests_in_every_sdks_style_are_read_and_their_signatures_hold() {
    let requests = vectors().requests;
    assert_eq!(requests.len(), 11);
    for request in requests {
        let name = &request.name;
        let params = Params::read(
            request.query.as_deref(),
            request.content_type.as_deref(),
            request.body.as_bytes(),
        )
        .unwrap();
        assert_eq!(request.verb == "GET", request.body.is_empty(), "{name}");
        let public = PublicParams::of(&params);
        assert_eq!(public.method().unwrap(), METHOD, "{name}");
        assert_eq!(public.app_key().unwrap().as_str(), "12345678", "{name}");
        public.check_version().unwrap();
        let now = UnixMillis(request.now_millis);
        assert_eq!(public.timestamp(now).unwrap(), now, "{name}");
        assert_eq!(
            public.sign_method().unwrap().word(),
            request.sign_method,
            "{name}"
        );
        let form = match request.form.as_str() {
            "json" => AnswerForm::Json,
            _ => AnswerForm::Xml,
        };
        assert_eq!(public.answer_form().unwrap(), form, "{name}");
        let secret = Secret::new(request.secret.as_str());
        assert_eq!(public.check_signature(&[secret]), Ok(()), "{name}");
        let other = Secret::new("another");
        assert_eq!(
            public.check_signature(&[other]).unwrap_err().code,
            25,
            "{name}"
        );

        let query = AppointmentQuery::from_params(&params).unwrap();
        let asks = request.asks;
        assert_eq!(query.day.to_string(), asks.day, "{name}");
        assert_eq!(query.out_pov_id.as_str(), asks.out_pov_id, "{name}");
        assert_eq!(query.page.number.get(), asks.page_num, "{name}");
        assert_eq!(query.page.size.get(), asks.page_size, "{name}");
    }
}

#[test]
fn timestamps_are_read_as_the_vectors_say() {
    let timestamps = vectors().timestamps;
    assert!(!timestamps.read.is_empty() && !timestamps.refused.is_empty());
    for vector in timestamps.read {
        let text = &vector.text;
        assert_eq!(
            timestamp::parse(text),
            Some(UnixMillis(vector.millis)),
            "{text}"
        );
    }
    for text in timestamps.refused {
        assert_eq!(timestamp::parse(&text), None, "{text}");
    }
}
