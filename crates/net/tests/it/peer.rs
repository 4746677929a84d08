//! A server under test and raw peers of it.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper::{Request, Response};
use povline_net::{
    BodyError, BodyLimits, Drain, LargeBodies, Limits, Listener, OpenConnections, ServerTls,
    read_body, serve,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::task::JoinHandle;

/// No test waits for this long: it only turns a hang into a failure.
const HANG: Duration = Duration::from_secs(30);

/// What the test can do to the service from outside.
#[derive(Debug)]
pub(crate) struct Gate {
    /// Told when a request to `/wait` has arrived.
    pub(crate) arrived: Notify,
    /// The places for large bodies.
    pub(crate) large: LargeBodies,
    /// One permit lets one request to `/wait` be answered.
    pub(crate) leave: Semaphore,
}

/// `/wait` waits at the gate, `/wait-with-body` reads its body before it does, `/big` answers
/// 64 MiB, anything else echoes its body.
#[derive(Debug, Clone)]
struct Echo {
    gate: Arc<Gate>,
    body_limits: BodyLimits,
    address: IpAddr,
    is_beyond_limit: bool,
}

impl Service<Request<Incoming>> for Echo {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let Self {
            gate,
            body_limits,
            address,
            is_beyond_limit,
        } = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let text = match head.uri.path() {
                _ if is_beyond_limit => Bytes::from_static(b"one too many"),
                "/wait" => {
                    gate.arrived.notify_one();
                    gate.leave.acquire().await.unwrap().forget();
                    Bytes::from_static(b"waited")
                }
                "/wait-with-body" => {
                    let read = read_body(body, body_limits, &gate.large, Some(address)).await;
                    read.unwrap();
                    gate.arrived.notify_one();
                    gate.leave.acquire().await.unwrap().forget();
                    Bytes::from_static(b"waited")
                }
                "/big" => Bytes::from(vec![b'x'; 64 << 20]),
                _ => match read_body(body, body_limits, &gate.large, Some(address)).await {
                    Ok(body) => Bytes::copy_from_slice(&body),
                    Err(BodyError::TooLarge) => Bytes::from_static(b"too large"),
                    Err(BodyError::TooSlow) => Bytes::from_static(b"too slow"),
                    Err(BodyError::Broken) => Bytes::from_static(b"broken"),
                    Err(BodyError::Crowded) => Bytes::from_static(b"crowded"),
                },
            };
            Ok(Response::new(Full::new(text)))
        })
    }
}

/// Waits until it is so.
pub(crate) async fn until(mut is_so: impl FnMut() -> bool) {
    let waited = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(HANG, waited).await;
    waited.expect("it never came to be so");
}

fn nobody(_: IpAddr) -> bool {
    false
}

fn small_bodies(time_max: Duration) -> BodyLimits {
    BodyLimits {
        bytes_max: 1000,
        time_max,
        large_bytes_per_second: 1,
    }
}

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) gate: Arc<Gate>,
    pub(crate) open: OpenConnections,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<Drain>,
}

impl Server {
    pub(crate) async fn start(limits: Limits) -> Self {
        Self::start_with_body_time(limits, HANG * 2).await
    }

    pub(crate) async fn start_with_tls(limits: Limits, tls: ServerTls) -> Self {
        let large = LargeBodies::at_most(1, 1);
        Self::start_with(limits, small_bodies(HANG * 2), large, Some(tls), nobody).await
    }

    pub(crate) async fn start_with_body_time(limits: Limits, time_max: Duration) -> Self {
        let large = LargeBodies::at_most(1, 1);
        Self::start_with(limits, small_bodies(time_max), large, None, nobody).await
    }

    /// Takes bodies of up to 100,000 bytes, with so many places for large ones, of which none may
    /// be held for long by who sends nothing.
    pub(crate) async fn start_with_large_bodies(places: LargeBodies, time_max: Duration) -> Self {
        let body_limits = BodyLimits {
            bytes_max: 100_000,
            time_max,
            large_bytes_per_second: 1,
        };
        Self::start_with(Limits::default(), body_limits, places, None, nobody).await
    }

    /// Excuses some addresses from having a share of the connections only.
    pub(crate) async fn start_excusing(limits: Limits, excused: fn(IpAddr) -> bool) -> Self {
        let large = LargeBodies::at_most(1, 1);
        Self::start_with(limits, small_bodies(HANG * 2), large, None, excused).await
    }

    async fn start_with(
        limits: Limits,
        body_limits: BodyLimits,
        large: LargeBodies,
        tls: Option<ServerTls>,
        excused: fn(IpAddr) -> bool,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let gate = Arc::new(Gate {
            arrived: Notify::new(),
            leave: Semaphore::new(0),
            large,
        });
        let open = OpenConnections::default();
        let (stop, stopped) = oneshot::channel();
        let echo = Echo {
            gate: Arc::clone(&gate),
            body_limits,
            address: address.ip(),
            is_beyond_limit: false,
        };
        let running = tokio::spawn(serve(
            Listener::new(listener, tls).excusing(excused),
            limits,
            open.clone(),
            move |peer| Echo {
                address: peer.address.ip(),
                is_beyond_limit: peer.is_beyond_limit,
                ..echo.clone()
            },
            async move {
                let _ = stopped.await;
            },
        ));
        Self {
            address,
            gate,
            open,
            stop: Some(stop),
            running,
        }
    }

    pub(crate) async fn connect(&self) -> Peer {
        Peer(TcpStream::connect(self.address).await.unwrap())
    }

    /// Connects from another of the machine's own addresses, 127.0.0.`last`.
    pub(crate) async fn connect_from(&self, last: u8) -> Peer {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, last], 0).into()).unwrap();
        Peer(socket.connect(self.address).await.unwrap())
    }

    pub(crate) fn ask_to_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    pub(crate) async fn stopped(self) -> Drain {
        tokio::time::timeout(HANG, self.running)
            .await
            .unwrap()
            .unwrap()
    }
}

#[derive(Debug)]
pub(crate) struct Peer(pub(crate) TcpStream);

impl Peer {
    pub(crate) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads until what was read ends so.
    pub(crate) async fn read_through(&mut self, end: &str) -> String {
        let mut seen = Vec::new();
        while !seen.ends_with(end.as_bytes()) {
            let byte = tokio::time::timeout(HANG, self.0.read_u8()).await.unwrap();
            seen.push(byte.unwrap_or_else(|error| {
                panic!("{error} after {:?}", String::from_utf8_lossy(&seen))
            }));
        }
        String::from_utf8(seen).unwrap()
    }

    /// The same until it ends in one of two ways.
    pub(crate) async fn read_through_one_of(&mut self, ends: [&str; 2]) -> String {
        let mut seen = Vec::new();
        while !ends.iter().any(|end| seen.ends_with(end.as_bytes())) {
            let byte = tokio::time::timeout(HANG, self.0.read_u8()).await.unwrap();
            seen.push(byte.unwrap());
        }
        String::from_utf8(seen).unwrap()
    }

    /// Sends what the server takes of this.
    pub(crate) async fn try_send(&mut self, text: &str) {
        let _ = self.0.write_all(text.as_bytes()).await;
    }

    /// All that comes until the server closes (or resets) the connection.
    pub(crate) async fn read_all(&mut self) -> String {
        let mut seen = Vec::new();
        let read = tokio::time::timeout(HANG, self.0.read_to_end(&mut seen)).await;
        drop(read.expect("the connection stays open"));
        String::from_utf8(seen).unwrap()
    }

    /// Reads a little; how many bytes came.
    pub(crate) async fn read_some(&mut self) -> usize {
        let mut buffer = vec![0; 1 << 16];
        let read = tokio::time::timeout(HANG, self.0.read(&mut buffer)).await;
        read.expect("nothing comes").unwrap_or_default()
    }

    /// Reads until the server closes (or resets) the connection; how many bytes came.
    pub(crate) async fn read_to_close(&mut self) -> usize {
        let mut buffer = vec![0; 1 << 16];
        let mut count = 0;
        loop {
            let read = tokio::time::timeout(HANG, self.0.read(&mut buffer)).await;
            match read.expect("the connection stays open") {
                Ok(0) | Err(_) => return count,
                Ok(more) => count += more,
            }
        }
    }
}
