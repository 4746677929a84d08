//! `povline.sandbox.reset`: the calling ISV's appointments back to where the sandbox began.

use povline_domain::{Day, UnixMillis};
use povline_protocol::PlatformError;
use povline_protocol::methods::sandbox_reset::SandboxReset;
use povline_store::book::PovRecord;

use super::change::failed;
use crate::PlatformBook;
use crate::admit::{SignedParams, admit_reset};
use crate::call::{Answer, Refused};
use crate::state::State;

pub(crate) async fn answer<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    now: UnixMillis,
) -> Result<Answer, Refused> {
    let Some(seed) = state.config.sandbox_seed.as_ref().filter(|_| state.sandbox) else {
        return Err(PlatformError::unknown_method().into());
    };
    let isv = signed.isv();
    // It has its turn until the book is written: reading alone is the smaller half of it.
    let turn = state
        .long_reads
        .turn(&signed.app_key(), state.config.read_time_max)
        .await?;
    let access = turn.read(async { state.book.access().await.map_err(failed) });
    let access = access.await?;
    let povs: Vec<PovRecord> = access
        .povs
        .into_iter()
        .filter(|pov| pov.isv == isv)
        .collect();
    let resetter = admit_reset(&signed, &povs)?;
    let writes = seed.appointments(isv, &povs, Day::at(now));
    let written = writes.len() as u64;
    let removed = state
        .book
        .reset_isv(&resetter.actor(now), resetter.isv(), writes)
        .await
        .map_err(failed)?;
    for pov in povs {
        state.sheets.invalidate_pov(pov.pov);
    }
    Ok(Answer::Content(SandboxReset { removed, written }.content()))
}
