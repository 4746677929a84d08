//! What a list is at this instant: its version, its length and its digest.

use povline_domain::{Day, OutPovId, PovId};
use povline_protocol::list_digest::ListDigest;
use povline_protocol::methods::appointment_digest::ListState;
use povline_store::book::Book;

use crate::call::Refused;

/// Reads a list and makes its digest.
pub(super) async fn read<B: Book>(
    book: &B,
    pov: PovId,
    out_pov_id: OutPovId,
    day: Day,
) -> Result<ListState, Refused> {
    let mut digest = ListDigest::new();
    let read = book.read_day(pov, day, |row| {
        digest.push(
            row.appointment_id,
            row.period,
            row.pick_code,
            row.pick_status,
            row.name,
        );
    });
    match read.await {
        Ok(version) => Ok(ListState {
            out_pov_id,
            day,
            version: u64::try_from(version.0).unwrap_or_default(),
            total: digest.total() as u64,
            digest: digest.finish(),
        }),
        Err(error) => {
            tracing::error!(%pov, %day, %error, "cannot read a day");
            Err(Refused::busy())
        }
    }
}
