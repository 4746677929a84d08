//! A gateway in some lines: reads a request off a real socket and does what the test says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// What the server does with a request.
#[derive(Debug, Clone)]
pub enum Act {
    /// Writes these bytes and keeps the connection.
    Write(Vec<u8>),
    /// Writes back, as the message of an error, the request's first line.
    Echo,
    /// Writes these bytes and closes the connection.
    WriteAndClose(Vec<u8>),
    /// Keeps silent.
    Silence,
}

/// A server and what it has seen.
pub struct Server {
    address: SocketAddr,
    connections: Arc<AtomicU32>,
    requests: Arc<AtomicU32>,
}

impl Server {
    /// Answers the nth request (counted from 0, over all connections) as `script` says.
    pub async fn start(script: impl Fn(u32) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, requests) = (Arc::<AtomicU32>::default(), Arc::<AtomicU32>::default());
        let script = Arc::new(script);
        let (connected, requested) = (connections.clone(), requests.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connected.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, requested.clone(), script.clone()));
            }
        });
        Self {
            address,
            connections,
            requests,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/router/rest", self.address)
    }

    pub fn connections(&self) -> u32 {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> u32 {
        self.requests.load(Ordering::SeqCst)
    }
}

/// Answers the requests of one connection.
pub async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    requests: Arc<AtomicU32>,
    script: Arc<impl Fn(u32) -> Act>,
) {
    while let Some(request) = read_request(&mut stream).await {
        match script(requests.fetch_add(1, Ordering::SeqCst)) {
            Act::Write(bytes) => stream.write_all(&bytes).await.unwrap(),
            Act::Echo => {
                let request = String::from_utf8(request).unwrap();
                let first = request.lines().next().unwrap();
                let body = format!(r#"{{"error_response":{{"code":10,"msg":"{first}"}}}}"#);
                stream.write_all(&http("200 OK", &body)).await.unwrap();
            }
            Act::WriteAndClose(bytes) => {
                stream.write_all(&bytes).await.unwrap();
                return;
            }
            Act::Silence => std::future::pending().await,
        }
    }
}

/// Reads one request with its body; `None` once the client has closed.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.ok()?;
        if read == 0 {
            return None;
        }
        request.extend_from_slice(&buffer[..read]);
        let Some(head) = request.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())
            // A GET has no body, and says so by saying nothing.
            .unwrap_or(0);
        if request.len() >= head + 4 + length {
            return Some(request);
        }
    }
}

/// An HTTP answer with this body.
pub fn http(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}
