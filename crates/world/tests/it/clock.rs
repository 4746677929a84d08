//! A world's time passes as it was told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use povline_domain::{Clock, UnixMillis};
use povline_world::clock::{Pace, WorldClock};

#[derive(Default)]
struct Real(AtomicI64);

impl Clock for Real {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::Relaxed))
    }
}

#[tokio::test(start_paused = true)]
async fn it_runs_as_fast_as_said_steps_or_stands() {
    // Pace, and what the world's time moves by in a real second, by a call's 300 ms, by hand.
    for (pace, in_a_second, by_a_call) in [
        (Pace::Running(1_000), 1_000, 0),
        (Pace::Running(3_600_000), 3_600_000, 0),
        (Pace::Running(500), 500, 0),
        (Pace::Stepped, 0, 300),
        (Pace::Frozen, 0, 0),
    ] {
        let real = Arc::new(Real::default());
        let clock = WorldClock::new(Arc::clone(&real) as Arc<dyn Clock>, UnixMillis(5_000), pace);
        assert_eq!(clock.now(), UnixMillis(5_000), "{pace:?}");
        real.0.store(1_000, Ordering::Relaxed);
        assert_eq!(clock.now(), UnixMillis(5_000 + in_a_second), "{pace:?}");
        // A running world waits for what a call takes; its real clock stands still here.
        clock.pass(300).await;
        let called = 5_000 + in_a_second + by_a_call;
        assert_eq!(clock.now(), UnixMillis(called), "{pace:?}");
        clock.advance(60_000);
        assert_eq!(clock.now(), UnixMillis(called + 60_000), "{pace:?}");
    }
}

#[test]
fn a_change_of_pace_does_not_move_it() {
    let real = Arc::new(Real::default());
    let clock = WorldClock::new(
        Arc::clone(&real) as Arc<dyn Clock>,
        UnixMillis(0),
        Pace::Running(10_000),
    );
    real.0.store(100, Ordering::Relaxed);
    clock.set_pace(Pace::Frozen);
    real.0.store(200, Ordering::Relaxed);
    assert_eq!(clock.now(), UnixMillis(1_000));
    clock.set_pace(Pace::Running(1_000));
    real.0.store(250, Ordering::Relaxed);
    assert_eq!(clock.now(), UnixMillis(1_050));
}
