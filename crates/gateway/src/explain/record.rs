//! What is kept of a wrong signature: nothing that a caller has written as a value.

use std::sync::Arc;

use povline_domain::{AppKey, UnixMillis};
use povline_protocol::explain::{Explanation, Mistake};
use povline_protocol::{PublicParams, RequestId};
use serde_json::json;

use crate::directory::App;
use crate::site::WrongSignature;

/// Parameters that a record names.
const PARAMETERS_MAX: usize = 64;

/// The longest name that is shown.
const NAME_BYTES_MAX: usize = 64;

/// A record without values.
#[derive(Debug)]
pub(crate) struct SignatureRecord {
    app: Arc<AppKey>,
    sign_method: &'static str,
    format: &'static str,
    signature_bytes: usize,
    parameters: Vec<(Box<str>, usize)>,
    more_parameters: usize,
    body_bytes: usize,
    why: Option<Why>,
}

/// What an explanation found.
#[derive(Debug)]
struct Why {
    cause: Option<Mistake>,
    place: Option<(usize, Option<Box<str>>)>,
    cut_short: bool,
}

impl SignatureRecord {
    pub(super) fn new(
        public: PublicParams<'_>,
        app: &App,
        explanation: Option<&Explanation>,
    ) -> Self {
        let params = public.params();
        let pairs = params.pairs();
        let parameters = pairs.iter().take(PARAMETERS_MAX);
        let method = public
            .sign_method()
            .map_or("unknown", |method| method.word());
        Self {
            app: Arc::clone(&app.key),
            sign_method: method,
            format: public.error_form().format_value(),
            signature_bytes: public.signature().map_or(0, str::len),
            parameters: parameters
                .map(|(name, value)| (shown(name), value.len()))
                .collect(),
            more_parameters: pairs.len().saturating_sub(PARAMETERS_MAX),
            body_bytes: params.signed_body().len(),
            why: explanation.map(Why::of),
        }
    }

    /// The app that the call said it came from.
    pub(super) fn app(&self) -> &Arc<AppKey> {
        &self.app
    }

    /// The record as the platform's site shows it.
    pub(super) fn wrong_signature(&self, at: UnixMillis) -> WrongSignature {
        let why = self.why.as_ref();
        let parameters = self.parameters.iter();
        WrongSignature {
            at,
            app_key: self.app.as_str().to_owned(),
            sign_method: self.sign_method,
            examined: why.is_some(),
            cause: why.and_then(|why| why.cause.clone()),
            first_difference: why.and_then(|why| why.place.as_ref()).map(
                |(character, parameter)| {
                    let parameter = parameter.as_deref().map(str::to_owned);
                    (character + 1, parameter)
                },
            ),
            signature_bytes: self.signature_bytes,
            parameters: parameters
                .map(|(name, bytes)| (name.to_string(), *bytes))
                .collect(),
            more_parameters: self.more_parameters,
        }
    }

    /// The record as the operator reads it.
    pub(super) fn json(&self, request_id: &RequestId, at: UnixMillis) -> String {
        let parameters: Vec<serde_json::Value> = self
            .parameters
            .iter()
            .map(|(name, bytes)| json!({ "name": name, "bytes": bytes }))
            .collect();
        let why = self.why.as_ref();
        let cause = why.and_then(|why| why.cause.as_ref());
        let place = why.and_then(|why| why.place.as_ref());
        let record = json!({
            "request_id": request_id.as_str(),
            "at": at.to_string(),
            "app_key": self.app.as_str(),
            "sign_method": self.sign_method,
            "format": self.format,
            "examined": why.is_some(),
            "cause": cause.map(Mistake::word),
            "cause_zh": cause.map(Mistake::chinese),
            "cause_en": cause.map(Mistake::english),
            "first_difference": place.map(|(character, parameter)| json!({
                "character": character + 1,
                "parameter": parameter,
            })),
            "cut_short": why.is_some_and(|why| why.cut_short),
            "signature_bytes": self.signature_bytes,
            "parameters": parameters,
            "more_parameters": self.more_parameters,
            "body_bytes": self.body_bytes,
        });
        record.to_string()
    }
}

impl Why {
    fn of(explanation: &Explanation) -> Self {
        let cause = explanation.causes.first();
        let place = cause.and_then(|cause| cause.first_difference.as_ref());
        Self {
            cause: cause.map(|cause| nameless(&cause.mistake)),
            place: place.map(|place| (place.character, place.parameter.as_deref().map(shown))),
            cut_short: explanation.cut_short,
        }
    }
}

/// The mistake with a parameter's name only if that can be shown.
fn nameless(mistake: &Mistake) -> Mistake {
    match mistake {
        Mistake::LeftOut(name) => Mistake::LeftOut(shown(name).into()),
        Mistake::NotSent(name) => Mistake::NotSent(shown(name).into()),
        other => other.clone(),
    }
}

/// A name as it may be kept. A caller whose form has gone wrong may send a value where a name
/// should stand; what is not written like a name is told by its length.
fn shown(name: &str) -> Box<str> {
    let is_name = (1..=NAME_BYTES_MAX).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.'));
    match is_name {
        true => name.into(),
        false => format!("({} bytes)", name.len()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_is_not_written_like_a_name_is_told_by_its_length() {
        assert_eq!(&*shown("sign_method"), "sign_method");
        for value in [
            "张三",
            "610203a1f2",
            "{\"day\":1}",
            "",
            "A",
            &"a".repeat(65),
        ] {
            assert_eq!(&*shown(value), format!("({} bytes)", value.len()));
        }
    }
}
