//! Chinese or English.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::{header, request::Parts};

use crate::cookie::cookie;

/// The language of a page. Whoever says nothing reads Chinese, as the contract's page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// 中文
    #[default]
    Chinese,
    /// English
    English,
}

impl Language {
    /// The cookie, and the member of the query, that say which language is wanted.
    pub const NAME: &'static str = "lang";

    /// Its code for `lang=`: `zh-CN` or `en`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The one of the two texts that is in this language.
    #[must_use]
    pub fn pick<T>(self, chinese: T, english: T) -> T {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }

    /// The other one, to be offered.
    #[must_use]
    pub fn other(self) -> Self {
        self.pick(Self::English, Self::Chinese)
    }

    /// Its own name for itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.pick("中文", "English")
    }

    /// The language of a code such as `zh`, `zh-CN` or `en-GB`.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        let primary = code.trim().split('-').next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("zh") {
            Some(Self::Chinese)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Self::English)
        } else {
            None
        }
    }

    /// The language that a query asks for, if it does.
    pub(crate) fn asked(query: &str) -> Option<Self> {
        form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == Self::NAME)
            .and_then(|(_, value)| Self::of_code(&value))
    }

    /// The language a request wants: what its query says, else its cookie, else the first language
    /// of ours among those its browser accepts, else Chinese.
    #[must_use]
    pub fn of(parts: &Parts) -> Self {
        let asked = Self::asked(parts.uri.query().unwrap_or_default());
        let kept = || cookie(&parts.headers, Self::NAME).and_then(Self::of_code);
        let accepted = || {
            let accepted = parts.headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
            accepted
                .split(',')
                .filter_map(|item| item.split(';').next())
                .find_map(Self::of_code)
        };
        asked.or_else(kept).or_else(accepted).unwrap_or_default()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}
