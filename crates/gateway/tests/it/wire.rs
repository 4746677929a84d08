//! HTTP by hand: what is sent is exactly what the test says, and what comes back is seen raw.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Only turns a hang into a failure.
const HANG: Duration = Duration::from_secs(30);

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    /// The body with its request id replaced by `ID`, which is checked to have the right shape.
    pub(crate) fn masked(&self) -> String {
        let text = self.text();
        for (open, close) in [
            ("\"request_id\":\"", "\""),
            ("<request_id>", "</request_id>"),
        ] {
            if let Some(begin) = text.find(open).map(|at| at + open.len()) {
                let end = begin + text[begin..].find(close).unwrap();
                let id = &text[begin..end];
                assert!(
                    (8..=16).contains(&id.len())
                        && id
                            .bytes()
                            .all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()),
                    "request id {id:?}"
                );
                return format!("{}ID{}", &text[..begin], &text[end..]);
            }
        }
        panic!("no request id in {text}");
    }
}

/// A connection that is kept alive.
#[derive(Debug)]
pub(crate) struct Connection(TcpStream);

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Answer {
        self.send(request).await;
        self.receive().await
    }

    pub(crate) async fn receive(&mut self) -> Answer {
        tokio::time::timeout(HANG, self.read_answer())
            .await
            .expect("no answer")
    }

    async fn read_answer(&mut self) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.expect("closed within a head"));
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut answer = Answer {
            status: status.parse().unwrap(),
            headers,
            body: Vec::new(),
        };
        let length = answer.header("content-length").expect("no content-length");
        answer.body = vec![0; length.parse().unwrap()];
        self.0.read_exact(&mut answer.body).await.unwrap();
        answer
    }

    /// Reads the interim answer that tells a caller to send its body.
    pub(crate) async fn expect_continue(&mut self) {
        let mut interim = [0; 25];
        let read = tokio::time::timeout(HANG, self.0.read_exact(&mut interim)).await;
        read.expect("no interim answer").unwrap();
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    }

    /// Whether the server closes the connection (rather than leaving it open).
    pub(crate) async fn is_closed(&mut self) -> bool {
        let read = tokio::time::timeout(HANG, self.0.read_u8()).await;
        read.expect("the connection stays open").is_err()
    }
}

/// A request with these header lines.
pub(crate) fn request(verb: &str, target: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("{verb} {target} HTTP/1.1\r\nHost: localhost\r\n");
    for header in headers {
        text += header;
        text += "\r\n";
    }
    if !body.is_empty() || verb == "POST" {
        text += &format!("Content-Length: {}\r\n", body.len());
    }
    (text + "\r\n" + body).into_bytes()
}

pub(crate) const FORM: &str = "Content-Type: application/x-www-form-urlencoded;charset=UTF-8";
