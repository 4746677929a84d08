//! The parts of an answer, and what they add up to, whatever language they came in.

use std::borrow::Cow;

use povline_domain::Page;
use serde::Deserialize;

use super::row::{Loose, Rows};
use super::{Answer, DecodeError, PageAnswer, Reply};
use crate::{BusinessFailure, PlatformError};

/// What stands in an `error_response`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ErrorParts<'a> {
    #[serde(borrow)]
    pub(super) code: Loose<'a>,
    pub(super) msg: Loose<'a>,
    pub(super) sub_code: Loose<'a>,
    pub(super) sub_msg: Loose<'a>,
    pub(super) request_id: Loose<'a>,
}

impl ErrorParts<'_> {
    pub(super) fn error(&self) -> Result<PlatformError, DecodeError> {
        Ok(PlatformError {
            code: self.code.number().ok_or(DecodeError::Missing("code"))?,
            msg: owned(&self.msg).unwrap_or_default(),
            sub_code: owned(&self.sub_code),
            sub_msg: owned(&self.sub_msg),
        })
    }

    pub(super) fn reply(&self) -> Result<Reply, DecodeError> {
        Ok(Reply {
            answer: Answer::PlatformError(self.error()?),
            request_id: request_id(&self.request_id),
        })
    }
}

/// What stands in a `model`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ModelParts<'a> {
    #[serde(borrow)]
    pub(super) page_num: Loose<'a>,
    pub(super) page_size: Loose<'a>,
    pub(super) total: Loose<'a>,
    #[serde(rename = "data_list")]
    pub(super) rows: Option<Rows>,
}

impl ModelParts<'_> {
    /// How long the list is said to be. What is there and cannot be read says nothing good.
    fn total(&self) -> Result<Option<u64>, DecodeError> {
        let is_blank = matches!(&self.total, Loose::Text(text) if text.trim().is_empty());
        if self.total.is_absent() || is_blank {
            return Ok(None);
        }
        let total = self.total.count();
        total.map(Some).ok_or(DecodeError::Missing("total"))
    }

    /// The page. A gateway may leave an empty list out, but then its `total` must speak of the
    /// list: a `model` that says nothing at all must not read as "no appointments".
    fn page(self) -> Result<PageAnswer, DecodeError> {
        let total = self.total()?;
        let rows = match (self.rows, total) {
            (Some(rows), _) => rows,
            (None, Some(_)) => Rows::default(),
            (None, None) => return Err(DecodeError::Missing("data_list")),
        };
        Ok(PageAnswer {
            page: Page {
                number: self.page_num.count(),
                size: self.page_size.count(),
                total,
                rows: rows.good,
            },
            rejected: rows.rejected,
            unknown_fields: rows.unknown_fields,
            unknown_of_rows: rows.unknown_of_rows,
        })
    }
}

/// What stands in a `result`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ResultParts<'a> {
    #[serde(borrow)]
    pub(super) model: Option<ModelParts<'a>>,
    pub(super) msg_code: Loose<'a>,
    pub(super) msg_info: Loose<'a>,
    pub(super) success: Loose<'a>,
}

impl ResultParts<'_> {
    pub(super) fn answer(self) -> Result<Answer, DecodeError> {
        let success = self.success.truth();
        if !success.ok_or(DecodeError::Missing("success"))? {
            return Ok(Answer::BusinessFailure(BusinessFailure {
                msg_code: owned(&self.msg_code).unwrap_or_default(),
                msg_info: owned(&self.msg_info).unwrap_or_default(),
            }));
        }
        let model = self.model.ok_or(DecodeError::Missing("model"))?;
        model.page().map(Answer::Page)
    }
}

/// What stands under the root of an answer that is no error.
#[derive(Debug, Default)]
pub(super) struct ResponseParts<'a> {
    pub(super) result: Option<ResultParts<'a>>,
    pub(super) request_id: Loose<'a>,
}

impl ResponseParts<'_> {
    pub(super) fn reply(self) -> Result<Reply, DecodeError> {
        let result = self.result.ok_or(DecodeError::Missing("result"))?;
        Ok(Reply {
            answer: result.answer()?,
            request_id: request_id(&self.request_id),
        })
    }
}

fn request_id(value: &Loose<'_>) -> Option<String> {
    value.text().map(Cow::into_owned)
}

fn owned(value: &Loose<'_>) -> Option<Cow<'static, str>> {
    value.text().map(|text| Cow::Owned(text.into_owned()))
}
