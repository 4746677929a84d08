//! What a row says beside what the contract knows of it.

use std::fmt;

use crate::TextError;

/// The members of a row that the contract does not know, as the text of a JSON object.
///
/// A platform may tell more of an appointment than its page documents, today or after its next
/// release. What that means is for whoever knows the new field: here it is only kept, as it came.
/// It may hold a patient's data, so no `Debug` text and no log shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct UnknownFields(Box<str>);

impl UnknownFields {
    /// So much of a row is kept at most, in bytes of UTF-8: ten times what all the fields that the
    /// contract knows take.
    pub const BYTES_MAX: usize = 4_096;

    /// The member that tells how many there was no room for; no platform names one so.
    pub const LEFT_OUT: &str = "povline:left_out";

    /// Takes the text of a JSON object, which is not looked into.
    ///
    /// # Errors
    /// [`TextError`] if it is empty or longer than [`Self::BYTES_MAX`].
    pub fn new(json: impl Into<Box<str>>) -> Result<Self, TextError> {
        let json = json.into();
        if json.is_empty() {
            return Err(TextError::Empty);
        }
        if json.len() > Self::BYTES_MAX {
            return Err(TextError::TooLong {
                bytes_max: Self::BYTES_MAX,
            });
        }
        Ok(Self(json))
    }

    /// The object's text.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnknownFields({} bytes)", self.0.len())
    }
}
