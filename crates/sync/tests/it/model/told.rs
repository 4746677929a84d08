//! What the changes that were told say of each row, and whether they say what was to be seen.

use povline_domain::{Appointment, Change, ChangeKind};

use super::truth::{RowNumber, Truth};

/// The rows as whoever heard every change knows them.
#[derive(Debug, Default)]
pub struct Known(Vec<KnownRow>);

#[derive(Debug, Default, Clone)]
struct KnownRow {
    version: u32,
    shown: Option<Appointment>,
}

impl Known {
    /// Takes a change. It must be the next one of its appointment, begin where the last one ended,
    /// and change something.
    pub fn take(&mut self, truth: &Truth, change: &Change) {
        let row = truth.row_of(&change.appointment_id);
        if self.0.len() <= row {
            self.0.resize(row + 1, KnownRow::default());
        }
        let known = &mut self.0[row];
        known.version += 1;
        assert_eq!(change.version, known.version, "{change:?}");
        let before = match change.kind {
            // It begins with what it was when it was cancelled.
            ChangeKind::Restored => None,
            _ => change.before.as_ref(),
        };
        assert_eq!(known.shown.as_ref(), before, "{change:?}");
        assert_ne!(known.shown, change.after, "{change:?}");
        known.shown.clone_from(&change.after);
    }

    /// What a page has just shown was told, once and not otherwise.
    pub fn check_shown(&self, row: RowNumber, shown: &Appointment) {
        let told = self.0.get(row).and_then(|known| known.shown.as_ref());
        assert_eq!(told, Some(shown), "what was shown was not told");
    }
}
