//! Keys and secrets that nobody can guess, from the operating system's randomness.

use povline_domain::AppKey;
use povline_store::book::{self, BookKind, SecretText};

use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::random;

/// A key that nobody has drawn before, most likely.
pub(super) fn app_key(kind: BookKind) -> CliResult<AppKey> {
    book::app_key(kind, random::seed()?)
        .ok_or_else(|| CliError::new(Exit::Failed, "cannot make an app key"))
}

/// A secret.
pub(super) fn secret(kind: BookKind) -> CliResult<SecretText> {
    let drawn = random::bytes().map(u128::from_le_bytes)?;
    Ok(book::app_secret(kind, drawn))
}
