//! Snapshot paging: an app that pages forward through a long list sees one instant of it.
//!
//! Page 1 of a list longer than its page pins the list for the app, what it asked for (of a POV-day
//! the sheet in its encoding) and page_size. Page n comes from the pin only if page n−1 did, or page
//! n itself did before; any other access ends the pin and gets the present.
//! So a plain forward loop loses nothing to rows that vanish behind it, without any change of the
//! protocol. Nor does one that goes backward once page 1 has told it the total: rows only ever move
//! to lower pages, so it loses none as long as no page of it is of an earlier instant than the one
//! before, which is why a page of the present ends the pin.
//! A pin ends a fixed time after page 1, and there is no promise that there is one: caps bound what
//! one app and all apps may hold.
//!
//! Requests do not say which loop they belong to. Of two loops over one list that overlap, the one
//! begun last is of one instant: neither list would be right for both, since the older lacks what was
//! added, and in the newer rows have moved to pages that the older loop has read already.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use foldhash::HashMap;
use parking_lot::Mutex;
use povline_domain::{AppKey, PageRequest, PageSize, UnixMillis};

use crate::sheet::DaySheet;

/// A list that may be pinned.
pub(crate) trait Pinned {
    /// Its length.
    fn total(&self) -> u64;

    /// What it takes of memory at most.
    fn bytes_max(&self) -> usize;
}

impl Pinned for DaySheet {
    fn total(&self) -> u64 {
        self.total()
    }

    fn bytes_max(&self) -> usize {
        self.bytes_max()
    }
}

/// What pins may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PinLimits {
    /// How long after page 1 a pin holds.
    pub(crate) time: Duration,
    /// Bytes that one app may pin.
    pub(crate) app_bytes_max: usize,
    /// Bytes that all apps together may pin.
    pub(crate) bytes_max: usize,
}

/// Whose reading of what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PinKey<K> {
    pub(crate) app: Arc<AppKey>,
    pub(crate) list: K,
    pub(crate) size: PageSize,
}

#[derive(Debug)]
struct Pin<L> {
    list: Arc<L>,
    /// The highest page served from it, or from the unfinished pin that it took the place of; all
    /// before it were, too.
    served: u32,
    expires_at: UnixMillis,
    /// Under which instant it stands in [`Held::by_expiry`]: that of its first page 1. A list whose
    /// page 1 is asked for again and again is not moved there each time.
    listed_at: UnixMillis,
    /// Tells apart pins that expire at the same instant.
    number: u64,
}

impl<L: Pinned> Pin<L> {
    /// Up to which page it may be read on once page 1 was asked for again. A loop that was not shown
    /// a short page may still go on beside the new one: its next page must not end the new one's pin.
    fn resumed(&self, size: PageSize) -> u32 {
        let read = u64::from(self.served) * u64::from(size.get());
        if read <= self.list.total() {
            self.served
        } else {
            1
        }
    }
}

#[derive(Debug)]
struct Held<K, L> {
    pins: HashMap<PinKey<K>, Pin<L>>,
    by_expiry: BTreeMap<(UnixMillis, u64), PinKey<K>>,
    app_bytes: HashMap<Arc<AppKey>, usize>,
    next_number: u64,
}

/// The pinned lists of one kind.
#[derive(Debug)]
pub(crate) struct Pins<K, L> {
    held: Mutex<Held<K, L>>,
    limits: PinLimits,
    /// As `held` has them, readable without its lock.
    count: AtomicUsize,
    bytes: AtomicUsize,
}

impl<K: Clone + Eq + Hash, L: Pinned> Pins<K, L> {
    pub(crate) fn new(limits: PinLimits) -> Self {
        Self {
            held: Mutex::new(Held {
                pins: HashMap::default(),
                by_expiry: BTreeMap::new(),
                app_bytes: HashMap::default(),
                next_number: 0,
            }),
            limits,
            count: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
        }
    }

    /// How many lists are pinned.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// How many bytes are pinned. A list pinned twice, or in a cache as well, counts each time.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The list that this page must come from, if the page before it came from a pin. A page that
    /// must not ends the pin, so that those after it are of the present, too.
    pub(crate) fn follow(
        &self,
        key: &PinKey<K>,
        page: PageRequest,
        now: UnixMillis,
    ) -> Option<Arc<L>> {
        let number = page.number.get();
        if number == 1 || self.count() == 0 {
            return None;
        }
        let mut held = self.held.lock();
        let pin = held.pins.get_mut(key)?;
        // A page that was served already may be asked for again: its answer may have been lost.
        if pin.expires_at <= now || number - 1 > pin.served {
            // Past the end there is nothing to lose: an earlier loop looks there for a last page.
            let before = u64::from(number - 1) * u64::from(page.size.get());
            if before < pin.list.total() {
                self.drop_pin(&mut held, key);
            }
            return None;
        }
        pin.served = pin.served.max(number);
        Some(Arc::clone(&pin.list))
    }

    /// Page 1 is served from this list: pins it if there is more of it and room for it, and tells
    /// whether it did. An older pin of the same reading is dropped in any case.
    pub(crate) fn begin(&self, key: PinKey<K>, list: &Arc<L>, now: UnixMillis) -> bool {
        let longer = list.total() > u64::from(key.size.get());
        if !longer && self.count() == 0 {
            return false;
        }
        let mut held = self.held.lock();
        self.expire(&mut held, now);
        let millis = i64::try_from(self.limits.time.as_millis()).unwrap_or(i64::MAX);
        let expires_at = now.plus_millis(millis);
        if let Some(pin) = held.pins.get_mut(&key)
            && Arc::ptr_eq(&pin.list, list)
            && pin.listed_at <= expires_at
        {
            pin.served = pin.resumed(key.size);
            pin.expires_at = expires_at;
            return true;
        }
        let served = held.pins.get(&key).map_or(1, |pin| pin.resumed(key.size));
        self.drop_pin(&mut held, &key);
        let cost = pin_bytes(&**list);
        let app_bytes = held.app_bytes.get(&key.app).copied().unwrap_or(0);
        if !longer
            || app_bytes + cost > self.limits.app_bytes_max
            || self.bytes() + cost > self.limits.bytes_max
        {
            return false;
        }
        let number = held.next_number;
        held.next_number += 1;
        held.by_expiry.insert((expires_at, number), key.clone());
        *held.app_bytes.entry(Arc::clone(&key.app)).or_default() += cost;
        held.pins.insert(
            key,
            Pin {
                list: Arc::clone(list),
                served,
                expires_at,
                listed_at: expires_at,
                number,
            },
        );
        self.bytes.fetch_add(cost, Ordering::Relaxed);
        self.count.store(held.pins.len(), Ordering::Relaxed);
        true
    }

    /// Drops what has expired.
    pub(crate) fn sweep(&self, now: UnixMillis) {
        if self.count() > 0 {
            self.expire(&mut self.held.lock(), now);
        }
    }

    fn expire(&self, held: &mut Held<K, L>, now: UnixMillis) {
        while let Some(first) = held.by_expiry.first_entry() {
            if first.key().0 > now {
                break;
            }
            let ((_, number), key) = first.remove_entry();
            let Some(pin) = held.pins.get_mut(&key) else {
                continue;
            };
            if pin.expires_at > now {
                pin.listed_at = pin.expires_at;
                held.by_expiry.insert((pin.listed_at, number), key);
            } else {
                self.drop_pin(held, &key);
            }
        }
    }

    fn drop_pin(&self, held: &mut Held<K, L>, key: &PinKey<K>) {
        let Some(pin) = held.pins.remove(key) else {
            return;
        };
        held.by_expiry.remove(&(pin.listed_at, pin.number));
        let cost = pin_bytes(&*pin.list);
        if let Some(bytes) = held.app_bytes.get_mut(&key.app) {
            *bytes -= cost;
            if *bytes == 0 {
                held.app_bytes.remove(&key.app);
            }
        }
        self.bytes.fetch_sub(cost, Ordering::Relaxed);
        self.count.store(held.pins.len(), Ordering::Relaxed);
    }
}

/// What a pin costs: its list, all that may yet be compressed of it, and its own entry.
fn pin_bytes(list: &impl Pinned) -> usize {
    const PIN_BYTES: usize = 256;
    list.bytes_max() + PIN_BYTES
}
