//! What failed, as rules.

use std::collections::BTreeMap;

use super::call::{RecordedCall, RecordedOutcome};
use crate::faults::FaultKind;

/// A stretch of minutes in which so many of a hundred calls failed in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failing {
    pub(super) kind: FaultKind,
    pub(super) from_minute: u32,
    pub(super) to_minute: u32,
    pub(super) percent: u32,
    /// The HTTP status of [`FaultKind::Status`], the seconds of [`FaultKind::Ban`], else 0.
    pub(super) number: u32,
}

/// The failures of a recording, minute by minute, neighbours joined where they are alike. A ban is
/// told once, when it begins: calls that came while it lasted would not have been let through
/// anyhow. A refusal that was the caller's fault is none of the server's habits.
pub(super) fn failing(calls: &[RecordedCall]) -> Vec<Failing> {
    let mut all: BTreeMap<u32, u32> = BTreeMap::new();
    let mut failed: BTreeMap<(FaultKind, u32, u32), u32> = BTreeMap::new();
    let mut banned_until_ms = i64::MIN;
    for call in calls {
        let minute = u32::try_from(call.at_ms / 60_000).unwrap_or(u32::MAX);
        let (kind, number) = match &call.outcome {
            RecordedOutcome::Ban(_) if call.at_ms < banned_until_ms => continue,
            RecordedOutcome::Ban(seconds) => {
                let seconds = i64::try_from(*seconds).unwrap_or(0).clamp(1, 86_400);
                banned_until_ms = call.at_ms + seconds * 1_000;
                (FaultKind::Ban, seconds as u32)
            }
            RecordedOutcome::PlatformFailed => (FaultKind::Isp, 0),
            RecordedOutcome::NotSuccess => (FaultKind::NotSuccess, 0),
            RecordedOutcome::Status(status @ 400..=599) => (FaultKind::Status, u32::from(*status)),
            RecordedOutcome::Status(_) | RecordedOutcome::Foreign => (FaultKind::Html, 0),
            RecordedOutcome::Empty => (FaultKind::EmptyBody, 0),
            RecordedOutcome::Broken => (FaultKind::Reset, 0),
            RecordedOutcome::Page(_) | RecordedOutcome::Refused(_) => {
                *all.entry(minute).or_default() += 1;
                continue;
            }
        };
        *all.entry(minute).or_default() += 1;
        *failed.entry((kind, number, minute)).or_default() += 1;
    }
    let mut rules: Vec<Failing> = Vec::new();
    for ((kind, number, minute), count) in failed {
        let of = all.get(&minute).copied().unwrap_or(count).max(count);
        let percent = (count * 100).div_ceil(of);
        let last = rules.last_mut().filter(|last| {
            (last.kind, last.number, last.percent, last.to_minute)
                == (kind, number, percent, minute)
        });
        match last {
            Some(last) => last.to_minute = minute + 1,
            None => rules.push(Failing {
                kind,
                from_minute: minute,
                to_minute: minute + 1,
                percent,
                number,
            }),
        }
    }
    rules.sort_by_key(|rule| (rule.from_minute, rule.kind));
    rules
}
