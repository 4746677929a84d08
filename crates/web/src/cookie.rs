//! Cookies, as few as there are.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};

/// The value of the first cookie of this name, as it was sent.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// A cookie to be set. No script can read it, and no other site's page sends it along.
#[derive(Debug, Clone, Copy)]
pub struct Cookie<'a> {
    /// Its name: letters, digits, `_` and `-`.
    pub name: &'a str,
    /// Its value: what a cookie may hold, so no space, comma, semicolon, quote or backslash.
    pub value: &'a str,
    /// How long the browser keeps it; zero takes it away.
    pub kept: Duration,
    /// Sent over TLS alone.
    pub is_secure: bool,
}

impl Cookie<'_> {
    /// The header `Set-Cookie`, or `None` if name or value hold what a header cannot.
    #[must_use]
    pub fn header(&self) -> Option<HeaderValue> {
        let is_sound = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_graphic() && !b",;\"\\".contains(&byte))
        };
        if self.name.is_empty() || !is_sound(self.name) || !is_sound(self.value) {
            return None;
        }
        let secure = if self.is_secure { "; Secure" } else { "" };
        HeaderValue::try_from(format!(
            "{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{secure}",
            self.name,
            self.value,
            self.kept.as_secs(),
        ))
        .ok()
    }
}
