//! Calls that read many lists, or one that is not in memory: each may take the book long.
//!
//! One app's are worked on one after the other, and those of a few apps are read at once, so that an
//! app which asks for much waits for itself. What a call does beside reading, such as to wait until it
//! may write, takes its app's turn and nobody else's. Only so many calls of an app may wait; further
//! ones are refused at once, as at any bound. A call that is not answered in time fails, and its read
//! is interrupted.

use std::sync::Arc;
use std::time::Duration;

use foldhash::HashMap;
use parking_lot::Mutex;
use povline_domain::AppKey;
use povline_protocol::PlatformError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::call::Refused;
use crate::overload::overloaded;

/// Apps whose long reads run at once. Whoever waits for them waits behind one call of each other app.
const AT_ONCE: usize = 4;

/// Calls of one app that read or wait for their turn.
const OF_APP_MAX: usize = 32;

/// The long reads of all apps.
#[derive(Debug)]
pub(crate) struct LongReads {
    apps: Mutex<HashMap<Arc<AppKey>, OfApp>>,
    at_once: Semaphore,
}

/// An app that has calls here.
#[derive(Debug)]
struct OfApp {
    calls: usize,
    /// Whose turn it is among them.
    turn: Arc<Semaphore>,
}

impl LongReads {
    pub(crate) fn new() -> Self {
        Self {
            apps: Mutex::default(),
            at_once: Semaphore::new(AT_ONCE),
        }
    }

    /// Reads when it is the app's turn. `time_max` is for waiting and reading together.
    pub(crate) async fn read<T>(
        &self,
        app: &Arc<AppKey>,
        time_max: Duration,
        read: impl Future<Output = Result<T, Refused>>,
    ) -> Result<T, Refused> {
        self.turn(app, time_max).await?.read(read).await
    }

    /// Waits for the app's turn and holds it, for a call that does more than to read.
    pub(crate) async fn turn(
        &self,
        app: &Arc<AppKey>,
        time_max: Duration,
    ) -> Result<Turn<'_>, Refused> {
        let deadline = Instant::now() + time_max;
        let place = self.enter(app)?;
        let of_app = Arc::clone(&place.turn).acquire_owned();
        match tokio::time::timeout_at(deadline, of_app).await {
            Ok(Ok(of_app)) => Ok(Turn {
                deadline,
                _of_app: of_app,
                place,
            }),
            Ok(Err(_)) | Err(_) => Err(too_long(app)),
        }
    }

    fn enter(&self, app: &Arc<AppKey>) -> Result<Place<'_>, PlatformError> {
        let mut apps = self.apps.lock();
        let of_app = apps.entry(Arc::clone(app)).or_insert_with(|| OfApp {
            calls: 0,
            turn: Arc::new(Semaphore::new(1)),
        });
        if of_app.calls == OF_APP_MAX {
            return Err(overloaded());
        }
        of_app.calls += 1;
        Ok(Place {
            reads: self,
            app: Arc::clone(app),
            turn: Arc::clone(&of_app.turn),
        })
    }
}

/// The turn of a call. Another of its app has it when this is gone.
pub(crate) struct Turn<'a> {
    deadline: Instant,
    _of_app: OwnedSemaphorePermit,
    place: Place<'a>,
}

impl Turn<'_> {
    /// Reads in what is left of the time, and waits in it for a place among the apps that read.
    pub(crate) async fn read<T>(
        &self,
        read: impl Future<Output = Result<T, Refused>>,
    ) -> Result<T, Refused> {
        let reading = async {
            let _of_all = self.place.reads.at_once.acquire().await.ok()?;
            Some(read.await)
        };
        let read = tokio::time::timeout_at(self.deadline, reading).await;
        let read = read.ok().flatten();
        read.unwrap_or_else(|| Err(too_long(&self.place.app)))
    }
}

fn too_long(app: &AppKey) -> Refused {
    tracing::warn!(%app, "a call that reads much took too long");
    Refused::busy()
}

/// A call among its app's.
struct Place<'a> {
    reads: &'a LongReads,
    app: Arc<AppKey>,
    turn: Arc<Semaphore>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut apps = self.reads.apps.lock();
        if let Some(of_app) = apps.get_mut(&self.app) {
            of_app.calls -= 1;
            if of_app.calls == 0 {
                apps.remove(&self.app);
            }
        }
    }
}
