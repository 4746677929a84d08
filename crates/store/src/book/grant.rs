//! Which POVs an app may read.

use std::fmt;

use povline_domain::{OutPovId, TextError};
use thiserror::Error;

/// Which POVs of its ISV an app may read: one, or all whose code begins with a prefix. An empty
/// prefix is all of them. Written `00001`, `31*`, `*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grant {
    /// One POV, by the ISV's code.
    Pov(OutPovId),
    /// Every POV whose code begins so.
    Prefix(String),
}

/// Why a text is no grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GrantError {
    /// It is no POV's code, and no beginning of one.
    #[error(transparent)]
    Text(#[from] TextError),
    /// It would grant a POV that nobody has, mostly in place of those that were meant.
    #[error("has a * that is not its end")]
    Star,
    /// No POV's code begins or ends so.
    #[error("has a blank before or behind it")]
    Blank,
}

impl Grant {
    /// Reads the written form.
    ///
    /// # Errors
    /// [`GrantError`] if it is not a POV's code and not the beginning of codes with a `*` behind it.
    pub fn parse(text: &str) -> Result<Self, GrantError> {
        let code = text.strip_suffix('*').unwrap_or(text);
        if code.contains('*') {
            return Err(GrantError::Star);
        }
        if code.trim() != code && !code.trim().is_empty() {
            return Err(GrantError::Blank);
        }
        Ok(Self::parse_kept(text)?)
    }

    /// Reads the written form of a grant that may be kept, which older versions took with less care,
    /// so that it can be taken back.
    ///
    /// # Errors
    /// [`TextError`] if no version would have taken it.
    pub fn parse_kept(text: &str) -> Result<Self, TextError> {
        match text.strip_suffix('*') {
            Some("") => Ok(Self::Prefix(String::new())),
            Some(prefix) => OutPovId::new(prefix).map(|_| Self::Prefix(prefix.to_owned())),
            None => OutPovId::new(text).map(Self::Pov),
        }
    }

    /// Whether this grant covers a POV.
    #[must_use]
    pub fn covers(&self, pov: &OutPovId) -> bool {
        match self {
            Self::Pov(granted) => granted == pov,
            Self::Prefix(prefix) => pov.as_str().starts_with(prefix.as_str()),
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pov(pov) => f.write_str(pov.as_str()),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grants_nothing_is_refused_and_can_be_taken_back() {
        for text in ["00001", "31*", "*", "浦东 一*"] {
            assert_eq!(Grant::parse(text).unwrap().to_string(), text);
        }
        for text in ["*0", "0*1", "**", "3**"] {
            assert_eq!(Grant::parse(text), Err(GrantError::Star), "{text}");
            assert_eq!(Grant::parse_kept(text).unwrap().to_string(), text);
        }
        for text in [" 31*", "00001 ", "31 *"] {
            assert_eq!(Grant::parse(text), Err(GrantError::Blank), "{text}");
            assert_eq!(Grant::parse_kept(text).unwrap().to_string(), text);
        }
        for text in ["", " ", " *"] {
            assert_eq!(Grant::parse(text), Err(TextError::Empty.into()), "{text:?}");
        }
    }
}
