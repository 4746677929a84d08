//! Batches: many calls in one request.
//!
//! The system parameters stand in the query, without `method`, and their signature covers the whole
//! body after them. The body is a list of calls, each an urlencoded form, with a separator between
//! any two. The first may be no call but what all of them share: `#PUBLIC#` and a form whose
//! parameters count for every call that does not have its own. A call without parameters is
//! written `N`, because nothing between two separators would be hard to see. The answer is a list
//! of ordinary answers in the same order, with the same separator; if the batch as a whole is
//! refused, it is one error document, which clients tell by the number of parts.

use memchr::memmem;
use thiserror::Error;

use crate::{Params, ParamsError, PlatformError};

/// The path at which a gateway takes batches.
pub const PATH: &str = "/router/batch";
/// What stands between two calls and between two answers, unless the request names something else.
pub const SEPARATOR: &[u8] = b"\r\n-S-\r\n";
/// The request header that names another separator.
pub const SEPARATOR_HEADER: &str = "top-api-separator";
/// The longest separator, in bytes.
pub const SEPARATOR_BYTES_MAX: usize = 64;

/// What begins the part that all calls share.
const PUBLIC: &[u8] = b"#PUBLIC#";
/// A call without parameters.
const NO_PARAMS: &[u8] = b"N";

/// What the batch has for all of its calls, and no call for itself: who signs, how and when, and in
/// which form the answers come. `method`, `session` and `target_app_key` are each call's own.
const OF_THE_BATCH: [&str; 8] = [
    "app_key",
    "sign_method",
    "sign",
    "timestamp",
    "format",
    "v",
    "partner_id",
    "simplify",
];

/// A batch's body, cut into its calls.
#[derive(Clone, PartialEq, Eq)]
pub struct Batch<'a> {
    shared: Params<'a>,
    calls: Vec<&'a [u8]>,
}

/// Parameters stay out of logs.
impl std::fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch")
            .field("calls", &self.calls.len())
            .finish_non_exhaustive()
    }
}

/// Why a body is no batch.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BatchError {
    /// It holds no call.
    #[error("the batch holds no call")]
    Empty,
    /// It holds more calls than are taken at a time.
    #[error("the batch holds more than {calls_max} calls")]
    TooMany {
        /// How many are taken.
        calls_max: usize,
    },
    /// The separator is empty, too long, or not made of visible ASCII characters.
    #[error("the separator must be 1 to {SEPARATOR_BYTES_MAX} visible ASCII characters")]
    Separator,
    /// The parameters that all calls share cannot be read.
    #[error("the parameters that all calls share cannot be read")]
    Shared(#[from] ParamsError),
}

impl BatchError {
    /// The error as the protocol tells it, for the batch as a whole.
    #[must_use]
    pub fn platform_error(&self) -> PlatformError {
        let what = match self {
            Self::Empty => "批量请求为空".to_owned(),
            Self::TooMany { calls_max } => format!("批量请求超过{calls_max}个"),
            Self::Separator => return PlatformError::invalid_argument(SEPARATOR_HEADER),
            Self::Shared(error) => return error.platform_error(),
        };
        PlatformError::of_code(43).with_sub("isv.invalid-parameter", what)
    }
}

/// The separator that a request's header names.
///
/// # Errors
/// [`BatchError::Separator`] if it cannot be one.
pub fn separator(header: Option<&[u8]>) -> Result<&[u8], BatchError> {
    match header {
        None => Ok(SEPARATOR),
        Some(named)
            if (1..=SEPARATOR_BYTES_MAX).contains(&named.len())
                && named.iter().all(|byte| matches!(byte, b' '..=b'~')) =>
        {
            Ok(named)
        }
        Some(_) => Err(BatchError::Separator),
    }
}

impl<'a> Batch<'a> {
    /// Cuts a body of at most `calls_max` calls.
    ///
    /// # Errors
    /// [`BatchError`] if there is no call, if there are too many, or if what they share cannot be
    /// read; never for what a call holds.
    pub fn split(body: &'a [u8], separator: &[u8], calls_max: usize) -> Result<Self, BatchError> {
        if separator.is_empty() {
            return Err(BatchError::Separator);
        }
        let (shared, rest) = match body.strip_prefix(PUBLIC) {
            None => (&[][..], body),
            Some(shared) => {
                let end = memmem::find(shared, separator).ok_or(BatchError::Empty)?;
                let (shared, rest) = shared.split_at(end);
                (shared, rest.get(separator.len()..).unwrap_or_default())
            }
        };
        if rest.is_empty() {
            return Err(BatchError::Empty);
        }
        let ends = memmem::find_iter(rest, separator).chain(std::iter::once(rest.len()));
        let mut calls = Vec::new();
        let mut begin = 0;
        for end in ends {
            if calls.len() == calls_max {
                return Err(BatchError::TooMany { calls_max });
            }
            calls.push(rest.get(begin..end).unwrap_or_default());
            begin = end + separator.len();
        }
        let shared = Params::form(shared)?;
        Ok(Self { shared, calls })
    }

    /// How many calls there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether there is none: never, of a batch that could be cut.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The parameters of each call, in order: its own, under them the shared ones, under those the
    /// system parameters of the batch. A call whose parameters cannot be read does not hinder the
    /// others.
    pub fn calls<'s>(
        &'s self,
        system: &'s Params<'a>,
    ) -> impl Iterator<Item = Result<Params<'a>, PlatformError>> + 's {
        self.calls.iter().map(|call| self.params(call, system))
    }

    fn params(&self, call: &'a [u8], system: &Params<'a>) -> Result<Params<'a>, PlatformError> {
        let own = match call {
            NO_PARAMS => &[][..],
            call => call,
        };
        let own = Params::form(own).map_err(|error| error.platform_error())?;
        let mut params = Params::default();
        for from in [&own, &self.shared, system] {
            for (name, value) in from.pairs() {
                // Said once more it does no harm; said otherwise it would be passed over.
                let is_of_the_batch = OF_THE_BATCH.contains(&name.as_ref());
                if is_of_the_batch && system.get(name) != Some(value) {
                    return Err(PlatformError::invalid_argument(name));
                }
                if params.get(name).is_none() {
                    params
                        .push(name.clone(), value.clone())
                        .map_err(|error| error.platform_error())?;
                }
            }
        }
        Ok(params)
    }
}
