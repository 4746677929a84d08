//! The stage without a network, for Rust clients on the runtime's own clock.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use povline_client::{
    HttpAnswer, HttpRequest, Transport, TransportError, TransportFault, TransportFuture,
};
use povline_domain::Clock;

use super::admission::CallParams;
use super::stage::Stage;

/// Carries calls to a stage. Delays are waited for on the runtime's timer, so on a paused runtime
/// a day passes in no time.
pub struct StageTransport {
    stage: Arc<Mutex<Stage>>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for StageTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StageTransport").finish_non_exhaustive()
    }
}

impl StageTransport {
    /// Carries calls to this stage; the clock is the world's.
    #[must_use]
    pub fn new(stage: Arc<Mutex<Stage>>, clock: Arc<dyn Clock>) -> Self {
        Self { stage, clock }
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let call = CallParams {
            query: request.uri.query(),
            content_type: Some(request.content_type),
            body: &request.body,
        };
        let now = self.clock.now();
        let plan = self.stage.lock().begin(call, now, now);
        let delivery = plan.delivery();
        tokio::time::sleep(Duration::from_millis(delivery.before_ms)).await;
        let now = self.clock.now();
        let answered = {
            let mut stage = self.stage.lock();
            stage.truth().write().advance(now);
            stage.finish(plan, now, None)
        };
        tokio::time::sleep(Duration::from_millis(delivery.after_ms)).await;
        if delivery.breaks {
            return Err(TransportError::new(TransportFault::Broken));
        }
        let mut body = answered.body;
        if let Some(percent) = delivery.cut_percent {
            body.truncate(body.len() * percent as usize / 100);
        }
        Ok(HttpAnswer {
            status: answered.status,
            body: Bytes::from(body),
            date: None,
        })
    }
}

impl Transport for StageTransport {
    fn send(&self, request: HttpRequest) -> TransportFuture<'_> {
        Box::pin(self.answer(request))
    }
}
