//! Why a signature is wrong.
//!
//! A wrong signature says nothing by itself: one bit of the signed text differs, and all of the
//! signature does. So this tries the mistakes that callers make. For each it makes the text that a
//! caller with that mistake would have signed, and looks whether the signature that came is right
//! for *that* text. Where one is, the mistake is known, and so is the first place at which the
//! caller's text differs from the platform's.
//!
//! Nothing is told of the right signature, not one byte of it: signatures are compared in constant
//! time, as always, and what is told is the name of a text. Whoever gets a mistake named has made a
//! signature with the app's secret. The work is bounded in tries and in bytes hashed.

mod mistake;
mod texts;
mod tries;
mod values;

pub use mistake::{Direction, Mistake, Part};

use crate::{Params, Secret, SignMethod};
use texts::Text;
use tries::Tries;

/// The longest canonical text that an explanation shows, in characters.
pub const CANONICAL_CHARS_MAX: usize = 1024;

/// What an app's secrets are, and were.
#[derive(Debug, Clone, Copy)]
pub struct Secrets<'a> {
    /// Those that work now, newest first.
    pub live: &'a [Secret],
    /// Those that worked earlier, as far as they are known.
    pub retired: &'a [Secret],
}

/// A place in the canonical text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// How many characters stand before it.
    pub character: usize,
    /// The parameter in whose name or value it lies; `None` if it lies in the body or behind all.
    pub parameter: Option<String>,
}

/// A mistake that makes the signature that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The mistake.
    pub mistake: Mistake,
    /// Where the text that the caller signed differs first from the platform's; `None` if it is the
    /// same text.
    pub first_difference: Option<Place>,
}

/// Why a signature is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What should have been signed, the secret masked as `***`. It holds the caller's values: show
    /// it to the caller alone, and only where no value is real.
    pub canonical: String,
    /// The likeliest cause first; none if no mistake that is known makes this signature.
    pub causes: Vec<Cause>,
    /// Whether the work reached its bound before everything was tried.
    pub cut_short: bool,
}

/// Explains a signature that does not hold. (One that does is explained as by no cause.)
#[must_use]
pub fn explain(
    method: SignMethod,
    secrets: Secrets<'_>,
    params: &Params<'_>,
    signature: &str,
) -> Explanation {
    let text = Text::of(params);
    let mut tries = Tries::new(method, secrets, signature);
    let found = tries.all(&text, params);
    let shape = || Mistake::of_shape(method, signature);
    let causes = match found {
        Some((mistake, signed)) => vec![Cause {
            first_difference: signed.and_then(|signed| text.first_difference(&signed)),
            mistake,
        }],
        None => shape()
            .map(|mistake| Cause {
                mistake,
                first_difference: None,
            })
            .into_iter()
            .collect(),
    };
    Explanation {
        canonical: text.shown(method, secrets),
        causes,
        cut_short: tries.are_used_up(),
    }
}
