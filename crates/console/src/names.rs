//! What the names of methods, codes and outcomes are for a person.

use povline_protocol::api::ApiSpec;
use povline_protocol::catalogue::{Bilingual, business_code, meaning_of, platform_code, sub_code};
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

/// A code of the log with what it is called: `25 Invalid signature`, `FAIL_BIZ_413` with its
/// meaning.
pub(crate) fn code(language: Language, code: &str) -> String {
    let of_platform = code.parse().ok().and_then(platform_code);
    let name = match (of_platform, business_code(code)) {
        (Some(known), _) => known.message,
        (None, Some(known)) => pick(language, known.meaning),
        (None, None) => return code.to_owned(),
    };
    format!("{code} {name}")
}

/// What is asked for by a code as it is typed: the code of an error, 0 for answers, or a text, which
/// is a sub code or the code of a failure. Failures have codes that are numbers too.
pub(crate) fn asked_code(text: &str) -> (Option<i64>, Option<String>) {
    let number = text.parse().ok();
    match number.filter(|code| *code == 0 || platform_code(*code).is_some()) {
        Some(code) => (Some(code), None),
        None => (None, Some(text.to_owned())),
    }
}

/// What an outcome means and what to do about it, if it is an error or a failure.
#[derive(Debug, Clone)]
pub(crate) struct Meaning {
    /// The code with its name, if it has one.
    pub(crate) code: String,
    pub(crate) meaning: &'static str,
    pub(crate) remedy: &'static str,
    /// The sub code, and what it means.
    pub(crate) of_sub_code: Option<(String, &'static str)>,
}

/// The meaning of a call's outcome.
pub(crate) fn meaning(language: Language, outcome: &CallOutcome) -> Option<Meaning> {
    match outcome {
        CallOutcome::Answered => None,
        CallOutcome::Refused { code, sub_code } => of_error(language, *code, sub_code.as_deref()),
        CallOutcome::Failed { msg_code } => of_failure(language, msg_code),
    }
}

/// The meaning of an `error_response`.
pub(crate) fn of_error(language: Language, code: i64, sub: Option<&str>) -> Option<Meaning> {
    let known = platform_code(code)?;
    let remedy = meaning_of(&code.to_string(), sub)?.remedy;
    let of_sub_code = sub.and_then(|sub| {
        // Of a whole family no more is known than its code says.
        let known = sub_code(sub).filter(|known| !known.is_family())?;
        Some((sub.to_owned(), pick(language, known.meaning)))
    });
    Some(Meaning {
        code: format!("{code} {}", known.message),
        meaning: pick(language, known.meaning),
        remedy: pick(language, remedy),
        of_sub_code,
    })
}

/// The meaning of a failure in a good answer.
pub(crate) fn of_failure(language: Language, msg_code: &str) -> Option<Meaning> {
    let known = business_code(msg_code)?;
    Some(Meaning {
        code: known.code.to_owned(),
        meaning: pick(language, known.meaning),
        remedy: pick(language, known.remedy),
        of_sub_code: None,
    })
}
