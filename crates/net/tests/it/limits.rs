//! Time-outs and bounds. Each test sets the one limit that it is about to something short and the
//! others to hours, so that only that limit can end it.

use std::time::Duration;

use povline_net::Limits;

use crate::peer::Server;

const SHORT: Duration = Duration::from_millis(50);
const HOURS: Duration = Duration::from_secs(36_000);

fn patient() -> Limits {
    Limits {
        connections_max: 100,
        head_time_max: HOURS,
        idle_time_max: HOURS,
        write_stall_max: HOURS,
        drain_time_max: HOURS,
        ..Limits::default()
    }
}

#[tokio::test]
async fn a_dribbling_head_is_closed() {
    let server = Server::start(Limits {
        head_time_max: SHORT,
        ..patient()
    })
    .await;
    let mut peer = server.connect().await;
    peer.send("GET / HTTP/1.1\r\nHost: x\r\nX-Slow:").await;
    assert_eq!(peer.read_to_close().await, 0);
}

#[tokio::test]
async fn a_silent_newcomer_is_closed() {
    let server = Server::start(Limits {
        head_time_max: SHORT,
        ..patient()
    })
    .await;
    assert_eq!(server.connect().await.read_to_close().await, 0);
}

#[tokio::test]
async fn a_dribbling_second_head_is_closed() {
    let server = Server::start(Limits {
        head_time_max: SHORT,
        ..patient()
    })
    .await;
    let mut peer = server.connect().await;
    peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok")
        .await;
    peer.read_through("ok").await;
    peer.send("GET /").await;
    assert_eq!(peer.read_to_close().await, 0);
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let server = Server::start(Limits {
        idle_time_max: SHORT,
        ..patient()
    })
    .await;
    let mut peer = server.connect().await;
    peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok")
        .await;
    peer.read_through("ok").await;
    assert_eq!(peer.read_to_close().await, 0);
}

#[tokio::test]
async fn slow_work_is_not_cut_by_the_time_outs_of_the_connection() {
    let mut server = Server::start(Limits {
        head_time_max: SHORT,
        idle_time_max: SHORT,
        write_stall_max: SHORT,
        ..patient()
    })
    .await;
    let mut peer = server.connect().await;
    peer.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n").await;
    server.gate.arrived.notified().await;
    tokio::time::sleep(SHORT * 4).await;
    server.gate.leave.add_permits(1);
    peer.read_through("waited").await;
    server.ask_to_stop();
    assert_eq!(server.stopped().await.cut_off, 0);
}

#[tokio::test]
async fn a_peer_that_reads_nothing_is_closed() {
    let server = Server::start(Limits {
        write_stall_max: SHORT,
        ..patient()
    })
    .await;
    let mut peer = server.connect().await;
    peer.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n").await;
    // Nothing is read until the server has given the connection up.
    while server.open.count() == 0 {
        tokio::task::yield_now().await;
    }
    while server.open.count() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(peer.read_to_close().await < 64 << 20);
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_for_a_place() {
    let server = Server::start(Limits {
        connections_max: 2,
        ..patient()
    })
    .await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    let mut third = server.connect().await;
    let request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok";
    for peer in [&mut first, &mut second, &mut third] {
        peer.send(request).await;
    }
    first.read_through("ok").await;
    second.read_through("ok").await;
    assert_eq!(server.open.count(), 2);
    drop(first);
    third.read_through("ok").await;
    assert_eq!(server.open.count(), 2);
}
