//! Which lists must be read again before suspected absences may be told.
//!
//! A suspect's own day first, long enough after it vanished; once that is confirmed, every other
//! open day of its POV. The ledger's suspects are the truth, and this plan is made from them anew
//! whenever they may have changed, so that nothing is forgotten over a restart. Among the lists that
//! are due today's suspects go first, however long others have waited.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use foldhash::HashMap;
use povline_domain::UnixMillis;

use super::ListKey;

/// Whom a confirming scan serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Urgency {
    /// It confirms suspects of today on their own day.
    Today,
    /// It looks on another day for a suspect of today.
    TodayElsewhere,
    /// It serves suspects of other days.
    Other,
}

impl Urgency {
    pub(super) const ALL: [Self; 3] = [Self::Today, Self::TodayElsewhere, Self::Other];
}

/// Reads that are wanted, the most urgent first and of these the earliest.
#[derive(Debug, Default)]
pub(super) struct Confirming {
    wanted: HashMap<ListKey, Wanted>,
    queues: [BinaryHeap<Reverse<(UnixMillis, ListKey)>>; Urgency::ALL.len()],
}

#[derive(Debug, Clone, Copy)]
struct Wanted {
    urgency: Urgency,
    /// Only a scan begun at or after this instant confirms anything.
    not_before: UnixMillis,
    /// When it is to be tried.
    due: UnixMillis,
}

impl Confirming {
    /// Replaces what is wanted. Where several suspects want the same list, the most urgent counts,
    /// and of these the earliest instant: a later suspect must not put off an earlier one for ever.
    pub(super) fn plan(&mut self, wants: impl Iterator<Item = (ListKey, Urgency, UnixMillis)>) {
        let mut wanted: HashMap<ListKey, Wanted> = HashMap::default();
        for (list, urgency, not_before) in wants {
            let known = self
                .wanted
                .get(&list)
                .filter(|known| known.not_before == not_before);
            let want = Wanted {
                urgency,
                not_before,
                due: known.map_or(not_before, |known| known.due),
            };
            let held = wanted.entry(list).or_insert(want);
            if (urgency, not_before) < (held.urgency, held.not_before) {
                *held = want;
            }
        }
        for queue in &mut self.queues {
            queue.clear();
        }
        for (list, wanted) in &wanted {
            self.queues[wanted.urgency as usize].push(Reverse((wanted.due, *list)));
        }
        self.wanted = wanted;
    }

    /// The list that is to be read first and when: the most urgent that is due, else the earliest.
    /// Those that `busy` names are left out for now: they come back with [`Confirming::finished`].
    pub(super) fn first(
        &mut self,
        now: UnixMillis,
        busy: impl Fn(&ListKey) -> bool,
    ) -> Option<(UnixMillis, ListKey)> {
        let firsts = Urgency::ALL.map(|urgency| self.first_of(urgency, &busy));
        let firsts = || firsts.into_iter().flatten();
        let due = firsts().find(|(due, _)| *due <= now);
        due.or_else(|| firsts().min())
    }

    /// The earliest list of this urgency and when it is due, those that `busy` names left out.
    pub(super) fn first_of(
        &mut self,
        urgency: Urgency,
        busy: impl Fn(&ListKey) -> bool,
    ) -> Option<(UnixMillis, ListKey)> {
        let queue = &mut self.queues[urgency as usize];
        while let Some(Reverse((due, list))) = queue.peek().copied() {
            let current = self
                .wanted
                .get(&list)
                .is_some_and(|wanted| wanted.due == due && wanted.urgency == urgency);
            if current && !busy(&list) {
                return Some((due, list));
            }
            queue.pop();
        }
        None
    }

    /// A scan of this list has ended. One that was complete and begun late enough has done what was
    /// wanted; after any other the list is tried again at `retry_at`.
    pub(super) fn finished(
        &mut self,
        list: ListKey,
        complete_begun_at: Option<UnixMillis>,
        retry_at: UnixMillis,
    ) {
        let Some(wanted) = self.wanted.get_mut(&list) else {
            return;
        };
        if complete_begun_at.is_some_and(|begun_at| begun_at >= wanted.not_before) {
            self.wanted.remove(&list);
            return;
        }
        wanted.due = if complete_begun_at.is_some() {
            // Complete, but too early to confirm anything.
            wanted.not_before
        } else {
            wanted.not_before.max(retry_at)
        };
        let (queue, due) = (wanted.urgency as usize, wanted.due);
        self.queues[queue].push(Reverse((due, list)));
    }

    /// Whom a scan of this list serves, if it is wanted.
    pub(super) fn urgency_of(&self, list: ListKey) -> Option<Urgency> {
        self.wanted.get(&list).map(|wanted| wanted.urgency)
    }

    /// This list is not to be tried before `until`.
    pub(super) fn put_off(&mut self, list: ListKey, until: UnixMillis) {
        if let Some(wanted) = self.wanted.get_mut(&list) {
            wanted.due = wanted.due.max(until);
            let (queue, due) = (wanted.urgency as usize, wanted.due);
            self.queues[queue].push(Reverse((due, list)));
        }
    }

    /// Gives up on a list.
    pub(super) fn drop_list(&mut self, list: ListKey) {
        self.wanted.remove(&list);
    }
}
