//! The body of an answer: a few buffers that go to the socket as they are.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Head, rows and tail of an answer. They are written one after the other without being copied
/// into one: the rows are a slice of the sheet.
#[derive(Debug, Default)]
pub(crate) struct AnswerBody {
    parts: [Bytes; 3],
}

impl AnswerBody {
    pub(crate) fn new(head: Bytes, rows: Bytes, tail: Bytes) -> Self {
        Self {
            parts: [head, rows, tail],
        }
    }

    pub(crate) fn whole(document: impl Into<Bytes>) -> Self {
        Self::new(document.into(), Bytes::new(), Bytes::new())
    }

    pub(crate) fn len(&self) -> u64 {
        self.parts.iter().map(|part| part.len() as u64).sum()
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.parts.iter_mut().find(|part| !part.is_empty());
        Poll::Ready(next.map(|part| Ok(Frame::data(std::mem::take(part)))))
    }

    fn is_end_stream(&self) -> bool {
        self.parts.iter().all(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len())
    }
}
