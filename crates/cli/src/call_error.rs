//! A failed call as a command tells it.

use std::collections::BTreeSet;

use povline_client::{CallError, Fault};
use povline_protocol::catalogue::{self, PlatformCode};
use povline_sync::FailedList;

use crate::error::CliError;
use crate::exit::Exit;

const UNREACHABLE: &str = "is the platform running, and is --url right?";
const NO_ANSWER: &str = "look at --url: it ends with /router/rest on most gateways";

/// What a failed call means for the command that made it.
pub(crate) fn call_error(what: &str, error: &CallError) -> CliError {
    let (exit, remedy) = match error {
        CallError::Request(_) => (Exit::Usage, "change the parameters".to_owned()),
        CallError::Platform { .. } | CallError::Business { .. } => {
            let remedy = match error.catalogued() {
                Some(code) => catalogued(code),
                None if error.fault() == Fault::Caller => "change what was asked for".to_owned(),
                None => "try again later".to_owned(),
            };
            (Exit::PlatformRefused, remedy)
        }
        CallError::Transport(_) => (Exit::Unreachable, UNREACHABLE.to_owned()),
        CallError::Malformed(_) => (Exit::Unreachable, NO_ANSWER.to_owned()),
    };
    CliError::new(exit, what).caused_by(error).remedy(remedy)
}

/// What to do about lists that failed, each remedy once.
pub(crate) fn remedies<'a>(failures: impl IntoIterator<Item = &'a FailedList>) -> BTreeSet<String> {
    failures.into_iter().filter_map(remedy).collect()
}

fn remedy(failure: &FailedList) -> Option<String> {
    if let Some(code) = failure.platform_code.and_then(catalogue::platform_code) {
        return Some(catalogued(code));
    }
    let remedy = match failure.class {
        "connect" | "timed-out" | "broken" | "idle-closed" => UNREACHABLE,
        "malformed-answer" | "too-large" => NO_ANSWER,
        "refused" => "change what was asked for",
        "business-failure" | "platform-error" => "try again later",
        "incomplete" => "the list changed while it was read: read it again",
        "budget-used-up" => {
            "wait for the next day, or give more --calls-per-day; by hand: --beyond-reserve"
        }
        _ => return None,
    };
    Some(remedy.to_owned())
}

fn catalogued(code: &PlatformCode) -> String {
    format!("{} {}", code.remedy.english, code.remedy.chinese)
}
