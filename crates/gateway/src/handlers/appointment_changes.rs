//! `povline.appointment.changes`.
//!
//! Every list that an app may read is told in a snapshot, whose cursor was taken before it began;
//! from there on the book's changes are told. So a change is told at least once, whenever it
//! happens. A call looks through so many of the book's records and reads so many rows at most; what
//! is left is for the next one.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use povline_domain::{AppKey, Day, OutPovId, PovId};
use povline_protocol::PlatformError;
use povline_protocol::methods::appointment_changes::{self, AppointmentChanges, Changes, Cursor};
use povline_store::StoreError;
use povline_store::book::ChangeCursor;

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

/// Rows after which a call reads no further list: some 50 ms of work.
const ROWS_ENOUGH: u64 = 50_000;

/// Which lists are to be told, each with where its caller stands once it was told.
struct ToTell {
    lists: Vec<((PovId, Day), Cursor)>,
    /// Where the caller stands behind them all, and whether there is more there.
    end: (Cursor, bool),
    snapshot: bool,
}

/// The lists of an app that changed since its cursor.
pub(crate) async fn answer<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
) -> Result<Answer, Refused> {
    let query = AppointmentChanges::from_params(signed.params())?;
    let app = signed.app_key();
    let scope = Scope {
        povs: directory
            .readable_povs(signed.app())
            .into_iter()
            .filter_map(|pov| Some((pov, directory.code_of(signed.app(), pov)?.clone())))
            .collect(),
        first_day: query.first_day.unwrap_or(Day::MIN),
        lists_max: query.lists_max,
    };
    let owner = hash_of(app.as_str());
    if query.cursor.is_some_and(|cursor| cursor.app != owner) {
        return Err(PlatformError::invalid_argument("cursor").into());
    }
    let read = async {
        let to_tell = look(state, &scope, query.cursor, owner).await;
        states(state, &app, &scope, to_tell.map_err(failed)?).await
    };
    let time_max = state.config.read_time_max;
    let changes = state.long_reads.read(&app, time_max, read).await?;
    Ok(Answer::Content(appointment_changes::answer(&changes)))
}

async fn look<B: PlatformBook>(
    state: &State<B>,
    scope: &Scope,
    cursor: Option<Cursor>,
    app: u64,
) -> Result<ToTell, StoreError> {
    let ChangeCursor(last) = state.book.change_cursor().await?;
    match cursor {
        Some(cursor) if cursor.scope == scope.hash() && cursor.sequence <= last => {
            match cursor.told {
                Some(_) => snapshot(state, scope, cursor).await,
                None => changes(state, scope, cursor).await,
            }
        }
        // There was no cursor, or it is of other grants: what it did not cover was never told. Or it
        // is ahead of the book, which is then an older copy: nobody knows what it has told.
        _ => {
            let begin = Cursor {
                app,
                scope: scope.hash(),
                sequence: last,
                told: None,
            };
            snapshot(state, scope, begin).await
        }
    }
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
) -> Result<ToTell, StoreError> {
    let povs = scope.povs.keys().copied().collect();
    let days = state
        .book
        .days_after(povs, cursor.told, scope.first_day, scope.lists_max)
        .await?;
    let goes_on = days.len() == scope.lists_max;
    let told = days.last().copied().filter(|_| goes_on);
    let behind = |list| Cursor {
        told: Some(list),
        ..cursor
    };
    Ok(ToTell {
        lists: days.into_iter().map(|list| (list, behind(list))).collect(),
        end: (Cursor { told, ..cursor }, goes_on),
        snapshot: true,
    })
}

/// The lists that the book's changes name, each once.
async fn changes<B: PlatformBook>(
    state: &State<B>,
    scope: &Scope,
    cursor: Cursor,
) -> Result<ToTell, StoreError> {
    let povs = scope.povs.keys().copied().collect();
    let after = ChangeCursor(cursor.sequence);
    let changed = state
        .book
        .lists_changed(povs, scope.first_day, after, scope.lists_max)
        .await?;
    let at = |ChangeCursor(sequence)| Cursor { sequence, ..cursor };
    let lists = changed.lists.into_iter();
    Ok(ToTell {
        lists: lists.map(|(list, behind)| (list, at(behind))).collect(),
        end: (at(changed.cursor), changed.has_more),
        snapshot: false,
    })
}

/// Reads the lists for their digests, until it has read enough.
async fn states<B: PlatformBook>(
    state: &State<B>,
    app: &Arc<AppKey>,
    scope: &Scope,
    to_tell: ToTell,
) -> Result<Changes, Refused> {
    let mut lists = Vec::with_capacity(to_tell.lists.len());
    let (mut cursor, mut has_more) = to_tell.end;
    let mut rows = 0;
    let mut behind_last = None;
    for ((pov, day), behind) in to_tell.lists {
        if let Some(behind_last) = behind_last
            && rows >= ROWS_ENOUGH
        {
            (cursor, has_more) = (behind_last, true);
            break;
        }
        if let Some(code) = scope.povs.get(&pov) {
            // It is read whole, even though its digest alone is told.
            record_reads(state, app, [(pov, day)]);
            let list = list_state::read(&*state.book, pov, code.clone(), day).await?;
            rows += list.total;
            lists.push(list);
        }
        behind_last = Some(behind);
    }
    Ok(Changes {
        cursor,
        snapshot: to_tell.snapshot,
        has_more,
        lists,
    })
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
