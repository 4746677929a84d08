//! Bounds on what is under way at once.
//!
//! Whoever finds the platform at a bound is told so at once, in a way that the SDKs' automatic retry
//! understands; nobody is put into a queue whose end may come too late. A list that is in memory
//! needs no place among those that wait for the book, so a slow book refuses cold lists first.

use povline_protocol::PlatformError;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The calls that may be worked on at once.
#[derive(Debug)]
pub(crate) struct CallPlaces {
    places: Semaphore,
    count: usize,
}

impl CallPlaces {
    pub(crate) fn new(calls_max: usize) -> Self {
        let count = calls_max.min(Semaphore::MAX_PERMITS);
        Self {
            places: Semaphore::new(count),
            count,
        }
    }

    /// The places that are taken.
    pub(crate) fn taken(&self) -> usize {
        self.count.saturating_sub(self.places.available_permits())
    }

    /// A place for one call, held until it is answered.
    pub(crate) fn enter(&self) -> Result<SemaphorePermit<'_>, PlatformError> {
        self.places.try_acquire().map_err(|_| overloaded())
    }
}

/// The platform has more to do than it can: the same call may succeed a moment later.
pub(crate) fn overloaded() -> PlatformError {
    PlatformError::remote_service_error("isp.top-remote-service-unavailable", "服务繁忙,请稍后重试")
}
