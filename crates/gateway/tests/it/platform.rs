//! A platform under test.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use povline_domain::{
    Appointment, AppointmentId, Clock, Day, Name, OutPovId, PickCode, PickStatus, UnixMillis,
};
use povline_gateway::{Gateway, GatewayConfig, PlatformBook};
use povline_net::Drain;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::call::{Call, urlencoded};
use crate::memory_book::MemoryBook;
use crate::wire::{Answer, Connection, FORM, request};

pub(crate) const PATH: &str = "/router/rest";
pub(crate) const DAY: &str = "2021-01-18";

pub(crate) fn day() -> Day {
    DAY.parse().unwrap()
}

/// A clock that stands at the tests' instant until it is set.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    /// 2021-01-18 08:00:00 of Shanghai.
    pub(crate) const BEGIN: i64 = 1_610_928_000_000;

    fn new() -> Self {
        Self(AtomicI64::new(Self::BEGIN))
    }

    pub(crate) fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) struct Platform<B> {
    pub(crate) book: Arc<B>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) gateway: Gateway<B>,
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Drain>,
}

impl<B: PlatformBook> Platform<B> {
    pub(crate) async fn serve(book: Arc<B>, config: GatewayConfig) -> Self {
        let clock = Arc::new(TestClock::new());
        let gateway = Gateway::new(
            Arc::clone(&book),
            Arc::clone(&clock) as Arc<dyn Clock>,
            config,
        )
        .await
        .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let admin_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let admin = admin_listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn({
            let gateway = gateway.clone();
            async move {
                let stopped = async {
                    let _ = stopped.await;
                };
                gateway.serve(listener, Some(admin_listener), stopped).await
            }
        });
        Self {
            book,
            clock,
            gateway,
            address,
            admin,
            stop,
            running,
        }
    }

    /// Sends a call with all parameters in an urlencoded body.
    pub(crate) async fn post(&self, call: &Call) -> Answer {
        let bytes = request("POST", PATH, &[FORM], &urlencoded(&call.0));
        self.send(&bytes).await
    }

    pub(crate) async fn send(&self, bytes: &[u8]) -> Answer {
        Connection::open(self.address).await.exchange(bytes).await
    }

    pub(crate) async fn admin(&self, path: &str) -> Answer {
        let bytes = request("GET", path, &[], "");
        Connection::open(self.admin).await.exchange(&bytes).await
    }

    pub(crate) async fn stop(self) -> Drain {
        self.stop.send(()).unwrap();
        self.running.await.unwrap()
    }
}

impl Platform<MemoryBook> {
    /// ISV 1 with POVs 00001 and 测试00001, its usual app that may read both, and rows on the
    /// usual day of the first.
    pub(crate) async fn with_rows(rows: Vec<Appointment>) -> Self {
        let book = MemoryBook::new();
        fill(&book, rows);
        Self::serve(Arc::new(book), GatewayConfig::default()).await
    }
}

pub(crate) fn fill(book: &MemoryBook, rows: Vec<Appointment>) {
    book.add_pov(1, 1, "00001");
    book.add_pov(2, 1, "测试00001");
    book.add_app(crate::call::APP_KEY, 1, &[crate::call::SECRET], &["*"]);
    book.edit(1, day(), |day| *day = rows);
}

/// The n-th of many appointments of POV 00001 on the usual day.
pub(crate) fn appointment(n: usize) -> Appointment {
    let begin = 480 + (n % 16) as u16 * 30;
    Appointment {
        appointment_id: AppointmentId::new(format!("P{n:05}")).unwrap(),
        out_pov_id: OutPovId::new("00001").unwrap(),
        day: day(),
        period: povline_domain::Period::new(begin, begin + 30).unwrap(),
        pick_code: PickCode::new(format!("A{n:04}")).unwrap(),
        pick_status: if n.is_multiple_of(3) {
            PickStatus::Picked
        } else {
            PickStatus::NotPicked
        },
        name: Name::new(format!("测试{n}")).unwrap(),
    }
}

pub(crate) fn appointments(count: usize) -> Vec<Appointment> {
    (1..=count).map(appointment).collect()
}

/// The ids of the rows of a JSON answer, in its order.
pub(crate) fn ids(answer: &Answer) -> Vec<String> {
    let list = &model(answer)["data_list"]["pov_appointment_record_dto"];
    let rows = list.as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter()
        .map(|row| row["appointment_id"].as_str().unwrap().to_owned())
        .collect()
}

/// The `model` of a successful JSON answer.
pub(crate) fn model(answer: &Answer) -> serde_json::Value {
    let json = answer.json();
    let result = &json["alibaba_health_vaccin_appointment_query_response"]["result"];
    assert_eq!(result["success"], true, "{}", answer.text());
    result["model"].clone()
}
