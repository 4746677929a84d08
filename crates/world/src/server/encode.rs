//! Pages as bytes, as a server that is not ours may write them: without `total`, without echoes,
//! without a pick status.

use povline_domain::{Page, UnixMillis};
use povline_protocol::frame;
use povline_protocol::methods::appointment_query::METHOD;
use povline_protocol::rows::{self, AppointmentRef, ROW_NAME};
use povline_protocol::{AnswerForm, BusinessFailure, CallLimit, PlatformError, RequestId};

/// A page.
pub(super) fn page(form: AnswerForm, page: &Page, pick_status: bool, id: &RequestId) -> Vec<u8> {
    let mut content = String::new();
    let numbers = [
        ("page_num", page.number),
        ("page_size", page.size),
        ("total", page.total),
    ];
    let rows = encoded_rows(form, page, pick_status);
    match form {
        AnswerForm::Xml => {
            content.push_str("<result><model>");
            for (name, number) in numbers {
                if let Some(number) = number {
                    content.push_str(&format!("<{name}>{number}</{name}>"));
                }
            }
            content.push_str("<data_list>");
            content.push_str(&rows);
            content.push_str("</data_list></model><success>true</success></result>");
        }
        AnswerForm::Json | AnswerForm::SimplifiedJson => {
            content.push_str("\"result\":{\"model\":{");
            for (name, number) in numbers {
                if let Some(number) = number {
                    content.push_str(&format!("\"{name}\":{number},"));
                }
            }
            let list = match form {
                AnswerForm::SimplifiedJson => format!("[{rows}]"),
                _ => format!("{{\"{ROW_NAME}\":[{rows}]}}"),
            };
            content.push_str(&format!("\"data_list\":{list}}},\"success\":true}}"));
        }
    }
    frame::envelope(form, METHOD, content.as_bytes(), id)
}

fn encoded_rows(form: AnswerForm, page: &Page, pick_status: bool) -> String {
    let mut bytes = Vec::with_capacity(page.rows.len() * 200);
    for (place, row) in page.rows.iter().enumerate() {
        let row = AppointmentRef::from(row);
        match form {
            AnswerForm::Xml => rows::write_xml_row(&mut bytes, &row),
            _ => {
                if place > 0 {
                    bytes.extend_from_slice(rows::JSON_SEPARATOR);
                }
                rows::write_json_row(&mut bytes, &row);
            }
        }
    }
    let text = String::from_utf8(bytes).unwrap_or_default();
    if pick_status {
        return text;
    }
    // The digit may be either.
    ["0", "1"].iter().fold(text, |text, digit| {
        text.replace(&format!("\"pick_status\":{digit},"), "")
            .replace(&format!("<pick_status>{digit}</pick_status>"), "")
    })
}

pub(super) fn error(form: AnswerForm, error: &PlatformError, id: &RequestId) -> Vec<u8> {
    frame::error_response(form, error, id)
}

/// Code 7 with the seconds that are left, rounded up.
pub(super) fn ban(form: AnswerForm, now: UnixMillis, until: UnixMillis, id: &RequestId) -> Vec<u8> {
    let seconds = until.millis_since(now).max(0) as u64;
    let error = PlatformError::app_call_limited(CallLimit::App, seconds.div_ceil(1_000).max(1));
    self::error(form, &error, id)
}

pub(super) fn busy(form: AnswerForm, id: &RequestId) -> Vec<u8> {
    frame::business_failure(form, &BusinessFailure::busy(), id)
}
