//! What a scan means: a pure decision from an [`Observation`] and what the ledger knows.
//!
//! The API tells no cancellation, no move and no time of change: it shows rows. So each rule here
//! answers the question what a row that is shown, or not shown, proves.
//!
//! **Time order is per appointment.** A row that is shown was so at some instant between the request
//! of its page and the answer. A page changes an appointment only if it was *requested* after the
//! page that last showed it was *answered* (or, of a cancelled one, after its absence was
//! confirmed): of two pages that were under way at the same time, as those of two lists may be when
//! an appointment moves between them, nobody can say which is newer. (Pages of one list follow each
//! other, so there the same millisecond will do.) A page that is not proved
//! newer leaves it and is counted stale; the day then does not stand for the certificate, because
//! its rows differ from what the certificate shows, and an equal answer later must be parsed rather
//! than recognised. The list is then read once more, which settles the matter. A newer page counts even where a scan begun
//! later has missed the row: that it was alive then is worth more than one absence, and if it has
//! gone the next scan will tell.
//!
//! **Shown rows are true, whatever the verdict.** An incomplete scan adds and updates. Only a
//! complete one makes anything absent, and that takes three proofs:
//! 1. *Vanished.* A complete scan of its day, begun after the row was last shown, does not show it:
//!    it is suspected. Nobody is told yet, because it may just have moved.
//! 2. *Confirmed.* Another complete scan of its own day, begun at least
//!    [`SettlePolicy::confirm_after_ms`] after the one that missed it, does not show it either: a
//!    server that answered from a stale copy, or a row that changed its place in the list while
//!    the scan ran, would have had to do so twice.
//! 3. *Nowhere else.* Every other open day of the POV was read whole by a scan begun after the
//!    confirming one, and none showed it: had it moved, one of them would have. Open are the days
//!    that the run reads, and those to come that the ledger knows from a run of more days. (A day that is held
//!    denies rows, so its scans do not count.) If it vanished so
//!    soon after it was last shown that a stale answer may have been the cause, it may have been
//!    there until just before the confirming scan; then the others must have begun later by the
//!    same delay, so that no answer of theirs is from before a move.
//!
//! Only then is it told as cancelled, unless so much has vanished at once that its day, or the
//! fleet, is held ([`crate::brake`]). An unchanged answer counts as a complete scan for all three.
//! A suspect that by then is live at another POV, shown there since, was rescheduled to it.
//!
//! **A row that cannot be read is there.** If the scan shows a row of which no more than the id can
//! be read, the appointment is taken to be as it was last read, and as old: it does not vanish, and a suspect
//! of which such a row is anywhere is not cancelled.
//!
//! **Each change is a step.** A version is a state of the appointment, and a change leads from one
//! version to the next: if one page shows a new period and a taken number, `changed` leads to the
//! state with the new period, `picked` from there to the state shown. So the history can be
//! replayed, and no event tells what another one of the same observation has told.

mod absence;
mod held;
mod shown;
mod told;

use povline_domain::{UnixMillis, Window};
use povline_store::ledger::{
    DayView, Observation, Observed, ObservedRow, Seen, Settlement, Suspect,
};

use crate::brake::BrakePolicy;

/// What the owner may choose about settling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettlePolicy {
    /// How long after a row vanished its own day must be read again to confirm it. A server may
    /// answer from a copy that is up to this stale without causing a false cancellation.
    pub confirm_after_ms: i64,
    /// How much may vanish at once before cancellations are held back.
    pub brake: BrakePolicy,
}

impl Default for SettlePolicy {
    fn default() -> Self {
        Self {
            confirm_after_ms: 60_000,
            brake: BrakePolicy::default(),
        }
    }
}

impl SettlePolicy {
    /// From when on a scan of another open day counts as proof that a suspect is not there, its
    /// absence from its own day having been confirmed by a scan begun at `confirmed_at`.
    #[must_use]
    pub fn elsewhere_from(&self, suspect: &Suspect, confirmed_at: UnixMillis) -> UnixMillis {
        let really_vanished =
            suspect.vanished_at.millis_since(suspect.last_shown) >= self.confirm_after_ms;
        let delay = if really_vanished {
            1
        } else {
            self.confirm_after_ms.max(1)
        };
        confirmed_at.plus_millis(delay)
    }
}

/// Decides what a scan means.
#[must_use]
pub fn settle(policy: &SettlePolicy, observation: &Observation, view: &DayView) -> Settlement {
    let mut settlement = Settlement::default();
    let whole = match &observation.observed {
        Observed::Unchanged => settle_unchanged(observation, view, &mut settlement),
        Observed::Rows(rows) => {
            settle_rows(observation, rows, view, &mut settlement);
            observation.certificate.is_complete()
        }
    };
    if whole && let Some(begun_at) = observation.certificate.begun_at() {
        held::judge(policy, observation, begun_at, view, &mut settlement);
        absence::prove(policy, observation, begun_at, view, &mut settlement);
    }
    settlement
}

/// An unchanged answer shows the day's live rows again, no more and no less, if the certificate
/// that it equals still is the one for which they stand; the day's instants then move on. If it is
/// not (a row was moved or updated since), what the answer shows is not known here, and it proves
/// nothing. Tells whether the day was read whole.
fn settle_unchanged(
    observation: &Observation,
    view: &DayView,
    settlement: &mut Settlement,
) -> bool {
    let windows = &observation.certificate.windows;
    let Some(standing) = &view.standing else {
        return false;
    };
    let same = |(new, old): (&Window, &Window)| {
        new.request == old.request && new.digest == old.digest && new.rows == old.rows
    };
    let recognised = observation.certificate.is_complete()
        && windows.len() == standing.len()
        && windows.iter().zip(standing).all(same);
    // An equal answer that is older than the standing one is as true, but must not turn the
    // instants back.
    let newer = |(new, old): (&Window, &Window)| new.requested_at >= old.requested_at;
    settlement.stands = recognised && windows.iter().zip(standing).all(newer);
    recognised
}

fn settle_rows(
    observation: &Observation,
    rows: &[ObservedRow],
    view: &DayView,
    settlement: &mut Settlement,
) {
    let known = shown::Known::new(view);
    let mut sightings = Vec::with_capacity(rows.len());
    let mut shown_live = vec![false; view.rows.len()];
    let only_there = shown::only_there(observation, rows, view);
    for (index, _) in &only_there {
        shown_live[*index] = true;
    }
    for row in rows {
        let sighting = known.judge(observation, row);
        settlement.stale += u32::from(sighting.is_none());
        if let Some(index) = known.index_of(row) {
            shown_live[index] = true;
        }
        sightings.extend(sighting);
    }

    let unshown = || {
        view.rows
            .iter()
            .zip(&shown_live)
            .filter(|(_, shown)| !**shown)
            .map(|(row, _)| row)
    };
    let vanished = absence::vanished(observation, unshown(), view);
    settlement.stands =
        observation.certificate.is_complete() && settlement.stale == 0 && !vanished.some_left;

    for sighting in sightings {
        let seen = if settlement.stands {
            Seen::Window(sighting.row.window)
        } else {
            Seen::At(sighting.answered_at)
        };
        sighting.tell(seen, settlement);
    }
    let standing = view.standing.as_deref();
    for (index, page) in only_there {
        shown::keep(&view.rows[index], page, standing, settlement);
    }
    settlement.rows.extend(vanished.suspects);
}

/// When the page was answered that last showed a row of this day.
fn last_shown(seen: Seen, standing: Option<&[Window]>) -> UnixMillis {
    match seen {
        Seen::At(instant) => instant,
        // A window that is not there cannot have been newer than anything.
        Seen::Window(index) => standing
            .and_then(|windows| windows.get(usize::from(index)))
            .map_or(UnixMillis(i64::MIN), |window| window.answered_at),
    }
}
