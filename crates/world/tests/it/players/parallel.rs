//! Plays that have nothing to do with each other, side by side.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Plays each of these, as many at a time as there are processors. What came of them is in the
/// order in which they ended.
pub(super) fn play_all<P: Sync, R: Send>(plays: &[P], play: impl Fn(&P) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let played = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(one) = plays.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = play(one);
                    played.lock().unwrap().push(result);
                }
            });
        }
    });
    played.into_inner().unwrap()
}
