//! Reading a request's body within limits.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use thiserror::Error;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// How much of a body is taken, and how long it may take to come.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// The largest body, in bytes.
    pub bytes_max: usize,
    /// From the end of the head to the end of the body.
    pub time_max: Duration,
}

/// A body of which more than this has come needs a place among [`LargeBodies`]. Calls of the usual
/// size never wait for one, and nobody holds one by sending nothing.
const SMALL_BYTES: usize = 16 * 1024;

/// How many large bodies may be in memory at a time. Without it, as many callers as there may be
/// connections could each have the largest body held for them.
#[derive(Debug)]
pub struct LargeBodies(Semaphore);

impl LargeBodies {
    /// Lets so many be there at a time; others wait for their turn.
    #[must_use]
    pub fn at_most(count: usize) -> Self {
        Self(Semaphore::new(count.min(Semaphore::MAX_PERMITS)))
    }

    /// The places that are free, for whoever watches.
    #[must_use]
    pub fn free(&self) -> usize {
        self.0.available_permits()
    }

    async fn place(&self, deadline: Instant) -> Result<SemaphorePermit<'_>, BodyError> {
        match tokio::time::timeout_at(deadline, self.0.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(BodyError::Crowded),
        }
    }
}

/// A body that was read whole. A large one keeps its place until it is dropped.
#[derive(Debug, Default)]
pub struct WholeBody<'a> {
    bytes: Bytes,
    _place: Option<SemaphorePermit<'a>>,
}

impl std::ops::Deref for WholeBody<'_> {
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
    /// It did not come in time.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// It is large, and in all its time no place became free for it.
    #[error("too many large bodies are under way")]
    Crowded,
    /// The connection broke, or the framing of the body is wrong.
    #[error("the body broke off")]
    Broken,
}

/// Reads a body whole. A body that came in one piece is not copied.
///
/// # Errors
/// [`BodyError`] says which limit it broke.
pub async fn read_body<B>(
    body: B,
    limits: BodyLimits,
    large: &LargeBodies,
) -> Result<WholeBody<'_>, BodyError>
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
    let read = collect(body, limits.bytes_max, large, deadline);
    tokio::time::timeout_at(deadline, read)
        .await
        .unwrap_or(Err(BodyError::TooSlow))
}

async fn collect<B>(
    mut body: B,
    bytes_max: usize,
    large: &LargeBodies,
    deadline: Instant,
) -> Result<WholeBody<'_>, BodyError>
where
    B: Body<Data = Bytes> + Unpin,
{
    let Some(first) = next_data(&mut body).await? else {
        return Ok(WholeBody::default());
    };
    if first.len() > bytes_max {
        return Err(BodyError::TooLarge);
    }
    if body.is_end_stream() {
        return Ok(WholeBody {
            bytes: first,
            _place: None,
        });
    }
    let mut whole = BytesMut::from(first);
    let mut place = None;
    while let Some(data) = next_data(&mut body).await? {
        let bytes = whole.len() + data.len();
        if bytes > bytes_max {
            return Err(BodyError::TooLarge);
        }
        if bytes > SMALL_BYTES && place.is_none() {
            place = Some(large.place(deadline).await?);
        }
        whole.extend_from_slice(&data);
    }
    Ok(WholeBody {
        bytes: whole.freeze(),
        _place: place,
    })
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
