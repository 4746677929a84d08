//! Just enough of HTTP to look at one answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::platform::SignedCall;

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head_bytes: usize,
    pub(super) body: Vec<u8>,
}

/// Posts a signed call and reads the answer.
pub(super) fn post(address: SocketAddr, call: &SignedCall) -> Result<Answer> {
    let headers: String = call
        .headers()
        .into_iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let request = format!(
        "POST {} HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{}",
        call.path,
        call.body.len(),
        call.body
    );
    exchange(address, &request)
}

/// Gets a path.
pub(super) fn get(address: SocketAddr, path: &str) -> Result<Answer> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    exchange(address, &request)
}

/// An address of this machine on which nobody listens.
pub(super) fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no port is free")?;
    Ok(listener.local_addr()?)
}

fn exchange(address: SocketAddr, request: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))
        .with_context(|| format!("nobody listens on {address}"))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream
        .read_to_end(&mut bytes)
        .context("the answer broke off")?;
    parse(bytes)
}

fn parse(mut bytes: Vec<u8>) -> Result<Answer> {
    let head_bytes = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .context("the answer has no head")?
        + 4;
    let body = bytes.split_off(head_bytes);
    let head = String::from_utf8(bytes).context("the answer's head is no text")?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .context("the answer has no status")?;
    let length: usize = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse().ok())
        .context("the answer does not tell its length")?;
    ensure!(
        length == body.len(),
        "the answer tells {length} bytes and has {}",
        body.len()
    );
    Ok(Answer {
        status,
        head_bytes,
        body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_or_refused() {
        let answer = parse(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec()).unwrap();
        assert_eq!((answer.status, answer.head_bytes), (200, 38));
        assert_eq!(answer.body, b"{}");
        assert!(parse(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}".to_vec()).is_err());
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\n{}".to_vec()).is_err());
        assert!(parse(b"HTTP/1.1 200 OK".to_vec()).is_err());
    }
}
