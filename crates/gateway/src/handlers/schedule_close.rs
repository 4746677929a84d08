//! `povline.schedule.close`.

use povline_domain::UnixMillis;
use povline_protocol::methods::schedule_close::{self, ScheduleClose};

use super::change::{failed, invalidate, schedule_refused};
use crate::PlatformBook;
use crate::admit::{SignedParams, admit_write};
use crate::call::{Answer, Refused};
use crate::directory::Directory;
use crate::state::State;

/// Closes periods of a day.
pub(crate) async fn answer<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
    now: UnixMillis,
) -> Result<Answer, Refused> {
    let asked = ScheduleClose::from_params(signed.params())?;
    let writer = admit_write(&signed, directory, &asked.out_pov_id)?;
    let (actor, pov) = (writer.actor(now), writer.pov());
    let closed = state
        .book
        .close_schedule(&actor, pov, asked.day, asked.periods.as_deref())
        .await;
    closed.map_err(failed)?.map_err(schedule_refused)?;
    invalidate(state, pov, &[asked.day]);
    Ok(Answer::Content(schedule_close::answer()))
}
