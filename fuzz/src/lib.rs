//! What must hold of every parser of bytes from outside, whatever the bytes.
//!
//! Each target is a plain function that panics where its promise breaks. libFuzzer calls it, and
//! so does a short run in the ordinary tests of the protocol, which includes this file.

use povline_domain::{Appointment, PageRequest};
use povline_protocol::batch::{self, Batch};
use povline_protocol::decode::{Answer, FlatAnswer, read_answer, read_error, read_flat};
use povline_protocol::frame::{self, PageHead};
use povline_protocol::methods::appointment_query::{AppointmentQuery, REQUEST_PARAM};
use povline_protocol::rows::{self, AppointmentRef};
use povline_protocol::{
    AnswerForm, Params, PublicParams, RequestId, Secret, SignMethod, result_digest, sign, timestamp,
};

/// Parameters, from a query in the first line, a content type in the second, and a body.
pub fn params(data: &[u8]) {
    let mut lines = data.splitn(3, |byte| *byte == b'\n');
    let query = lines.next().and_then(|line| std::str::from_utf8(line).ok());
    let content_type = lines.next().and_then(|line| std::str::from_utf8(line).ok());
    let body = lines.next().unwrap_or_default();
    let Ok(params) = Params::read(query, content_type, body) else {
        return;
    };
    let pairs = params.pairs();
    assert!(pairs.len() <= Params::COUNT_MAX);

    let secret = Secret::new("helloworld");
    for method in SignMethod::ALL {
        let signature = sign::sign(method, &secret, pairs, params.signed_body());
        assert!(sign::verify(method, &secret, &params, &signature));
        assert!(!sign::verify(
            method,
            &Secret::new("x"),
            &params,
            &signature
        ));
    }

    let encoded = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    let again = Params::read(Some(&encoded), None, b"");
    assert_eq!(again.as_ref().map(Params::pairs), Ok(pairs));

    let public = PublicParams::of(&params);
    let _ = (public.method(), public.app_key(), public.check_version());
    let _ = (public.timestamp(Default::default()), public.answer_form());
    let _ = public.check_signature(&[secret]);
    let _ = AppointmentQuery::from_params(&params);
    methods(&params);
}

/// No method's parameters can do harm, and an action that is accepted is told again the same.
fn methods(params: &Params<'_>) {
    use povline_protocol::methods::{
        appointment_book, appointment_cancel, appointment_reschedule, order_update, pov_update,
        schedule_close, schedule_open, schedule_query, subscribe_info_return,
    };
    let now = povline_domain::UnixMillis(1_610_928_000_000);
    let read = |params: &Params<'_>| order_update::OrderUpdate::from_params(params, now).ok();
    if let Some(told) = read(params) {
        let written = told.to_params();
        let pairs = written.iter().map(|(name, value)| (*name, value.as_str()));
        let again = Params::from_pairs(pairs)
            .ok()
            .and_then(|again| read(&again));
        // An instant beyond the digits of a timestamp has no other form.
        assert!(again.is_none_or(|again| again == told));
    }
    let _ = appointment_book::AppointmentBook::from_params(params);
    let _ = appointment_cancel::AppointmentCancel::from_params(params);
    let _ = appointment_reschedule::AppointmentReschedule::from_params(params);
    let _ = pov_update::PovUpdate::from_params(params);
    let _ = schedule_close::ScheduleClose::from_params(params);
    let _ = schedule_open::ScheduleOpen::from_params(params);
    let _ = schedule_query::ScheduleQuery::from_params(params);
    let _ = subscribe_info_return::SubscribeInfoReturn::from_params(params);
}

/// Batches: the separator's header in the first line (the usual separator if it is empty), then the
/// body. Whatever a call says, it does not change who signed the batch.
pub fn batch(data: &[u8]) {
    const CALLS_MAX: usize = 8;
    let (header, body) = data.split_at(data.iter().position(|b| *b == b'\n').unwrap_or(0));
    let body = body.strip_prefix(b"\n").unwrap_or(body);
    let Ok(separator) = batch::separator((!header.is_empty()).then_some(header)) else {
        return;
    };
    let system = [("app_key", "1"), ("v", "2.0"), ("session", "s")];
    let system = Params::from_pairs(system).unwrap_or_default();
    let Ok(batch) = Batch::split(body, separator, CALLS_MAX) else {
        return;
    };
    assert!((1..=CALLS_MAX).contains(&batch.len()));
    let calls: Vec<_> = batch.calls(&system).collect();
    assert_eq!(calls.len(), batch.len());
    for params in calls.into_iter().flatten() {
        assert_eq!(params.get("app_key"), Some("1"));
        assert_eq!(params.get("sign"), None);
        assert!(params.get("session").is_some());
        assert!(params.pairs().len() <= Params::COUNT_MAX);
    }
    // What is added at the end takes nothing from what was there.
    let one_more = [body, separator, b"N"].concat();
    let longer = Batch::split(&one_more, separator, CALLS_MAX + 2);
    assert!(longer.is_ok_and(|longer| longer.len() >= batch.len()));
}

/// Timestamps: what is read can be written and read again.
pub fn timestamp(data: &[u8]) {
    let Some(instant) = std::str::from_utf8(data).ok().and_then(timestamp::parse) else {
        return;
    };
    let whole_seconds = instant.0.div_euclid(1000) * 1000;
    let again = timestamp::parse(&timestamp::format(instant));
    assert_eq!(again.map(|again| again.0), Some(whole_seconds));
}

/// The request object of the appointment query: what is accepted is asked again the same.
pub fn query(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let read = |text: &str| {
        let params = Params::from_pairs([(REQUEST_PARAM, text)]).ok()?;
        AppointmentQuery::from_params(&params).ok()
    };
    if let Some(query) = read(text) {
        assert_eq!(read(&query.to_param()), Some(query));
    }
}

/// Answers in JSON.
pub fn answer_json(data: &[u8]) {
    answer(data);
    answer(&[b"{\"a_response\":{\"result\":", data, b"}}"].concat());
}

/// Answers in XML.
pub fn answer_xml(data: &[u8]) {
    answer(data);
    answer(&[b"<a_response><result>", data, b"</result></a_response>"].concat());
}

/// What is read as a page can be written and read again, and readers agree on what an error is.
fn answer(data: &[u8]) {
    let reply = read_answer(data);
    let error = read_error(data);
    if let Ok(FlatAnswer::PlatformError(refusal)) = read_flat(data).map(|reply| reply.answer) {
        assert_eq!(error, Ok(Some(refusal)));
    }
    match reply.map(|reply| reply.answer) {
        Ok(Answer::Page(page)) => {
            assert_eq!(error, Ok(None));
            assert!(result_digest(data).is_ok());
            let rows = page.page.rows;
            for form in AnswerForm::ALL {
                let body = page_of(form, &rows);
                match read_answer(&body).map(|reply| reply.answer) {
                    Ok(Answer::Page(again)) => {
                        assert_eq!(again.page.rows, rows);
                        assert!(again.rejected.is_empty());
                    }
                    other => panic!("a page of ours is read as {other:?}"),
                }
            }
        }
        Ok(Answer::BusinessFailure(_)) => assert_eq!(error, Ok(None)),
        Ok(Answer::PlatformError(refusal)) => {
            assert_eq!(error, Ok(Some(refusal)));
            assert!(result_digest(data).is_err());
        }
        Err(_) => {}
    }
}

fn page_of(form: AnswerForm, appointments: &[Appointment]) -> Vec<u8> {
    let mut encoded = Vec::new();
    for appointment in appointments {
        let row = AppointmentRef::from(appointment);
        if form == AnswerForm::Xml {
            rows::write_xml_row(&mut encoded, &row);
        } else {
            if !encoded.is_empty() {
                encoded.extend_from_slice(rows::JSON_SEPARATOR);
            }
            rows::write_json_row(&mut encoded, &row);
        }
    }
    let head = PageHead {
        page: PageRequest::FIRST,
        total: appointments.len() as u64,
    };
    frame::success(form, &head, &encoded, &RequestId::from_number(1))
}

/// Digests: the request id counts for nothing, and the short way agrees with the parser's.
pub fn digest(data: &[u8]) {
    let _ = result_digest(data);
    let frames: [(&[u8], &[u8], &[u8]); 3] = [
        (
            b"{\"a_response\":{\"result\":",
            b",\"request_id\":\"",
            b"\"}}",
        ),
        (b"{\"result\":", b",\"request_id\":\"", b"\"}"),
        (
            b"<a_response><result>",
            b"</result><request_id>",
            b"</request_id></a_response>",
        ),
    ];
    for (before, between, after) in frames {
        let with_id = |id: &[u8]| [before, data, between, id, after].concat();
        let short = result_digest(&with_id(b"x1"));
        assert!(short.is_ok());
        assert_eq!(short, result_digest(&with_id(b"0123456789abc")));
        // An id of another alphabet is left to the parser.
        let parsed = result_digest(&with_id(b"x-1"));
        let is_one_value = before.starts_with(b"<")
            || data.trim_ascii() == data
                && serde_json::from_slice::<serde::de::IgnoredAny>(data).is_ok();
        if is_one_value && parsed.is_ok() {
            assert_eq!(parsed, short);
        }
    }
}
