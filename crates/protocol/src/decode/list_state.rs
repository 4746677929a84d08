//! Reading what `povline.appointment.digest` tells of a list.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{DecodeError, Language, json};

/// What is told of one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldDigest {
    /// How many rows the list has.
    pub total: u64,
    /// The digest of the rows; see [`ListDigest`](crate::list_digest::ListDigest).
    pub digest: String,
}

/// What stands under the root.
#[derive(Deserialize)]
struct Root<'a> {
    #[serde(borrow)]
    model: Option<Model<'a>>,
}

#[derive(Deserialize)]
struct Model<'a> {
    total: u64,
    #[serde(borrow)]
    digest: Cow<'a, str>,
}

/// Reads the model of a good answer in JSON. Whether the answer is good,
/// [`read_flat`](super::read_flat) tells.
///
/// # Errors
/// [`DecodeError`] if there is no such model, or if the answer is in XML: the method is Povline's
/// own, and is asked for in JSON.
pub fn read_list_state(body: &[u8]) -> Result<ToldDigest, DecodeError> {
    let Language::Json(text) = Language::of(body)? else {
        return Err(DecodeError::Missing("model in JSON"));
    };
    let root: std::collections::HashMap<Cow<'_, str>, &RawValue> = json::parse(text)?;
    let wrapped = root
        .iter()
        .find(|(name, _)| name.ends_with("_response"))
        .map(|(_, value)| value.get());
    let root: Root<'_> = json::parse(wrapped.unwrap_or(text))?;
    let model = root.model.ok_or(DecodeError::Missing("model"))?;
    Ok(ToldDigest {
        total: model.total,
        digest: model.digest.into_owned(),
    })
}
