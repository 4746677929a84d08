//! Checked text: the one rule that every identifier of the field obeys.

use thiserror::Error;

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextError {
    /// The text has no characters, or only white space.
    #[error("must not be empty")]
    Empty,
    /// The text is longer than its field allows.
    #[error("is longer than {bytes_max} bytes")]
    TooLong {
        /// The longest allowed, in bytes of UTF-8.
        bytes_max: usize,
    },
    /// The text holds a control character, which no format of the protocol can carry.
    #[error("holds the control character U+{code:04X}")]
    Control {
        /// The character's code point.
        code: u32,
    },
}

/// Checks a text that is to be kept as it is: not blank, short enough, nothing that XML 1.0 or a
/// terminal would choke on.
pub(crate) fn check(text: &str, bytes_max: usize) -> Result<(), TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Empty);
    }
    if text.len() > bytes_max {
        return Err(TextError::TooLong { bytes_max });
    }
    match text
        .chars()
        .find(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'))
    {
        Some(c) => Err(TextError::Control { code: u32::from(c) }),
        None => Ok(()),
    }
}

/// Declares a newtype over checked text. `debug` says what a log may see of it.
macro_rules! checked_text {
    ($(#[$doc:meta])* pub struct $name:ident, bytes_max = $max:literal, debug = $debug:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(smol_str::SmolStr);

        impl $name {
            /// The longest value, in bytes of UTF-8.
            pub const BYTES_MAX: usize = $max;

            /// Checks the text and takes it.
            ///
            /// # Errors
            /// [`TextError`](crate::TextError) if it is blank, too long, or holds a control
            /// character.
            pub fn new(text: impl Into<smol_str::SmolStr>) -> Result<Self, crate::TextError> {
                let text = text.into();
                crate::text::check(&text, Self::BYTES_MAX)?;
                Ok(Self(text))
            }

            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::TextError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let debug: fn(&Self, &mut std::fmt::Formatter<'_>) -> std::fmt::Result = $debug;
                debug(self, f)
            }
        }
    };
}
pub(crate) use checked_text;
