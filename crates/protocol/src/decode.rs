//! Reading answers.
//!
//! A failure has three layers, and none of them may ever read as "no appointments": what is not
//! an answer at all is a [`DecodeError`], a refusal is [`Answer::PlatformError`], and
//! `success=false` is [`Answer::BusinessFailure`]. `success` decides, not `msg_code`. A row that
//! cannot be read is told beside the good ones, because whoever reasons from absence must know
//! that something was there.
//!
//! The form is found from the answer itself: a gateway that cannot read `format` answers in XML.

mod flat;
mod json;
mod list_state;
mod parts;
mod raw;
mod row;
mod unknown;
mod xml;

use povline_domain::{AppointmentId, Page, UnknownFields};
use thiserror::Error;

use crate::{BusinessFailure, PlatformError};

pub use flat::{FlatAnswer, FlatReply, read_flat};
pub use list_state::{ToldDigest, read_list_state};
pub use raw::{RAW_ROW_BYTES_MAX, RawRow};
pub use row::{Field, RowFault};

/// The longest answer that is read. 200 rows of the longest fields take less than a tenth of it.
pub const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// An answer to the appointment query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What was answered.
    pub answer: Answer,
    /// The answer's id, if it has one: to be quoted when asking the platform about it.
    pub request_id: Option<String>,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A page of the list.
    Page(PageAnswer),
    /// The service behind the platform failed; this says nothing about the list.
    BusinessFailure(BusinessFailure),
    /// The platform refused the call; this says nothing about the list.
    PlatformError(PlatformError),
}

/// A page, and what in it could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageAnswer {
    /// The page with its readable rows.
    pub page: Page,
    /// Its other rows.
    pub rejected: Vec<RejectedRow>,
    /// The names of members of rows that the contract does not know, each once, at most
    /// [`UNKNOWN_FIELDS_MAX`].
    pub unknown_fields: Vec<String>,
    /// What those members hold, of each readable row that has any: its place among the page's rows,
    /// from 0, in their order. Those that [`UnknownFields::BYTES_MAX`] leaves no room for are
    /// counted in a member [`UnknownFields::LEFT_OUT`].
    pub unknown_of_rows: Vec<(usize, UnknownFields)>,
}

/// How many unknown members' names are told.
pub const UNKNOWN_FIELDS_MAX: usize = 16;

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Its place in the page, from 0, counting all rows.
    pub position: usize,
    /// Its appointment, if that much could be read.
    pub appointment_id: Option<AppointmentId>,
    /// What is wrong with it.
    pub fault: RowFault,
    /// As it came.
    pub raw: RawRow,
}

/// Why bytes are not an answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// There is nothing.
    #[error("the answer is empty")]
    Empty,
    /// There is more than any answer takes.
    #[error("the answer is longer than {ANSWER_BYTES_MAX} bytes")]
    TooLong,
    /// It is neither JSON nor XML: a proxy's or a login page, mostly.
    #[error("the answer is neither JSON nor XML of the protocol")]
    Foreign,
    /// It breaks off, or breaks its format's rules.
    #[error("the answer is malformed {format} near byte {position}")]
    Malformed {
        /// The format that it seems to be.
        format: &'static str,
        /// About where.
        position: usize,
    },
    /// It is nested deeper than any answer.
    #[error("the answer is nested too deep")]
    TooDeep,
    /// It lacks something without which nothing can be concluded from it.
    #[error("the answer has no readable {0}")]
    Missing(&'static str),
}

/// Reads an answer to the appointment query, in any form.
///
/// # Errors
/// [`DecodeError`] if it is not such an answer, whole and well-formed.
pub fn read_answer(body: &[u8]) -> Result<Reply, DecodeError> {
    match Language::of(body)? {
        Language::Json(text) => json::read_answer(text),
        Language::Xml(text) => xml::read_answer(text),
    }
}

/// Reads the error in an answer to any method; `None` if the answer is not an error.
///
/// # Errors
/// [`DecodeError`] if it is not an answer, whole and well-formed.
pub fn read_error(body: &[u8]) -> Result<Option<PlatformError>, DecodeError> {
    match Language::of(body)? {
        Language::Json(text) => json::read_error(text),
        Language::Xml(text) => xml::read_error(text),
    }
}

/// The bytes of an answer's `result`.
pub(crate) fn result_bytes(body: &[u8]) -> Result<&[u8], DecodeError> {
    match Language::of(body)? {
        Language::Json(text) => json::result_bytes(text),
        Language::Xml(text) => xml::result_bytes(text),
    }
}

enum Language<'a> {
    Json(&'a str),
    Xml(&'a str),
}

impl<'a> Language<'a> {
    fn of(body: &'a [u8]) -> Result<Self, DecodeError> {
        if body.len() > ANSWER_BYTES_MAX {
            return Err(DecodeError::TooLong);
        }
        let (language, format): (fn(&'a str) -> Self, _) = match body.trim_ascii_start().first() {
            None => return Err(DecodeError::Empty),
            Some(b'{') => (Self::Json, "JSON"),
            Some(b'<') => (Self::Xml, "XML"),
            Some(_) => return Err(DecodeError::Foreign),
        };
        std::str::from_utf8(body)
            .map(language)
            .map_err(|error| DecodeError::Malformed {
                format,
                position: error.valid_up_to(),
            })
    }
}
