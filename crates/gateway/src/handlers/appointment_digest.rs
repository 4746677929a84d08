//! `povline.appointment.digest`.

use povline_protocol::methods::appointment_digest::{self, AppointmentDigest};

use super::list_state;
use crate::PlatformBook;
use crate::admit::{SignedParams, admit};
use crate::call::{Answer, Refused};
use crate::directory::Directory;
use crate::state::State;

/// The digest of a list that the app may read.
pub(crate) async fn answer<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
) -> Result<Answer, Refused> {
    let query = AppointmentDigest::from_params(signed.params())?;
    let code = query.out_pov_id.clone();
    let admitted = admit(&signed, directory, &code, query)?;
    signed.reads(admitted.pov(), code.clone(), Some(admitted.query().day));
    let (pov, day) = (admitted.pov(), admitted.query().day);
    let read = list_state::read(&*state.book, pov, code, day);
    let time_max = state.config.read_time_max;
    let list = state
        .long_reads
        .read(&signed.app_key(), time_max, read)
        .await?;
    Ok(Answer::Content(appointment_digest::answer(&list)))
}
