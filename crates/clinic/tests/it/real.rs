//! The real platform in this process: a gateway over a book on disk, which can be taken away.
//!
//! It works on a runtime of its own, while the test's thread waits for its answer, so that a paused
//! clock stands still meanwhile.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use parking_lot::Mutex;
use povline_client::{
    HttpAnswer, HttpRequest, Secret, Transport, TransportError, TransportFault, TransportFuture,
};
use povline_domain::{AppKey, Appointment, AppointmentId, Clock, UnixMillis};
use povline_gateway::{Gateway, GatewayConfig};
use povline_store::book::{
    Actor, Book as _, Grant, NewApp, Register as _, SecretText, SqliteBook, Write, WriteOutcome,
};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::support::TestClock;

const SECRET: &str = "helloworld";
/// More audit records than a test makes.
const RECORDS_MAX: usize = 100_000;

/// The test's clock as it stood when the platform was last asked.
struct Mirror(AtomicI64);

impl Clock for Mirror {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::Relaxed))
    }
}

/// A platform that answers, and what ends it.
struct There {
    gateway: Gateway<SqliteBook>,
    stop: CancellationToken,
}

pub(crate) struct Real {
    runtime: Option<Runtime>,
    directory: tempfile::TempDir,
    clock: Arc<TestClock>,
    mirror: Arc<Mirror>,
    there: Mutex<Option<There>>,
    /// How many calls have told it of picks.
    told: AtomicUsize,
    /// The answer to that call of them never comes; 0 for none.
    loses: AtomicUsize,
}

impl Real {
    /// A platform with an app that may read and write everything, and these appointments.
    pub(crate) fn new(clock: Arc<TestClock>, rows: Vec<Appointment>) -> Arc<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let real = Arc::new(Self {
            runtime: Some(runtime.unwrap()),
            directory: tempfile::tempdir().unwrap(),
            mirror: Arc::new(Mirror(AtomicI64::new(clock.now().0))),
            clock,
            there: Mutex::new(None),
            told: AtomicUsize::new(0),
            loses: AtomicUsize::new(0),
        });
        let path = real.path();
        real.wait_for(async move { furnish(path, rows).await });
        real.comes();
        real
    }

    pub(crate) fn app_key() -> AppKey {
        AppKey::new("12345678").unwrap()
    }

    pub(crate) fn secret() -> Secret {
        Secret::new(SECRET)
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("book")
    }

    /// Has this done while the test's thread waits.
    fn wait_for<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        let (sender, receiver) = std::sync::mpsc::channel();
        let runtime = self.runtime.as_ref().unwrap();
        runtime.spawn(async move { sender.send(work.await) });
        receiver.recv().unwrap()
    }

    /// From now on it answers.
    pub(crate) fn comes(&self) {
        let (path, clock) = (self.path(), Arc::clone(&self.mirror));
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let gateway = self.wait_for(async move {
            let book = Arc::new(SqliteBook::open(path).unwrap());
            let gateway = Gateway::new(book, clock, GatewayConfig::default());
            let gateway = gateway.await.unwrap();
            // Nobody connects: it is asked in this process. But it follows its book.
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let serving = gateway.clone();
            tokio::spawn(async move { serving.serve(listener, None, stopped.cancelled()).await });
            gateway
        });
        *self.there.lock() = Some(There { gateway, stop });
    }

    /// From now on nobody reaches it.
    pub(crate) fn goes(&self) {
        if let Some(there) = self.there.lock().take() {
            there.stop.cancel();
        }
    }

    /// It takes down what this call of those that tell of picks says, and the caller never hears of
    /// it.
    pub(crate) fn lose_answer(&self, nth: usize) {
        self.loses.store(nth, Ordering::Relaxed);
    }

    /// These appointments are cancelled there.
    pub(crate) fn cancel(&self, ids: Vec<AppointmentId>) {
        let path = self.path();
        self.wait_for(async move {
            let book = SqliteBook::open(path).unwrap();
            let actor = Actor {
                name: "test".to_owned(),
                at: UnixMillis(0),
            };
            let writes: Vec<Write> = ids.into_iter().map(Write::Cancel).collect();
            let done = vec![WriteOutcome::Done; writes.len()];
            assert_eq!(book.write(&actor, writes).await.unwrap(), done);
        });
    }

    /// How many calls have told it of picks.
    pub(crate) fn told(&self) -> usize {
        self.told.load(Ordering::Relaxed)
    }

    /// The appointments whose numbers were taken, once for each time that it took one down.
    pub(crate) fn picks(&self) -> Vec<String> {
        let path = self.path();
        self.wait_for(async move {
            let book = SqliteBook::open(path).unwrap();
            let records = book.audit(0, RECORDS_MAX).await.unwrap();
            let picks = records.into_iter().filter(|record| record.action == "pick");
            picks.map(|record| record.object).collect()
        })
    }

    fn answer(&self, request: &HttpRequest) -> Option<HttpAnswer> {
        let there = self.there.lock();
        let gateway = there.as_ref()?.gateway.clone();
        drop(there);
        self.mirror.0.store(self.clock.now().0, Ordering::Relaxed);
        let query = request.uri.query().unwrap_or_default().to_owned();
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        let asker = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let answer = self.wait_for(async move { gateway.call(asker, &query, &body).await });
        Some(HttpAnswer {
            status: 200,
            body: answer.body.into(),
            date: None,
        })
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn furnish(path: PathBuf, rows: Vec<Appointment>) {
    let book = SqliteBook::open(path).unwrap();
    let actor = Actor {
        name: "test".to_owned(),
        at: UnixMillis(0),
    };
    let isv = book.ensure_isv(&actor, "isv").await.unwrap();
    let key = Real::app_key();
    let app = NewApp {
        key: key.clone(),
        isv,
        name: "agent".to_owned(),
        secret: SecretText(SECRET.to_owned()),
    };
    book.create_app(&actor, app).await.unwrap();
    let all = Grant::parse("*").unwrap();
    book.grant_writing(&actor, &key, &all).await.unwrap();
    for row in rows {
        let pov = book.ensure_pov(&actor, isv, &row.out_pov_id, None);
        let booked = book.write(&actor, vec![Write::Book(pov.await.unwrap(), row)]);
        assert_eq!(booked.await.unwrap(), [WriteOutcome::Done]);
    }
}

/// The way to a platform.
pub(crate) struct Way(pub(crate) Arc<Real>);

impl Transport for Way {
    fn send(&self, request: HttpRequest) -> TransportFuture<'_> {
        let real = &self.0;
        let is_pick = |text: &str| text.contains("order.update");
        let tells = is_pick(request.uri.query().unwrap_or_default())
            || std::str::from_utf8(&request.body).is_ok_and(is_pick);
        let answer = real.answer(&request);
        Box::pin(async move {
            let answer = answer.ok_or_else(|| TransportError::new(TransportFault::Connect))?;
            if tells {
                let nth = real.told.fetch_add(1, Ordering::Relaxed) + 1;
                if nth == real.loses.load(Ordering::Relaxed) {
                    std::future::pending::<()>().await;
                }
            }
            Ok(answer)
        })
    }
}
