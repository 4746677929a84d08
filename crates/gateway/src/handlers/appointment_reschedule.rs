//! `povline.appointment.reschedule`.

use povline_domain::UnixMillis;
use povline_protocol::methods::appointment_reschedule::{self, AppointmentReschedule};

use super::change::{failed, find, invalidate, refused};
use crate::PlatformBook;
use crate::admit::SignedParams;
use crate::call::{Answer, Refused};
use crate::directory::Directory;
use crate::state::State;

/// Moves an appointment.
pub(crate) async fn answer<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
    now: UnixMillis,
) -> Result<Answer, Refused> {
    let asked = AppointmentReschedule::from_params(signed.params())?;
    let id = asked.appointment_id;
    let (writer, at) = find(state, &signed, directory, id.clone()).await?;
    let moved = state
        .book
        .move_booking(&writer.actor(now), at, asked.day, asked.period)
        .await;
    let moved = moved.map_err(failed)?.map_err(refused)?;
    invalidate(state, writer.pov(), &moved.changed);
    Ok(Answer::Content(appointment_reschedule::answer(
        &id,
        &moved.pick_code,
    )))
}
