//! Bounds on what is under way at once, in all and of one app.
//!
//! Whoever finds the platform at a bound is told so at once, in a way that the SDKs' automatic retry
//! understands; nobody is put into a queue whose end may come too late. A list that is in memory
//! needs no place among those that wait for the book, so a slow book refuses cold lists and writes
//! first. No app may take more than its share, so that one whose calls get stuck leaves room for the
//! others; a call whose caller has gone away keeps its place until it ends.

use std::sync::Arc;

use foldhash::HashMap;
use parking_lot::Mutex;
use povline_domain::AppKey;
use povline_protocol::PlatformError;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Places for what may be under way at once.
#[derive(Debug)]
pub(crate) struct Places {
    all: Semaphore,
    count: usize,
    /// How many each app has that has any.
    apps: Mutex<HashMap<Arc<AppKey>, usize>>,
    of_app_max: usize,
}

impl Places {
    /// So many in all, and of these so many for one app.
    pub(crate) fn new(count: usize, of_app_max: usize) -> Self {
        let count = count.min(Semaphore::MAX_PERMITS);
        Self {
            all: Semaphore::new(count),
            count,
            apps: Mutex::default(),
            of_app_max,
        }
    }

    /// The places that are taken.
    pub(crate) fn taken(&self) -> usize {
        self.count.saturating_sub(self.all.available_permits())
    }

    /// A place for a call of which it is not known yet whose it is.
    pub(crate) fn enter(&self) -> Result<SemaphorePermit<'_>, PlatformError> {
        self.all.try_acquire().map_err(|_| overloaded())
    }

    /// Counts a call that has a place among those of its app.
    pub(crate) fn share(&self, app: &Arc<AppKey>) -> Result<Share<'_>, PlatformError> {
        let mut apps = self.apps.lock();
        let taken = apps.entry(Arc::clone(app)).or_default();
        if *taken >= self.of_app_max {
            return Err(overloaded());
        }
        *taken += 1;
        Ok(Share {
            places: self,
            app: Arc::clone(app),
        })
    }

    /// A place for something that an app asks for.
    pub(crate) fn enter_as(&self, app: &Arc<AppKey>) -> Result<Place<'_>, PlatformError> {
        Ok(Place {
            _share: self.share(app)?,
            _of_all: self.enter()?,
        })
    }
}

/// A place, held as long as this lives.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    _share: Share<'a>,
    _of_all: SemaphorePermit<'a>,
}

/// A call among its app's.
#[derive(Debug)]
pub(crate) struct Share<'a> {
    places: &'a Places,
    app: Arc<AppKey>,
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut apps = self.places.apps.lock();
        if let Some(taken) = apps.get_mut(&self.app) {
            *taken -= 1;
            if *taken == 0 {
                apps.remove(&self.app);
            }
        }
    }
}

/// The platform has more to do than it can: the same call may succeed a moment later.
pub(crate) fn overloaded() -> PlatformError {
    PlatformError::remote_service_error("isp.top-remote-service-unavailable", "服务繁忙,请稍后重试")
}
