//! Delivery, put together: sinks beside the agent, and the commands about them.

mod letters;
mod listen;
mod retention;
mod since;
mod status;
mod verify;

pub(crate) use letters::{dead, dismiss, resend, resume};
pub(crate) use listen::run as listen;
pub(crate) use retention::{forget, keep};
pub(crate) use since::cursor;
pub(crate) use status::tell as status;
pub(crate) use verify::run as verify;

use std::sync::Arc;
use std::time::Duration;

use povline_delivery::run::SinkError;
use povline_delivery::{Courier, SinkSettings, Until};
use povline_store::ledger::Deliveries;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::random;

/// How long the end waits for sinks: longer than any of them takes to stop.
const END_TIME_MAX: Duration = Duration::from_secs(15);

/// The sinks that run beside an agent.
pub(crate) struct Sinks {
    running: Option<JoinHandle<Result<(), SinkError>>>,
    stop: CancellationToken,
}

impl Sinks {
    /// Runs sinks until they are ended.
    pub(crate) fn start<D: Deliveries>(
        ledger: Arc<D>,
        sinks: Vec<SinkSettings>,
    ) -> CliResult<Self> {
        let stop = CancellationToken::new();
        let running = match sinks.is_empty() {
            true => None,
            false => {
                let courier = Courier::new(ledger, Arc::new(SystemClock), random::seed()?);
                let stop = stop.clone();
                Some(tokio::spawn(async move {
                    courier.run(sinks, Until::Stopped, &stop).await
                }))
            }
        };
        Ok(Self { running, stop })
    }

    /// Ends them: what is on its way is waited for a little, and every place is written down.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        if let Some(running) = self.running
            && tokio::time::timeout(END_TIME_MAX, running).await.is_err()
        {
            tracing::warn!("ended before every sink had stopped");
        }
    }
}

/// Hands over what is there, and no more.
pub(crate) async fn catch_up<D: Deliveries>(
    ledger: Arc<D>,
    sinks: Vec<SinkSettings>,
    stop: &CancellationToken,
) -> CliResult<()> {
    if sinks.is_empty() {
        return Ok(());
    }
    let courier = Courier::new(ledger, Arc::new(SystemClock), random::seed()?);
    let ended = courier.run(sinks, Until::CaughtUp, stop).await;
    ended.map_err(|error| {
        CliError::new(Exit::Failed, "events could not be handed over")
            .caused_by(&error)
            .remedy("look at the sink's settings in povline.toml and at `povline status --sinks`")
    })
}
