//! `alibaba.health.vaccin.pov.update`.

use std::time::Duration;

use povline_domain::UnixMillis;
use povline_protocol::BusinessFailure;
use povline_protocol::catalogue::business_codes::{TELEPHONE, TOO_MANY_POVS};
use povline_protocol::methods::pov_update::{self, PovUpdate};
use povline_store::book::PovDetails;
use tokio::time::timeout;

use super::change::failed;
use crate::PlatformBook;
use crate::admit::{SignedParams, admit_registration};
use crate::call::{Answer, Refused};
use crate::directory::Directory;
use crate::state::State;

/// How long the answer waits until a new POV may be called for.
const LEARNING_TIME_MAX: Duration = Duration::from_secs(2);

/// POVs that an ISV may have in a sandbox, where strangers make ISVs by themselves.
const SANDBOX_POVS_MAX: usize = 100;

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
    let povs_max = match state.sandbox {
        true => SANDBOX_POVS_MAX,
        false => usize::MAX,
    };
    let registered = state
        .book
        .register_pov(
            &registrar.actor(now),
            registrar.isv(),
            &told.pov_no,
            details,
            povs_max,
        )
        .await
        .map_err(failed)?
        .ok_or_else(|| Refused::Failure(BusinessFailure::of(&TOO_MANY_POVS)))?;
    if registered.created {
        // Nobody could call for it otherwise before the follower has looked. It is registered
        // whatever becomes of this.
        let loading = state.directory.load(&*state.book);
        if !matches!(timeout(LEARNING_TIME_MAX, loading).await, Ok(Ok(()))) {
            tracing::warn!("a new POV is known only when the book is followed");
        }
    }
    Ok(Answer::Content(pov_update::answer()))
}
