//! A failed call as a command tells it.

use std::collections::BTreeSet;

use povline_client::{CallError, Fault};
use povline_protocol::catalogue::Bilingual;
use povline_sync::FailedList;

use crate::error::CliError;
use crate::exit::Exit;

const UNREACHABLE: &str =
    "is the platform running, and is --url right? 请确认平台在运行且--url正确";
const NO_ANSWER: &str = "look at --url: it ends with /router/rest on most gateways \
                         核对--url:多数网关以/router/rest结尾";
const CHANGE: &str = "change what was asked for 修改请求";
const TRY_LATER: &str = "try again later 请稍后重试";

/// What a failed call means for the command that made it.
pub(crate) fn call_error(what: &str, error: &CallError) -> CliError {
    let (exit, remedy) = match error {
        CallError::Request(_) => (Exit::Usage, "change the parameters 修改参数".to_owned()),
        CallError::Platform { .. } | CallError::Business { .. } => {
            let remedy = match error.meaning() {
                Some(meaning) => both(meaning.remedy),
                None if error.fault() == Fault::Caller => CHANGE.to_owned(),
                None => TRY_LATER.to_owned(),
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
    if let Some(remedy) = failure.remedy {
        return Some(both(remedy));
    }
    let remedy = match failure.class {
        "connect" | "timed-out" | "broken" | "idle-closed" => UNREACHABLE,
        "malformed-answer" | "too-large" => NO_ANSWER,
        "refused" => CHANGE,
        "business-failure" | "platform-error" => TRY_LATER,
        "incomplete" => {
            "the list changed while it was read: read it again 读取期间清单有变动,请再读一次"
        }
        "budget-used-up" => {
            "wait for the next day, or give more --calls-per-day; by hand: --beyond-reserve \
             等到次日,或调大--calls-per-day;手工读取可加--beyond-reserve"
        }
        _ => return None,
    };
    Some(remedy.to_owned())
}

/// A remedy in both languages.
pub(crate) fn both(remedy: Bilingual) -> String {
    format!("{} {}", remedy.english, remedy.chinese)
}
