//! PINs: short, so what keeps them is the limit on guesses; the hash keeps a stolen file from
//! telling them at once.

use argon2::Argon2;
use subtle::ConstantTimeEq as _;
use thiserror::Error;

/// The fewest and the most digits of a PIN.
const DIGITS: std::ops::RangeInclusive<usize> = 4..=12;

/// Why a PIN was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PinError {
    /// It is not 4 to 12 digits.
    #[error("a PIN is 4 to 12 digits")]
    NotDigits,
    /// It is one digit again and again, or a run such as 1234.
    #[error("this PIN is the first that anybody would try: take another")]
    TooPlain,
    /// The hash could not be made.
    #[error("the PIN cannot be hashed on this machine")]
    Hash,
}

/// A PIN's hash, to be kept, from a salt that nobody can guess.
///
/// # Errors
/// [`PinError`] if it is none that should be used.
pub fn hash_pin(pin: &str, salt: [u8; 16]) -> Result<String, PinError> {
    let pin = crate::find::normal(pin);
    if !DIGITS.contains(&pin.len()) || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PinError::NotDigits);
    }
    let steps: Vec<i16> = pin
        .as_bytes()
        .windows(2)
        .map(|pair| i16::from(pair[1]) - i16::from(pair[0]))
        .collect();
    let is_plain = |step: i16| steps.iter().all(|found| *found == step);
    if [-1, 0, 1].into_iter().any(is_plain) {
        return Err(PinError::TooPlain);
    }
    let hash = hashed(&pin, &salt).ok_or(PinError::Hash)?;
    Ok(format!("argon2id${}${}", hex(&salt), hex(&hash)))
}

/// Whether this is the PIN of a hash that [`hash_pin`] made. It takes some hundredths of a second.
#[must_use]
pub fn is_pin(pin: &str, kept: &str) -> bool {
    let mut parts = kept.split('$');
    let (Some("argon2id"), Some(salt), Some(hash), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let (Some(salt), Some(hash)) = (bytes(salt), bytes(hash)) else {
        return false;
    };
    hashed(&crate::find::normal(pin), &salt)
        .is_some_and(|found| bool::from(found.as_slice().ct_eq(hash.as_slice())))
}

/// Argon2id with its crate's defaults: 19 MiB, two passes.
fn hashed(pin: &str, salt: &[u8]) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    let made = Argon2::default().hash_password_into(pin.as_bytes(), salt, &mut hash);
    made.ok().map(|_| hash)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.is_ascii() || !hex.len().is_multiple_of(2) {
        return None;
    }
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_pin_fits_a_hash() {
        let kept = hash_pin("２５８０", [7; 16]).unwrap();
        assert!(is_pin("2580", &kept) && is_pin(" 25 80", &kept));
        assert!(!is_pin("2581", &kept) && !is_pin("", &kept));
        assert!(!kept.contains("2580"));
        for damaged in ["", "argon2id$00", "argon2id$zz$00", "argon2id$é$00"] {
            assert!(!is_pin("2580", damaged), "{damaged}");
        }
    }

    #[test]
    fn what_anybody_would_try_first_is_not_taken() {
        for plain in ["0000", "1234", "9876", "111111"] {
            assert_eq!(hash_pin(plain, [0; 16]), Err(PinError::TooPlain));
        }
        for wrong in ["", "12", "abcd", "1234567890123"] {
            assert_eq!(hash_pin(wrong, [0; 16]), Err(PinError::NotDigits));
        }
    }
}
