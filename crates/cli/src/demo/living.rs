//! Makes the demo's world live: people book, move, cancel and take their numbers.

use std::sync::Arc;
use std::time::Duration;

use povline_store::book::SqliteBook;
use povline_world::{World, apply};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::platform::{Platform, world_error};
use crate::clock::actor;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// How often something happens, and how much of it.
const TICK: Duration = Duration::from_millis(200);
const CHANGES_PER_TICK: usize = 6;

/// The minute at which the world's day begins, and how long it lasts; a second here is a minute
/// there.
const FIRST_MINUTE: u16 = 8 * 60;
const MINUTES: u64 = 8 * 60;
const TICKS_PER_MINUTE: u64 = 5;

/// The minute at which a burst happens: in the morning's rush.
const BURST_MINUTE: u16 = 10 * 60;

/// A world that lives until it is stopped.
pub(super) struct Living {
    stop: CancellationToken,
    task: JoinHandle<CliResult<World>>,
}

impl Living {
    pub(super) fn start(book: Arc<SqliteBook>, mut world: World) -> Self {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(TICK);
            let mut tick = 0_u64;
            while stopped.run_until_cancelled(ticks.tick()).await.is_some() {
                let minute = (tick / TICKS_PER_MINUTE) % MINUTES;
                let minute = FIRST_MINUTE + u16::try_from(minute).unwrap_or(0);
                let writes = world.life(CHANGES_PER_TICK, minute);
                apply(&*book, &actor("demo"), writes)
                    .await
                    .map_err(|error| world_error(&error))?;
                tick += 1;
            }
            Ok(world)
        });
        Self { stop, task }
    }

    /// Lets the world come to rest.
    pub(super) async fn stop(self) -> CliResult<World> {
        self.stop.cancel();
        self.task.await.unwrap_or_else(|error| {
            Err(CliError::new(Exit::Failed, "the synthetic world broke off").caused_by(&error))
        })
    }
}

/// Many changes at once; when this returns, whoever asks the platform sees them.
pub(super) async fn burst(platform: &Platform, world: &mut World, changes: usize) -> CliResult<()> {
    let writes = world.life(changes, BURST_MINUTE);
    apply(&*platform.book(), &actor("demo"), writes)
        .await
        .map_err(|error| world_error(&error))?;
    platform.refresh(world);
    Ok(())
}
