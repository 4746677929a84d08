//! Signatures as [Standard Webhooks](https://www.standardwebhooks.com) has them: HMAC-SHA256 over
//! `id.timestamp.body`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

const PREFIX: &str = "whsec_";

/// Shorter keys can be guessed, longer ones are cut down by HMAC.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A webhook's secret, never shown.
#[derive(Clone)]
pub struct WebhookSecret(Box<[u8]>);

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret(***)")
    }
}

impl WebhookSecret {
    /// Reads a secret as it is handed around: `whsec_` and 24 to 64 bytes in Base64.
    ///
    /// # Errors
    /// What a secret must be; nothing of what was given.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let wrong = "must be whsec_ and 24 to 64 bytes in Base64";
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(wrong)?;
        let key = STANDARD.decode(encoded).map_err(|_| wrong)?;
        match KEY_BYTES.contains(&key.len()) {
            true => Ok(Self(key.into())),
            false => Err(wrong),
        }
    }

    /// The secret that these bytes make, and its text.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> (Self, String) {
        let text = format!("{PREFIX}{}", STANDARD.encode(bytes));
        (Self(Box::from(bytes)), text)
    }

    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return String::new();
        };
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The value of `webhook-signature`: one signature for each secret, so that a receiver may go over
/// from the old one to the new one when it likes. `timestamp` is in seconds.
#[must_use]
pub fn signatures(secrets: &[WebhookSecret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let all: Vec<String> = secrets
        .iter()
        .map(|secret| secret.sign(id, timestamp, body))
        .collect();
    all.join(" ")
}

/// Whether one of the signatures in `header` is this secret's, compared in constant time.
#[must_use]
pub fn holds(secret: &WebhookSecret, header: &str, id: &str, timestamp: i64, body: &[u8]) -> bool {
    let right = secret.sign(id, timestamp, body);
    !right.is_empty()
        && header
            .split(' ')
            .any(|given| bool::from(given.as_bytes().ct_eq(right.as_bytes())))
}
