//! What must have happened between two readings of a list.

use std::collections::{BTreeMap, HashMap, HashSet};

use povline_domain::Day;

use super::call::RecordedRow;
use super::readings::Reading;

type List = (usize, Day);

/// Something that happened, before it is put in order.
#[derive(Debug, Clone)]
pub(super) struct Happening {
    pub(super) at_ms: i64,
    /// The POV and the recording's number of the appointment, which together are one appointment:
    /// none goes from one POV to another.
    pub(super) who: (usize, u32),
    /// How it stands from then on; `None` if it is gone.
    pub(super) stands: Option<RecordedRow>,
}

/// What stood before anything happened.
const BEFORE: i64 = -1;

/// What happened, in order of time. What a reading shows otherwise than the one before it happened
/// in between, spread evenly in the order of the list. Who is missing from a list and seen again
/// later was not gone: either moved, when the other list showed it, or the server had dropped a
/// row by mistake.
pub(super) fn happenings(readings: &[Reading]) -> Vec<Happening> {
    let mut last_seen: HashMap<(usize, u32), usize> = HashMap::new();
    for (place, reading) in readings.iter().enumerate() {
        for row in &reading.rows {
            last_seen.insert((reading.pov, row.number), place);
        }
    }
    let mut story = Story {
        last_seen,
        ..Story::default()
    };
    for (place, reading) in readings.iter().enumerate() {
        story.read(place, reading);
    }
    let mut happened = story.happened;
    // Stable: what happened at one instant stays in order.
    happened.sort_by_key(|one| one.at_ms);
    happened
}

#[derive(Default)]
struct Story {
    /// The last reading that shows each.
    last_seen: HashMap<(usize, u32), usize>,
    /// How each stands, and since when.
    standing: HashMap<(usize, u32), (RecordedRow, i64)>,
    /// Who stands on each list, and when it was last read.
    lists: BTreeMap<List, (HashSet<u32>, i64)>,
    happened: Vec<Happening>,
}

impl Story {
    fn read(&mut self, place: usize, reading: &Reading) {
        let list = (reading.pov, reading.day);
        let known = self.lists.remove(&list);
        let shown: HashSet<u32> = reading.rows.iter().map(|row| row.number).collect();
        let mut changes: Vec<((usize, u32), Option<RecordedRow>)> = Vec::new();
        if let Some((members, _)) = &known {
            let mut gone: Vec<u32> = members.difference(&shown).copied().collect();
            gone.sort_unstable();
            changes.extend(
                gone.into_iter()
                    .map(|number| (reading.pov, number))
                    .filter(|who| self.is_gone(*who, place, list))
                    .map(|who| (who, None)),
            );
        }
        changes.extend(reading.rows.iter().filter_map(|row| {
            let who = (reading.pov, row.number);
            let stands = self.standing.get(&who).map(|(stands, _)| stands);
            (stands != Some(row)).then(|| (who, Some(row.clone())))
        }));
        let since = known.as_ref().map(|(_, read_at)| *read_at);
        let count = changes.len() as i64;
        for (nth, (who, stands)) in (1..).zip(changes) {
            let at_ms = match since {
                None if !self.standing.contains_key(&who) => BEFORE,
                None => reading.begun_ms,
                Some(since) => {
                    let until = reading.begun_ms.max(since + 1);
                    since + (until - since) * nth / (count + 1)
                }
            };
            self.happen(at_ms, who, stands);
        }
        self.lists.insert(list, (shown, reading.ended_ms));
    }

    fn is_gone(&self, who: (usize, u32), place: usize, (_, day): List) -> bool {
        let here = self
            .standing
            .get(&who)
            .is_some_and(|(row, _)| row.day == day);
        let later = self.last_seen.get(&who).is_some_and(|last| *last > place);
        here && !later
    }

    fn happen(&mut self, at_ms: i64, who: (usize, u32), stands: Option<RecordedRow>) {
        // What is known of one appointment stays in the order in which it was seen.
        let at_ms = match self.standing.get(&who) {
            Some((_, since)) => at_ms.max(*since + 1).max(0),
            None => at_ms,
        };
        match &stands {
            Some(row) => self.standing.insert(who, (row.clone(), at_ms)),
            None => self.standing.remove(&who),
        };
        self.happened.push(Happening { at_ms, who, stands });
    }
}
