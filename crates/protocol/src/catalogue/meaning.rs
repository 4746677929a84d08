//! What an error means and what to do about it, for whoever shows one.

use super::{Bilingual, business_code, platform_code, sub_code};
use crate::{BusinessFailure, Fault, Retry};

/// An error in words, as exactly as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    /// What it means.
    pub meaning: Bilingual,
    /// What the caller can do.
    pub remedy: Bilingual,
    /// Whose fault it is.
    pub fault: Fault,
    /// Whether to try again.
    pub retry: Retry,
}

/// The meaning of an error. `code` is that of an `error_response`, with its sub code if it has one,
/// or the `msg_code` of a good answer whose service failed.
///
/// A sub code that is listed tells more than its code does. One of which only the family is known
/// (`isv.***`) tells more only where the code itself is not known.
#[must_use]
pub fn meaning_of(code: &str, sub_code_told: Option<&str>) -> Option<Meaning> {
    if let Some(failure) = business_code(code) {
        let told = BusinessFailure::of(failure);
        return Some(Meaning {
            meaning: failure.meaning,
            remedy: failure.remedy,
            fault: told.fault(),
            retry: told.retry(),
        });
    }
    let of_code = code.parse().ok().and_then(platform_code);
    let of_sub_code = sub_code_told.and_then(sub_code);
    match (of_sub_code, of_code) {
        (Some(sub), None) => Some(sub.meaning()),
        (Some(sub), Some(code)) if sub.is_family() => Some(Meaning {
            meaning: code.meaning,
            remedy: code.remedy,
            ..sub.meaning()
        }),
        (Some(sub), Some(_)) => Some(sub.meaning()),
        (None, code) => code.map(|code| Meaning {
            meaning: code.meaning,
            remedy: code.remedy,
            fault: code.fault,
            retry: code.retry,
        }),
    }
}

impl super::SubCode {
    /// Whether it stands for all sub codes of its side that are not listed.
    #[must_use]
    pub fn is_family(&self) -> bool {
        matches!(self.pattern, "isv.***" | "isp.***")
    }

    fn meaning(&self) -> Meaning {
        Meaning {
            meaning: self.meaning,
            remedy: self.remedy,
            fault: self.fault,
            retry: self.retry,
        }
    }
}
