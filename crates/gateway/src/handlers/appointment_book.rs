//! `povline.appointment.book`.

use povline_domain::UnixMillis;
use povline_protocol::methods::appointment_book::{self, AppointmentBook};
use povline_store::book::BookingRequest;

use super::change::{failed, invalidate, refused};
use crate::PlatformBook;
use crate::admit::{SignedParams, admit_write};
use crate::call::{Answer, Refused};
use crate::directory::Directory;
use crate::state::State;

/// Gives a place, an id and a pick code.
pub(crate) async fn answer<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
    now: UnixMillis,
) -> Result<Answer, Refused> {
    let asked = AppointmentBook::from_params(signed.params())?;
    let writer = admit_write(&signed, directory, &asked.out_pov_id)?;
    let request = BookingRequest {
        pov: writer.pov(),
        day: asked.day,
        period: asked.period,
        name: asked.name,
        vaccine_id: asked.vaccine_id,
        app: (*writer.app().key).clone(),
        out_id: asked.out_id,
    };
    let booked = state.book.book(&writer.actor(now), request).await;
    let booked = booked.map_err(failed)?.map_err(refused)?;
    invalidate(state, writer.pov(), &[asked.day]);
    Ok(Answer::Content(appointment_book::answer(
        &booked.appointment_id,
        &booked.pick_code,
    )))
}
