//! Calls that have begun are finished, whether or not somebody still waits for them.
//!
//! A caller that hangs up drops what works for it. By then its call may have been counted, and may
//! be writing. It goes on by itself, so that what was done, what was counted, and what the request
//! log and the audit say of it are the same as for any other call.

use std::pin::Pin;
use std::task::{Context, Poll};

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

/// The calls that go on by themselves: those whose callers have gone away, and those of the site.
#[derive(Debug, Default)]
pub(crate) struct Begun {
    alone: TaskTracker,
    /// Where the gateway serves.
    serving: Mutex<Option<Handle>>,
}

impl Begun {
    /// Says where the gateway serves from now on.
    pub(crate) fn serve_on(&self, runtime: Handle) {
        *self.serving.lock() = Some(runtime);
    }

    /// Runs a call to its end where the gateway serves, for somebody whose own runtime may end
    /// before. `None` if it could not be finished there.
    pub(crate) async fn finish_apart<F>(&self, call: F) -> Option<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let serving = self.serving.lock().clone();
        match serving {
            Some(runtime) => self.alone.spawn_on(call, &runtime).await.ok(),
            None => Some(self.finish(call).await),
        }
    }

    /// Runs a call to its end. Who drops what is returned waits no longer for it, and does not stop
    /// it: it keeps its place among the calls at work, and its own deadlines.
    pub(crate) fn finish<F>(&self, call: F) -> Finishing<'_, F>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        Finishing {
            call: Some(Box::pin(call)),
            alone: &self.alone,
        }
    }

    /// Waits until none goes on by itself.
    pub(crate) async fn finished(&self) {
        self.alone.close();
        self.alone.wait().await;
        self.alone.reopen();
    }
}

/// A call on its way.
#[derive(Debug)]
pub(crate) struct Finishing<'a, F>
where
    F: Future<Output: Send> + Send + 'static,
{
    /// None when it has ended.
    call: Option<Pin<Box<F>>>,
    alone: &'a TaskTracker,
}

impl<F> Future for Finishing<'_, F>
where
    F: Future<Output: Send> + Send + 'static,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        // Taken out, so that one that panics is not run on.
        let Some(mut call) = self.call.take() else {
            return Poll::Pending;
        };
        let polled = call.as_mut().poll(cx);
        if polled.is_pending() {
            self.call = Some(call);
        }
        polled
    }
}

impl<F> Drop for Finishing<'_, F>
where
    F: Future<Output: Send> + Send + 'static,
{
    fn drop(&mut self) {
        // Without a runtime the process ends, and the call with it.
        if let Some(call) = self.call.take()
            && let Ok(runtime) = Handle::try_current()
        {
            drop(self.alone.spawn_on(call, &runtime));
        }
    }
}
