//! Random instants within the time that a whole run takes, measured on this machine, so that kills
//! fall into its midst wherever the tests run.

use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

pub(super) struct Instants {
    chance: ChaCha8Rng,
    whole: Duration,
}

impl Instants {
    /// Instants within what `run` takes.
    pub(super) fn within(seed: u64, run: impl FnOnce()) -> Self {
        #[expect(clippy::disallowed_methods, reason = "measures a process")]
        let begun = Instant::now();
        run();
        Self {
            chance: ChaCha8Rng::seed_from_u64(seed),
            whole: begun.elapsed(),
        }
    }

    /// The time until a random instant.
    pub(super) fn next(&mut self) -> Duration {
        let share = self.chance.random_range(0.0..1.0);
        self.whole.mul_f64(share)
    }

    /// Lets a process run until a random instant and kills it. Tells how it ended if it was over
    /// before.
    pub(super) fn kill(&mut self, child: &mut Child) -> Option<ExitStatus> {
        pause(self.next());
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        child.kill().unwrap();
        let status = child.wait().unwrap();
        // It may have ended by itself just before.
        status.code().map(|_| status)
    }
}

#[expect(clippy::disallowed_methods, reason = "waits for another process")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}
