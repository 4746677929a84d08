//! The world's clock.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use povline_domain::{Clock, UnixMillis};

/// How the world's time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// By itself, so many thousandths as fast as the real one: 1000 is real time.
    Running(u32),
    /// Only by what calls take, and when it is advanced by hand. What a client sees then depends
    /// on its calls alone, not on how fast its machine is.
    Stepped,
    /// Only when it is advanced by hand; calls take no time.
    Frozen,
}

/// A clock of the world's time that runs by a real one, by steps, or not at all.
pub struct WorldClock {
    real: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// The world's time when the real one was `real_anchor`.
    world_anchor: UnixMillis,
    real_anchor: UnixMillis,
    pace: Pace,
}

impl State {
    fn at(&self, real: UnixMillis) -> UnixMillis {
        let elapsed = match self.pace {
            Pace::Running(speed) => {
                real.millis_since(self.real_anchor).max(0) * i64::from(speed) / 1_000
            }
            Pace::Stepped | Pace::Frozen => 0,
        };
        self.world_anchor.plus_millis(elapsed)
    }
}

impl std::fmt::Debug for WorldClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorldClock")
            .field("state", &*self.state.lock())
            .finish_non_exhaustive()
    }
}

impl WorldClock {
    /// A clock that shows `begin` now.
    #[must_use]
    pub fn new(real: Arc<dyn Clock>, begin: UnixMillis, pace: Pace) -> Self {
        let state = State {
            world_anchor: begin,
            real_anchor: real.now(),
            pace,
        };
        Self {
            real,
            state: Mutex::new(state),
        }
    }

    /// The real time, for timestamps of clients that go by it.
    #[must_use]
    pub fn real(&self) -> UnixMillis {
        self.real.now()
    }

    /// How time passes now.
    #[must_use]
    pub fn pace(&self) -> Pace {
        self.state.lock().pace
    }

    /// Changes how time passes from now on.
    pub fn set_pace(&self, pace: Pace) {
        let real = self.real.now();
        let mut state = self.state.lock();
        *state = State {
            world_anchor: state.at(real),
            real_anchor: real,
            pace,
        };
    }

    /// Puts the clock forward.
    pub fn advance(&self, millis: u64) {
        let millis = i64::try_from(millis).unwrap_or(i64::MAX);
        let mut state = self.state.lock();
        state.world_anchor = state.world_anchor.plus_millis(millis);
    }

    /// Lets so much of the world's time pass: by waiting, or by putting the clock forward.
    pub async fn pass(&self, millis: u64) {
        match self.pace() {
            Pace::Frozen => {}
            Pace::Stepped => self.advance(millis),
            Pace::Running(speed) => {
                let real = millis.saturating_mul(1_000) / u64::from(speed.max(1));
                tokio::time::sleep(Duration::from_millis(real)).await;
            }
        }
    }
}

impl Clock for WorldClock {
    fn now(&self) -> UnixMillis {
        let real = self.real.now();
        self.state.lock().at(real)
    }
}
