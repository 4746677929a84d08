//! Keys and secrets that nobody can guess, from the operating system's randomness.

use povline_domain::AppKey;
use povline_store::book::SecretText;

use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::random;

/// A key of eight digits, as the platform's keys are.
pub(super) fn app_key() -> CliResult<AppKey> {
    let number = random::seed()?;
    let text = (10_000_000 + number % 90_000_000).to_string();
    AppKey::new(text)
        .map_err(|error| CliError::new(Exit::Failed, "cannot make an app key").caused_by(&error))
}

/// A secret of 128 bits as 32 hexadecimal digits, as the platform's secrets are.
pub(super) fn secret() -> CliResult<SecretText> {
    let number = random::bytes().map(u128::from_le_bytes)?;
    Ok(SecretText(format!("{number:032x}")))
}
