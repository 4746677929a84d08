//! A webhook's receiver that answers as it is told to, and checks what every receiver should.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use parking_lot::Mutex;
use povline_client::TrustStore;
use povline_delivery::lanes::LaneLimits;
use povline_delivery::retry::RetrySchedule;
use povline_delivery::signature::{WebhookSecret, holds};
use povline_delivery::target::Target;
use povline_delivery::{SinkKind, WebhookSettings};
use povline_net::{Limits, OpenConnections, serve};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) id: String,
    pub(crate) signature: String,
    pub(crate) timestamp: i64,
    pub(crate) raw: Bytes,
    pub(crate) body: Value,
}

impl Received {
    pub(crate) fn sequence(&self) -> i64 {
        self.body["sequence"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) fn appointment(&self) -> &str {
        self.body["data"]["appointment_id"].as_str().unwrap()
    }
}

/// What is answered.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    Status(u16),
    RetryAfter(u16, &'static str),
    /// Nothing within the time of a test.
    Silence,
}

pub(crate) const OK: Answer = Answer::Status(204);

type Behaviour = dyn Fn(&Received, usize) -> Answer + Send + Sync;

struct State {
    behaviour: Mutex<Box<Behaviour>>,
    all: Mutex<Vec<Received>>,
    count: watch::Sender<usize>,
    accepted: Mutex<Vec<Received>>,
}

/// The receiver. `behaviour` is told how often the same id has come, from 1.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    state: Arc<State>,
}

pub(crate) fn secret() -> (WebhookSecret, String) {
    WebhookSecret::from_bytes([7; 32])
}

impl Receiver {
    pub(crate) async fn start(
        behaviour: impl Fn(&Received, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?token=t", listener.local_addr().unwrap());
        let (count, _) = watch::channel(0);
        let state = Arc::new(State {
            behaviour: Mutex::new(Box::new(behaviour)),
            all: Mutex::new(Vec::new()),
            count,
            accepted: Mutex::new(Vec::new()),
        });
        let served = Arc::clone(&state);
        tokio::spawn(async move {
            let make = |_| {
                let state = Arc::clone(&served);
                service_fn(move |request| take(Arc::clone(&state), request))
            };
            let never = std::future::pending();
            let _ = serve(
                listener,
                Limits::default(),
                OpenConnections::default(),
                make,
                never,
            )
            .await;
        });
        Self { url, state }
    }

    pub(crate) fn behave(
        &self,
        behaviour: impl Fn(&Received, usize) -> Answer + Send + Sync + 'static,
    ) {
        *self.state.behaviour.lock() = Box::new(behaviour);
    }

    /// Everything that came, refused or not.
    pub(crate) fn all(&self) -> Vec<Received> {
        self.state.all.lock().clone()
    }

    /// What was answered with 2xx.
    pub(crate) fn accepted(&self) -> Vec<Received> {
        self.state.accepted.lock().clone()
    }

    /// Each accepted event once, as a receiver that remembers ids has it.
    pub(crate) fn each_once(&self) -> Vec<Received> {
        let mut ids = HashSet::new();
        let mut accepted = self.accepted();
        accepted.retain(|received| ids.insert(received.id.clone()));
        accepted
    }

    /// Waits until so many were accepted.
    pub(crate) async fn until_accepted(&self, count: usize) {
        let mut changes = self.state.count.subscribe();
        let waited = changes.wait_for(|accepted| *accepted >= count);
        tokio::time::timeout(Duration::from_secs(60), waited)
            .await
            .expect("the events come")
            .unwrap();
    }

    pub(crate) fn sink(&self) -> WebhookSettings {
        WebhookSettings {
            target: Target::parse(&self.url, false).unwrap(),
            secrets: vec![secret().0],
            timeout: Duration::from_secs(5),
            schedule: RetrySchedule {
                first: Duration::from_millis(2),
                max: Duration::from_millis(20),
                attempts_max: 4,
            },
            limits: LaneLimits {
                probe_every: Duration::from_millis(20),
                ..LaneLimits::default()
            },
            trust: TrustStore::of_the_system(),
        }
    }

    pub(crate) fn kind(&self) -> SinkKind {
        SinkKind::Webhook(Box::new(self.sink()))
    }
}

async fn take(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let raw = body.collect().await.unwrap().to_bytes();
    let header = |name: &str| head.headers[name].to_str().unwrap().to_owned();
    let received = Received {
        id: header("webhook-id"),
        signature: header("webhook-signature"),
        timestamp: header("webhook-timestamp").parse().unwrap(),
        body: serde_json::from_slice(&raw).unwrap(),
        raw,
    };
    assert_eq!(received.body["id"], received.id.as_str());
    assert!(holds(
        &secret().0,
        &received.signature,
        &received.id,
        received.timestamp,
        &received.raw
    ));
    let times = {
        let mut all = state.all.lock();
        all.push(received.clone());
        all.iter().filter(|one| one.id == received.id).count()
    };
    let answer = (state.behaviour.lock())(&received, times);
    let mut response = Response::new(Full::new(Bytes::new()));
    match answer {
        Answer::Status(status) => *response.status_mut() = status.try_into().unwrap(),
        Answer::RetryAfter(status, after) => {
            *response.status_mut() = status.try_into().unwrap();
            let headers = response.headers_mut();
            headers.insert("retry-after", after.parse().unwrap());
        }
        Answer::Silence => std::future::pending().await,
    }
    if response.status().is_success() {
        state.accepted.lock().push(received);
        state.count.send_modify(|count| *count += 1);
    }
    Ok(response)
}
