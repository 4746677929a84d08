//! JetStream of a real `nats-server`.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use povline_delivery::{NatsSettings, SinkKind};
use povline_store::ledger::{Deliveries as _, EventCursor};
use serde_json::{Value, json};

use super::support::{Clinic, sink, sink_name};

/// A server of our own, which ends with the test.
struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn binary() -> PathBuf {
    [
        "/usr/sbin/nats-server",
        "/usr/bin/nats-server",
        "/usr/local/bin/nats-server",
    ]
    .into_iter()
    .map(PathBuf::from)
    .find(|path| path.exists())
    .expect("nats-server is missing: apt-get install nats-server")
}

impl Server {
    async fn start(directory: &std::path::Path) -> (Self, async_nats::Client) {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let child = Command::new(binary())
            .args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"])
            .arg(directory)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let url = format!("nats://127.0.0.1:{port}");
        let client = async_nats::ConnectOptions::new()
            .retry_on_initial_connect()
            .connect(&url)
            .await
            .unwrap();
        client.flush().await.unwrap();
        (Self { child, url }, client)
    }
}

async fn ask(client: &async_nats::Client, subject: &str, body: Value) -> Value {
    let body = serde_json::to_vec(&body).unwrap();
    let answer = client
        .request(subject.to_owned(), body.into())
        .await
        .unwrap();
    serde_json::from_slice(&answer.payload).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_has_each_event_once() {
    let mut clinic = Clinic::new();
    clinic.book(300).await;
    let place = tempfile::TempDir::new().unwrap();
    let (server, client) = Server::start(place.path()).await;
    let settings = NatsSettings {
        url: server.url.clone(),
        prefix: "povline.events".to_owned(),
        token: None,
    };
    let kind = || SinkKind::Nats(settings.clone());
    // Nobody takes them yet: nothing is lost, and the reason says what to do.
    clinic.deliver(sink("stream", kind())).await;
    let status = &clinic.ledger.sinks().await.unwrap()[0];
    assert_eq!((status.behind, status.cursor), (300, EventCursor(0)));
    let (_, reason) = status.failure.clone().unwrap();
    assert!(reason.contains("nats stream add"), "{reason}");

    let stream = json!({
        "name": "EVENTS", "subjects": ["povline.events.>"], "storage": "file",
        "retention": "limits", "discard": "old", "num_replicas": 1,
        "max_consumers": -1, "max_msgs": -1, "max_bytes": -1, "max_age": 0,
        "duplicate_window": 120_000_000_000_i64
    });
    let made = ask(&client, "$JS.API.STREAM.CREATE.EVENTS", stream).await;
    assert!(made.get("error").is_none(), "{made}");
    clinic.deliver(sink("stream", kind())).await;
    let messages = async || {
        let info = ask(&client, "$JS.API.STREAM.INFO.EVENTS", json!({})).await;
        info["state"]["messages"].as_i64().unwrap()
    };
    assert_eq!(messages().await, 300);
    let last = json!({ "last_by_subj": "povline.events.00001.booked" });
    let last = ask(&client, "$JS.API.STREAM.MSG.GET.EVENTS", last).await;
    assert!(last.get("message").is_some(), "{last}");
    // As after a crash before the cursor was written: the stream drops what it has.
    assert!(clinic.ledger.dismiss(&sink_name("stream")).await.unwrap());
    clinic.deliver(sink("stream", kind())).await;
    assert_eq!(messages().await, 300);
    assert_eq!(clinic.ledger.sinks().await.unwrap()[0].behind, 0);
}
