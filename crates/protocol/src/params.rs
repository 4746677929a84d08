//! The parameters of a request, from wherever they stand.
//!
//! SDKs put them in the query, in an urlencoded body, in a multipart body, or in two of these;
//! signatures cover the union. So they are kept as ordered pairs, exactly as received (empty
//! values included), and a name that stands twice is refused: which of two values was meant is
//! not for us to guess.

mod multipart;
mod urlencoded;

use std::borrow::Cow;

use thiserror::Error;

use crate::PlatformError;

/// One parameter: name and value.
pub(crate) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The parameters of one request. `Debug` shows their names alone: among the values are signatures,
/// sessions and patients' data.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params<'a> {
    pairs: Vec<Pair<'a>>,
    files: Vec<Cow<'a, str>>,
    raw_body: Option<&'a [u8]>,
    /// The body that held parameters, as it came.
    form_body: &'a [u8],
    /// How many of the pairs stood in the query.
    query_count: usize,
}

impl std::fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set()
            .entries(self.pairs.iter().map(|(name, _)| name))
            .finish()
    }
}

/// Why a request's parameters could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParamsError {
    /// A name stands more than once, in one place or in two.
    #[error("the parameter {0:?} stands more than once")]
    Duplicate(String),
    /// A name or a value is not UTF-8.
    #[error("the parameters are not UTF-8")]
    NotUtf8,
    /// More parameters than any method takes.
    #[error("there are more than {} parameters", Params::COUNT_MAX)]
    TooMany,
    /// A name is longer than any method's.
    #[error("a parameter's name is longer than {} bytes", Params::NAME_BYTES_MAX)]
    NameTooLong,
    /// The multipart body does not follow its own boundary.
    #[error("the multipart body is malformed")]
    Multipart,
}

impl ParamsError {
    /// The error as the protocol tells it.
    #[must_use]
    pub fn platform_error(&self) -> PlatformError {
        match self {
            Self::Duplicate(name) => PlatformError::invalid_argument(name),
            Self::NotUtf8 => PlatformError::of_code(47),
            Self::TooMany => unreadable(format!("参数超过{}个", Params::COUNT_MAX)),
            Self::NameTooLong => unreadable(format!("参数名超过{}字节", Params::NAME_BYTES_MAX)),
            Self::Multipart => unreadable("multipart请求体与其boundary不符".to_owned()),
        }
    }
}

/// 43, with what is wrong.
fn unreadable(what: String) -> PlatformError {
    PlatformError::of_code(43).with_sub("isv.invalid-parameter", what)
}

impl<'a> Params<'a> {
    /// The most parameters that are read.
    pub const COUNT_MAX: usize = 128;
    /// The longest name of a parameter, in bytes.
    pub const NAME_BYTES_MAX: usize = 256;

    /// Reads the parameters of a request, GET or POST. How long query and body may be is for
    /// whoever received them to bound.
    ///
    /// A body of type `application/x-www-form-urlencoded` or `multipart/form-data`, or of no
    /// stated type, holds parameters. Any other body holds none and is signed as it is (see
    /// [`Params::signed_body`]).
    ///
    /// # Errors
    /// [`ParamsError`], which [`ParamsError::platform_error`] turns into the protocol's answer.
    pub fn read(
        query: Option<&'a str>,
        content_type: Option<&str>,
        body: &'a [u8],
    ) -> Result<Self, ParamsError> {
        let mut params = Self {
            pairs: Vec::with_capacity(16),
            ..Self::default()
        };
        if let Some(query) = query {
            urlencoded::read(query, &mut params)?;
        }
        params.query_count = params.pairs.len();
        params.form_body = body;
        match BodyKind::of(content_type) {
            BodyKind::Urlencoded => urlencoded::read(text(body)?, &mut params)?,
            BodyKind::Multipart(boundary) => multipart::read(body, boundary, &mut params)?,
            BodyKind::Raw => {
                params.raw_body = Some(body);
                params.form_body = &[];
            }
        }
        Ok(params)
    }

    /// Reads the parameters of one urlencoded form.
    ///
    /// # Errors
    /// [`ParamsError`], as of [`Params::read`].
    pub fn form(form: &'a [u8]) -> Result<Self, ParamsError> {
        let mut params = Self::default();
        urlencoded::read(text(form)?, &mut params)?;
        Ok(params)
    }

    /// Makes parameters of pairs that a caller of ours names.
    ///
    /// # Errors
    /// [`ParamsError`] if a name stands twice, is too long, or there are too many.
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self, ParamsError>
    where
        N: Into<Cow<'a, str>>,
        V: Into<Cow<'a, str>>,
    {
        let mut params = Self::default();
        for (name, value) in pairs {
            params.push(name.into(), value.into())?;
        }
        Ok(params)
    }

    /// The pairs, in the order in which they were received.
    #[must_use]
    pub fn pairs(&self) -> &[Pair<'a>] {
        &self.pairs
    }

    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(candidate, _)| candidate == name)
            .map(|(_, value)| value.as_ref())
    }

    /// The names of file parts. Files are not signed, and no method here takes one.
    #[must_use]
    pub fn files(&self) -> &[Cow<'a, str>] {
        &self.files
    }

    /// What a signature covers after the parameters: the raw body if it holds no parameters.
    #[must_use]
    pub fn signed_body(&self) -> &'a [u8] {
        self.raw_body.unwrap_or_default()
    }

    /// How many of the pairs, counted from the first, stood in the query.
    pub(crate) fn query_count(&self) -> usize {
        self.query_count
    }

    /// The body that held parameters, as it came.
    pub(crate) fn form_body(&self) -> &'a [u8] {
        self.form_body
    }

    pub(crate) fn push(
        &mut self,
        name: Cow<'a, str>,
        value: Cow<'a, str>,
    ) -> Result<(), ParamsError> {
        self.admit(&name)?;
        self.pairs.push((name, value));
        Ok(())
    }

    fn push_file(&mut self, name: Cow<'a, str>) -> Result<(), ParamsError> {
        self.admit(&name)?;
        self.files.push(name);
        Ok(())
    }

    fn admit(&self, name: &str) -> Result<(), ParamsError> {
        if name.len() > Self::NAME_BYTES_MAX {
            return Err(ParamsError::NameTooLong);
        }
        if self.pairs.len() + self.files.len() >= Self::COUNT_MAX {
            return Err(ParamsError::TooMany);
        }
        let known = self.pairs.iter().map(|(known, _)| known).chain(&self.files);
        if known.into_iter().any(|known| known == name) {
            return Err(ParamsError::Duplicate(name.to_owned()));
        }
        Ok(())
    }
}

/// A form as text. What its escapes stand for is held to be UTF-8 where they are decoded.
fn text(form: &[u8]) -> Result<&str, ParamsError> {
    std::str::from_utf8(form).map_err(|_| ParamsError::NotUtf8)
}

enum BodyKind<'t> {
    Urlencoded,
    Multipart(&'t str),
    Raw,
}

impl<'t> BodyKind<'t> {
    fn of(content_type: Option<&'t str>) -> Self {
        let Some(content_type) = content_type else {
            return Self::Urlencoded;
        };
        let (kind, attributes) = content_type.split_once(';').unwrap_or((content_type, ""));
        let kind = kind.trim();
        if kind.is_empty() || kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Self::Urlencoded;
        }
        if kind.eq_ignore_ascii_case("multipart/form-data") {
            // Without a boundary the body cannot be cut; the empty one never matches.
            return Self::Multipart(attribute(attributes, "boundary").unwrap_or_default());
        }
        Self::Raw
    }
}

/// The value of a header's attribute, `; name=value` or `; name="value"`.
fn attribute<'t>(attributes: &'t str, name: &str) -> Option<&'t str> {
    attributes.split(';').find_map(|attribute| {
        let (candidate, value) = attribute.split_once('=')?;
        let value = value.trim();
        candidate.trim().eq_ignore_ascii_case(name).then(|| {
            value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'))
                .unwrap_or(value)
        })
    })
}
