//! Whether the rows that two windows share are anchors: rows that have not moved.

use povline_domain::{AppointmentId, IncompleteReason};

use super::plan::ANCHORS_MIN;

/// Where two windows meet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seam {
    /// How many rows the earlier window has.
    pub(super) earlier_rows: usize,
    /// How many rows the two share if nothing changed between them; negative if a gap lies between.
    pub(super) expected_rows: i64,
    /// How far rows may have been pushed by others that were added or gone.
    pub(super) drift_rows_max: u32,
}

/// A row that both windows show.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    /// Which row.
    pub(super) id: AppointmentId,
    /// Its index in the earlier window.
    pub(super) earlier: usize,
    /// Its index in the later window.
    pub(super) later: usize,
}

impl Seam {
    /// Whether a shared row stands where one that did not move can stand.
    pub(super) fn check_place(&self, shared: &Shared) -> Result<(), IncompleteReason> {
        let depth_max = self.expected_rows + i64::from(self.drift_rows_max);
        let deep = |rows: usize| i64::try_from(rows).map_or(true, |rows| rows >= depth_max);
        // How far the row was pushed from the place in the list at which the earlier window has it.
        let from_end = self.earlier_rows - 1 - shared.earlier;
        let pushed = self.expected_rows - 1 - from_end as i64 - shared.later as i64;
        if deep(from_end)
            || deep(shared.later)
            || pushed.unsigned_abs() > u64::from(self.drift_rows_max)
        {
            return Err(IncompleteReason::Moved(shared.id.clone()));
        }
        Ok(())
    }

    /// Whether the rows shared by two *consecutive* windows, in the order of the later one, carry
    /// the proof from the one to the other. Each has passed [`Seam::check_place`].
    pub(super) fn check_anchors(&self, shared: &[Shared]) -> Result<(), IncompleteReason> {
        let (Some(first), Some(last)) = (shared.first(), shared.last()) else {
            return Err(IncompleteReason::NoAnchor);
        };
        if shared.len() < ANCHORS_MIN as usize {
            return Err(IncompleteReason::NoAnchor);
        }
        if shared
            .windows(2)
            .any(|pair| pair[0].earlier >= pair[1].earlier)
        {
            return Err(IncompleteReason::OrderChanged);
        }
        // A suffix of the one, a prefix of the other, but for a few: rows that are strewn among
        // more strangers than themselves were carried there, as anchors that moved would be.
        let gone = self.earlier_rows - first.earlier - shared.len();
        let added = last.later + 1 - shared.len();
        let strangers_max = shared.len().min(self.drift_rows_max as usize);
        if gone > strangers_max || added > strangers_max {
            return Err(IncompleteReason::NoAnchor);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A seam of 200 rows with 4 expected to be shared.
    const SEAM: Seam = Seam {
        earlier_rows: 200,
        expected_rows: 4,
        drift_rows_max: 30,
    };

    fn check(places: &[(usize, usize)]) -> Result<(), &'static str> {
        let shared: Vec<_> = places
            .iter()
            .map(|&(earlier, later)| Shared {
                id: AppointmentId::new(format!("{earlier}")).unwrap(),
                earlier,
                later,
            })
            .collect();
        shared
            .iter()
            .try_for_each(|row| SEAM.check_place(row))
            .and_then(|()| SEAM.check_anchors(&shared))
            .map_err(|reason| reason.code())
    }

    #[test]
    fn an_untouched_seam() {
        assert_eq!(check(&[(196, 0), (197, 1), (198, 2), (199, 3)]), Ok(()));
    }

    #[test]
    fn a_seam_pushed_by_changes_before_it() {
        assert_eq!(check(&[(198, 0), (199, 1)]), Ok(()), "two rows gone");
        let pushed: Vec<_> = (0..30).map(|n| (170 + n, n)).collect();
        assert_eq!(check(&pushed), Ok(()), "26 rows added");
        let pushed: Vec<_> = (0..35).map(|n| (165 + n, n)).collect();
        assert_eq!(check(&pushed), Err("moved"), "31 rows added");
    }

    #[test]
    fn a_seam_with_changes_in_it() {
        assert_eq!(check(&[(196, 0), (198, 1), (199, 3)]), Ok(()));
        assert_eq!(check(&[(196, 0), (199, 3)]), Ok(()));
        assert_eq!(check(&[(196, 0), (199, 5)]), Err("no-anchor"), "strewn");
        assert_eq!(check(&[(190, 0), (191, 1)]), Err("no-anchor"), "strewn");
    }

    #[test]
    fn rows_that_moved() {
        assert_eq!(check(&[]), Err("no-anchor"));
        assert_eq!(check(&[(199, 0)]), Err("no-anchor"));
        assert_eq!(check(&[(198, 0), (197, 1), (199, 2)]), Err("order-changed"));
        assert_eq!(check(&[(20, 0), (198, 2), (199, 3)]), Err("moved"));
        assert_eq!(check(&[(198, 2), (199, 3), (197, 150)]), Err("moved"));
    }
}
