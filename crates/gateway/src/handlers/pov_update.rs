//! `alibaba.health.vaccin.pov.update`.

use povline_domain::UnixMillis;
use povline_protocol::BusinessFailure;
use povline_protocol::catalogue::business_codes::TELEPHONE;
use povline_protocol::methods::pov_update::{self, PovUpdate};
use povline_store::book::PovDetails;

use super::change::failed;
use crate::PlatformBook;
use crate::admit::{SignedParams, admit_registration};
use crate::call::{Answer, Refused};
use crate::directory::Directory;
use crate::state::State;

/// Registers a POV, or alters what is known of it.
pub(crate) async fn answer<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
    now: UnixMillis,
) -> Result<Answer, Refused> {
    let told = PovUpdate::from_params(signed.params())?;
    let registrar = admit_registration(&signed, directory, &told.pov_no)?;
    if !told.is_telephone() {
        return Err(Refused::Failure(BusinessFailure::of(&TELEPHONE)));
    }
    let details = PovDetails {
        name: told.pov_name,
        telephone: told.telephone,
        address: told.address,
        description: told.description,
        business_time: told.business_time,
    };
    let registered = state
        .book
        .register_pov(
            &registrar.actor(now),
            registrar.isv(),
            &told.pov_no,
            details,
        )
        .await
        .map_err(failed)?;
    if registered.created {
        // Nobody could call for it otherwise before the follower has looked.
        state.directory.load(&*state.book).await.map_err(failed)?;
    }
    Ok(Answer::Content(pov_update::answer()))
}
