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
    let list = list_state::read(
        &*state.book,
        admitted.pov(),
        code,
        admitted.query().day,
        state.config.read_time_max,
    )
    .await?;
    Ok(Answer::Content(appointment_digest::answer(&list)))
}
