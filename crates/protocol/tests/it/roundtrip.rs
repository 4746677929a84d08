//! What is written is what is read, in every form.

use povline_domain::{Appointment, Day, Page, PageRequest, Period, PickStatus};
use povline_protocol::decode::{Answer, PageAnswer, read_answer, read_error};
use povline_protocol::frame::{self, PageHead};
use povline_protocol::{AnswerForm, BusinessFailure, PlatformError};
use proptest::collection::vec;
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::samples::{encode_rows, request_id};

/// Text that the domain admits: anything but control characters.
fn text(max: usize) -> impl Strategy<Value = String> {
    vec(
        prop_oneof![
            any::<char>(),
            proptest::sample::select(
                "&<>\"'\\/ 𠮷😀·测\u{2028}\u{feff}\u{fffd}\u{e000}"
                    .chars()
                    .collect::<Vec<_>>()
            ),
        ],
        1..max,
    )
    .prop_map(String::from_iter)
}

prop_compose! {
    fn any_appointment()(
        id in text(12),
        out_pov_id in text(12),
        day in Day::MIN.number()..=Day::MAX.number(),
        begin in 0_u16..1440,
        length in 1_u16..1440,
        pick_code in text(6),
        picked in any::<bool>(),
        name in text(20),
    ) -> Option<Appointment> {
        Some(Appointment {
            appointment_id: id.parse().ok()?,
            out_pov_id: out_pov_id.parse().ok()?,
            day: Day::from_number(day).ok()?,
            period: Period::new(begin, (begin + length).min(1440)).ok()?,
            pick_code: pick_code.parse().ok()?,
            pick_status: if picked { PickStatus::Picked } else { PickStatus::NotPicked },
            name: name.parse().ok()?,
        })
    }
}

fn any_appointments() -> impl Strategy<Value = Vec<Appointment>> {
    vec(any_appointment(), 0..20).prop_map(|all| all.into_iter().flatten().collect())
}

proptest! {
    #[test]
    fn any_records_survive_every_form(rows in any_appointments(), total in any::<u64>()) {
        let total = total >> 1; // within what Java's Long holds
        let head = PageHead { page: PageRequest::FIRST, total };
        for form in AnswerForm::ALL {
            let body = frame::success(form, &head, &encode_rows(form, &rows), &request_id());
            let reply = read_answer(&body).unwrap();
            prop_assert_eq!(reply.request_id, Some(request_id().to_string()));
            let page = Page {
                number: Some(1),
                size: Some(200),
                total: Some(total),
                rows: rows.clone(),
            };
            prop_assert_eq!(reply.answer, Answer::Page(PageAnswer {
                page, rejected: vec![], unknown_fields: vec![], unknown_of_rows: vec![],
            }));
            prop_assert_eq!(read_error(&body), Ok(None));
        }
    }

    #[test]
    fn any_error_survives_every_form(
        code in any::<i64>(),
        msg in text(20),
        sub_code in proptest::option::of(text(20)),
        sub_msg in proptest::option::of(text(20)),
    ) {
        let clean = |text: String| -> String { text.chars().filter(|c| !left_out(*c)).collect() };
        let error = PlatformError {
            code,
            msg: clean(msg).into(),
            sub_code: sub_code.map(clean).filter(|text| !text.is_empty()).map(Into::into),
            sub_msg: sub_msg.map(clean).filter(|text| !text.is_empty()).map(Into::into),
        };
        for form in AnswerForm::ALL {
            let body = frame::error_response(form, &error, &request_id());
            prop_assert_eq!(read_error(&body), Ok(Some(error.clone())));
            prop_assert_eq!(read_answer(&body).unwrap().answer, Answer::PlatformError(error.clone()));
        }
    }

    #[test]
    fn any_business_failure_survives_every_form(code in text(12), info in text(20)) {
        let clean = |text: String| -> String { text.chars().filter(|c| !left_out(*c)).collect() };
        let failure = BusinessFailure {
            msg_code: clean(code).into(),
            msg_info: clean(info).into(),
        };
        for form in AnswerForm::ALL {
            let body = frame::business_failure(form, &failure, &request_id());
            let reply = read_answer(&body).unwrap();
            prop_assert_eq!(reply.answer, Answer::BusinessFailure(failure.clone()));
        }
    }

    #[test]
    fn quick_xml_reads_back_whatever_text_we_write(text in any::<String>()) {
        let error = PlatformError {
            msg: text.clone().into(),
            ..PlatformError::service_unavailable()
        };
        let body = frame::error_response(AnswerForm::Xml, &error, &request_id());
        let body = String::from_utf8(body).unwrap();
        let mut reader = Reader::from_str(&body);
        let (mut inside, mut read) = (false, String::new());
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => inside = start.name().0 == "msg",
                Event::End(_) => inside = false,
                Event::Text(text) if inside => read.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) if inside => match reference.as_ref() {
                    "amp" => read.push('&'),
                    "lt" => read.push('<'),
                    "gt" => read.push('>'),
                    "quot" => read.push('"'),
                    "apos" => read.push('\''),
                    _ => read.push(reference.resolve_char_ref().unwrap().unwrap()),
                },
                Event::Eof => break,
                _ => {}
            }
        }
        let expected: String = text.chars().filter(|c| !left_out(*c)).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn serde_json_reads_back_whatever_text_we_write(text in any::<String>()) {
        let error = PlatformError {
            msg: text.clone().into(),
            ..PlatformError::service_unavailable()
        };
        let body = frame::error_response(AnswerForm::Json, &error, &request_id());
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let expected: String = text.chars().filter(|c| !left_out(*c)).collect();
        prop_assert_eq!(value["error_response"]["msg"].as_str(), Some(expected.as_str()));
    }
}

/// What XML 1.0 cannot carry and both forms therefore leave out.
fn left_out(character: char) -> bool {
    character < ' ' || matches!(character, '\u{fffe}' | '\u{ffff}')
}
