//! What a row that is shown means: where it was known before, and whether this page is newer.

use std::collections::HashSet;

use povline_domain::{UnixMillis, Window};
use povline_store::ledger::{
    DayView, Observation, ObservedRow, RowState, RowWrite, Seen, Settlement, TrackedRow, UnreadRow,
};

use super::{last_shown, told};

/// The rows of this day of which the scan shows that they are there, but no more: their places in
/// the view, each with the page that shows it. Those of `read`, which another window of the scan
/// showed as they should be, are none of them.
pub(super) fn only_there<'a>(
    observation: &'a Observation,
    read: &[ObservedRow],
    view: &DayView,
) -> Vec<(usize, &'a Window)> {
    if observation.unread.is_empty() {
        return Vec::new();
    }
    let read: HashSet<_> = read
        .iter()
        .map(|row| &row.appointment.appointment_id)
        .collect();
    let known = |unread: &UnreadRow| {
        let id = unread.appointment_id.as_ref()?;
        if read.contains(id) {
            return None;
        }
        let find = |row: &TrackedRow| row.appointment.appointment_id.cmp(id);
        let index = view.rows.binary_search_by(find).ok()?;
        let windows = &observation.certificate.windows;
        Some((index, windows.get(usize::from(unread.window))?))
    };
    observation.unread.iter().filter_map(known).collect()
}

/// Keeps a row that is there, but cannot be read, as it was read last, and as old as that is: a page
/// that shows it and is settled later may still tell more. One that was in doubt is in doubt no more.
pub(super) fn keep(
    known: &TrackedRow,
    page: &Window,
    standing: Option<&[Window]>,
    settlement: &mut Settlement,
) {
    let last = last_shown(known.seen, standing);
    let returns = known.state == RowState::Suspected && page.requested_at > last;
    // Of a day that stands anew, windows are others than those by which the row was told.
    if returns || (known.state == RowState::Live && settlement.stands) {
        settlement.rows.push(RowWrite::Put(TrackedRow {
            state: RowState::Live,
            seen: Seen::At(last),
            ..known.clone()
        }));
    }
}

/// The view, ready to be asked about one id after another.
pub(super) struct Known<'a> {
    view: &'a DayView,
    /// `elsewhere` by appointment id.
    elsewhere: Vec<&'a (TrackedRow, UnixMillis)>,
}

/// A row whose page is newer than what was known of it.
pub(super) struct Sighting<'a> {
    pub(super) row: &'a ObservedRow,
    /// When its page was requested: the row was so then, or became so before the answer.
    pub(super) shown_at: UnixMillis,
    /// When its page was answered: what is requested later shows a later state.
    pub(super) answered_at: UnixMillis,
    known: Option<&'a TrackedRow>,
}

impl<'a> Known<'a> {
    pub(super) fn new(view: &'a DayView) -> Self {
        let mut elsewhere: Vec<_> = view.elsewhere.iter().collect();
        elsewhere.sort_by(|(left, _), (right, _)| {
            let id = |row: &'a TrackedRow| &row.appointment.appointment_id;
            id(left).cmp(id(right))
        });
        Self { view, elsewhere }
    }

    /// Where the view's rows of this day hold this id.
    pub(super) fn index_of(&self, row: &ObservedRow) -> Option<usize> {
        let id = &row.appointment.appointment_id;
        self.view
            .rows
            .binary_search_by(|known| known.appointment.appointment_id.cmp(id))
            .ok()
    }

    /// Takes a shown row if its page is newer than what is known of it; `None` if it is stale.
    pub(super) fn judge(
        &self,
        observation: &Observation,
        row: &'a ObservedRow,
    ) -> Option<Sighting<'a>> {
        // A row of another list, or one that no page accounts for, is no sighting on this day.
        let window = observation
            .certificate
            .windows
            .get(usize::from(row.window))?;
        let here =
            row.appointment.day == observation.day && row.appointment.out_pov_id == observation.pov;
        if !here {
            return None;
        }
        let shown_at = window.requested_at;
        let answered_at = window.answered_at;
        let known = match self.index_of(row) {
            Some(index) => {
                let known = &self.view.rows[index];
                self.newer_here(known, row, window).then_some(Some(known))
            }
            None => self.newer_elsewhere(row, shown_at),
        }?;
        Some(Sighting {
            row,
            shown_at,
            answered_at,
            known,
        })
    }

    /// Whether the page is newer than the one that last showed a row of this day. A list is never
    /// read twice at the same time, so that a page asked for in the very millisecond in which that
    /// one was answered is, if it was answered later. One that shows the same and was answered no
    /// earlier, such as that page settled once more, is no news and no contradiction.
    fn newer_here(&self, known: &TrackedRow, row: &ObservedRow, page: &Window) -> bool {
        let last = last_shown(known.seen, self.view.standing.as_deref());
        let same = known.state == RowState::Live
            && known.appointment == row.appointment
            && known.unknown == row.unknown;
        let follows = page.requested_at == last && page.answered_at > last;
        page.requested_at > last || follows || (page.answered_at >= last && same)
    }

    /// What is known of a row that this day does not have, if the page is newer than that.
    fn newer_elsewhere(
        &self,
        row: &ObservedRow,
        shown_at: UnixMillis,
    ) -> Option<Option<&'a TrackedRow>> {
        let id = &row.appointment.appointment_id;
        let first = self
            .elsewhere
            .partition_point(|(known, _)| known.appointment.appointment_id < *id);
        // An id may be known at two POVs: as live at this one, or else where it was seen last.
        let latest = self.elsewhere[first..]
            .iter()
            .take_while(|(known, _)| known.appointment.appointment_id == *id)
            .max_by_key(|(known, last)| (known.state == RowState::Live, *last));
        match latest {
            None => Some(None),
            Some((known, last)) => (shown_at > *last).then_some(Some(known)),
        }
    }
}

impl Sighting<'_> {
    /// Writes the row as it is shown, if that is not what the ledger has, and tells what changed.
    pub(super) fn tell(self, seen: Seen, settlement: &mut Settlement) {
        let appointment = &self.row.appointment;
        if let Some(known) = self.known
            && known.state == RowState::Live
            && known.seen == seen
            && known.appointment == *appointment
            && known.unknown == self.row.unknown
        {
            return;
        }
        let version = told::changes(self.known, appointment, self.shown_at, settlement);
        settlement.rows.push(RowWrite::Put(TrackedRow {
            appointment: appointment.clone(),
            unknown: self.row.unknown.clone(),
            state: RowState::Live,
            version,
            seen,
        }));
    }
}
