//! Bad callers of every kind, in a process of their own, until it is ended.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// The argument that makes the program these callers.
pub(crate) const ARGUMENT: &str = "abuse";

/// Callers of each kind.
const OF_EACH: usize = 40;
/// Between two pieces, and before a caller begins anew.
const PAUSE: Duration = Duration::from_millis(100);
/// How long one stays if it is let.
const STAY_MAX: Duration = Duration::from_secs(20);

/// Abuses `address` until the process is killed. `path` and `body` are a signed call, to be repeated.
pub(crate) fn run(address: &str, path: &str, body: &str) -> Result<()> {
    let address: SocketAddr = address.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut callers = JoinSet::new();
        for kind in kinds(path, body) {
            let kind = Arc::new(kind);
            for _ in 0..OF_EACH {
                callers.spawn(abuse(address, Arc::clone(&kind)));
            }
        }
        while callers.join_next().await.is_some() {}
        Ok(())
    })
}

/// What each kind sends, piece by piece; nothing at all, for instance.
fn kinds(path: &str, body: &str) -> Vec<Vec<Vec<u8>>> {
    let head = |length: usize| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\
             \r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let call = head(body.len()) + body;
    let forged = call.replace("sign=", "sign=0");
    vec![
        Vec::new(),
        call.bytes().map(|byte| vec![byte]).collect(),
        vec![(head(body.len()) + &body[..body.len() / 2]).into_bytes()],
        vec![head(1 << 30).into_bytes()],
        large_and_dribbling(path),
        vec![format!("GET / HTTP/1.1\r\n{}", "X: y\r\n".repeat(500)).into_bytes()],
        vec![b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec()],
        vec![forged.into_bytes()],
        // Repeated, and no answer is ever read.
        vec![call.repeat(20).into_bytes()],
    ]
}

/// A body that takes a place among large ones and then hardly moves on.
fn large_and_dribbling(path: &str) -> Vec<Vec<u8>> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\
         \r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let large = format!("5000\r\n{}\r\n", "a".repeat(0x5000));
    let mut pieces = vec![head.into_bytes(), large.into_bytes()];
    pieces.extend(std::iter::repeat_n(b"1\r\na\r\n".to_vec(), 200));
    pieces
}

async fn abuse(address: SocketAddr, pieces: Arc<Vec<Vec<u8>>>) {
    loop {
        if let Ok(stream) = TcpStream::connect(address).await {
            drop(tokio::time::timeout(STAY_MAX, send(stream, &pieces)).await);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Sends the pieces and stays until it is thrown out.
async fn send(mut stream: TcpStream, pieces: &[Vec<u8>]) {
    for piece in pieces {
        if stream.write_all(piece).await.is_err() {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    let mut byte = [0];
    while matches!(stream.read(&mut byte).await, Ok(1)) {
        tokio::time::sleep(PAUSE).await;
    }
}
