//! What keys and secrets of apps look like. Chance is an argument.

use povline_domain::AppKey;

use super::{BookKind, SecretText};

/// A key out of a number drawn at random: eight digits, as the platform's keys are, or ten that
/// begin with 102, as those of its sandboxes are. `None` never comes: every such text is a key.
#[must_use]
pub fn app_key(kind: BookKind, drawn: u64) -> Option<AppKey> {
    let text = match kind {
        BookKind::Production => (10_000_000 + drawn % 90_000_000).to_string(),
        BookKind::Sandbox => format!("102{:07}", drawn % 10_000_000),
    };
    AppKey::new(text).ok()
}

/// A secret of 128 bits drawn at random, as 32 hexadecimal digits, as the platform's secrets are.
/// One of a sandbox has as many characters, and says what it is.
#[must_use]
pub fn app_secret(kind: BookKind, drawn: u128) -> SecretText {
    let digits = format!("{drawn:032x}");
    SecretText(match kind {
        BookKind::Production => digits,
        BookKind::Sandbox => format!("sandbox{}", digits.get(7..).unwrap_or_default()),
    })
}
