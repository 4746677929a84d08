//! What holds of an appointment's number: what was done here, or what the platform shows.
//!
//! What was done here counts from the moment it is kept until a list shows what the platform made
//! of it: a list that was asked for after the platform had taken note. From then on the platform
//! counts, and if it says otherwise, a person is told.

use povline_domain::{PickStatus, UnixMillis};
use povline_store::ledger::{DeskRow, NewPick, Pick, PickState};

/// What is to be said of the last thing done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note<'a> {
    /// Nothing.
    None,
    /// It waits to be told to the platform.
    Waiting(&'a Pick),
    /// The platform took note, and now shows something else.
    Overruled(&'a Pick),
    /// The platform knew of something later and ignored it.
    Later(&'a Pick),
    /// The platform refuses it.
    Refused(&'a Pick, &'a str),
}

/// The status that holds, and what is to be said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing<'a> {
    pub(crate) status: PickStatus,
    pub(crate) note: Note<'a>,
}

/// What holds of a row.
pub(crate) fn standing(row: &DeskRow) -> Standing<'_> {
    let shown = row.row.appointment.pick_status;
    let holds = |status, note| Standing { status, note };
    let Some(pick) = &row.pick else {
        return holds(shown, Note::None);
    };
    match &pick.state {
        PickState::Waiting { .. } => holds(pick.status, Note::Waiting(pick)),
        PickState::Told { at, .. } if row.shown_at > *at => match shown == pick.status {
            true => holds(shown, Note::None),
            false => holds(shown, Note::Overruled(pick)),
        },
        PickState::Told {
            stands: Some(false),
            ..
        } => holds(pick.status, Note::Later(pick)),
        PickState::Told { .. } => holds(pick.status, Note::None),
        PickState::Refused { reason, .. } if shown != pick.status => {
            holds(shown, Note::Refused(pick, reason))
        }
        PickState::Refused { .. } | PickState::Superseded => holds(shown, Note::None),
    }
}

/// What is to be written when somebody wants a number to be taken or given back: nothing if that
/// is so already.
pub(crate) fn act(row: &DeskRow, wanted: PickStatus, by: &str, now: UnixMillis) -> Option<NewPick> {
    (standing(row).status != wanted).then(|| NewPick {
        status: wanted,
        at: now,
        by: by.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use povline_domain::{Appointment, AppointmentId, Day, Name, OutPovId, PickCode};
    use povline_store::ledger::{RowState, Seen, TrackedRow};

    use super::*;

    fn row(shown: PickStatus, shown_at: i64, pick: Option<(PickStatus, PickState)>) -> DeskRow {
        let day = Day::new(2026, 11, 27).unwrap();
        let id = AppointmentId::new("P1").unwrap();
        let pov = OutPovId::new("1").unwrap();
        DeskRow {
            row: TrackedRow {
                appointment: Appointment {
                    appointment_id: id.clone(),
                    out_pov_id: pov.clone(),
                    day,
                    period: "08:00-08:30".parse().unwrap(),
                    pick_code: PickCode::new("1").unwrap(),
                    pick_status: shown,
                    name: Name::new("张三").unwrap(),
                },
                unknown: None,
                state: RowState::Live,
                version: 1,
                seen: Seen::At(UnixMillis(shown_at)),
            },
            shown_at: UnixMillis(shown_at),
            pick: pick.map(|(status, state)| Pick {
                number: 1,
                pov,
                day,
                appointment_id: id,
                status,
                acted_at: UnixMillis(10),
                by: "李".to_owned(),
                state,
                tries: 0,
                seen: None,
            }),
        }
    }

    #[test]
    fn what_was_done_here_counts_until_a_later_list_shows_what_became_of_it() {
        use PickStatus::{NotPicked, Picked};
        let waiting = || PickState::Waiting {
            next_try_at: UnixMillis(10),
            trouble: None,
        };
        let told = |stands| PickState::Told {
            at: UnixMillis(20),
            stands,
        };
        let refused = || PickState::Refused {
            at: UnixMillis(20),
            reason: "已取消".to_owned(),
        };
        type Case = (PickStatus, i64, Option<PickState>, PickStatus, &'static str);
        let cases: [Case; 9] = [
            (NotPicked, 5, None, NotPicked, "None"),
            (NotPicked, 5, Some(waiting()), Picked, "Waiting"),
            // Even a list that was read after it does not know it yet.
            (NotPicked, 15, Some(waiting()), Picked, "Waiting"),
            // A list asked for before the answer was there may not know it.
            (NotPicked, 20, Some(told(Some(true))), Picked, "None"),
            (Picked, 21, Some(told(Some(true))), Picked, "None"),
            (NotPicked, 21, Some(told(None)), NotPicked, "Overruled"),
            (NotPicked, 5, Some(told(Some(false))), Picked, "Later"),
            (NotPicked, 5, Some(refused()), NotPicked, "Refused"),
            (Picked, 30, Some(refused()), Picked, "None"),
        ];
        for (shown, shown_at, state, status, note) in cases {
            let row = row(shown, shown_at, state.map(|state| (Picked, state)));
            let found = standing(&row);
            assert_eq!(found.status, status, "{row:?}");
            assert!(format!("{:?}", found.note).starts_with(note), "{row:?}");
            // Asking for what holds already writes nothing.
            assert_eq!(act(&row, status, "王", UnixMillis(50)), None);
        }
    }
}
