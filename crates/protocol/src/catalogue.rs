//! The platform's error codes and sub codes, as data.
//!
//! The documentation pages, the clients' error classes and the gateway's answers all come from
//! here. `message` is written as the wire writes it, whose case differs from the documentation's
//! table where both are known.

pub mod business_codes;
mod codes;
mod meaning;
mod signature_codes;
mod sub_codes;

use crate::{Fault, Retry};

pub use business_codes::{BUSINESS_CODES, BusinessCode};
pub use codes::PLATFORM_CODES;
pub(crate) use codes::UNAVAILABLE;
pub use meaning::{Meaning, meaning_of};
pub use signature_codes::SIGNATURE_CODES;
pub use sub_codes::SUB_CODES;

/// A text in the two languages of the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bilingual {
    /// Chinese.
    pub chinese: &'static str,
    /// English.
    pub english: &'static str,
}

/// One code of an `error_response`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlatformCode {
    /// The code.
    pub code: i64,
    /// `msg`, as the wire writes it. Codes 40 and 41 are followed by `:` and the parameter.
    pub message: &'static str,
    /// What it means.
    pub meaning: Bilingual,
    /// What the caller can do.
    pub remedy: Bilingual,
    /// Whose fault it is, where no sub code says it more exactly.
    pub fault: Fault,
    /// Whether to try again, where no sub code says it more exactly.
    pub retry: Retry,
}

/// One sub code, or a family of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubCode {
    /// The sub code; `***` and `###` stand for a name each.
    pub pattern: &'static str,
    /// What it means.
    pub meaning: Bilingual,
    /// What the caller can do.
    pub remedy: Bilingual,
    /// Whose fault it is.
    pub fault: Fault,
    /// Whether to try again.
    pub retry: Retry,
}

/// The entry of a platform code.
#[must_use]
pub fn platform_code(code: i64) -> Option<&'static PlatformCode> {
    PLATFORM_CODES.iter().find(|entry| entry.code == code)
}

/// The entry of a `msg_code`.
#[must_use]
pub fn business_code(code: &str) -> Option<&'static BusinessCode> {
    BUSINESS_CODES.iter().find(|entry| entry.code == code)
}

/// No sub code is longer; matching patterns takes a time that grows with its square.
const SUB_CODE_BYTES_MAX: usize = 256;

/// The first entry whose pattern this sub code matches. The table ends with the families
/// `isv.***` and `isp.***`, so only sub codes of another kind have none.
#[must_use]
pub fn sub_code(text: &str) -> Option<&'static SubCode> {
    if text.len() > SUB_CODE_BYTES_MAX {
        return None;
    }
    let mut listed = SIGNATURE_CODES.iter().chain(SUB_CODES);
    listed.find(|entry| matches(entry.pattern, text))
}

/// Whether `text` is of the pattern, in which `***` and `###` stand for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let at_gap = pattern
        .find("***")
        .into_iter()
        .chain(pattern.find("###"))
        .min();
    let Some((start, rest)) = at_gap.and_then(|at| pattern.split_at_checked(at)) else {
        return pattern == text;
    };
    let (Some(after_gap), Some(tail)) = (rest.get(3..), text.strip_prefix(start)) else {
        return false;
    };
    tail.char_indices()
        .map(|(at, _)| at)
        .chain([tail.len()])
        .filter_map(|at| tail.get(at..))
        .any(|tail| matches(after_gap, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_ascending() {
        assert!(PLATFORM_CODES.is_sorted_by(|one, next| one.code < next.code));
    }

    #[test]
    fn patterns_match_their_families() {
        assert!(matches(
            "isv.***-not-exist:***",
            "isv.user-not-exist:invalid-nick"
        ));
        assert!(matches("isv.invalid-parameter", "isv.invalid-parameter"));
        assert!(!matches("isv.invalid-parameter", "isv.invalid-parameters"));
        assert!(matches("isp.***", "isp.anything at all, 测试"));
        assert!(!matches(
            "isp.***-service-unavailable",
            "isp.remote-service-error"
        ));
    }
}
