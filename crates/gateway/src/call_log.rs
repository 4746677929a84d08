//! Lines of the request log on their way to the journal. A call never waits for it: when there is
//! no room, its line is dropped and counted.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use povline_domain::{AppKey, Day, OutPovId, UnixMillis};
use povline_protocol::RequestId;
use povline_store::journal::{CallLine, CallOutcome};
use tokio::sync::Notify;

/// Lines that wait at most: some ten megabytes.
const LINES_MAX: usize = 65_536;

/// From here on the lines are written without waiting for their time: as many as one block of the
/// journal takes. More would only wait in memory.
const LINES_SOON: usize = 4_096;

/// A line as a call leaves it, without the texts that writing it will need.
#[derive(Debug)]
pub(crate) struct Logged {
    pub(crate) at: UnixMillis,
    pub(crate) request_id: RequestId,
    pub(crate) app: Option<Arc<AppKey>>,
    pub(crate) method: Option<&'static str>,
    pub(crate) outcome: CallOutcome,
    pub(crate) micros: u64,
    pub(crate) pov: Option<OutPovId>,
    pub(crate) day: Option<Day>,
    pub(crate) bytes: u64,
    pub(crate) address: IpAddr,
}

impl From<Logged> for CallLine {
    fn from(logged: Logged) -> Self {
        Self {
            at: logged.at,
            request_id: Cow::Owned(logged.request_id.as_str().to_owned()),
            app: logged.app,
            method: logged.method.map(Cow::Borrowed),
            outcome: logged.outcome,
            micros: logged.micros,
            pov: logged.pov,
            day: logged.day,
            bytes: logged.bytes,
            address: logged.address,
        }
    }
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<Logged>,
    lost: u64,
}

/// The lines that wait.
#[derive(Debug, Default)]
pub(crate) struct CallLog {
    waiting: Mutex<Waiting>,
    many: Notify,
}

impl CallLog {
    /// Takes a line; `false` if there is no room.
    pub(crate) fn push(&self, line: Logged) -> bool {
        let mut waiting = self.waiting.lock();
        if waiting.lines.len() >= LINES_MAX {
            waiting.lost += 1;
            return false;
        }
        waiting.lines.push(line);
        let are_many = waiting.lines.len() == LINES_SOON;
        drop(waiting);
        if are_many {
            self.many.notify_one();
        }
        true
    }

    /// Waits until there are so many lines that they should be written.
    pub(crate) async fn are_many(&self) {
        self.many.notified().await;
    }

    /// Takes the lines, and how many could not be taken since the last time.
    pub(crate) fn take(&self) -> (Vec<Logged>, u64) {
        let mut waiting = self.waiting.lock();
        // The next moment will be like the last.
        let room = Vec::with_capacity(waiting.lines.len().min(LINES_SOON));
        let lines = std::mem::replace(&mut waiting.lines, room);
        (lines, std::mem::take(&mut waiting.lost))
    }

    /// Counts lines that could not be written.
    pub(crate) fn lose(&self, lines: u64) {
        self.waiting.lock().lost += lines;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(n: u64) -> Logged {
        Logged {
            at: UnixMillis(0),
            request_id: RequestId::from_number(n),
            app: None,
            method: None,
            outcome: CallOutcome::Answered,
            micros: 0,
            pov: None,
            day: None,
            bytes: 0,
            address: IpAddr::from([127, 0, 0, 1]),
        }
    }

    #[tokio::test]
    async fn a_full_log_drops_and_counts_and_never_grows() {
        let log = CallLog::default();
        let taken = (0..LINES_MAX as u64 + 10).filter(|n| log.push(line(*n)));
        assert_eq!(taken.count(), LINES_MAX);
        log.are_many().await;
        let (lines, lost) = log.take();
        assert_eq!((lines.len(), lost), (LINES_MAX, 10));
        log.lose(5);
        assert!(log.push(line(1)));
        let (lines, lost) = log.take();
        assert_eq!((lines.len(), lost), (1, 5));
    }
}
