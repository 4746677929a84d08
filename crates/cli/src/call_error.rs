//! A failed call as a command tells it.

use povline_client::{CallError, Fault};

use crate::error::CliError;
use crate::exit::Exit;

/// What a failed call means for the command that made it.
pub(crate) fn call_error(what: &str, error: &CallError) -> CliError {
    let (exit, remedy) = match error {
        CallError::Request(_) => (Exit::Usage, "change the parameters".to_owned()),
        CallError::Platform { .. } | CallError::Business { .. } => {
            let remedy = match error.catalogued() {
                Some(code) => format!("{} {}", code.remedy.english, code.remedy.chinese),
                None if error.fault() == Fault::Caller => "change what was asked for".to_owned(),
                None => "try again later".to_owned(),
            };
            (Exit::PlatformRefused, remedy)
        }
        CallError::Transport(_) => (
            Exit::Unreachable,
            "is the platform running, and is --url right?".to_owned(),
        ),
        CallError::Malformed(_) => (
            Exit::Unreachable,
            "look at --url: it ends with /router/rest on most gateways".to_owned(),
        ),
    };
    CliError::new(exit, what).caused_by(error).remedy(remedy)
}
