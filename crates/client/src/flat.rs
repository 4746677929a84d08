//! Answers whose `result` is no list.

use povline_protocol::decode::{FlatAnswer, read_flat};

use crate::client::RawAnswer;
use crate::error::{CallError, MalformedAnswer};

/// A success.
pub(crate) struct FlatSuccess {
    /// The answer's `model`, where it is a truth.
    pub(crate) stands: Option<bool>,
    pub(crate) request_id: Option<String>,
}

impl RawAnswer {
    /// Reads an answer of the flat shape.
    ///
    /// # Errors
    /// [`CallError`] for everything but a success.
    pub(crate) fn flat_success(&self) -> Result<FlatSuccess, CallError> {
        let reply = match read_flat(&self.http.body) {
            Ok(reply) => reply,
            Err(_) if self.http.status != 200 => {
                return Err(MalformedAnswer::Status(self.http.status).into());
            }
            Err(error) => return Err(self.malformed(error)),
        };
        let request_id = reply.request_id;
        match reply.answer {
            FlatAnswer::PlatformError(error) => Err(CallError::Platform { error, request_id }),
            // Some proxies put a status of their own on a good error document, but none on a
            // success.
            _ if self.http.status != 200 => Err(MalformedAnswer::Status(self.http.status).into()),
            FlatAnswer::BusinessFailure(failure) => Err(CallError::Business {
                failure,
                request_id,
            }),
            FlatAnswer::Success(stands) => Ok(FlatSuccess { stands, request_id }),
        }
    }
}
