//! Lists at rest: those of which an unchanged answer tells no more than that it was given.
//!
//! Most answers are unchanged, and to settle one would otherwise cost a dozen look-ups that find
//! nothing. So the ledger remembers of each list that has come to rest what an unchanged answer is
//! held against. At rest is a list whose rows stand for a complete certificate, whose POV has no
//! suspects, and which has no row in quarantine; while anything is held by a brake, nothing counts
//! as being at rest. Such an answer moves the list's instants on, and that is all that is written.
//!
//! What is remembered is never trusted beyond the point of the database at which it was true:
//! * the writer's thread alone changes it, in step with what it writes;
//! * a commit of any other connection clears it ([`AtRest::follow`]);
//! * so does a settlement of which nothing or not everything is kept ([`Careful`]).
//!
//! Whoever is about to make a call may look into it too ([`AtRest::windows`]). What they are told
//! may be overtaken by the time of the answer, as what they would read in the database may be, and
//! settling finds that out.

use foldhash::HashMap;
use parking_lot::Mutex;
use povline_domain::{Day, OutPovId, UnixMillis, Window};
use rusqlite::Connection;
use smallvec::SmallVec;

use super::columns::PovNumber;
use super::encode::read_windows;
use super::sql;
use super::trouble::Outcome;

/// Lists remembered at most, of some 100 bytes each. Others are settled with look-ups.
const LISTS_MAX: usize = 1 << 20;

/// The lists at rest.
#[derive(Debug)]
pub(super) struct AtRest {
    remembered: Mutex<Remembered>,
    lists_max: usize,
}

/// What is known of one list at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resting {
    pub(super) pov: PovNumber,
    /// When the first page of its last complete scan was requested.
    pub(super) checked_at: UnixMillis,
    /// The windows of the certificate for which its rows stand.
    pub(super) windows: Vec<Window>,
}

#[derive(Debug, Default)]
struct Remembered {
    povs: HashMap<OutPovId, Pov>,
    names: HashMap<i64, OutPovId>,
    /// Lists of all POVs.
    count: usize,
    /// Lists of earlier days are past: nobody reads them any more.
    first_day: Option<Day>,
    /// What the engine calls the state in which others have left the database.
    state: Option<i64>,
}

#[derive(Debug)]
struct Pov {
    number: PovNumber,
    /// By day.
    lists: Vec<List>,
}

#[derive(Debug)]
struct List {
    day: Day,
    checked_at: UnixMillis,
    /// As they are stored: a tenth of the size, and one of them, as most lists have, in place.
    windows: SmallVec<[u8; 40]>,
}

impl List {
    fn move_on(&mut self, checked_at: UnixMillis, windows: &[u8]) {
        self.checked_at = checked_at;
        self.windows.clear();
        self.windows.extend_from_slice(windows);
    }
}

impl Default for AtRest {
    fn default() -> Self {
        Self::at_most(LISTS_MAX)
    }
}

impl AtRest {
    /// Remembers so many lists at most.
    pub(super) fn at_most(lists_max: usize) -> Self {
        Self {
            remembered: Mutex::default(),
            lists_max,
        }
    }

    /// Clears everything if another connection has written since this was last asked. To be asked
    /// within the transaction in which the rest is used.
    pub(super) fn follow(&self, connection: &Connection) -> Outcome<()> {
        let mut statement = connection.prepare_cached(sql::STATE)?;
        let state: i64 = statement.query_row((), |line| line.get(0))?;
        let mut remembered = self.remembered.lock();
        if remembered.state != Some(state) {
            remembered.clear();
            remembered.state = Some(state);
        }
        Ok(())
    }

    /// Forgets the lists of days before this one.
    pub(super) fn pass(&self, first_day: Day) {
        let mut remembered = self.remembered.lock();
        if remembered.first_day.is_some_and(|known| known >= first_day) {
            return;
        }
        remembered.first_day = Some(first_day);
        let mut count = 0;
        for pov in remembered.povs.values_mut() {
            pov.lists.retain(|list| list.day >= first_day);
            count += pov.lists.len();
        }
        remembered.count = count;
        if count == 0 {
            remembered.clear();
        }
    }

    /// The windows that an unchanged answer of this list repeats, if it is at rest.
    pub(super) fn windows(&self, pov: &OutPovId, day: Day) -> Option<Vec<Window>> {
        let remembered = self.remembered.lock();
        let (_, list) = remembered.list(pov, day)?;
        read_windows(&list.windows).ok()
    }

    /// What is known of a list, if it is at rest.
    pub(super) fn get(&self, pov: &OutPovId, day: Day) -> Option<Resting> {
        let remembered = self.remembered.lock();
        let (pov, list) = remembered.list(pov, day)?;
        Some(Resting {
            pov,
            checked_at: list.checked_at,
            windows: read_windows(&list.windows).ok()?,
        })
    }

    /// A list has come to rest, or has moved on in it: when it was last read whole, and by which
    /// windows, as they are stored.
    pub(super) fn put(
        &self,
        (pov, number): (&OutPovId, PovNumber),
        day: Day,
        checked_at: UnixMillis,
        windows: &[u8],
    ) {
        let mut remembered = self.remembered.lock();
        let remembered = &mut *remembered;
        if remembered.first_day.is_some_and(|first| day < first) {
            return;
        }
        let by_day = |list: &List| list.day;
        if let Some(known) = remembered.povs.get_mut(pov)
            && let Ok(place) = known.lists.binary_search_by_key(&day, by_day)
        {
            return known.lists[place].move_on(checked_at, windows);
        }
        if remembered.count >= self.lists_max {
            return;
        }
        remembered.count += 1;
        let names = &mut remembered.names;
        let known = remembered.povs.entry(pov.clone()).or_insert_with(|| {
            names.insert(number.0, pov.clone());
            let lists = Vec::new();
            Pov { number, lists }
        });
        let place = known.lists.partition_point(|list| list.day < day);
        let list = List {
            day,
            checked_at,
            windows: windows.into(),
        };
        known.lists.insert(place, list);
    }

    /// A list is no longer at rest, or may not be.
    pub(super) fn remove(&self, pov: PovNumber, day: Day) {
        let mut remembered = self.remembered.lock();
        let remembered = &mut *remembered;
        if let Some(lists) = remembered.lists_of(pov)
            && let Ok(place) = lists.binary_search_by_key(&day, |list| list.day)
        {
            lists.remove(place);
            remembered.count -= 1;
        }
    }

    /// No list of a POV is at rest.
    pub(super) fn remove_pov(&self, pov: PovNumber) {
        let mut remembered = self.remembered.lock();
        if let Some(lists) = remembered.lists_of(pov) {
            let removed = std::mem::take(lists).len();
            remembered.count -= removed;
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.remembered.lock().clear();
    }

    /// Forgets everything if what is done meanwhile does not come to its end.
    pub(super) fn careful(&self) -> Careful<'_> {
        Careful(Some(self))
    }
}

impl Remembered {
    fn list(&self, pov: &OutPovId, day: Day) -> Option<(PovNumber, &List)> {
        let pov = self.povs.get(pov)?;
        let place = pov.lists.binary_search_by_key(&day, |list| list.day).ok()?;
        Some((pov.number, &pov.lists[place]))
    }

    fn lists_of(&mut self, pov: PovNumber) -> Option<&mut Vec<List>> {
        let pov = self.povs.get_mut(self.names.get(&pov.0)?)?;
        Some(&mut pov.lists)
    }

    fn clear(&mut self) {
        self.povs.clear();
        self.names.clear();
        self.count = 0;
    }
}

/// Clears what is remembered unless it is told that all went well: whatever an error or a panic
/// undoes may be among it.
pub(super) struct Careful<'a>(Option<&'a AtRest>);

impl Careful<'_> {
    /// All went well.
    pub(super) fn well(mut self) {
        self.0 = None;
    }
}

impl Drop for Careful<'_> {
    fn drop(&mut self) {
        if let Some(at_rest) = self.0 {
            at_rest.clear();
        }
    }
}
