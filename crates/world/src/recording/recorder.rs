//! From what went over the wire to a line.

use povline_domain::UnixMillis;
use povline_protocol::Fault;
use povline_protocol::decode::{self, Answer, DecodeError};

use super::call::{RecordedCall, RecordedOutcome, RecordedPage};
use super::disguise::Disguise;
use crate::server::{CallParams, asked_for};

/// What came back of a call.
#[derive(Clone, Copy)]
pub enum Seen<'a> {
    /// An answer of this HTTP status.
    Answer(u16, &'a [u8]),
    /// None: the connection broke, or there was none.
    Broken,
}

/// Rows of people stay out of logs.
impl std::fmt::Debug for Seen<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Answer(status, body) => write!(f, "Answer({status}, {} bytes)", body.len()),
            Self::Broken => f.write_str("Broken"),
        }
    }
}

/// Looks on while a client calls a server.
pub struct Recorder {
    disguise: Disguise,
    begun_at: UnixMillis,
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl Recorder {
    /// A recorder that begins now. The seed decides who is called what, and must be a secret that
    /// is kept nowhere.
    #[must_use]
    pub fn new(begun_at: UnixMillis, seed: u64) -> Self {
        Self {
            disguise: Disguise::new(seed),
            begun_at,
        }
    }

    /// When it began.
    #[must_use]
    pub fn begun_at(&self) -> UnixMillis {
        self.begun_at
    }

    /// The line of a call; `None` of one that asks for no list: another method, or parameters that
    /// cannot be read.
    pub fn line(
        &mut self,
        call: CallParams<'_>,
        at: UnixMillis,
        took_ms: u32,
        seen: Seen<'_>,
    ) -> Option<RecordedCall> {
        let query = asked_for(call)?;
        let pov = self.disguise.pov(&query.out_pov_id);
        Some(RecordedCall {
            at_ms: at.millis_since(self.begun_at).max(0),
            took_ms,
            pov,
            day: query.day,
            page: query.page.number.get(),
            size: query.page.size.get(),
            outcome: match seen {
                Seen::Broken => RecordedOutcome::Broken,
                Seen::Answer(200, body) => self.outcome(pov, body),
                Seen::Answer(status, _) => RecordedOutcome::Status(status),
            },
        })
    }

    fn outcome(&mut self, pov: usize, body: &[u8]) -> RecordedOutcome {
        let reply = match decode::read_answer(body) {
            Ok(reply) => reply,
            Err(DecodeError::Empty) => return RecordedOutcome::Empty,
            Err(_) => return RecordedOutcome::Foreign,
        };
        match reply.answer {
            Answer::BusinessFailure(_) => RecordedOutcome::NotSuccess,
            Answer::PlatformError(error) => match (error.ban_seconds(), error.fault()) {
                (Some(seconds), _) => RecordedOutcome::Ban(seconds),
                (None, Fault::Platform) => RecordedOutcome::PlatformFailed,
                (None, Fault::Caller) => RecordedOutcome::Refused(error.code),
            },
            Answer::Page(answer) => {
                let page = answer.page;
                let rows = page.rows.iter();
                RecordedOutcome::Page(RecordedPage {
                    number: page.number,
                    size: page.size,
                    total: page.total,
                    rows: rows.filter_map(|row| self.disguise.row(pov, row)).collect(),
                    unread: answer.rejected.len(),
                })
            }
        }
    }
}
