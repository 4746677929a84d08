//! The platform is gone for an hour at the morning peak: the real one, in several clinics, with
//! bursts of picks, and an agent that dies in the middle.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use povline_client::Client;
use povline_clinic::{Clinic, Platform, Settings};
use povline_domain::{Appointment, AppointmentId, Clock, Day};
use povline_store::ledger::{Desk as _, SqliteLedger};
use povline_sync::{Agent, AgentConfig, Limits};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::failing::Failing;
use crate::real::{Real, Way};
use crate::support::{Answer, EIGHT, Place, TestClock, at_desk, bytes, pov, row, send};

const CLINICS: [&str; 3] = ["1", "2", "3"];
/// So many at once in each clinic, every ten minutes of the hour.
const BURST: usize = 8;
const BURSTS: usize = 6;
const STALE_MS: i64 = 15 * 60_000;

/// An agent and its desks over a ledger on disk.
struct Running {
    ledger: Arc<Failing>,
    router: Router,
    closing: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    fn start(directory: &Path, clock: &Arc<TestClock>, real: &Arc<Real>) -> Self {
        let ledger = Arc::new(SqliteLedger::open(directory).unwrap());
        let ledger = Arc::new(Failing::new(ledger));
        let clock = Arc::clone(clock) as Arc<dyn Clock>;
        let url = "http://platform.test/router/rest";
        let client = Client::builder(url, Real::app_key(), Real::secret(), Arc::clone(&clock))
            .transport(Arc::new(Way(Arc::clone(real))))
            .build()
            .unwrap();
        let mut config = AgentConfig::new(CLINICS.map(pov).to_vec());
        config.timetable.first_day = 0;
        config.timetable.last_day = 1;
        config.limits = Limits {
            calls_per_second: None,
            ..config.limits
        };
        let agent = Agent::new(client, Arc::clone(&ledger), config, Arc::clone(&clock));
        let agent = Arc::new(agent);
        let closing = CancellationToken::new();
        let drawn = AtomicU64::new(1);
        let clinic = Clinic::new(
            Arc::clone(&ledger),
            Arc::clone(&agent) as Arc<dyn Platform>,
            clock,
            Arc::new(move || Some(bytes(&drawn))),
            Settings::default(),
            closing.clone(),
        );
        let router = clinic.router();
        let stop = closing.clone();
        let tasks = vec![
            tokio::spawn(async move { drop(agent.run(stop).await.unwrap()) }),
            tokio::spawn(async move { clinic.write_back().await }),
        ];
        Self {
            ledger,
            router,
            closing,
            tasks,
        }
    }

    /// Ends it in the midst of whatever it does.
    async fn kill(self) {
        for task in &self.tasks {
            task.abort();
        }
        for task in self.tasks {
            assert!(task.await.unwrap_err().is_cancelled());
        }
        self.closing.cancel();
    }

    async fn get(&self, path: &str, session: &str) -> Answer {
        let request = Request::get(path)
            .header("authorization", format!("Bearer {session}"))
            .header("cookie", at_desk(session));
        send(&self.router, request.body(Body::empty()).unwrap()).await
    }

    async fn list(&self, session: &str) -> Value {
        let list = self.get("/v1/lists/today", session).await;
        list.is(StatusCode::OK).json()
    }

    async fn reads_every_list(&self, sessions: &[String]) {
        until("every list is there", async || {
            let mut whole = true;
            for session in sessions {
                let list = self.list(session).await;
                whole &= list["rows"].as_array().unwrap().len() == BURST * BURSTS + 1;
            }
            whole
        })
        .await;
    }

    fn waiting(&self) -> u64 {
        self.ledger.waiting().unwrap().count
    }
}

/// A virtual second, and another one, until it is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..3_600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("it never was so: {what}");
}

/// The appointments of a clinic today: one for each pick, and one for whom nobody comes.
fn rows(clinic: &str) -> Vec<Appointment> {
    let numbers = 0..=BURST * BURSTS;
    let rows = numbers.map(|n| Appointment {
        appointment_id: AppointmentId::new(format!("C{clinic}-{n}")).unwrap(),
        out_pov_id: pov(clinic),
        ..row(&format!("{}", 1_000 + n), "08:00-08:30", "张小三")
    });
    rows.collect()
}

/// Takes the numbers of one burst in every clinic, all at once.
async fn burst(running: &Running, sessions: &[String], nth: usize) {
    let mut picks = tokio::task::JoinSet::new();
    for (clinic, session) in CLINICS.iter().zip(sessions) {
        for n in nth * BURST..(nth + 1) * BURST {
            let body = json!({ "appointment_id": format!("C{clinic}-{n}") });
            let request = Request::post("/v1/pick")
                .header("authorization", format!("Bearer {session}"))
                .header("content-type", "application/json")
                .body(Body::from(body.to_string()));
            let router = running.router.clone();
            picks.spawn(async move { send(&router, request.unwrap()).await });
        }
    }
    for answer in picks.join_all().await {
        assert_eq!(answer.is(StatusCode::OK).json()["result"], "done");
    }
}

/// Every desk serves its list as it was then, and says how old that is; so does the page.
async fn serve_as_of(running: &Running, sessions: &[String], as_of: &[i64], picked: usize) {
    for (session, as_of) in sessions.iter().zip(as_of) {
        let list = running.list(session).await;
        let age = list["now"].as_i64().unwrap() - as_of;
        assert_eq!(list["as_of"], *as_of);
        assert_eq!(list["age_ms"], age);
        assert_eq!(list["is_stale"], age > STALE_MS);
        assert_eq!(list["counts"]["arrived"], picked);
        assert_eq!(list["to_be_told"], picked);
        assert_eq!(list["rows"].as_array().unwrap().len(), BURST * BURSTS + 1);
        let page = running.get("/", session).await.is(StatusCode::OK).text;
        assert!(page.contains(&format!("data-as-of=\"{as_of}\"")), "{page}");
        assert_eq!(page.contains("\">This list is stale"), age > STALE_MS);
    }
}

#[tokio::test(start_paused = true)]
async fn picks_of_several_clinics_reach_the_real_platform_once_though_the_agent_dies() {
    let place = Place::new();
    let mut sessions = Vec::new();
    for clinic in CLINICS {
        sessions.push(place.session(clinic, false).await);
    }
    let (directory, clock) = place.close();
    let real = Real::new(
        Arc::clone(&clock),
        CLINICS.iter().flat_map(|clinic| rows(clinic)).collect(),
    );
    let mut running = Running::start(directory.path(), &clock, &real);
    running.reads_every_list(&sessions).await;

    real.goes();
    let gone_at = clock.now();
    let mut as_of = Vec::new();
    for session in &sessions {
        as_of.push(running.list(session).await["as_of"].as_i64().unwrap());
    }
    for nth in 0..BURSTS {
        burst(&running, &sessions, nth).await;
        for _ in 0..10 {
            serve_as_of(&running, &sessions, &as_of, (nth + 1) * BURST).await;
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        if nth == BURSTS / 2 {
            running.kill().await;
            running = Running::start(directory.path(), &clock, &real);
            serve_as_of(&running, &sessions, &as_of, (nth + 1) * BURST).await;
        }
    }
    assert!(clock.now().millis_since(gone_at) >= 3_600_000);
    let all = CLINICS.len() * BURST * BURSTS;
    assert_eq!((running.waiting(), real.told()), (all as u64, 0));

    // It is back. One is taken down there and not heard of here, and then the agent dies.
    let lost = all / 2;
    real.lose_answer(lost);
    real.comes();
    until("an answer is lost", async || real.told() == lost).await;
    assert_eq!(running.waiting(), (all - lost + 1) as u64);
    running.kill().await;
    let running = Running::start(directory.path(), &clock, &real);
    until("all were told", async || running.waiting() == 0).await;

    // That one was told twice, and each was taken down once.
    assert_eq!(real.told(), all + 1);
    let picks = real.picks();
    let each: BTreeSet<&String> = picks.iter().collect();
    assert_eq!((picks.len(), each.len()), (all, all));
    let last = CLINICS.map(|clinic| format!("C{clinic}-{}", BURST * BURSTS));
    assert!(last.iter().all(|id| !each.contains(id)), "{each:?}");
    // The next lists agree with what was done here, and nothing is told again.
    until("the lists are read again", async || {
        let mut fresh = true;
        for session in &sessions {
            fresh &= running.list(session).await["is_stale"] == false;
        }
        fresh
    })
    .await;
    tokio::time::sleep(Duration::from_secs(1_800)).await;
    for session in &sessions {
        let list = running.list(session).await;
        assert_eq!(list["counts"]["arrived"], BURST * BURSTS);
        assert_eq!(
            (&list["to_be_told"], &list["conflicts"]),
            (&json!(0), &json!([]))
        );
    }
    assert_eq!(real.told(), all + 1);
    assert_eq!(Day::at(clock.now()), Day::at(EIGHT));
    running.kill().await;
}

#[tokio::test(start_paused = true)]
async fn picks_that_the_platform_refuses_keep_those_behind_them_waiting_no_longer() {
    const REFUSED: usize = BURST - 1;
    let place = Place::new();
    let mut sessions = Vec::new();
    for clinic in CLINICS {
        sessions.push(place.session(clinic, false).await);
    }
    let (directory, clock) = place.close();
    let real = Real::new(
        Arc::clone(&clock),
        CLINICS.iter().flat_map(|clinic| rows(clinic)).collect(),
    );
    let running = Running::start(directory.path(), &clock, &real);
    running.reads_every_list(&sessions).await;
    real.goes();
    // Long enough that it is tried once a minute, and no more.
    burst(&running, &sessions, 0).await;
    tokio::time::sleep(Duration::from_secs(1_800)).await;
    let of = |clinic: &str| {
        let of_clinic = move |n| AppointmentId::new(format!("C{clinic}-{n}")).unwrap();
        (0..REFUSED).map(of_clinic).collect::<Vec<_>>()
    };
    real.cancel(CLINICS.iter().flat_map(|clinic| of(clinic)).collect());
    real.comes();
    let back_at = clock.now();
    until("all were told", async || running.waiting() == 0).await;
    let took = clock.now().millis_since(back_at);
    assert!(took <= 150_000, "{took} ms");
    // Each was told once, and the last of each clinic was taken down.
    assert_eq!(real.told(), CLINICS.len() * BURST);
    let picks: BTreeSet<String> = real.picks().into_iter().collect();
    let last = CLINICS.map(|clinic| format!("C{clinic}-{REFUSED}"));
    assert_eq!(picks, last.into_iter().collect());
    running.kill().await;
}
