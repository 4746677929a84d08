//! What each method does, one file each. A handler gets parameters whose signature holds, admits
//! what they ask for, and says what is answered.

mod appointment_query;
mod sandbox_reset;

use povline_domain::UnixMillis;
use povline_protocol::{PlatformError, methods};

use crate::PlatformBook;
use crate::admit::SignedParams;
use crate::call::{Answer, Refused};
use crate::directory::Directory;
use crate::state::State;

/// Hands a call to its method.
pub(crate) async fn handle<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
    now: UnixMillis,
) -> Result<Answer, Refused> {
    match signed.spec().method {
        methods::appointment_query::METHOD => {
            appointment_query::answer(state, signed, directory, now).await
        }
        methods::sandbox_reset::METHOD => sandbox_reset::answer(state, signed, now).await,
        _ => Err(PlatformError::unknown_method().into()),
    }
}
