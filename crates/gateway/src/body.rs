//! The body of an answer: a few buffers that go to the socket as they are.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::document::Document;

/// Head, rows and tail of an answer, and those of more answers after them. They are written one
/// after the other without being copied into one: the rows are a slice of the sheet.
#[derive(Debug, Default)]
pub(crate) struct AnswerBody {
    first: [Bytes; 3],
    more: VecDeque<Bytes>,
}

impl AnswerBody {
    pub(crate) fn new(head: Bytes, rows: Bytes, tail: Bytes) -> Self {
        Self {
            first: [head, rows, tail],
            more: VecDeque::new(),
        }
    }

    pub(crate) fn whole(document: impl Into<Bytes>) -> Self {
        Self::new(document.into(), Bytes::new(), Bytes::new())
    }

    /// Documents as they are, the separator between any two.
    pub(crate) fn plain(documents: impl IntoIterator<Item = Document>, separator: &Bytes) -> Self {
        let mut documents = documents.into_iter();
        let mut body = Self::default();
        if let Some(first) = documents.next() {
            body.first = first.into_plain();
        }
        for document in documents {
            body.push(separator.clone());
            document
                .into_plain()
                .into_iter()
                .for_each(|part| body.push(part));
        }
        body
    }

    /// With one buffer more at the end.
    pub(crate) fn push(&mut self, part: Bytes) {
        if !part.is_empty() {
            self.more.push_back(part);
        }
    }

    fn parts(&self) -> impl Iterator<Item = &Bytes> {
        self.first.iter().chain(&self.more)
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let of_first = self.first.iter_mut().find(|part| !part.is_empty());
        let next = match of_first {
            Some(part) => Some(std::mem::take(part)),
            None => self.more.pop_front(),
        };
        Poll::Ready(next.map(|part| Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.parts().all(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.parts().map(|part| part.len() as u64).sum())
    }
}
