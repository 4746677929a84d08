//! JetStream of a real `nats-server`: plain, over TLS, and with a token.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use povline_delivery::sse::Token;
use povline_delivery::{NatsSettings, SinkKind};
use povline_store::ledger::{Deliveries as _, EventCursor};
use serde_json::{Value, json};

use super::support::{Clinic, sink, sink_name};

/// A server of our own, which ends with the test.
struct Server {
    child: Child,
    port: u16,
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
    /// Starts it with these further arguments and connects a client of the test's own.
    async fn start(
        directory: &Path,
        arguments: &[&str],
        options: async_nats::ConnectOptions,
    ) -> (Self, async_nats::Client) {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let child = Command::new(binary())
            .args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"])
            .arg(directory)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, port };
        let client = options
            .retry_on_initial_connect()
            .connect(server.url("nats"))
            .await
            .unwrap();
        client.flush().await.unwrap();
        (server, client)
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://localhost:{}", self.port)
    }

    fn settings(&self, scheme: &str) -> NatsSettings {
        NatsSettings {
            url: self.url(scheme),
            prefix: "povline.events".to_owned(),
            token: None,
            authorities: None,
            timeout: Duration::from_secs(10),
        }
    }
}

/// Makes a stream that takes the events.
async fn make_stream(client: &async_nats::Client) {
    let stream = json!({
        "name": "EVENTS", "subjects": ["povline.events.>"], "storage": "file",
        "retention": "limits", "discard": "old", "num_replicas": 1,
        "max_consumers": -1, "max_msgs": -1, "max_bytes": -1, "max_age": 0,
        "duplicate_window": 120_000_000_000_i64
    });
    let made = ask(client, "$JS.API.STREAM.CREATE.EVENTS", stream).await;
    assert!(made.get("error").is_none(), "{made}");
}

/// How many events the stream has.
async fn messages(client: &async_nats::Client) -> i64 {
    let info = ask(client, "$JS.API.STREAM.INFO.EVENTS", json!({})).await;
    info["state"]["messages"].as_i64().unwrap()
}

/// Tries to hand everything over. Why it failed, if it did: then nothing is lost.
async fn deliver(clinic: &Clinic, settings: NatsSettings) -> Option<String> {
    clinic
        .deliver(sink("stream", SinkKind::Nats(settings)))
        .await;
    let status = &clinic.ledger.sinks().await.unwrap()[0];
    let failure = status.failure.clone().map(|(_, reason)| reason);
    assert_eq!(status.behind > 0, failure.is_some(), "{status:?}");
    failure
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
    let options = async_nats::ConnectOptions::new();
    let (server, client) = Server::start(place.path(), &[], options).await;
    let settings = server.settings("nats");
    // Nobody takes them yet: nothing is lost, and the reason says what to do.
    let reason = deliver(&clinic, settings.clone()).await.unwrap();
    assert!(reason.contains("nats stream add"), "{reason}");
    let status = &clinic.ledger.sinks().await.unwrap()[0];
    assert_eq!((status.behind, status.cursor), (300, EventCursor(0)));

    make_stream(&client).await;
    assert_eq!(deliver(&clinic, settings.clone()).await, None);
    assert_eq!(messages(&client).await, 300);
    let last = json!({ "last_by_subj": "povline.events.00001.booked" });
    let last = ask(&client, "$JS.API.STREAM.MSG.GET.EVENTS", last).await;
    assert!(last.get("message").is_some(), "{last}");
    // As after a crash before the cursor was written: the stream drops what it has.
    assert!(clinic.ledger.dismiss(&sink_name("stream")).await.unwrap());
    assert_eq!(deliver(&clinic, settings).await, None);
    assert_eq!(messages(&client).await, 300);
    assert_eq!(clinic.ledger.sinks().await.unwrap()[0].behind, 0);
}

/// The certificates of the client's own tests.
fn certificate(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/tests/it/tls");
    directory.join(name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_the_server_must_be_vouched_for() {
    let mut clinic = Clinic::new();
    clinic.book(3).await;
    let place = tempfile::TempDir::new().unwrap();
    let (shown, key) = (certificate("gateway.pem"), certificate("gateway.key.pem"));
    let arguments = [
        "--tls",
        "--tlscert",
        shown.to_str().unwrap(),
        "--tlskey",
        key.to_str().unwrap(),
    ];
    let options = async_nats::ConnectOptions::new()
        .add_root_certificates(certificate("authority.pem"))
        .require_tls(true);
    let (server, client) = Server::start(place.path(), &arguments, options).await;
    make_stream(&client).await;
    let trusting = |name: &str, scheme: &str| NatsSettings {
        authorities: Some(certificate(name)),
        ..server.settings(scheme)
    };
    // Nobody vouches, or a stranger does.
    for settings in [server.settings("tls"), trusting("stranger.pem", "tls")] {
        let reason = deliver(&clinic, settings).await.unwrap();
        assert!(reason.contains("no connection to NATS"), "{reason}");
    }
    assert_eq!(messages(&client).await, 0);
    // Who names an authority gets TLS, whatever the URL says.
    for scheme in ["tls", "nats"] {
        assert_eq!(
            deliver(&clinic, trusting("authority.pem", scheme)).await,
            None
        );
        assert_eq!(messages(&client).await, 3);
        assert!(clinic.ledger.dismiss(&sink_name("stream")).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_shown_and_another_one_refused() {
    const TOKEN: &str = "0123456789abcdef0123";
    let mut clinic = Clinic::new();
    clinic.book(3).await;
    let place = tempfile::TempDir::new().unwrap();
    let options = async_nats::ConnectOptions::new().token(TOKEN.to_owned());
    let (server, client) = Server::start(place.path(), &["--auth", TOKEN], options).await;
    make_stream(&client).await;
    let showing = |token: &str| NatsSettings {
        token: Some(Token::parse(token).unwrap()),
        ..server.settings("nats")
    };
    for settings in [server.settings("nats"), showing("another-token-of-24-byte")] {
        let reason = deliver(&clinic, settings).await.unwrap();
        assert!(reason.contains("authorization"), "{reason}");
        assert!(!reason.contains("another"), "{reason}");
    }
    assert_eq!(messages(&client).await, 0);
    assert_eq!(deliver(&clinic, showing(TOKEN)).await, None);
    assert_eq!(messages(&client).await, 3);
}
