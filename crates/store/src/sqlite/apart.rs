//! Long reads that wait for no other read and that no other read waits for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

use super::Fault;
use super::readers::{Readers, panicked, stopped};
use crate::StoreError;

/// Runs a read on a thread of its own, until it is done or nobody waits for it any longer.
pub(super) async fn run<T, F>(
    readers: &Arc<Readers>,
    what: &'static str,
    read: F,
) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
{
    let readers = Arc::clone(readers);
    let waits = Waits::default();
    let is_wanted = waits.is_wanted();
    let reading = tokio::task::spawn_blocking(move || {
        if !is_wanted() {
            return Err(stopped(what));
        }
        let mut reader = Readers::take(&readers).map_err(|fault| fault.during(what))?;
        reader.begin(what)?;
        reader.read_while(what, is_wanted, read)
    });
    reading.await.unwrap_or_else(|error| {
        Err(if error.is_panic() {
            panicked(what)
        } else {
            stopped(what)
        })
    })
}

/// Whoever waits for a read. When it leaves, the read is not wanted any longer.
#[derive(Default)]
struct Waits {
    has_left: Arc<AtomicBool>,
}

impl Waits {
    fn is_wanted(&self) -> impl Fn() -> bool + Send + use<> {
        let has_left = Arc::clone(&self.has_left);
        move || !has_left.load(Ordering::Relaxed)
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.has_left.store(true, Ordering::Relaxed);
    }
}
