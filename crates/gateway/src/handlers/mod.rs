//! What each method does, one file each. A handler gets parameters whose signature holds, admits
//! what they ask for, and says what is answered.
//!
//! Whoever writes drops the sheets of the days that it wrote before it answers, so that a reader
//! sees it at once.

mod appointment_book;
mod appointment_cancel;
mod appointment_changes;
mod appointment_digest;
mod appointment_query;
mod appointment_reschedule;
mod change;
mod list_state;
mod order_update;
mod pov_update;
mod sandbox_reset;
mod schedule_close;
mod schedule_open;
mod schedule_query;
mod subscribe_info_return;

pub(crate) use subscribe_info_return::{BookingList, BookingsKey};

use povline_domain::UnixMillis;
use povline_protocol::{PlatformError, methods};

use crate::PlatformBook;
use crate::admit::SignedParams;
use crate::call::{Answer, Refused};
use crate::directory::Directory;
use crate::state::State;

/// Whether a method changes the book.
fn writes(method: &str) -> bool {
    matches!(
        method,
        methods::order_update::METHOD
            | methods::pov_update::METHOD
            | methods::schedule_open::METHOD
            | methods::schedule_close::METHOD
            | methods::appointment_book::METHOD
            | methods::appointment_reschedule::METHOD
            | methods::appointment_cancel::METHOD
            | methods::sandbox_reset::METHOD
    )
}

/// Hands a call to its method.
pub(crate) async fn handle<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
    now: UnixMillis,
) -> Result<Answer, Refused> {
    // However long the book takes to write, whoever reads is answered.
    let _place = writes(signed.spec().method)
        .then(|| state.writes.enter_as(&signed.app_key()))
        .transpose()?;
    match signed.spec().method {
        methods::appointment_query::METHOD => {
            appointment_query::answer(state, signed, directory, now).await
        }
        // A call is moved about until it runs; a page's, of which there are most, does not carry
        // along the room that the others need.
        _ => Box::pin(handle_other(state, signed, directory, now)).await,
    }
}

/// Hands a call to its method, if that is not the one that is polled.
async fn handle_other<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
    now: UnixMillis,
) -> Result<Answer, Refused> {
    match signed.spec().method {
        methods::sandbox_reset::METHOD => sandbox_reset::answer(state, signed, now).await,
        methods::subscribe_info_return::METHOD => {
            subscribe_info_return::answer(state, signed, directory, now).await
        }
        methods::order_update::METHOD => order_update::answer(state, signed, directory, now).await,
        methods::pov_update::METHOD => pov_update::answer(state, signed, directory, now).await,
        methods::schedule_open::METHOD => {
            schedule_open::answer(state, signed, directory, now).await
        }
        methods::schedule_close::METHOD => {
            schedule_close::answer(state, signed, directory, now).await
        }
        methods::schedule_query::METHOD => schedule_query::answer(state, signed, directory).await,
        methods::appointment_book::METHOD => {
            appointment_book::answer(state, signed, directory, now).await
        }
        methods::appointment_reschedule::METHOD => {
            appointment_reschedule::answer(state, signed, directory, now).await
        }
        methods::appointment_cancel::METHOD => {
            appointment_cancel::answer(state, signed, directory, now).await
        }
        methods::appointment_changes::METHOD => {
            appointment_changes::answer(state, signed, directory).await
        }
        methods::appointment_digest::METHOD => {
            appointment_digest::answer(state, signed, directory).await
        }
        _ => Err(PlatformError::unknown_method().into()),
    }
}
