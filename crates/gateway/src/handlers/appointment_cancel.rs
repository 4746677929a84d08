//! `povline.appointment.cancel`.

use povline_domain::UnixMillis;
use povline_protocol::methods::appointment_cancel::{self, AppointmentCancel};

use super::change::{failed, find, invalidate, refused};
use crate::PlatformBook;
use crate::admit::SignedParams;
use crate::call::{Answer, Refused};
use crate::directory::Directory;
use crate::state::State;

/// Cancels an appointment.
pub(crate) async fn answer<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
    now: UnixMillis,
) -> Result<Answer, Refused> {
    let asked = AppointmentCancel::from_params(signed.params())?;
    let (writer, at) = find(state, &signed, directory, asked.appointment_id).await?;
    let cancelled = state.book.cancel_booking(&writer.actor(now), at).await;
    let day = cancelled.map_err(failed)?.map_err(refused)?;
    invalidate(state, writer.pov(), day.as_slice());
    Ok(Answer::Content(appointment_cancel::answer()))
}
