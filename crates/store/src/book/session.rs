//! What a session is known by.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The SHA-256 of a session's text, as 64 lower-case hexadecimal digits.
///
/// Sessions are drawn at random from more texts than anybody can try, so a plain digest keeps them
/// as well as a slow one would, and a call can afford it. `Debug` shows the beginning by which
/// operators name a session.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionDigest(Box<str>);

impl SessionDigest {
    /// How many digits of it tell sessions apart for people.
    pub const SHORT: usize = 12;

    /// The digest of a session's text.
    #[must_use]
    pub fn of(session: &str) -> Self {
        let digest = Sha256::digest(session);
        Self(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The digest as it was stored.
    pub(crate) fn stored(text: String) -> Option<Self> {
        let fits = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| Self(text.into()))
    }

    /// All of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its beginning, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..Self::SHORT]
    }
}

impl fmt::Debug for SessionDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionDigest({}…)", self.short())
    }
}
