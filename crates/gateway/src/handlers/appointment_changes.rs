//! `povline.appointment.changes`.
//!
//! Every list that an app may read is told in a snapshot, whose cursor was taken before it began;
//! from there on the book's changes are told. So a change is told at least once, whenever it
//! happens.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use povline_domain::{Day, OutPovId, PovId};
use povline_protocol::methods::appointment_changes::{self, AppointmentChanges, Changes, Cursor};
use povline_protocol::{PlatformError, methods::appointment_digest::ListState};
use povline_store::StoreError;
use povline_store::book::{BookChange, ChangeCursor};

use super::change::failed;
use super::list_state;
use crate::PlatformBook;
use crate::admit::SignedParams;
use crate::call::{Answer, Refused};
use crate::directory::Directory;
use crate::record::record_reads;
use crate::state::State;

/// What an app follows.
struct Scope {
    povs: BTreeMap<PovId, OutPovId>,
    first_day: Day,
    lists_max: usize,
}

/// Which lists changed, and where the caller stands now.
struct Told {
    days: Vec<(PovId, Day)>,
    cursor: Cursor,
    snapshot: bool,
    has_more: bool,
}

/// The lists of an app that changed since its cursor.
pub(crate) async fn answer<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
) -> Result<Answer, Refused> {
    let query = AppointmentChanges::from_params(signed.params())?;
    let scope = Scope {
        povs: directory
            .readable_povs(signed.app())
            .into_iter()
            .filter_map(|pov| Some((pov, directory.code_of(signed.app(), pov)?.clone())))
            .collect(),
        first_day: query.first_day.unwrap_or(Day::MIN),
        lists_max: query.lists_max,
    };
    let app = hash_of(signed.app().key.as_str());
    let begin = |sequence| Cursor {
        app,
        scope: scope.hash(),
        sequence,
        told: None,
    };
    let told = match query.cursor {
        Some(cursor) if cursor.app != app => {
            return Err(PlatformError::invalid_argument("cursor").into());
        }
        Some(cursor) if cursor.scope == scope.hash() => match cursor.told {
            Some(_) => snapshot(state, &scope, cursor).await,
            None => changes(state, &scope, cursor).await,
        },
        // There was no cursor, or it is of other grants: what it did not cover was never told.
        _ => match state.book.change_cursor().await {
            Ok(ChangeCursor(sequence)) => snapshot(state, &scope, begin(sequence)).await,
            Err(error) => Err(error),
        },
    };
    let Told {
        days,
        cursor,
        snapshot,
        has_more,
    } = told.map_err(failed)?;
    // Each of these lists is read whole, even though its digest alone is told.
    record_reads(state, &signed.app_key(), days.iter().copied());
    let lists = states(state, &scope, days).await?;
    let changes = Changes {
        cursor,
        snapshot,
        has_more,
        lists,
    };
    Ok(Answer::Content(appointment_changes::answer(&changes)))
}

impl Scope {
    fn hash(&self) -> u64 {
        let mut hasher = Fnv::default();
        for pov in self.povs.keys() {
            pov.0.hash(&mut hasher);
        }
        self.first_day.number().hash(&mut hasher);
        hasher.finish()
    }
}

/// The lists behind the one that was told last, in the order of their keys.
async fn snapshot<B: PlatformBook>(
    state: &State<B>,
    scope: &Scope,
    cursor: Cursor,
) -> Result<Told, StoreError> {
    let povs = scope.povs.keys().copied().collect();
    let days = state
        .book
        .days_after(povs, cursor.told, scope.first_day, scope.lists_max)
        .await?;
    let goes_on = days.len() == scope.lists_max;
    let told = days.last().copied().filter(|_| goes_on);
    Ok(Told {
        days,
        cursor: Cursor { told, ..cursor },
        snapshot: true,
        has_more: goes_on,
    })
}

/// The lists that the book's changes name, each once.
async fn changes<B: PlatformBook>(
    state: &State<B>,
    scope: &Scope,
    cursor: Cursor,
) -> Result<Told, StoreError> {
    let since = ChangeCursor(cursor.sequence);
    let (changes, ChangeCursor(sequence)) =
        state.book.changes_after(since, scope.lists_max).await?;
    let has_more = changes.len() == scope.lists_max;
    let named: BTreeSet<(PovId, Day)> = changes
        .into_iter()
        .filter_map(|change| match change {
            BookChange::Day(pov, day) => Some((pov, day)),
            BookChange::Access => None,
        })
        .filter(|(pov, day)| scope.povs.contains_key(pov) && *day >= scope.first_day)
        .collect();
    Ok(Told {
        days: named.into_iter().collect(),
        cursor: Cursor { sequence, ..cursor },
        snapshot: false,
        has_more,
    })
}

async fn states<B: PlatformBook>(
    state: &State<B>,
    scope: &Scope,
    days: Vec<(PovId, Day)>,
) -> Result<Vec<ListState>, Refused> {
    let mut lists = Vec::with_capacity(days.len());
    for (pov, day) in days {
        let Some(code) = scope.povs.get(&pov) else {
            continue;
        };
        let time_max = state.config.read_time_max;
        lists.push(list_state::read(&*state.book, pov, code.clone(), day, time_max).await?);
    }
    Ok(lists)
}

fn hash_of(text: &str) -> u64 {
    let mut hasher = Fnv::default();
    text.hash(&mut hasher);
    hasher.finish()
}

/// FNV-1a: cursors outlive the process, so their hashes must not change with it or with a release
/// of the standard library.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
