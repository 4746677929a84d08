//! What the names of methods, codes and outcomes are for a person.

use povline_protocol::api::ApiSpec;
use povline_protocol::catalogue::{Bilingual, platform_code, sub_code};
use povline_protocol::methods;
use povline_store::journal::{CallLine, CallOutcome};
use povline_web::Language;

/// The one of two texts in a language.
pub(crate) fn pick(language: Language, text: Bilingual) -> &'static str {
    language.pick(text.chinese, text.english)
}

/// A method's title, or nothing if it is none of ours.
pub(crate) fn title(language: Language, method: &str) -> &'static str {
    methods::find(method).map_or("", |spec| pick(language, spec.title))
}

/// Every method.
pub(crate) fn all_methods() -> &'static [&'static ApiSpec] {
    methods::ALL
}

/// An outcome in a word or two: `OK`, `7 isv.…`, `FAIL_BIZ_500`.
pub(crate) fn outcome(line: &CallLine) -> String {
    match &line.outcome {
        CallOutcome::Answered => "OK".to_owned(),
        CallOutcome::Refused {
            code,
            sub_code: None,
        } => code.to_string(),
        CallOutcome::Refused {
            code,
            sub_code: Some(sub_code),
        } => format!("{code} {sub_code}"),
        CallOutcome::Failed { msg_code } => msg_code.to_string(),
    }
}

/// A code of the log with its message: `25 Invalid signature`. Those of methods have none.
pub(crate) fn code(code: &str) -> String {
    let known = code.parse().ok().and_then(platform_code);
    known.map_or_else(
        || code.to_owned(),
        |known| format!("{code} {}", known.message),
    )
}

/// What an outcome means and what to do about it, if it is an error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meaning {
    pub(crate) code: i64,
    pub(crate) message: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) remedy: &'static str,
    pub(crate) of_sub_code: Option<&'static str>,
}

/// The meaning of a refusal's code.
pub(crate) fn meaning(language: Language, outcome: &CallOutcome) -> Option<Meaning> {
    let code = platform_code(outcome.code()?)?;
    let of_sub_code = outcome.sub_code().and_then(sub_code);
    Some(Meaning {
        code: code.code,
        message: code.message,
        meaning: pick(language, code.meaning),
        remedy: pick(language, code.remedy),
        of_sub_code: of_sub_code.map(|sub_code| pick(language, sub_code.meaning)),
    })
}
