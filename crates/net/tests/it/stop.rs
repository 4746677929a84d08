//! What a stop leaves behind.

use std::time::Duration;

use povline_net::Limits;
use tokio::net::TcpStream;

use crate::peer::Server;

#[tokio::test]
async fn a_stop_answers_what_runs_and_closes_what_idles() {
    let mut server = Server::start(Limits::default()).await;
    let mut idle = server.connect().await;
    idle.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok")
        .await;
    idle.read_through("ok").await;
    let mut working = server.connect().await;
    working.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n").await;
    server.gate.arrived.notified().await;

    server.ask_to_stop();
    assert_eq!(idle.read_to_close().await, 0);
    server.gate.leave.add_permits(1);
    working.read_through("waited").await;
    assert_eq!(working.read_to_close().await, 0);
    let address = server.address;
    assert_eq!(server.stopped().await.cut_off, 0);
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_stop_cuts_off_what_does_not_finish_in_time() {
    let mut server = Server::start(Limits {
        drain_time_max: Duration::from_millis(50),
        ..Limits::default()
    })
    .await;
    let mut stuck = server.connect().await;
    stuck.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n").await;
    server.gate.arrived.notified().await;
    server.ask_to_stop();
    assert_eq!(stuck.read_to_close().await, 0);
    assert_eq!(server.stopped().await.cut_off, 1);
}
