//! The sheets kept in memory: bounded in bytes, built once however many ask.
//!
//! An entry is a cell that is filled once. To invalidate is to drop the entry: whoever asks later
//! gets a new cell and so a new build, while a build that is under way fills the old cell, which
//! only those see who asked before the invalidation. A build that read the past can thus never be
//! taken for the present, whatever the order of events.

use std::future::Future;
use std::sync::Arc;

use foldhash::HashMap;
use parking_lot::Mutex;
use povline_domain::{Day, PovId};
use tokio::sync::OnceCell;

use super::{BuildFailed, DaySheet, Encoding, SheetKey};

/// What an entry costs beside its rows. It also bounds the number of empty days that are kept.
const ENTRY_BYTES: usize = 256;

type Cell = Arc<OnceCell<Result<Arc<DaySheet>, BuildFailed>>>;

#[derive(Debug)]
struct Entry {
    key: SheetKey,
    cell: Cell,
    bytes: usize,
    /// Asked for since the hand last passed.
    used: bool,
}

/// Entries in a ring with a hand (CLOCK): what was not asked for since the hand last passed goes
/// first.
#[derive(Debug, Default)]
struct Ring {
    places: HashMap<SheetKey, usize>,
    entries: Vec<Entry>,
    hand: usize,
    bytes: usize,
}

/// What the cache holds, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CacheSize {
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
}

/// The cache of day sheets.
#[derive(Debug)]
pub(crate) struct SheetCache {
    ring: Mutex<Ring>,
    bytes_max: usize,
}

impl SheetCache {
    /// A cache of so many bytes.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            ring: Mutex::default(),
            bytes_max,
        }
    }

    /// The sheet, if it is in memory.
    pub(crate) fn get(&self, key: SheetKey) -> Option<Arc<DaySheet>> {
        let mut ring = self.ring.lock();
        let place = *ring.places.get(&key)?;
        let entry = &mut ring.entries[place];
        entry.used = true;
        entry.cell.get()?.as_ref().ok().map(Arc::clone)
    }

    /// The sheet, built by `build` if it is not in memory. Of all that ask for one sheet at a time
    /// one builds it; if that one gives up, another goes on. A failure is told to all who waited
    /// for it, and not remembered. How many may wait is bounded by who calls this. `others_bytes` of
    /// the bound are in use elsewhere.
    pub(crate) async fn get_or_build<F, E>(
        &self,
        key: SheetKey,
        others_bytes: usize,
        build: impl FnOnce() -> F,
    ) -> Result<Arc<DaySheet>, BuildFailed>
    where
        F: Future<Output = Result<DaySheet, E>>,
        E: Into<BuildFailed>,
    {
        let cell = self.cell(key, others_bytes);
        let built = cell
            .get_or_init(|| async {
                let sheet = build().await.map(Arc::new).map_err(Into::into);
                match &sheet {
                    Ok(sheet) => self.account(key, &cell, sheet.bytes(), others_bytes),
                    Err(_) => self.forget(key, &cell),
                }
                sheet
            })
            .await;
        built.clone()
    }

    /// Forgets the sheets of a POV-day: whoever asks from now on gets rows read from now on.
    pub(crate) fn invalidate(&self, pov: PovId, day: Day) {
        let mut ring = self.ring.lock();
        for encoding in [Encoding::Json, Encoding::Xml] {
            ring.remove(SheetKey { pov, day, encoding });
        }
    }

    /// Counts anew what a sheet holds, if it is still the one that is kept.
    pub(crate) fn recount(&self, key: SheetKey, sheet: &Arc<DaySheet>, others_bytes: usize) {
        let mut ring = self.ring.lock();
        let Some(&place) = ring.places.get(&key) else {
            return;
        };
        let entry = &mut ring.entries[place];
        let kept = entry.cell.get().and_then(|built| built.as_ref().ok());
        if !kept.is_some_and(|kept| Arc::ptr_eq(kept, sheet)) {
            return;
        }
        let bytes = ENTRY_BYTES + sheet.bytes();
        let counted = std::mem::replace(&mut entry.bytes, bytes);
        ring.bytes = ring.bytes - counted + bytes;
        ring.evict_to(self.bytes_max.saturating_sub(others_bytes));
    }

    /// Forgets the sheets of all days of a POV.
    pub(crate) fn invalidate_pov(&self, pov: PovId) {
        let mut ring = self.ring.lock();
        let keys = ring.entries.iter().map(|entry| entry.key);
        let of_pov: Vec<SheetKey> = keys.filter(|key| key.pov == pov).collect();
        for key in of_pov {
            ring.remove(key);
        }
    }

    /// Makes room for what is in use elsewhere.
    pub(crate) fn shrink(&self, others_bytes: usize) {
        self.ring
            .lock()
            .evict_to(self.bytes_max.saturating_sub(others_bytes));
    }

    pub(crate) fn size(&self) -> CacheSize {
        let ring = self.ring.lock();
        CacheSize {
            entries: ring.entries.len(),
            bytes: ring.bytes,
        }
    }

    fn cell(&self, key: SheetKey, others_bytes: usize) -> Cell {
        let mut ring = self.ring.lock();
        if let Some(&place) = ring.places.get(&key) {
            let entry = &mut ring.entries[place];
            entry.used = true;
            return Arc::clone(&entry.cell);
        }
        let cell = Cell::default();
        ring.insert(key, Arc::clone(&cell));
        ring.evict_to(self.bytes_max.saturating_sub(others_bytes));
        cell
    }

    /// Counts a sheet that was built, if its cell is still the one that is asked for.
    fn account(&self, key: SheetKey, cell: &Cell, bytes: usize, others_bytes: usize) {
        let mut ring = self.ring.lock();
        if let Some(place) = ring.place_of(key, cell) {
            ring.entries[place].bytes += bytes;
            ring.bytes += bytes;
            ring.evict_to(self.bytes_max.saturating_sub(others_bytes));
        }
    }

    fn forget(&self, key: SheetKey, cell: &Cell) {
        let mut ring = self.ring.lock();
        if ring.place_of(key, cell).is_some() {
            ring.remove(key);
        }
    }
}

impl Ring {
    fn insert(&mut self, key: SheetKey, cell: Cell) {
        self.places.insert(key, self.entries.len());
        self.bytes += ENTRY_BYTES;
        self.entries.push(Entry {
            key,
            cell,
            bytes: ENTRY_BYTES,
            used: false,
        });
    }

    fn place_of(&self, key: SheetKey, cell: &Cell) -> Option<usize> {
        let place = *self.places.get(&key)?;
        Arc::ptr_eq(&self.entries[place].cell, cell).then_some(place)
    }

    fn remove(&mut self, key: SheetKey) {
        if let Some(place) = self.places.remove(&key) {
            let entry = self.entries.swap_remove(place);
            self.bytes -= entry.bytes;
            if let Some(moved) = self.entries.get(place) {
                self.places.insert(moved.key, place);
            }
        }
    }

    fn evict_to(&mut self, bytes_max: usize) {
        while self.bytes > bytes_max && !self.entries.is_empty() {
            if self.hand >= self.entries.len() {
                self.hand = 0;
            }
            let entry = &mut self.entries[self.hand];
            if std::mem::take(&mut entry.used) {
                self.hand += 1;
            } else {
                let key = entry.key;
                self.remove(key);
                // The youngest has come into its place: its turn is the last, and those that were
                // there before it have theirs first.
                self.hand += 1;
            }
        }
    }
}
