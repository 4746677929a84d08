//! Reading answers of the flat shape: `is_success`, `model`, `msg_code`, `msg_info`.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::row::Loose;
use super::{DecodeError, Language, json, read_error, xml};
use crate::{BusinessFailure, PlatformError};

/// An answer of the flat shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlatReply {
    /// What was answered.
    pub answer: FlatAnswer,
    /// The answer's id, if it has one.
    pub request_id: Option<String>,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlatAnswer {
    /// The service succeeded; its `model`, where it is a truth.
    Success(Option<bool>),
    /// The service did not do what was asked.
    BusinessFailure(BusinessFailure),
    /// The platform refused the call.
    PlatformError(PlatformError),
}

/// Reads an answer of the flat shape, in any form. `is_success` decides, and must be there.
///
/// # Errors
/// [`DecodeError`] if it is not such an answer, whole and well-formed.
pub fn read_flat(body: &[u8]) -> Result<FlatReply, DecodeError> {
    let error = read_error(body)?;
    let parts = match Language::of(body)? {
        Language::Json(text) => of_json(text)?,
        Language::Xml(text) => xml::read_flat(text)?,
    };
    let request_id = parts.request_id.text().map(Cow::into_owned);
    let answer = match error {
        Some(error) => FlatAnswer::PlatformError(error),
        None => parts.answer()?,
    };
    Ok(FlatReply { answer, request_id })
}

/// What stands under the root. Of an error only its id is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FlatParts<'a> {
    #[serde(borrow)]
    pub(super) is_success: Loose<'a>,
    pub(super) model: Loose<'a>,
    pub(super) msg_code: Loose<'a>,
    pub(super) msg_info: Loose<'a>,
    pub(super) request_id: Loose<'a>,
}

impl FlatParts<'_> {
    fn answer(&self) -> Result<FlatAnswer, DecodeError> {
        let success = self.is_success.truth();
        if success.ok_or(DecodeError::Missing("is_success"))? {
            return Ok(FlatAnswer::Success(self.model.truth()));
        }
        let text = |value: &Loose<'_>| value.text().map_or_else(String::new, Cow::into_owned);
        Ok(FlatAnswer::BusinessFailure(BusinessFailure {
            msg_code: text(&self.msg_code).into(),
            msg_info: text(&self.msg_info).into(),
        }))
    }
}

/// The members under the one root key, or those of a simplified answer, which has no root.
fn of_json(text: &str) -> Result<FlatParts<'_>, DecodeError> {
    let root: std::collections::HashMap<Cow<'_, str>, &RawValue> = json::parse(text)?;
    let wrapped = root
        .iter()
        .find(|(name, _)| name.ends_with("_response"))
        .map(|(_, value)| value.get());
    json::parse(wrapped.unwrap_or(text))
}
