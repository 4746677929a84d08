//! `alibaba.health.vaccin.subscribe.info.return`.

use std::collections::BTreeSet;

use povline_protocol::methods::subscribe_info_return::{self, InfoDetail, SubscribeInfoReturn};
use povline_store::book::{BookingRecord, BookingsQuery};

use super::change::failed;
use crate::PlatformBook;
use crate::admit::SignedParams;
use crate::call::{Answer, Refused};
use crate::directory::Directory;
use crate::record::record_reads;
use crate::state::State;

/// One page of the bookings at the POVs that the app may read.
pub(crate) async fn answer<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
) -> Result<Answer, Refused> {
    let asked = SubscribeInfoReturn::from_params(signed.params())?;
    let query = BookingsQuery {
        povs: directory.readable_povs(signed.app()),
        vaccines: asked.vaccine_ids,
        since: asked.since,
        page: asked.page,
    };
    let page = state.book.bookings(query).await.map_err(failed)?;
    let shown: BTreeSet<_> = page.bookings.iter().map(|one| (one.pov, one.day)).collect();
    record_reads(state, &signed.app_key(), shown);
    let details: Vec<InfoDetail> = page.bookings.into_iter().map(detail).collect();
    Ok(Answer::Content(subscribe_info_return::answer(
        page.total, &details,
    )))
}

fn detail(booking: BookingRecord) -> InfoDetail {
    InfoDetail {
        name: booking.name,
        booked_at: booking.booked_at,
        day: booking.day,
        period: booking.period,
        cancelled_at: booking.cancelled_at,
        pov: booking.pov,
        pov_name: booking.pov_name,
        appointment_id: booking.appointment_id,
    }
}
