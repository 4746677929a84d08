//! Keys and secrets that nobody can guess, from the operating system's randomness.

use povline_domain::AppKey;
use povline_store::book::{BookKind, SecretText};

use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::random;

/// A key of eight digits, as the platform's keys are, or of ten that begin with 102, as those of
/// its sandboxes are.
pub(super) fn app_key(kind: BookKind) -> CliResult<AppKey> {
    let number = random::seed()?;
    let text = match kind {
        BookKind::Production => (10_000_000 + number % 90_000_000).to_string(),
        BookKind::Sandbox => format!("102{:07}", number % 10_000_000),
    };
    AppKey::new(text)
        .map_err(|error| CliError::new(Exit::Failed, "cannot make an app key").caused_by(&error))
}

/// A secret of 128 bits as 32 hexadecimal digits, as the platform's secrets are. One of a sandbox
/// has as many characters, and says what it is.
pub(super) fn secret(kind: BookKind) -> CliResult<SecretText> {
    let number = random::bytes().map(u128::from_le_bytes)?;
    let digits = format!("{number:032x}");
    Ok(SecretText(match kind {
        BookKind::Production => digits,
        BookKind::Sandbox => format!("sandbox{}", &digits[7..]),
    }))
}
