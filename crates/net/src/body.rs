//! Reading a request's body within limits.

use std::collections::HashMap;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use parking_lot::Mutex;
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::origin::Origin;

/// How much of a body is taken, and how long it may take to come.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// The largest body, in bytes.
    pub bytes_max: usize,
    /// From the end of the head to the end of the body.
    pub time_max: Duration,
    /// How many bytes must come in each second, on the average, while a place among [`LargeBodies`]
    /// is held. The first second is free.
    pub large_bytes_per_second: usize,
}

/// A body of which more than this has come needs a place among [`LargeBodies`]. Calls of the usual
/// size never wait for one, and nobody holds one by sending nothing.
const SMALL_BYTES: usize = 16 * 1024;

/// For so long a large body may hold its place without moving on.
const LARGE_GRACE: Duration = Duration::from_secs(1);

/// How many large bodies may be in memory at a time, and how many of them from one address. Without
/// the one, as many callers as there may be connections could each have the largest body held for
/// them; without the other, one caller could keep all others waiting.
#[derive(Debug)]
pub struct LargeBodies {
    places: Arc<Semaphore>,
    per_address: usize,
    /// The places of those addresses that have one or wait for one.
    of_addresses: Mutex<HashMap<Origin, Weak<Semaphore>>>,
}

/// A place among all, and one among those of its address unless that is excused.
type Place = (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>);

impl LargeBodies {
    /// Lets so many be there at a time, and of them so many from one address (an IPv4 address or an
    /// IPv6 network of 64 bits); others wait for their turn.
    #[must_use]
    pub fn at_most(count: usize, per_address: usize) -> Self {
        Self {
            places: semaphore(count),
            per_address,
            of_addresses: Mutex::default(),
        }
    }

    /// The places that are free, for whoever watches.
    #[must_use]
    pub fn free(&self) -> usize {
        self.places.available_permits()
    }

    /// A place for a body, within the share of the address that it comes from, if that has one.
    async fn place(&self, from: Option<IpAddr>, deadline: Instant) -> Result<Place, BodyError> {
        let acquire = async {
            // The address's own first, so that nobody takes from all while waiting for it.
            let own = match from {
                Some(address) => Some(self.of_address(address).acquire_owned().await.ok()?),
                None => None,
            };
            let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
            Some((place, own))
        };
        let acquired = tokio::time::timeout_at(deadline, acquire).await;
        acquired.ok().flatten().ok_or(BodyError::Crowded)
    }

    fn of_address(&self, address: IpAddr) -> Arc<Semaphore> {
        let mut of_addresses = self.of_addresses.lock();
        of_addresses.retain(|_, places| places.strong_count() > 0);
        let origin = Origin::from(address);
        if let Some(places) = of_addresses.get(&origin).and_then(Weak::upgrade) {
            return places;
        }
        let places = semaphore(self.per_address);
        of_addresses.insert(origin, Arc::downgrade(&places));
        places
    }
}

fn semaphore(count: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)))
}

/// A body that was read whole. A large one keeps its place until it is dropped.
#[derive(Debug, Default)]
pub struct WholeBody {
    bytes: Bytes,
    _place: Option<Place>,
}

impl std::ops::Deref for WholeBody {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BodyError {
    /// It is larger than the limit. What was not read is thrown away with the connection.
    #[error("the body is larger than the limit")]
    TooLarge,
    /// It did not come in time, or held a place for large ones and hardly moved on.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// It is large, and in all its time no place became free for it.
    #[error("too many large bodies are under way")]
    Crowded,
    /// The connection broke, or the framing of the body is wrong.
    #[error("the body broke off")]
    Broken,
}

/// Reads a body whole, from an address that gets its share of the places for large ones, or from one
/// that is excused. A body that came in one piece is not copied.
///
/// # Errors
/// [`BodyError`] says which limit it broke.
pub async fn read_body<B>(
    body: B,
    limits: BodyLimits,
    large: &LargeBodies,
    from: Option<IpAddr>,
) -> Result<WholeBody, BodyError>
where
    B: Body<Data = Bytes> + Unpin,
{
    if body.is_end_stream() {
        return Ok(WholeBody::default());
    }
    if body.size_hint().lower() > limits.bytes_max as u64 {
        return Err(BodyError::TooLarge);
    }
    let deadline = Instant::now() + limits.time_max;
    let read = collect(body, limits, large, from, deadline);
    tokio::time::timeout_at(deadline, read)
        .await
        .unwrap_or(Err(BodyError::TooSlow))
}

async fn collect<B>(
    mut body: B,
    limits: BodyLimits,
    large: &LargeBodies,
    from: Option<IpAddr>,
    deadline: Instant,
) -> Result<WholeBody, BodyError>
where
    B: Body<Data = Bytes> + Unpin,
{
    let Some(first) = next_data(&mut body).await? else {
        return Ok(WholeBody::default());
    };
    if first.len() > limits.bytes_max {
        return Err(BodyError::TooLarge);
    }
    if body.is_end_stream() {
        return Ok(WholeBody {
            bytes: first,
            _place: None,
        });
    }
    let mut whole = BytesMut::from(first);
    let mut held: Option<(Place, Pace)> = None;
    loop {
        let next = next_data(&mut body);
        let data = match &held {
            None => next.await?,
            Some((_, pace)) => {
                let next = tokio::time::timeout_at(pace.deadline(whole.len()), next);
                next.await.unwrap_or(Err(BodyError::TooSlow))?
            }
        };
        let Some(data) = data else { break };
        let bytes = whole.len() + data.len();
        if bytes > limits.bytes_max {
            return Err(BodyError::TooLarge);
        }
        if bytes > SMALL_BYTES && held.is_none() {
            let place = large.place(from, deadline).await?;
            held = Some((place, Pace::begin(bytes, limits.large_bytes_per_second)));
        }
        whole.extend_from_slice(&data);
    }
    Ok(WholeBody {
        bytes: whole.freeze(),
        _place: held.map(|(place, _)| place),
    })
}

/// How fast a body must come since it holds a place.
#[derive(Debug)]
struct Pace {
    since: Instant,
    /// What had come by then.
    bytes: usize,
    bytes_per_second: usize,
}

impl Pace {
    fn begin(bytes: usize, bytes_per_second: usize) -> Self {
        Self {
            since: Instant::now(),
            bytes,
            bytes_per_second,
        }
    }

    /// When more must have come than these bytes.
    fn deadline(&self, bytes: usize) -> Instant {
        let come = bytes.saturating_sub(self.bytes) as f64;
        let paid = Duration::from_secs_f64(come / self.bytes_per_second.max(1) as f64);
        self.since + LARGE_GRACE + paid
    }
}

async fn next_data<B>(body: &mut B) -> Result<Option<Bytes>, BodyError>
where
    B: Body<Data = Bytes> + Unpin,
{
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await {
        // Trailers are read over: no protocol served here uses them.
        if let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}
