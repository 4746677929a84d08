//! Server-sent events, by a listener who reads the bytes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use povline_delivery::sse::{TOO_SLOW, Token};
use povline_delivery::{SinkKind, SsePace, SseSettings, Until};
use povline_domain::UnixMillis;
use povline_store::ledger::{Deliveries as _, Ledger as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::support::{BEGIN, Clinic, sink};

const TOKEN: &str = "0123456789abcdef0123";

/// Serves a clinic's events at a free port for as long as the guard lives.
async fn serving(clinic: &Clinic, clients_max: usize) -> (SocketAddr, DropGuard) {
    serving_at(clinic, clients_max, SsePace::default()).await
}

async fn serving_at(clinic: &Clinic, clients_max: usize, pace: SsePace) -> (SocketAddr, DropGuard) {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = free.local_addr().unwrap();
    drop(free);
    let settings = SseSettings {
        listen,
        token: Token::parse(TOKEN).unwrap(),
        clients_max,
        pace,
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
            let mut from = 0;
            while !self.seen[from..].contains(text) {
                // What was looked through already is not looked through again.
                from = self.seen.len().saturating_sub(text.len());
                while !self.seen.is_char_boundary(from) {
                    from -= 1;
                }
                let mut bytes = vec![0; 64 * 1024];
                let read = self.stream.read(&mut bytes).await.unwrap();
                assert!(read > 0, "closed after {}", self.seen);
                self.seen.push_str(&String::from_utf8_lossy(&bytes[..read]));
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), reading).await;
        let end: String = self.seen.chars().rev().take(2_000).collect();
        let end: String = end.chars().rev().collect();
        assert!(waited.is_ok(), "no {text:?} at the end of {end}");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_stream_says_that_it_is_alive() {
    let clinic = Clinic::new();
    let pace = SsePace {
        heartbeat: Duration::from_millis(20),
        ..SsePace::default()
    };
    let (to, _guard) = serving_at(&clinic, 1, pace).await;
    let mut listening = Listening::with_token(to, "").await;
    let alive = ": alive\n\n";
    for _ in 0..3 {
        listening.until(alive).await;
        // A comment: no client takes it for an event.
        assert!(!listening.seen.contains("event:"), "{}", listening.seen);
        listening.seen.clear();
    }
    assert_eq!(SsePace::default().heartbeat, Duration::from_secs(15));
}

/// More than the system keeps for a connection on which nobody reads.
const MANY: usize = 12_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_takes_nothing_is_let_go_and_hurts_nobody() {
    let mut clinic = Clinic::new();
    clinic.book(MANY).await;
    let pace = SsePace {
        slow_max: Duration::from_secs(3),
        ..SsePace::default()
    };
    let (to, _guard) = serving_at(&clinic, 2, pace).await;
    let ledger = clinic.ledger.ledger_id().await.unwrap();
    let from_the_first = format!("last-event-id: {ledger}.0\r\n");
    let mut slow = Listening::with_token(to, &from_the_first).await;
    slow.until("retry: 3000").await;
    // From here on it reads nothing. Another one is told everything meanwhile.
    let mut quick = Listening::with_token(to, &from_the_first).await;
    quick.until(&format!("id: {ledger}.{MANY}\n")).await;
    // What happens afterwards comes as ever, and the slow one's place is free.
    clinic.put("00001", 18, "new", |_| {});
    clinic.scan().await;
    quick.until("\"appointment_id\":\"new\"").await;
    let third = loop {
        let mut third = Listening::with_token(to, "").await;
        if third.until("\r\n\r\n").await.contains("200 OK") {
            break third;
        }
    };
    // Once it reads again it has what was ready, and is told why there is no more.
    let seen = slow.until(TOO_SLOW.trim_end()).await;
    assert!(!seen.contains(&format!("id: {ledger}.{MANY}\n")));
    let last = seen.matches("\nid: ").count();
    assert!(last > 0 && last < MANY, "{last}");
    // It comes back with the last that it has.
    let id = format!("last-event-id: {ledger}.{last}\r\n");
    drop(third);
    let mut back = loop {
        let mut back = Listening::with_token(to, &id).await;
        if back.until("\r\n\r\n").await.contains("200 OK") {
            break back;
        }
    };
    back.until(&format!("id: {ledger}.{}\n", last + 1)).await;
}
