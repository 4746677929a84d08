//! Tokens, codes and sessions: how they look and how they are kept.

use povline_store::ledger::TokenDigest;
use sha2::{Digest as _, Sha256};

/// What a secret text is for. Its first letters say so, so that one is not taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// A clinic's token for programs.
    Clinic,
    /// The ISV's token for the fleet.
    Fleet,
    /// A paired device.
    Device,
    /// Somebody signed in at a device.
    Session,
}

impl SecretKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Clinic => "pvc_",
            Self::Fleet => "pvf_",
            Self::Device => "pvd_",
            Self::Session => "pvs_",
        }
    }

    /// A secret of this kind from bytes that nobody can guess.
    #[must_use]
    pub fn text(self, random: [u8; 32]) -> String {
        let mut text = self.prefix().to_owned();
        for byte in random {
            text.push_str(&format!("{byte:02x}"));
        }
        text
    }

    /// The digest of a text that looks like a secret of this kind.
    #[must_use]
    pub fn digest(self, text: &str) -> Option<TokenDigest> {
        text.starts_with(self.prefix()).then(|| digest(text))
    }
}

/// How many digits a pairing code has.
const CODE_DIGITS: u32 = 8;

/// A pairing code, easy to type, from bytes that nobody can guess: `4821 9075`.
#[must_use]
pub fn pairing_code(random: [u8; 32]) -> String {
    let mut number = [0; 16];
    number.copy_from_slice(&random[..16]);
    let code = u128::from_le_bytes(number) % 10_u128.pow(CODE_DIGITS);
    let digits = format!("{code:08}");
    format!("{} {}", &digits[..4], &digits[4..])
}

/// The digest of a pairing code as somebody typed it.
#[must_use]
pub fn pairing_digest(typed: &str) -> TokenDigest {
    digest(&format!("pairing {}", crate::find::normal(typed)))
}

pub(crate) fn digest(text: &str) -> TokenDigest {
    TokenDigest(Sha256::digest(text.as_bytes()).into())
}
