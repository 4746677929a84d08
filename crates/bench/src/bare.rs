//! A bare hyper client: one kept connection, a request, an answer whose body is thrown away.
//!
//! It is the anchor of what a client costs, and in a process of its own the load of what a server
//! costs.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::call::Call;

/// The client.
pub(crate) struct Bare {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Bare {
    /// Connects; the connection is driven by the runtime that this is called in.
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self {
            sender,
            host: address.to_string(),
        })
    }

    /// Sends a call, throws the body away as it comes, and tells how long it was.
    pub(crate) async fn post(&mut self, call: &Call) -> Result<usize> {
        let mut answer = self.send(call).await?;
        let mut bytes = 0;
        while let Some(frame) = answer.frame().await {
            bytes += frame?.data_ref().context("trailers")?.len();
        }
        Ok(bytes)
    }

    /// Sends a call and keeps the body.
    pub(crate) async fn answer(&mut self, call: &Call) -> Result<Bytes> {
        Ok(self.send(call).await?.collect().await?.to_bytes())
    }

    async fn send(&mut self, call: &Call) -> Result<Incoming> {
        let request = Request::post(&call.path)
            .header("host", &self.host)
            .header(
                "content-type",
                "application/x-www-form-urlencoded;charset=UTF-8",
            )
            .body(Full::new(call.body.clone()))?;
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        ensure!(answer.status() == 200, "HTTP {}", answer.status());
        Ok(answer.into_body())
    }
}
