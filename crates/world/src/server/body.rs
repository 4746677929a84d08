//! The body of an answer, which may come in pieces, be cut off, or break.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use thiserror::Error;
use tokio::sync::mpsc;

/// The connection is to break here.
#[derive(Debug, Error)]
#[error("the connection breaks on purpose")]
pub(super) struct Broken;

impl From<Infallible> for Broken {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// A body that comes as it is fed.
#[derive(Debug)]
pub(super) struct FedBody {
    /// How many bytes the head promises.
    length: u64,
    pieces: mpsc::Receiver<Result<Bytes, Broken>>,
}

impl FedBody {
    /// A body that promises so many bytes, and what feeds it.
    pub(super) fn new(length: usize) -> (mpsc::Sender<Result<Bytes, Broken>>, Self) {
        let (feed, pieces) = mpsc::channel(16);
        let length = length as u64;
        (feed, Self { length, pieces })
    }

    /// A body that is there.
    pub(super) fn whole(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let (feed, body) = Self::new(bytes.len());
        // There is room for one piece in a channel of sixteen.
        let _ = feed.try_send(Ok(bytes));
        body
    }
}

impl Body for FedBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        self.pieces
            .poll_recv(cx)
            .map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
