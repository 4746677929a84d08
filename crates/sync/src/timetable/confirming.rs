//! Which lists must be read again before suspected absences may be told.
//!
//! A suspect's own day first, long enough after it vanished; once that is confirmed, every other
//! open day of its POV. The ledger's suspects are the truth, and this plan is made from them anew
//! whenever they may have changed, so that nothing is forgotten over a restart.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use foldhash::HashMap;
use povline_domain::UnixMillis;

use super::ListKey;

/// Reads that are wanted, earliest first.
#[derive(Debug, Default)]
pub(super) struct Confirming {
    wanted: HashMap<ListKey, Wanted>,
    queue: BinaryHeap<Reverse<(UnixMillis, ListKey)>>,
}

#[derive(Debug, Clone, Copy)]
struct Wanted {
    /// Only a scan begun at or after this instant confirms anything.
    not_before: UnixMillis,
    /// When it is to be tried.
    due: UnixMillis,
}

impl Confirming {
    /// Replaces what is wanted. Where several suspects want the same list, the earliest instant
    /// counts: a later suspect must not put off an earlier one for ever.
    pub(super) fn plan(&mut self, wants: impl Iterator<Item = (ListKey, UnixMillis)>) {
        let mut wanted: HashMap<ListKey, Wanted> = HashMap::default();
        for (list, not_before) in wants {
            let known = self
                .wanted
                .get(&list)
                .filter(|known| known.not_before == not_before);
            let due = known.map_or(not_before, |known| known.due);
            wanted
                .entry(list)
                .and_modify(|held| {
                    if not_before < held.not_before {
                        *held = Wanted { not_before, due };
                    }
                })
                .or_insert(Wanted { not_before, due });
        }
        self.queue = wanted
            .iter()
            .map(|(list, wanted)| Reverse((wanted.due, *list)))
            .collect();
        self.wanted = wanted;
    }

    /// The earliest list that is wanted and when, those that `busy` names left out for now: they
    /// come back with [`Confirming::finished`].
    pub(super) fn first(
        &mut self,
        busy: impl Fn(&ListKey) -> bool,
    ) -> Option<(UnixMillis, ListKey)> {
        while let Some(Reverse((due, list))) = self.queue.peek().copied() {
            let current = self
                .wanted
                .get(&list)
                .is_some_and(|wanted| wanted.due == due);
            if current && !busy(&list) {
                return Some((due, list));
            }
            self.queue.pop();
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
        let due = wanted.due;
        self.queue.push(Reverse((due, list)));
    }

    /// Gives up on a list.
    pub(super) fn drop_list(&mut self, list: ListKey) {
        self.wanted.remove(&list);
    }
}
