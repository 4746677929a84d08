//! What an API method's documentation is made of.
//!
//! A method's file holds one [`ApiSpec`]; pages, samples and descriptions for machines are all
//! rendered from it, so they cannot disagree with each other or with the code beside them.

use crate::catalogue::{Bilingual, BusinessCode};

/// One method of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiSpec {
    /// The method's name, the value of the parameter `method`.
    pub method: &'static str,
    /// Its title.
    pub title: Bilingual,
    /// The category it stands in.
    pub category: Bilingual,
    /// What it is for.
    pub summary: Bilingual,
    /// The method's own parameters.
    pub request: &'static [FieldSpec],
    /// What stands under the response's root.
    pub response: &'static [FieldSpec],
    /// Whether the contract is the category's; if not, the method is Povline's own.
    pub of_category: bool,
    /// Whether a call must carry a session of its app.
    pub needs_session: bool,
    /// How its answer tells that the service failed.
    pub shape: AnswerShape,
    /// Its own refusals, beside those that any call may get: see [`refusals`](Self::refusals).
    pub refusals: &'static [Refusal],
    /// How its service may fail, beside the platform's being busy.
    pub failures: &'static [&'static BusinessCode],
    /// What the contract leaves open and Povline decides.
    pub notes: &'static [Bilingual],
}

/// A kind of `error_response`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The platform's code.
    pub code: i64,
    /// The sub code or, for a family, what stands before its `:`; empty if there is none.
    pub sub_code: &'static str,
}

/// Where an answer says whether its service succeeded. The category has both shapes, and the type
/// `MtopResult` means another one in some of its methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerShape {
    /// In an object `result`: `model`, `msg_code`, `msg_info`, `success`.
    Result,
    /// Directly under the root: `is_success`, `model`, `msg_code`, `msg_info`.
    Flat,
}

/// One field of a request or a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldSpec {
    /// Its name on the wire.
    pub name: &'static str,
    /// Its type, as the category's documentation names it (`String`, `Number`, `Boolean`, an
    /// object's name; ` []` after a list's).
    pub kind: &'static str,
    /// Whether it must be there in a request, or always is in an answer, where what it stands in is.
    pub required: bool,
    /// A sample value; empty if the documentation gives none.
    pub sample: &'static str,
    /// For a request: what else its value must keep to.
    pub limit: Limit,
    /// What it means.
    pub description: Bilingual,
    /// The fields of the object, or of the list's element.
    pub children: &'static [FieldSpec],
}

/// What the value of a parameter must keep to beside its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Nothing that could be said here.
    None,
    /// A text has at most so many bytes of UTF-8.
    Bytes(usize),
    /// A number is at least and at most so large.
    Within(u64, u64),
    /// A list has at most so many values, and at least one.
    Items(usize),
}

impl Limit {
    /// In words; empty for [`Limit::None`].
    #[must_use]
    pub fn words(self) -> [String; 2] {
        match self {
            Self::None => [String::new(), String::new()],
            Self::Bytes(most) => [format!("最长{most}字节"), format!("at most {most} bytes")],
            Self::Within(least, most) => [format!("{least}至{most}"), format!("{least} to {most}")],
            Self::Items(most) => [format!("最多{most}个"), format!("at most {most} values")],
        }
    }
}

impl FieldSpec {
    /// The same, of at most so many bytes.
    #[must_use]
    pub const fn bytes(self, most: usize) -> Self {
        Self {
            limit: Limit::Bytes(most),
            ..self
        }
    }

    /// The same, within these bounds.
    #[must_use]
    pub const fn within(self, least: u64, most: u64) -> Self {
        Self {
            limit: Limit::Within(least, most),
            ..self
        }
    }

    /// The same, of at most so many values.
    #[must_use]
    pub const fn items(self, most: usize) -> Self {
        Self {
            limit: Limit::Items(most),
            ..self
        }
    }

    /// Whether a call without it, or without anything in it, is refused: the category calls the
    /// object of the contract's method optional, and members of it needed.
    #[must_use]
    pub fn needs_value(&self) -> bool {
        self.required || self.children.iter().any(Self::needs_value)
    }

    /// Whether the field is a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.kind.ends_with("[]")
    }

    /// The name under which a list's elements stand: the type's name in snake case.
    #[must_use]
    pub fn element_name(&self) -> String {
        let kind = self.kind.trim_end_matches("[]").trim();
        let mut name = String::with_capacity(kind.len() + 4);
        for (at, character) in kind.chars().enumerate() {
            if character.is_ascii_uppercase() && at > 0 {
                name.push('_');
            }
            name.push(character.to_ascii_lowercase());
        }
        name
    }
}

/// The name under which a method's answer stands: `.` becomes `_`, `_response` follows, a leading
/// `taobao.` falls away. Python's users index by it and Node's SDK needs it.
#[must_use]
pub fn response_key(method: &str) -> String {
    let name = method.strip_prefix("taobao.").unwrap_or(method);
    format!("{}_response", name.replace('.', "_"))
}
