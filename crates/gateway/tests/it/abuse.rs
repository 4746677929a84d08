//! Those who would hurt the platform, all at the same time as those who call it as they should. The
//! bad ones share an address: what one address may take is bounded, and the rest is for others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use povline_gateway::GatewayConfig;
use povline_net::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::batch::{batch, form, page, system};
use crate::call::{Call, METHOD, REQUEST, SECRET, urlencoded};
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointments, fill};
use crate::wire::{Connection, FORM, request};

/// Bad callers of each kind.
const OF_EACH: usize = 4;
/// Calls of each good caller.
const CALLS: usize = 150;

fn post(body: &str) -> Vec<u8> {
    request("POST", PATH, &[FORM], body)
}

fn good_body() -> String {
    urlencoded(&Call::page("00001", DAY, 1, 200).signed(SECRET).0)
}

/// What each kind sends: pieces with a pause after each. A kind that says nothing is half-open.
fn kinds() -> Vec<Vec<Vec<u8>>> {
    let head = |length: usize| {
        format!("POST {PATH} HTTP/1.1\r\nHost: x\r\n{FORM}\r\nContent-Length: {length}\r\n\r\n")
    };
    let dribble = |text: String| text.bytes().map(|byte| vec![byte]).collect();
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
    let chunked =
        format!("POST {PATH} HTTP/1.1\r\nHost: x\r\n{FORM}\r\nTransfer-Encoding: chunked\r\n\r\n");
    let large = format!("5000\r\n{}\r\n", "a".repeat(0x5000));
    let body = good_body();
    vec![
        Vec::new(),
        dribble(head(10)),
        vec![(head(body.len()) + &body[..body.len() / 2]).into_bytes()],
        vec![head(1 << 30).into_bytes()],
        vec![chunked.clone().into_bytes(), chunk.repeat(20).into_bytes()],
        // Large enough for a place among large bodies, which then hardly moves on.
        std::iter::once(chunked + &large)
            .chain(std::iter::repeat_n("1\r\na\r\n".to_owned(), 1_000))
            .map(String::into_bytes)
            .collect(),
        vec![format!("GET / HTTP/1.1\r\n{}", "X: y\r\n".repeat(1000)).into_bytes()],
        vec![b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec()],
        vec![b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()],
        vec![post("sign=%ZZ&&&=&app_key=12345678&a=%FF")],
        vec![post(&body.replace("sign=", "sign=0"))],
        vec![batch(system(), &"N\r\n-S-\r\n".repeat(20_000), &[])],
        // The same good call over and over, of whose answers nothing is ever read.
        vec![post(&body).repeat(40)],
    ]
}

/// From an address of the machine that no good caller has.
async fn connect_badly(address: std::net::SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 3], 0).into())?;
    socket.connect(address).await
}

/// Does it again and again until the good ones are done.
async fn abuse(address: std::net::SocketAddr, pieces: Arc<Vec<Vec<u8>>>, done: Arc<AtomicBool>) {
    while !done.load(Ordering::Relaxed) {
        let Ok(mut stream) = connect_badly(address).await else {
            continue;
        };
        for piece in pieces.iter() {
            if stream.write_all(piece).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // Stays as long as it may, but not longer than the test.
        let mut byte = [0];
        while !done.load(Ordering::Relaxed) {
            let read = tokio::time::timeout(Duration::from_millis(20), stream.read(&mut byte));
            if !matches!(read.await, Err(_) | Ok(Ok(1))) {
                break;
            }
        }
    }
}

/// A caller that keeps its connection and compares every answer.
async fn call_well(address: std::net::SocketAddr, requests: Arc<Vec<(Vec<u8>, String)>>) {
    let mut connection = Connection::open(address).await;
    for number in 0..CALLS {
        let (bytes, expected) = &requests[number % requests.len()];
        let answer = connection.exchange(bytes).await;
        assert_eq!(answer.status, 200);
        assert_eq!(&masked(answer.text()), expected, "call {number}");
    }
}

/// The text without the value of any request id.
fn masked(text: &str) -> String {
    let mut parts = text.split("\"request_id\":\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |masked, part| {
        masked + "\"request_id\":\"" + part.trim_start_matches(|c: char| c.is_ascii_alphanumeric())
    })
}

#[tokio::test]
async fn one_address_cannot_keep_the_large_bodies_of_others_out() {
    let book = Arc::new(MemoryBook::new());
    fill(&book, appointments(3));
    let mut config = GatewayConfig {
        large_bodies_max: 2,
        large_bodies_per_address_max: 1,
        ..GatewayConfig::default()
    };
    // Who has a place may keep it for longer than the test lasts.
    config.body.time_max = Duration::from_secs(36_000);
    config.body.large_bytes_per_second = 1;
    let platform = Platform::serve(book, config).await;
    let head =
        format!("POST {PATH} HTTP/1.1\r\nHost: x\r\n{FORM}\r\nTransfer-Encoding: chunked\r\n\r\n");
    let piece = format!("2328\r\n{}\r\n", "a".repeat(0x2328)).repeat(4);
    let mut greedy = Vec::new();
    for _ in 0..3 {
        let mut stream = connect_badly(platform.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(piece.as_bytes()).await.unwrap();
        greedy.push(stream);
    }
    // They have come first.
    crate::follow::until(|| async {
        let metrics = platform.admin("/metrics").await;
        metrics.text().contains("povline_connections 3")
    })
    .await;
    let call = Call::page("00001", DAY, 1, 200).with("padding", &"x".repeat(40_000));
    let answer = platform.post(&call.signed(SECRET)).await;
    assert!(answer.text().contains("P00003"), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn good_calls_get_right_answers_under_all_of_it_at_once() {
    let book = Arc::new(MemoryBook::new());
    fill(&book, appointments(450));
    let config = GatewayConfig {
        large_bodies_max: 4,
        large_bodies_per_address_max: 2,
        public: Limits {
            head_time_max: Duration::from_millis(300),
            write_stall_max: Duration::from_millis(300),
            ..Limits::default()
        },
        ..GatewayConfig::default()
    };
    let platform = Platform::serve(book, config).await;

    let page_call = |number, size| {
        post(&urlencoded(
            &Call::page("00001", DAY, number, size).signed(SECRET).0,
        ))
    };
    let large = form(&[("method", METHOD), (REQUEST, &page("00001", 2, 20))]);
    let separator = "\r\n-S-\r\n";
    // Large enough to need a place among large bodies, with blanks that mean nothing.
    let padded = format!("{large}&padding={}", "x".repeat(20_000));
    let mut requests = Vec::new();
    for bytes in [
        page_call(1, 200),
        page_call(2, 200),
        page_call(1, 20),
        batch(system(), &[large.as_str(), "N"].join(separator), &[]),
        page_call(9, 63),
        batch(system(), &padded, &[]),
    ] {
        let expected = masked(platform.send(&bytes).await.text());
        requests.push((bytes, expected));
    }
    let requests = Arc::new(requests);

    let done = Arc::new(AtomicBool::new(false));
    let mut bad = JoinSet::new();
    for kind in kinds().into_iter().map(Arc::new) {
        for _ in 0..OF_EACH {
            bad.spawn(abuse(
                platform.address,
                Arc::clone(&kind),
                Arc::clone(&done),
            ));
        }
    }
    let mut good = JoinSet::new();
    for _ in 0..4 {
        good.spawn(call_well(platform.address, Arc::clone(&requests)));
    }
    while let Some(ended) = good.join_next().await {
        ended.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    while let Some(ended) = bad.join_next().await {
        ended.unwrap();
    }
    // Nobody of them stays.
    crate::follow::until(|| async {
        let metrics = platform.admin("/metrics").await;
        metrics.text().contains("povline_connections 0")
    })
    .await;
}
