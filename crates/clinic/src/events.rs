//! Server-sent events: a body that is written as it comes.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use http_body::Frame;
use tokio::sync::mpsc;

/// How many events wait for one reader; a slower one is sent the whole list again.
pub(crate) const WAITING_MAX: usize = 4;

struct Events(mpsc::Receiver<Bytes>);

impl http_body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0
            .poll_recv(context)
            .map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// The answer whose events come out of this channel until its other end is dropped.
pub(crate) fn answer(events: mpsc::Receiver<Bytes>) -> Response {
    let content_type = HeaderValue::from_static("text/event-stream; charset=utf-8");
    (
        [(header::CONTENT_TYPE, content_type)],
        Body::new(Events(events)),
    )
        .into_response()
}

/// One event. `data` is JSON and so has no line end.
pub(crate) fn event(name: &str, data: &str) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}
