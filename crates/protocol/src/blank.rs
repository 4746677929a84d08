//! A call's form with everything filled in that is the same in every call.
//!
//! Whoever makes the same call over and over has most of it already: the names in the order in which
//! they are signed, the public parameters as they stand in the query, the key. What is left is the
//! instant, the arguments and the signature.

use povline_domain::UnixMillis;

use crate::form_writer::write_text;
use crate::request::Credentials;
use crate::sign::{Key, SignMethod};
use crate::{AnswerForm, Secret, timestamp};

/// The form of a method's calls.
#[derive(Clone)]
pub(crate) struct Blank {
    key: Key,
    /// Where a call says itself how it is signed, among its arguments, and with which secret.
    own_method: Option<(usize, Secret)>,
    /// What is signed.
    text: Vec<Piece>,
    query: Vec<Piece>,
    body: Vec<Piece>,
    /// How long all that stands in them already is.
    bytes: usize,
}

/// A call as it is sent: `POST` to this target, with this body.
#[derive(Clone, PartialEq, Eq)]
pub struct Filled {
    /// What stands before the query, and the query with the signature.
    pub target: String,
    /// The body, of type [`CONTENT_TYPE`](crate::request::CONTENT_TYPE).
    pub body: String,
}

/// Signatures and sessions stay out of logs.
impl std::fmt::Debug for Filled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filled").finish_non_exhaustive()
    }
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// What stands there already.
    Same(Vec<u8>),
    /// The instant of the call.
    Timestamp,
    /// An argument, by its place among them.
    Argument(usize),
}

/// A parameter, and where its value comes from.
type Parameter<'a> = (&'a str, Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Same(&'a str),
    Timestamp,
    Argument(usize),
}

/// The longest that a timestamp stands in a query.
const TIMESTAMP_BYTES: usize = 19 + 2 * 2;
/// The longest signature.
const SIGNATURE_BYTES: usize = 64;

impl Blank {
    /// The form of calls of a method with arguments of these names, of which none stands twice.
    pub(crate) fn new(
        credentials: &Credentials,
        method: &str,
        names: &[&str],
        form: AnswerForm,
    ) -> Self {
        let same = |value| Some(Source::Same(value));
        let own = [
            ("app_key", same(credentials.app_key.as_str())),
            ("method", same(method)),
            ("v", same("2.0")),
            ("timestamp", Some(Source::Timestamp)),
            (
                "partner_id",
                credentials.partner_id.as_deref().map(Source::Same),
            ),
            ("format", same(form.format_value())),
            (
                "simplify",
                (form == AnswerForm::SimplifiedJson).then_some(Source::Same("true")),
            ),
            ("sign_method", same(credentials.sign_method.word())),
            (
                "session",
                credentials
                    .session
                    .as_ref()
                    .map(Secret::reveal)
                    .map(Source::Same),
            ),
        ];
        let public: Vec<Parameter<'_>> = own
            .into_iter()
            .filter_map(|(name, source)| Some((name, source?)))
            .filter(|(name, _)| !names.contains(name))
            .collect();
        let arguments: Vec<Parameter<'_>> = (0..)
            .zip(names)
            .filter(|(_, name)| **name != "sign")
            .map(|(place, name)| (*name, Source::Argument(place)))
            .collect();
        let own_method = names.iter().position(|name| *name == "sign_method");
        let mut sorted: Vec<Parameter<'_>> = [&*public, &*arguments].concat();
        sorted.sort_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));
        let (text, mut query, body) = (
            Pieces::signed(&sorted),
            Pieces::form(&public),
            Pieces::form(&arguments),
        );
        query.add_same(|bytes| {
            if !public.is_empty() {
                bytes.push(b'&');
            }
            bytes.extend_from_slice(b"sign=");
        });
        Self {
            key: Key::new(
                credentials.sign_method,
                credentials.secret.reveal().as_bytes(),
            ),
            own_method: own_method.map(|place| (place, credentials.secret.clone())),
            bytes: text.bytes + query.bytes + body.bytes,
            text: text.pieces,
            query: query.pieces,
            body: body.pieces,
        }
    }

    /// Signs a call with these arguments, in the order of their names, and writes it. `target` is what
    /// stands before the query: a path and `?`, or nothing.
    pub(crate) fn fill(&self, target: &str, arguments: &[&str], now: UnixMillis) -> Filled {
        let now = timestamp::format(now);
        let value = |place: usize| arguments.get(place).copied().unwrap_or_default();
        let longest = self.bytes + arguments.iter().map(|value| value.len() * 3).sum::<usize>();

        let mut text = Vec::with_capacity(longest);
        for piece in &self.text {
            text.extend_from_slice(match piece {
                Piece::Same(same) => same,
                Piece::Timestamp => now.as_bytes(),
                Piece::Argument(place) => value(*place).as_bytes(),
            });
        }
        let own_key = self.own_method.as_ref().and_then(|(place, secret)| {
            let method = SignMethod::from_word(value(*place))?;
            Some(Key::new(method, secret.reveal().as_bytes()))
        });
        let code = own_key.as_ref().unwrap_or(&self.key).code(&[&text]);

        let write = |bytes: &mut Vec<u8>, pieces: &[Piece]| {
            for piece in pieces {
                match piece {
                    Piece::Same(same) => bytes.extend_from_slice(same),
                    Piece::Timestamp => write_text(bytes, &now),
                    Piece::Argument(place) => write_text(bytes, value(*place)),
                }
            }
        };
        let mut query =
            Vec::with_capacity(target.len() + self.bytes + TIMESTAMP_BYTES + SIGNATURE_BYTES);
        query.extend_from_slice(target.as_bytes());
        write(&mut query, &self.query);
        code.write_upper_hex(&mut query);
        let mut body = Vec::with_capacity(longest);
        write(&mut body, &self.body);
        // A target is text, and all that is written is ASCII.
        Filled {
            target: String::from_utf8(query).unwrap_or_default(),
            body: String::from_utf8(body).unwrap_or_default(),
        }
    }
}

/// Pieces being put together.
#[derive(Default)]
struct Pieces {
    pieces: Vec<Piece>,
    bytes: usize,
}

impl Pieces {
    /// Name and value of each, without separators.
    fn signed(parameters: &[Parameter<'_>]) -> Self {
        let mut pieces = Self::default();
        for (name, source) in parameters {
            pieces.add_same(|bytes| bytes.extend_from_slice(name.as_bytes()));
            pieces.add(*source, |bytes, value| {
                bytes.extend_from_slice(value.as_bytes());
            });
        }
        pieces
    }

    /// As they stand in a query or a body.
    fn form(parameters: &[Parameter<'_>]) -> Self {
        let mut pieces = Self::default();
        for (number, (name, source)) in parameters.iter().enumerate() {
            pieces.add_same(|bytes| {
                if number > 0 {
                    bytes.push(b'&');
                }
                write_text(bytes, name);
                bytes.push(b'=');
            });
            pieces.add(*source, write_text);
        }
        pieces
    }

    fn add(&mut self, source: Source<'_>, write: impl FnOnce(&mut Vec<u8>, &str)) {
        match source {
            Source::Same(value) => self.add_same(|bytes| write(bytes, value)),
            Source::Timestamp => self.pieces.push(Piece::Timestamp),
            Source::Argument(place) => self.pieces.push(Piece::Argument(place)),
        }
    }

    /// What always stands there, joined with what stands before it.
    fn add_same(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if !matches!(self.pieces.last(), Some(Piece::Same(_))) {
            self.pieces.push(Piece::Same(Vec::new()));
        }
        if let Some(Piece::Same(bytes)) = self.pieces.last_mut() {
            let before = bytes.len();
            write(bytes);
            self.bytes += bytes.len() - before;
        }
    }
}
