//! Bodies within and beyond their limits.

use std::time::Duration;

use povline_net::{LargeBodies, Limits};

use crate::peer::{Server, until};

#[tokio::test]
async fn a_body_in_pieces_comes_whole() {
    let server = Server::start(Limits::default()).await;
    let mut peer = server.connect().await;
    peer.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        .await;
    peer.send("4\r\ndefg\r\n0\r\n\r\n").await;
    assert!(
        peer.read_through("abcdefg")
            .await
            .starts_with("HTTP/1.1 200")
    );
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_comes_whole() {
    let server = Server::start(Limits::default()).await;
    let mut peer = server.connect().await;
    let body = "x".repeat(999) + "!";
    peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        .await;
    peer.send(&body).await;
    peer.read_through(&body).await;
}

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_not_awaited() {
    let server = Server::start(Limits::default()).await;
    let mut peer = server.connect().await;
    peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n")
        .await;
    peer.read_through("too large").await;
}

#[tokio::test]
async fn a_body_that_grows_too_large_is_cut() {
    let server = Server::start(Limits::default()).await;
    let mut peer = server.connect().await;
    peer.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await;
    peer.send(&format!("320\r\n{0}\r\n320\r\n{0}\r\n", "x".repeat(800)))
        .await;
    peer.read_through("too large").await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let time_max = Duration::from_millis(50);
    let server = Server::start_with_body_time(Limits::default(), time_max).await;
    let mut peer = server.connect().await;
    peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        .await;
    peer.read_through("too slow").await;
}

const HOURS: Duration = Duration::from_secs(36_000);

/// Chunks that are small each and together are not.
fn large_piece() -> String {
    format!("2328\r\n{}\r\n", "x".repeat(0x2328)).repeat(2)
}

#[tokio::test]
async fn large_bodies_take_turns_and_small_ones_do_not_wait() {
    let server = Server::start_with_large_bodies(LargeBodies::at_most(1, 1), HOURS).await;
    let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let piece = large_piece();
    let mut first = server.connect().await;
    first.send(&format!("{head}{piece}")).await;
    until(|| server.gate.large.free() == 0).await;
    let mut second = server.connect().await;
    second
        .send(&format!("{head}{piece}3\r\ntwo\r\n0\r\n\r\n"))
        .await;
    // Small ones need no place, whether they say how large they are or not.
    for small in [
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok".to_owned(),
        format!("{head}2\r\nok\r\n0\r\n\r\n"),
    ] {
        let mut peer = server.connect().await;
        peer.send(&small).await;
        peer.read_through("ok").await;
    }
    assert_eq!(server.gate.large.free(), 0);
    first.send("3\r\none\r\n0\r\n\r\n").await;
    first.read_through("xone").await;
    second.read_through("xtwo").await;
}

#[tokio::test]
async fn a_large_body_for_which_no_place_becomes_free_is_told_so() {
    let time_max = Duration::from_millis(100);
    let server = Server::start_with_large_bodies(LargeBodies::at_most(0, 1), time_max).await;
    let mut peer = server.connect().await;
    let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    peer.send(&format!("{head}{}0\r\n\r\n", large_piece()))
        .await;
    peer.read_through("crowded").await;
}

#[tokio::test]
async fn a_large_body_that_hardly_moves_on_loses_its_place() {
    let server = Server::start_with_large_bodies(LargeBodies::at_most(1, 1), HOURS).await;
    let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut dribbling = server.connect().await;
    dribbling.send(&format!("{head}{}", large_piece())).await;
    dribbling.read_through("too slow").await;
    assert_eq!(server.gate.large.free(), 1);
}

#[tokio::test]
async fn one_address_gets_no_more_than_its_share_of_the_places() {
    let server = Server::start_with_large_bodies(LargeBodies::at_most(2, 1), HOURS).await;
    let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let piece = large_piece();
    let mut greedy = Vec::new();
    for _ in 0..3 {
        let mut peer = server.connect_from(3).await;
        // What comes while it has a place pays for hours there.
        peer.send(&format!("{head}{piece}{piece}")).await;
        greedy.push(peer);
    }
    until(|| server.gate.large.free() == 1).await;
    let mut other = server.connect_from(2).await;
    other
        .send(&format!("{head}{piece}5\r\nother\r\n0\r\n\r\n"))
        .await;
    other.read_through("xother").await;
}
