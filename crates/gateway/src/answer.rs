//! The way out: a page, a failure or an error becomes the bytes of an answer.

use std::sync::Arc;

use bytes::Bytes;
use povline_domain::PageRequest;
use povline_protocol::api::ApiSpec;
use povline_protocol::content::Object;
use povline_protocol::frame::{self, PageHead};
use povline_protocol::{AnswerForm, BusinessFailure, PlatformError, RequestId};

use crate::document::Document;
use crate::sheet::{DaySheet, PageRows};

/// Head and tail of an answer fit into this.
const FRAME_BYTES: usize = 448;

/// A page as it will be answered: rows that are encoded already, and what is said of them.
#[derive(Debug)]
pub(crate) struct Page {
    rows: PageRows,
    head: PageHead,
}

impl Page {
    pub(crate) fn of(sheet: &Arc<DaySheet>, page: PageRequest) -> Self {
        Self {
            rows: PageRows::of(sheet, page),
            head: PageHead {
                page,
                total: sheet.total(),
            },
        }
    }
}

pub(crate) fn page(form: AnswerForm, page: Page, request_id: &RequestId) -> Document {
    let mut around = Vec::with_capacity(FRAME_BYTES);
    frame::write_success_head(&mut around, form, &page.head);
    let head_bytes = around.len();
    frame::write_success_tail(&mut around, form, request_id);
    let mut head = Bytes::from(around);
    let tail = head.split_off(head_bytes);
    Document::page(head, page.rows, tail)
}

pub(crate) fn content(
    spec: &ApiSpec,
    form: AnswerForm,
    content: &Object,
    request_id: &RequestId,
) -> Document {
    Document::whole(frame::envelope(
        form,
        spec.method,
        &content.encode(form),
        request_id,
    ))
}

pub(crate) fn failure(
    spec: &ApiSpec,
    form: AnswerForm,
    failure: &BusinessFailure,
    request_id: &RequestId,
) -> Document {
    Document::whole(frame::failure_of(spec, form, failure, request_id))
}

pub(crate) fn error(form: AnswerForm, error: &PlatformError, request_id: &RequestId) -> Document {
    Document::whole(frame::error_response(form, error, request_id))
}
