//! Keys and secrets of apps, out of numbers that nobody can guess.

use povline_domain::AppKey;
use povline_store::book::{self, BookKind, SecretText};

use crate::state::Randomness;

/// How often another key is drawn if one is taken.
pub(crate) const TRIED_MAX: usize = 16;

/// A key and a secret; nothing if the operating system gives no chance.
pub(crate) fn draw(kind: BookKind, randomness: &dyn Randomness) -> Option<(AppKey, SecretText)> {
    let drawn = randomness.draw()?;
    let (for_key, rest) = drawn.split_first_chunk::<8>()?;
    let key = book::app_key(kind, u64::from_le_bytes(*for_key))?;
    let (for_secret, _) = rest.split_first_chunk::<16>()?;
    let secret = book::app_secret(kind, u128::from_le_bytes(*for_secret));
    Some((key, secret))
}
