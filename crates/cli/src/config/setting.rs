//! One setting as it was written, and where.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};

/// Where a setting was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// In the configuration file.
    File,
    /// In this environment variable.
    Environment(&'static str),
    /// On the command line.
    Flag,
}

/// A setting before it is checked. `Debug` hides its text, which may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) text: String,
    pub(crate) source: Source,
}

impl Setting {
    /// What stands on the command line.
    pub(crate) fn flag(text: &Option<String>) -> Option<Self> {
        text.clone().map(|text| Self {
            text,
            source: Source::Flag,
        })
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Setting({:?})", self.source)
    }
}

/// A file may write a number as a number and a list as a list; what it means is checked later,
/// when every fault can be told with its name.
impl<'de> Deserialize<'de> for Setting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = String;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, or a list of texts")
            }

            fn visit_str<E>(self, text: &str) -> Result<String, E> {
                Ok(text.to_owned())
            }

            fn visit_i64<E>(self, number: i64) -> Result<String, E> {
                Ok(number.to_string())
            }

            fn visit_f64<E>(self, number: f64) -> Result<String, E> {
                Ok(number.to_string())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<String, A::Error> {
                let mut texts: Vec<String> = Vec::new();
                while let Some(text) = list.next_element()? {
                    texts.push(text);
                }
                if texts.iter().any(|text| text.contains(',')) {
                    return Err(A::Error::custom("a text of a list must not hold a comma"));
                }
                Ok(texts.join(","))
            }
        }
        deserializer.deserialize_any(Written).map(|text| Self {
            text,
            source: Source::File,
        })
    }
}
