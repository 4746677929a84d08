//! Time-outs and bounds. Each test sets the one limit that it is about to something short and the
//! others to hours, so that only that limit can end it.

use std::time::Duration;

use povline_net::Limits;

use crate::peer::{Server, until};

const SHORT: Duration = Duration::from_millis(50);
const HOURS: Duration = Duration::from_secs(36_000);

fn patient() -> Limits {
    Limits {
        connections_max: 100,
        refusals_max: 0,
        refusal_time_max: HOURS,
        handshake_time_max: HOURS,
        head_time_max: HOURS,
        idle_time_max: HOURS,
        write_stall_max: HOURS,
        write_time_max: HOURS,
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

/// A head that asks whether its body may come.
fn asking(path: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
}

const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

#[tokio::test]
async fn slow_work_on_a_body_that_was_let_come_is_not_cut_either() {
    let mut server = Server::start(Limits {
        head_time_max: SHORT,
        idle_time_max: SHORT,
        ..patient()
    })
    .await;
    let mut peer = server.connect().await;
    peer.send(&asking("/wait-with-body")).await;
    assert_eq!(peer.read_through(CONTINUE).await, CONTINUE);
    // The body takes longer than a head or an idle connection may: its own limit counts.
    tokio::time::sleep(SHORT * 4).await;
    peer.send("ok").await;
    server.gate.arrived.notified().await;
    tokio::time::sleep(SHORT * 4).await;
    server.gate.leave.add_permits(1);
    peer.read_through("waited").await;
    server.ask_to_stop();
    assert_eq!(server.stopped().await.cut_off, 0);
}

#[tokio::test]
async fn a_dribbling_head_behind_such_an_answer_is_closed() {
    let server = Server::start(Limits {
        head_time_max: SHORT,
        ..patient()
    })
    .await;
    for waits in [true, false] {
        let mut peer = server.connect().await;
        if waits {
            peer.send(&asking("/")).await;
            peer.read_through(CONTINUE).await;
            peer.send("ok").await;
        } else {
            peer.send(&format!("{}ok", asking("/"))).await;
        }
        peer.read_through("\r\n\r\nok").await;
        peer.send("GET /").await;
        assert_eq!(peer.read_to_close().await, 0, "{waits}");
    }
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
async fn a_peer_that_reads_a_little_now_and_then_is_closed() {
    let server = Server::start(Limits {
        write_time_max: SHORT,
        // However fast it reads, it is too little.
        write_bytes_min: usize::MAX,
        ..patient()
    })
    .await;
    let mut peer = server.connect().await;
    peer.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n").await;
    until(|| server.open.count() == 1).await;
    let mut bytes = 0;
    while server.open.count() > 0 {
        bytes += peer.read_some().await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bytes += peer.read_to_close().await;
    assert!(bytes < 64 << 20, "{bytes} bytes were given");
}

#[tokio::test]
async fn a_peer_that_reads_slowly_gets_all_of_it() {
    let server = Server::start(Limits {
        write_time_max: SHORT,
        write_bytes_min: 0,
        ..patient()
    })
    .await;
    let mut peer = server.connect().await;
    peer.send("GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    let mut bytes = peer.read_some().await;
    tokio::time::sleep(SHORT * 3).await;
    bytes += peer.read_to_close().await;
    assert!(bytes > 64 << 20);
}

#[tokio::test]
async fn one_address_cannot_take_every_place() {
    let server = Server::start(Limits {
        connections_per_address_max: 2,
        refusals_max: 1,
        ..patient()
    })
    .await;
    let request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok";
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut peer = server.connect_from(3).await;
        peer.send(request).await;
        peer.read_through("ok").await;
        held.push(peer);
    }
    // The next one of that address is told so, and while it is, further ones are closed.
    let silent = server.connect_from(3).await;
    until(|| server.open.count() == 3).await;
    assert_eq!(server.connect_from(3).await.read_to_close().await, 0);
    drop(silent);
    until(|| server.open.count() == 2).await;
    let mut refused = server.connect_from(3).await;
    refused.send(request).await;
    refused.read_through("one too many").await;
    assert_eq!(refused.read_to_close().await, 0);
    // Others have what is left, and those that have a place keep it.
    for last in [1, 2] {
        let mut other = server.connect_from(last).await;
        other.send(request).await;
        other.read_through("ok").await;
    }
    held[0].send(request).await;
    held[0].read_through("ok").await;
    // One that goes makes room for another of its address.
    drop(held.pop());
    until(|| server.open.count() == 1).await;
    let mut next = server.connect_from(3).await;
    next.send(request).await;
    next.read_through("\r\n\r\nok").await;
}

#[tokio::test]
async fn an_excused_address_may_take_every_place() {
    let limits = Limits {
        connections_per_address_max: 1,
        refusals_max: 1,
        ..patient()
    };
    let server = Server::start_excusing(limits, |address| address.to_string() == "127.0.0.2").await;
    let request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok";
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut peer = server.connect_from(2).await;
        peer.send(request).await;
        peer.read_through("\r\n\r\nok").await;
        held.push(peer);
    }
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

#[tokio::test]
async fn connections_beyond_the_bound_are_refused_within_their_own_bound() {
    let server = Server::start(Limits {
        connections_max: 1,
        refusals_max: 2,
        refusal_time_max: SHORT,
        ..patient()
    })
    .await;
    let request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok";
    let mut first = server.connect().await;
    first.send(request).await;
    first.read_through("ok").await;
    // Silent ones beyond the bound keep nobody out for long.
    let silent = [server.connect().await, server.connect().await];
    for _ in 0..3 {
        let mut refused = server.connect().await;
        refused.send(request).await;
        refused.read_through("one too many").await;
        assert_eq!(refused.read_to_close().await, 0);
    }
    for mut peer in silent {
        assert_eq!(peer.read_to_close().await, 0);
    }
    // The one that has a place keeps it, and another gets it when it is free.
    first.send(request).await;
    first.read_through("ok").await;
    drop(first);
    loop {
        let mut next = server.connect().await;
        next.send(request).await;
        let answer = next
            .read_through_one_of(["\r\n\r\nok", "one too many"])
            .await;
        if answer.ends_with("ok") {
            break;
        }
    }
}

#[tokio::test]
async fn a_head_with_too_many_headers_or_bytes_is_refused() {
    let server = Server::start(patient()).await;
    let many = "X: y\r\n".repeat(200);
    let long = format!("X: {}\r\n", "y".repeat(100_000));
    for flood in [many, long] {
        let mut peer = server.connect().await;
        // The server may close before all of it is sent.
        peer.try_send(&format!("GET / HTTP/1.1\r\nHost: x\r\n{flood}\r\n"))
            .await;
        let answer = peer.read_all().await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
            "{answer}"
        );
    }
    let mut good = server.connect().await;
    good.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok")
        .await;
    good.read_through("ok").await;
}
