//! What a call leaves behind when it is answered: its line in the request log and, if it read
//! appointments, that it did.

use std::sync::Arc;
use std::time::Duration;

use povline_domain::{AppKey, Day, PovId};
use povline_protocol::{PlatformError, RequestId};
use povline_store::audit::ReadResult;
use povline_store::journal::CallOutcome;

use crate::PlatformBook;
use crate::call::{Answer, Refused, Told};
use crate::call_log::Logged;
use crate::state::State;

/// An answered call.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) told: Told,
    pub(crate) outcome: CallOutcome,
    pub(crate) request_id: RequestId,
    pub(crate) took: Duration,
    pub(crate) bytes: u64,
}

/// What came of a call, as the request log tells it.
pub(crate) fn outcome_of(told: &Told, outcome: &Result<Answer, Refused>) -> CallOutcome {
    match outcome {
        Ok(Answer::Page(_)) => CallOutcome::Answered,
        Ok(Answer::Content(_)) if told.spec.is_some() => CallOutcome::Answered,
        Err(Refused::Failure(failure)) if told.spec.is_some() => CallOutcome::Failed {
            msg_code: failure.msg_code.clone(),
        },
        Err(Refused::Error(error)) => CallOutcome::Refused {
            code: error.code,
            sub_code: error.sub_code.clone(),
        },
        Ok(Answer::Content(_)) | Err(Refused::Failure(_)) => CallOutcome::Refused {
            code: PlatformError::service_unavailable().code,
            sub_code: None,
        },
    }
}

/// Notes that an app was shown rows of POV-days, for methods that show those of many.
pub(crate) fn record_reads<B: PlatformBook>(
    state: &State<B>,
    app: &Arc<AppKey>,
    days: impl IntoIterator<Item = (PovId, Day)>,
) {
    let at = state.clock.now();
    for (pov, day) in days {
        if !state
            .readings
            .note(app, pov, Some(day), ReadResult::Answered, at)
        {
            state.metrics.audit.days_merged.inc();
        }
    }
}

/// Records an answered call. Nothing here waits, and nothing of a caller's values is kept.
pub(crate) fn record<B: PlatformBook>(state: &State<B>, call: Answered) {
    let Answered {
        told,
        outcome,
        request_id,
        took,
        bytes,
    } = call;
    let at = state.clock.now();
    let asked = told.asked.into_inner();
    if let (Some(asked), Some(app)) = (&asked, &told.app) {
        let result = match outcome {
            CallOutcome::Answered => ReadResult::Answered,
            CallOutcome::Refused { .. } | CallOutcome::Failed { .. } => ReadResult::Failed,
        };
        if !state.readings.note(app, asked.pov, asked.day, result, at) {
            state.metrics.audit.days_merged.inc();
        }
    }
    if state.config.journal.is_none() {
        return;
    }
    let (pov, day) = match asked {
        Some(asked) => (Some(asked.code), asked.day),
        None => (None, None),
    };
    let is_logged = state.call_log.push(Logged {
        at,
        request_id,
        app: told.app,
        method: told.spec.map(|spec| spec.method),
        outcome,
        micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        pov,
        day,
        bytes,
        address: told.caller.address,
    });
    if !is_logged {
        state.metrics.audit.lines_lost.inc();
    }
}
