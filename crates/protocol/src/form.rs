//! The forms in which an answer can be written.

/// The form of an answer. The request's `format` (and `simplify`) decides it, never its `Accept`
/// header: the Java and .NET SDKs send `text/xml` there while asking for JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AnswerForm {
    /// JSON with one root key, lists wrapped under their type's name.
    Json,
    /// `simplify=true`: no root key, lists are plain arrays. Errors look as in [`Self::Json`].
    SimplifiedJson,
    /// XML, the protocol's default where a request names no format.
    #[default]
    Xml,
}

impl AnswerForm {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::Json, Self::SimplifiedJson, Self::Xml];

    /// The `Content-Type` of an answer in this form.
    ///
    /// The charset must be there (or .NET reads Latin-1) and must not be quoted (or Java and .NET
    /// throw); Node leaves a body unparsed whose type it does not know as JSON.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json | Self::SimplifiedJson => "application/json;charset=UTF-8",
            Self::Xml => "text/xml;charset=UTF-8",
        }
    }

    /// The value of the `format` parameter that asks for this form.
    #[must_use]
    pub const fn format_value(self) -> &'static str {
        match self {
            Self::Json | Self::SimplifiedJson => "json",
            Self::Xml => "xml",
        }
    }
}
