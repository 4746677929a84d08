//! `alibaba.health.vaccin.subscribe.info.return`.
//!
//! Which bookings a list has is found out for its page 1. While an app pages forward, the other
//! pages read what they hold and no more.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use povline_domain::{PageRequest, UnixMillis, VaccineId};
use povline_protocol::methods::subscribe_info_return::{self, InfoDetail, SubscribeInfoReturn};
use povline_store::book::{BookingNumber, BookingRecord, BookingsQuery};

use super::change::failed;
use crate::PlatformBook;
use crate::admit::SignedParams;
use crate::call::{Answer, Refused};
use crate::directory::Directory;
use crate::pins::{PinKey, PinLimits, Pinned};
use crate::record::record_reads;
use crate::state::State;

/// What an app asks for beside the page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct BookingsKey {
    vaccines: Vec<VaccineId>,
    since: UnixMillis,
}

/// Which bookings are on a list, in its order.
#[derive(Debug)]
pub(crate) struct BookingList(Vec<BookingNumber>);

impl BookingList {
    /// How many lists may be paged through: a million bookings of one app, eight million in all.
    pub(crate) fn limits(time: Duration) -> PinLimits {
        PinLimits {
            time,
            app_bytes_max: 8 << 20,
            bytes_max: 64 << 20,
        }
    }

    /// The bookings of one page.
    fn page(&self, page: PageRequest) -> Vec<BookingNumber> {
        let size = page.size.get() as usize;
        let begin = (page.number.get() as usize - 1).saturating_mul(size);
        self.0.iter().skip(begin).take(size).copied().collect()
    }
}

impl Pinned for BookingList {
    fn total(&self) -> u64 {
        self.0.len() as u64
    }

    fn bytes_max(&self) -> usize {
        size_of_val(self.0.as_slice())
    }
}

/// One page of the bookings at the POVs that the app may read.
pub(crate) async fn answer<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
    now: UnixMillis,
) -> Result<Answer, Refused> {
    let asked = SubscribeInfoReturn::from_params(signed.params())?;
    let time_max = state.config.read_time_max;
    let (total, bookings) = state
        .long_reads
        .read(
            &signed.app_key(),
            time_max,
            read(state, &signed, directory, asked, now),
        )
        .await?;
    Ok(told(state, &signed, total, bookings))
}

/// The length of the list, and the bookings of the page.
async fn read<B: PlatformBook>(
    state: &State<B>,
    signed: &SignedParams<'_>,
    directory: &Directory,
    asked: SubscribeInfoReturn,
    now: UnixMillis,
) -> Result<(u64, Vec<BookingRecord>), Refused> {
    let povs = directory.readable_povs(signed.app());
    let key = PinKey {
        app: Arc::clone(&signed.app().key),
        list: BookingsKey {
            vaccines: asked.vaccine_ids.clone(),
            since: asked.since,
        },
        size: asked.page.size,
    };
    if let Some(list) = state.booking_lists.follow(&key, asked.page, now) {
        let numbers = list.page(asked.page);
        let wanted = numbers.len();
        let readable: HashSet<_> = povs.iter().copied().collect();
        let mut bookings = state.book.bookings(numbers).await.map_err(failed)?;
        bookings.retain(|booking| readable.contains(&booking.pov));
        // Where something of it may not be read any more, the page is the present's.
        if bookings.len() == wanted {
            return Ok((list.total(), bookings));
        }
    }
    let query = BookingsQuery {
        isv: signed.isv(),
        povs,
        vaccines: asked.vaccine_ids,
        since: asked.since,
    };
    let list = state.book.booking_list(query).await.map_err(failed)?;
    let list = Arc::new(BookingList(list));
    if asked.page.number.get() == 1 {
        state.booking_lists.begin(key, &list, now);
    }
    let bookings = state.book.bookings(list.page(asked.page)).await;
    Ok((list.total(), bookings.map_err(failed)?))
}

fn told<B: PlatformBook>(
    state: &State<B>,
    signed: &SignedParams<'_>,
    total: u64,
    bookings: Vec<BookingRecord>,
) -> Answer {
    let shown: BTreeSet<_> = bookings.iter().map(|one| (one.pov, one.day)).collect();
    record_reads(state, &signed.app_key(), shown);
    let details: Vec<InfoDetail> = bookings.into_iter().map(detail).collect();
    Answer::Content(subscribe_info_return::answer(total, &details))
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
