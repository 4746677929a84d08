//! Server-sent events, by a listener who reads the bytes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use povline_delivery::sse::Token;
use povline_delivery::{SinkKind, SseSettings, Until};
use povline_domain::UnixMillis;
use povline_store::ledger::{Deliveries as _, Ledger as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::support::{BEGIN, Clinic, sink};

const TOKEN: &str = "0123456789abcdef0123";

/// Serves a clinic's events at a free port for as long as the guard lives.
async fn serving(clinic: &Clinic, clients_max: usize) -> (SocketAddr, DropGuard) {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = free.local_addr().unwrap();
    drop(free);
    let settings = SseSettings {
        listen,
        token: Token::parse(TOKEN).unwrap(),
        clients_max,
    };
    let stop = CancellationToken::new();
    let courier = clinic.courier();
    tokio::spawn({
        let stop = stop.clone();
        async move {
            let sinks = vec![sink("live", SinkKind::Sse(settings))];
            courier.run(sinks, Until::Stopped, &stop).await.unwrap();
        }
    });
    (listen, stop.drop_guard())
}

struct Listening {
    stream: TcpStream,
    seen: String,
}

impl Listening {
    async fn begin(to: SocketAddr, headers: &str) -> Self {
        // The server is about to listen.
        let stream = loop {
            match TcpStream::connect(to).await {
                Ok(stream) => break stream,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        let mut listening = Self {
            stream,
            seen: String::new(),
        };
        let request = format!("GET /events HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
        let stream = &mut listening.stream;
        stream.write_all(request.as_bytes()).await.unwrap();
        listening
    }

    async fn with_token(to: SocketAddr, more: &str) -> Self {
        Self::begin(to, &format!("authorization: Bearer {TOKEN}\r\n{more}")).await
    }

    /// Reads until the text has come, and tells everything that was read.
    async fn until(&mut self, text: &str) -> &str {
        let reading = async {
            while !self.seen.contains(text) {
                let mut bytes = vec![0; 64 * 1024];
                let read = self.stream.read(&mut bytes).await.unwrap();
                assert!(read > 0, "closed after {}", self.seen);
                self.seen.push_str(&String::from_utf8_lossy(&bytes[..read]));
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), reading).await;
        assert!(waited.is_ok(), "no {text:?} in {}", self.seen);
        &self.seen
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listeners_show_the_token_and_go_on_where_they_were() {
    let mut clinic = Clinic::new();
    clinic.book(3).await;
    let (to, _guard) = serving(&clinic, 2).await;
    let mut stranger = Listening::begin(to, "").await;
    stranger.until("HTTP/1.1 401").await;
    let mut stranger = Listening::begin(to, "authorization: Bearer wrong\r\n").await;
    stranger.until("HTTP/1.1 401").await;

    // Without an id: what happens from now on.
    let mut listening = Listening::with_token(to, "").await;
    listening.until("text/event-stream").await;
    listening.until("retry: 3000").await;
    clinic.put("00001", 18, "new", |_| {});
    clinic.scan().await;
    let seen = listening.until("\"appointment_id\":\"new\"").await;
    assert!(!seen.contains("a0001"));
    assert!(seen.contains("event: cn.povline.appointment.booked.v1"));

    // With the id of the second event: the third and the fourth.
    let ledger = clinic.ledger.ledger_id().await.unwrap();
    assert!(seen.contains(&format!("id: {ledger}.4\n")));
    let id = format!("last-event-id: {ledger}.2\r\n");
    let mut back = Listening::with_token(to, &id).await;
    let seen = back.until("\"appointment_id\":\"new\"").await;
    assert!(seen.contains("a0002") && !seen.contains("a0001"), "{seen}");

    // Two listen, as many as may.
    let mut third = Listening::with_token(to, "").await;
    third.until("HTTP/1.1 503").await;
    drop((listening, back));
    // Their places become free once the server sees that they have gone.
    let mut again = loop {
        let mut again = Listening::with_token(to, "last-event-id: of-another.2\r\n").await;
        if again.until("\r\n\r\n").await.contains("200 OK") {
            break again;
        }
    };
    // An id of another ledger means nothing here: everything is told.
    let seen = again.until("\"appointment_id\":\"new\"").await;
    assert!(seen.contains("a0000"), "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_is_told_what_was_forgotten_meanwhile() {
    let mut clinic = Clinic::new();
    clinic.book(5).await;
    clinic.put("00001", 18, "new", |_| {});
    clinic.scan().await;
    let ledger = Arc::clone(&clinic.ledger);
    assert!(ledger.forget(UnixMillis(BEGIN + 1_500)).await.unwrap() > 0);
    let (to, _guard) = serving(&clinic, 2).await;
    let id = format!("last-event-id: {}.2\r\n", ledger.ledger_id().await.unwrap());
    let mut listening = Listening::with_token(to, &id).await;
    let seen = listening.until("\"appointment_id\":\"new\"").await;
    assert!(seen.contains("event: cn.povline.delivery.gap.v1"), "{seen}");
    assert!(seen.contains("\"count\":3"), "{seen}");
}
