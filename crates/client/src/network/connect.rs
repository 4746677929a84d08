//! Connections that remember whether they have carried an answer before.
//!
//! A server may close a kept connection at the very moment at which it is used again. Only whoever
//! knows that the connection had been used can tell that from a server that refuses to answer.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use tower_service::Service;

/// Whether a connection has carried an answer.
#[derive(Debug, Clone, Default)]
pub(super) struct CarriedAnswer(Arc<AtomicBool>);

impl CarriedAnswer {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A connector whose connections bear a [`CarriedAnswer`].
#[derive(Debug, Clone)]
pub(super) struct Marking<C>(pub(super) C);

impl<C> Service<Uri> for Marking<C>
where
    C: Service<Uri>,
    C::Future: Send + 'static,
{
    type Response = Marked<C::Response>;
    type Error = C::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, C::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.0.call(uri);
        Box::pin(async move {
            Ok(Marked {
                stream: connecting.await?,
                carried: CarriedAnswer::default(),
            })
        })
    }
}

/// A stream with its mark.
#[derive(Debug)]
pub(super) struct Marked<S> {
    stream: S,
    carried: CarriedAnswer,
}

impl<S: Connection> Connection for Marked<S> {
    fn connected(&self) -> Connected {
        self.stream.connected().extra(self.carried.clone())
    }
}

impl<S: Read + Unpin> Read for Marked<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: Write + Unpin> Write for Marked<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}
