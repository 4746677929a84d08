//! A list as the desk looks at it: by period, counted, with what needs a person on top.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::str::FromStr;

use povline_domain::{Appointment, AppointmentId, Day, Period, PickStatus, UnixMillis};
use povline_store::ledger::{
    ClashKind, DeskList, DeskRow, Hold, LostPick, MarkedHold, Pick, PickNow, RowState, Whereabouts,
};

use crate::standing::{Note, Standing, standing};

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Names {
    /// Staff of the clinic, signed in: they must match a name to a person.
    Whole,
    /// Everybody else.
    Masked,
}

impl Names {
    pub(crate) fn of(self, appointment: &Appointment) -> String {
        match self {
            Self::Whole => appointment.name.as_str().to_owned(),
            Self::Masked => appointment.name.masked(),
        }
    }
}

/// How many of a list or a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    /// Booked, those in doubt left out.
    pub(crate) expected: usize,
    /// Of these, those whose number was taken.
    pub(crate) arrived: usize,
    /// Missing from the platform's list, and not proved gone.
    pub(crate) doubtful: usize,
}

impl Tally {
    /// Those who are still to come.
    pub(crate) fn left(&self) -> usize {
        self.expected - self.arrived
    }

    fn count(&mut self, row: &RowView) {
        match row.doubtful {
            true => self.doubtful += 1,
            false => {
                self.expected += 1;
                self.arrived += usize::from(row.picked);
            }
        }
    }
}

/// What is to be seen of one appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowView {
    pub(crate) id: AppointmentId,
    /// Its mark in the page.
    pub(crate) key: String,
    pub(crate) period: Period,
    /// `None` where it must not be shown.
    pub(crate) code: Option<String>,
    pub(crate) name: String,
    pub(crate) picked: bool,
    pub(crate) doubtful: bool,
    /// It was done here and the platform does not know it yet.
    pub(crate) waiting: bool,
    /// When it was done here, and by whom.
    pub(crate) done: Option<(UnixMillis, String)>,
}

/// One period of the day.
#[derive(Debug, Clone)]
pub(crate) struct PeriodView {
    pub(crate) period: Period,
    pub(crate) tally: Tally,
    pub(crate) rows: Vec<RowView>,
}

/// What became of something that was done here, where it came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Clash {
    Cancelled,
    Moved(Day, Period),
    Gone,
    Overruled,
    Later,
    /// Why, in the platform's words. They may name anybody, so they are told to those alone who see
    /// names whole.
    Refused(Option<String>),
}

impl Clash {
    fn told_to(self, names: Names) -> Self {
        match (self, names) {
            (Self::Refused(_), Names::Masked) => Self::Refused(None),
            (clash, _) => clash,
        }
    }

    fn kind(&self) -> ClashKind {
        match self {
            Self::Cancelled => ClashKind::Cancelled,
            Self::Moved(..) => ClashKind::Moved,
            Self::Gone => ClashKind::Gone,
            Self::Overruled => ClashKind::Overruled,
            Self::Later => ClashKind::Later,
            Self::Refused(_) => ClashKind::Refused,
        }
    }
}

/// Which conflict somebody has seen: a pick that comes to nothing in another way afterwards is
/// shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClashMark {
    /// The pick's.
    pub(crate) number: i64,
    pub(crate) kind: ClashKind,
}

/// Each kind and its word.
const KIND_WORDS: [(ClashKind, &str); 6] = [
    (ClashKind::Cancelled, "cancelled"),
    (ClashKind::Moved, "moved"),
    (ClashKind::Gone, "gone"),
    (ClashKind::Overruled, "overruled"),
    (ClashKind::Later, "later"),
    (ClashKind::Refused, "refused"),
];

impl ClashMark {
    /// The kind's word.
    pub(crate) fn word(self) -> &'static str {
        let found = KIND_WORDS.iter().find(|(kind, _)| *kind == self.kind);
        found.map_or("", |(_, word)| word)
    }

    /// The kind with this word.
    pub(crate) fn kind_of(word: &str) -> Option<ClashKind> {
        let found = KIND_WORDS.iter().find(|(_, known)| *known == word);
        found.map(|(kind, _)| *kind)
    }
}

/// As a page's button carries it: `12-moved`.
impl fmt::Display for ClashMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.number, self.word())
    }
}

impl FromStr for ClashMark {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (number, word) = text.split_once('-').ok_or(())?;
        Ok(Self {
            number: number.parse().map_err(|_| ())?,
            kind: Self::kind_of(word).ok_or(())?,
        })
    }
}

/// Something that was done here and came to nothing, until somebody has seen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClashView {
    pub(crate) number: ClashMark,
    pub(crate) id: AppointmentId,
    pub(crate) name: String,
    pub(crate) code: Option<String>,
    pub(crate) picked: bool,
    pub(crate) at: UnixMillis,
    pub(crate) by: String,
    pub(crate) clash: Clash,
}

/// A list as the desk looks at it.
#[derive(Debug, Clone)]
pub(crate) struct ListView {
    pub(crate) day: Day,
    /// When it was last read whole.
    pub(crate) as_of: Option<UnixMillis>,
    /// When it was last tried, and what came of it.
    pub(crate) tried_at: Option<UnixMillis>,
    pub(crate) verdict: String,
    pub(crate) tally: Tally,
    pub(crate) periods: Vec<PeriodView>,
    pub(crate) clashes: Vec<ClashView>,
    pub(crate) hold: Option<MarkedHold>,
    pub(crate) fleet_hold: bool,
    /// Other days of this clinic whose lists are held.
    pub(crate) held_elsewhere: Vec<(Day, Hold)>,
    /// Done here and not known to the platform yet.
    pub(crate) waiting: usize,
    pub(crate) unread: u64,
}

impl ListView {
    pub(crate) fn new(day: Day, list: &DeskList, names: Names, with_codes: bool) -> Self {
        let mut periods: BTreeMap<Period, PeriodView> = BTreeMap::new();
        let mut tally = Tally::default();
        let mut clashes = Vec::new();
        let mut waiting = 0;
        let code = |appointment: &Appointment| {
            with_codes.then(|| appointment.pick_code.as_str().to_owned())
        };
        for row in &list.rows {
            let stands = standing(row);
            let view = row_view(row, &stands, names, with_codes);
            waiting += usize::from(view.waiting);
            tally.count(&view);
            let appointment = &row.row.appointment;
            if let Some((pick, clash)) = clash(&stands).filter(is_unseen) {
                clashes.push(ClashView {
                    name: names.of(appointment),
                    code: code(appointment),
                    ..clash_view(pick, clash.told_to(names))
                });
            }
            let period = periods.entry(view.period).or_insert_with(|| PeriodView {
                period: view.period,
                tally: Tally::default(),
                rows: Vec::new(),
            });
            period.tally.count(&view);
            period.rows.push(view);
        }
        for lost in &list.lost {
            let pick = &lost.pick;
            waiting += usize::from(is_waiting(pick));
            let Some((pick, clash)) = lost_clash(lost).filter(is_unseen) else {
                continue;
            };
            let appointment = lost.appointment.as_ref();
            clashes.push(ClashView {
                name: appointment.map_or_else(|| "?".to_owned(), |found| names.of(found)),
                code: appointment.and_then(code),
                ..clash_view(pick, clash.told_to(names))
            });
        }
        clashes.sort_by_key(|clash| clash.number.number);
        for period in periods.values_mut() {
            period
                .rows
                .sort_by(|one, other| (&one.code, &one.id).cmp(&(&other.code, &other.id)));
        }
        let status = list.status.as_ref();
        Self {
            day,
            as_of: status.and_then(|status| status.checked_at),
            tried_at: status.and_then(|status| status.tried_at),
            verdict: status.map_or_else(String::new, |status| status.verdict.clone()),
            tally,
            periods: periods.into_values().collect(),
            clashes,
            hold: list.hold,
            fleet_hold: list.fleet_hold.is_some(),
            held_elsewhere: list.held_elsewhere.clone(),
            waiting,
            unread: list.unread,
        }
    }
}

/// One row as it is to be seen.
pub(crate) fn row_view(
    row: &DeskRow,
    stands: &Standing<'_>,
    names: Names,
    with_codes: bool,
) -> RowView {
    let appointment = &row.row.appointment;
    let picked = stands.status == PickStatus::Picked;
    let done = row.pick.as_ref().filter(|pick| {
        // Who did it is worth telling only while it is what holds.
        pick.status == stands.status && !matches!(stands.note, Note::Refused(..))
    });
    RowView {
        id: appointment.appointment_id.clone(),
        key: key(&appointment.appointment_id),
        period: appointment.period,
        code: with_codes.then(|| appointment.pick_code.as_str().to_owned()),
        name: names.of(appointment),
        picked,
        doubtful: row.row.state == RowState::Suspected,
        waiting: matches!(stands.note, Note::Waiting(_)),
        done: done.map(|pick| (pick.acted_at, pick.by.clone())),
    }
}

/// A mark for the page that any id has, whatever characters it is made of.
fn key(id: &AppointmentId) -> String {
    let mut hasher = DefaultHasher::new();
    id.as_str().hash(&mut hasher);
    format!("r{:016x}", hasher.finish())
}

fn is_waiting(pick: &Pick) -> bool {
    matches!(pick.state, povline_store::ledger::PickState::Waiting { .. })
}

fn clash<'a>(stands: &Standing<'a>) -> Option<(&'a Pick, Clash)> {
    Some(match stands.note {
        Note::None | Note::Waiting(_) => return None,
        Note::Overruled(pick) => (pick, Clash::Overruled),
        Note::Later(pick) => (pick, Clash::Later),
        Note::Refused(pick, reason) => (pick, Clash::Refused(Some(reason.to_owned()))),
    })
}

fn lost_clash(lost: &LostPick) -> Option<(&Pick, Clash)> {
    // A number given back of somebody who is gone is nobody's trouble.
    if lost.pick.status == PickStatus::NotPicked {
        return None;
    }
    let clash = match lost.whereabouts {
        Whereabouts::Cancelled => Clash::Cancelled,
        Whereabouts::Moved(day, period) => Clash::Moved(day, period),
        Whereabouts::Unknown => Clash::Gone,
    };
    Some((&lost.pick, clash))
}

fn is_unseen((pick, clash): &(&Pick, Clash)) -> bool {
    pick.seen != Some(clash.kind())
}

/// How a pick has come to nothing, if it has.
pub(crate) fn clash_kind(now: &PickNow) -> Option<ClashKind> {
    let clash = match now {
        PickNow::Listed(row) => clash(&standing(row)),
        PickNow::Lost(lost) => lost_clash(lost),
    };
    clash.map(|(_, clash)| clash.kind())
}

fn clash_view(pick: &Pick, clash: Clash) -> ClashView {
    ClashView {
        number: ClashMark {
            number: pick.number,
            kind: clash.kind(),
        },
        id: pick.appointment_id.clone(),
        name: String::new(),
        code: None,
        picked: pick.status == PickStatus::Picked,
        at: pick.acted_at,
        by: pick.by.clone(),
        clash,
    }
}
