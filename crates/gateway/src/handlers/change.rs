//! What the methods that write share: finding the appointment, dropping sheets, telling refusals.

use povline_domain::{AppointmentId, Day, PovId};
use povline_protocol::BusinessFailure;
use povline_protocol::catalogue::business_codes as codes;
use povline_store::book::{AppointmentAt, BookingRefusal, ScheduleRefusal};
use povline_store::{StoreError, StoreErrorKind};

use crate::PlatformBook;
use crate::admit::{SignedParams, Writer, admit_appointment};
use crate::call::Refused;
use crate::directory::Directory;
use crate::overload::overloaded;
use crate::state::State;

/// An appointment that the app may change, and its right to.
pub(super) async fn find<B: PlatformBook>(
    state: &State<B>,
    signed: &SignedParams<'_>,
    directory: &Directory,
    appointment_id: AppointmentId,
) -> Result<(Writer, AppointmentAt), Refused> {
    let pov = state.book.pov_of(&appointment_id).await.map_err(failed)?;
    let writer = admit_appointment(signed, directory, pov)?
        .ok_or_else(|| refused(BookingRefusal::Unknown))?;
    let at = AppointmentAt {
        appointment_id,
        pov: writer.pov(),
    };
    Ok((writer, at))
}

/// Drops what is in memory of days that were written.
pub(super) fn invalidate<B: PlatformBook>(state: &State<B>, pov: PovId, days: &[Day]) {
    for day in days {
        state.sheets.invalidate(pov, *day);
    }
}

/// The book could not do it, or could not begin with it in time: then it was not done, and the same
/// call may succeed a moment later.
pub(super) fn failed(error: StoreError) -> Refused {
    if error.kind() == StoreErrorKind::Busy {
        tracing::warn!(%error, "the book is kept busy");
        return overloaded().into();
    }
    tracing::error!(%error, "the book failed");
    Refused::busy()
}

pub(super) fn refused(refusal: BookingRefusal) -> Refused {
    let code = match refusal {
        BookingRefusal::Unknown => codes::APPOINTMENT_UNKNOWN,
        BookingRefusal::Cancelled => codes::CANCELLED,
        BookingRefusal::NotScheduled => codes::NOT_SCHEDULED,
        BookingRefusal::Closed => codes::CLOSED,
        BookingRefusal::Full => codes::FULL,
        BookingRefusal::Past => codes::PAST,
        BookingRefusal::Picked => codes::PICKED,
        BookingRefusal::OutIdTaken => codes::OUT_ID_TAKEN,
    };
    Refused::Failure(BusinessFailure::of(&code))
}

pub(super) fn schedule_refused(refusal: ScheduleRefusal) -> Refused {
    let code = match refusal {
        ScheduleRefusal::Past => codes::PAST,
        ScheduleRefusal::NotScheduled => codes::NOT_SCHEDULED,
    };
    Refused::Failure(BusinessFailure::of(&code))
}
