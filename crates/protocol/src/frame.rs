//! What stands around the rows of an answer, and answers without rows.
//!
//! An answer is a short head, the slice of encoded rows, and a short tail, so that no row is
//! copied for a request. There is exactly one key at the root of JSON, `request_id` stands last
//! inside it, nothing is ever null, and nothing that has no value is written: each of these
//! breaks one of the official SDKs. An empty list is written as an empty list (`[]`, wrapped, or an
//! element without children), because from `{}` or from nothing the Java SDK makes a null that
//! its users trip over.

use povline_domain::PageRequest;

use crate::api::{AnswerShape, ApiSpec};
use crate::content::Object;
use crate::methods::appointment_query::{self, RESPONSE_KEY};
use crate::rows::ROW_NAME;
use crate::{AnswerForm, BusinessFailure, PlatformError, RequestId, api, json, xml};

/// What an answer says of its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageHead {
    /// The page that was asked for, echoed.
    pub page: PageRequest,
    /// The length of the whole list.
    pub total: u64,
}

/// Appends what stands before the rows of a page.
pub fn write_success_head(out: &mut Vec<u8>, form: AnswerForm, head: &PageHead) {
    let number = u64::from(head.page.number.get());
    let size = u64::from(head.page.size.get());
    match form {
        AnswerForm::Json | AnswerForm::SimplifiedJson => {
            open_json(out, form, RESPONSE_KEY);
            out.extend_from_slice(b"\"result\":{\"model\":{\"page_num\":");
            json::write_number(out, number);
            out.extend_from_slice(b",\"page_size\":");
            json::write_number(out, size);
            out.extend_from_slice(b",\"total\":");
            json::write_number(out, head.total);
            out.extend_from_slice(b",\"data_list\":");
            if form == AnswerForm::Json {
                out.extend_from_slice(b"{\"");
                out.extend_from_slice(ROW_NAME.as_bytes());
                out.extend_from_slice(b"\":");
            }
            out.push(b'[');
        }
        AnswerForm::Xml => {
            open_xml(out, RESPONSE_KEY);
            out.extend_from_slice(b"<result><model><page_num>");
            json::write_number(out, number);
            out.extend_from_slice(b"</page_num><page_size>");
            json::write_number(out, size);
            out.extend_from_slice(b"</page_size><total>");
            json::write_number(out, head.total);
            out.extend_from_slice(b"</total><data_list>");
        }
    }
}

/// Appends what stands after the rows of a page.
pub fn write_success_tail(out: &mut Vec<u8>, form: AnswerForm, request_id: &RequestId) {
    match form {
        AnswerForm::Json => out.extend_from_slice(b"]}},\"success\":true}"),
        AnswerForm::SimplifiedJson => out.extend_from_slice(b"]},\"success\":true}"),
        AnswerForm::Xml => {
            out.extend_from_slice(b"</data_list></model><success>true</success></result>");
        }
    }
    close(out, form, RESPONSE_KEY, request_id);
}

/// A whole page, for those who do not keep encoded rows. `rows` is one slice of rows encoded for
/// this form's language.
#[must_use]
pub fn success(form: AnswerForm, head: &PageHead, rows: &[u8], request_id: &RequestId) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() + 384);
    write_success_head(&mut out, form, head);
    out.extend_from_slice(rows);
    write_success_tail(&mut out, form, request_id);
    out
}

/// The answer to a page query whose service failed: a good answer with `success` false and no
/// model.
#[must_use]
pub fn business_failure(
    form: AnswerForm,
    failure: &BusinessFailure,
    request_id: &RequestId,
) -> Vec<u8> {
    failure_of(&appointment_query::SPEC, form, failure, request_id)
}

/// The answer of any method whose service failed, told where the method's answers tell it.
#[must_use]
pub fn failure_of(
    spec: &ApiSpec,
    form: AnswerForm,
    failure: &BusinessFailure,
    request_id: &RequestId,
) -> Vec<u8> {
    let told = |object: Object| {
        object
            .with("msg_code", failure.msg_code.as_ref())
            .with("msg_info", failure.msg_info.as_ref())
    };
    let content = match spec.shape {
        AnswerShape::Result => {
            let result = told(Object::new()).with("success", false);
            Object::new().with("result", result)
        }
        AnswerShape::Flat => told(Object::new().with("is_success", false)),
    };
    envelope(form, spec.method, &content.encode(form), request_id)
}

/// The answer to a call that the platform refuses. `simplify` changes nothing here.
#[must_use]
pub fn error_response(form: AnswerForm, error: &PlatformError, request_id: &RequestId) -> Vec<u8> {
    const KEY: &str = "error_response";
    let mut out = Vec::with_capacity(320);
    let PlatformError {
        code,
        msg,
        sub_code,
        sub_msg,
    } = error;
    let texts = [
        ("msg", Some(msg)),
        ("sub_code", sub_code.as_ref()),
        ("sub_msg", sub_msg.as_ref()),
    ];
    let present = texts
        .into_iter()
        .filter_map(|(name, text)| text.map(|text| (name, text)));
    match form {
        AnswerForm::Json | AnswerForm::SimplifiedJson => {
            open_json(&mut out, AnswerForm::Json, KEY);
            out.extend_from_slice(b"\"code\":");
            out.extend_from_slice(code.to_string().as_bytes());
            for (name, text) in present {
                out.extend_from_slice(b",\"");
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b"\":");
                json::write_string(&mut out, text);
            }
            close(&mut out, AnswerForm::Json, KEY, request_id);
        }
        AnswerForm::Xml => {
            open_xml(&mut out, KEY);
            xml::write_element(&mut out, "code", &code.to_string());
            for (name, text) in present {
                xml::write_element(&mut out, name, text);
            }
            close(&mut out, AnswerForm::Xml, KEY, request_id);
        }
    }
    out
}

/// The answer of any method: `content` is what stands under the root before `request_id`, in the
/// form's language (`"result":{…}` or `<result>…</result>`); it must not be empty.
#[must_use]
pub fn envelope(form: AnswerForm, method: &str, content: &[u8], request_id: &RequestId) -> Vec<u8> {
    let key = api::response_key(method);
    let mut out = Vec::with_capacity(content.len() + 2 * key.len() + 96);
    match form {
        AnswerForm::Json | AnswerForm::SimplifiedJson => open_json(&mut out, form, &key),
        AnswerForm::Xml => open_xml(&mut out, &key),
    }
    out.extend_from_slice(content);
    close(&mut out, form, &key, request_id);
    out
}

fn open_json(out: &mut Vec<u8>, form: AnswerForm, key: &str) {
    out.push(b'{');
    if form != AnswerForm::SimplifiedJson {
        json::write_string(out, key);
        out.extend_from_slice(b":{");
    }
}

fn open_xml(out: &mut Vec<u8>, key: &str) {
    out.extend_from_slice(xml::PROLOG.as_bytes());
    xml::open(out, key);
}

/// Ends a document with its id, after at least one other member.
fn close(out: &mut Vec<u8>, form: AnswerForm, key: &str, request_id: &RequestId) {
    match form {
        AnswerForm::Json | AnswerForm::SimplifiedJson => {
            out.extend_from_slice(b",\"request_id\":\"");
            out.extend_from_slice(request_id.as_str().as_bytes());
            out.extend_from_slice(b"\"}");
            if form == AnswerForm::Json {
                out.push(b'}');
            }
        }
        AnswerForm::Xml => {
            xml::write_element(out, "request_id", request_id.as_str());
            xml::close(out, key);
        }
    }
}
