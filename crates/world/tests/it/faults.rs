//! Every kind of fault does to an answer what its name says, and nothing else.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use povline_client::{AppointmentQuery, CallError, Client, RawAnswer, Secret, TransportFault};
use povline_domain::{
    AppKey, Appointment, Clock, Day, OutPovId, Page, PageNumber, PageRequest, PageSize, UnixMillis,
};
use povline_protocol::decode::{Answer, read_answer};
use povline_protocol::methods::appointment_query::{METHOD, REQUEST_PARAM};
use povline_world::faults::FaultKind;
use povline_world::scenarios::ScenarioFile;
use povline_world::server::{Identity, Stage, StageTransport};
use tokio::time::Instant;

const SCENARIO: &str = r#"
name = "mine"
title = { zh = "小", en = "Small" }
seed = 7
first_day = "2026-03-02"
begins_at = "08:30"
runs_minutes = 40
days = 2

[[clinics]]
count = 1
rows_per_day = 40

[booking]
moves_per_hour = 120
cancels_per_hour = 120

[server]
kind = "foreign"
order = "append"
latency_ms = 0
"#;

struct RuntimeClock(Instant, UnixMillis);

impl Clock for RuntimeClock {
    fn now(&self) -> UnixMillis {
        self.1.plus_millis(self.0.elapsed().as_millis() as i64)
    }
}

/// A client of a world with one list that is looked at.
struct Caller {
    client: Client,
    clock: Arc<RuntimeClock>,
    pov: OutPovId,
    day: Day,
}

impl Caller {
    /// A world with this rule of faults, or with none.
    fn of(fault: &str) -> Self {
        let rule = match fault {
            "" => String::new(),
            fault => format!("[[faults]]\nname = \"it\"\n{fault}\n"),
        };
        let scenario = ScenarioFile::parse(&format!("{SCENARIO}\n{rule}")).unwrap();
        let identity = Identity {
            app_key: AppKey::new("12345678").unwrap(),
            secret: Secret::new("helloworld"),
        };
        let stage = Stage::new(&scenario, identity.clone());
        let (begins_at, pov) = {
            let truth = stage.read_truth();
            (truth.begins_at(), truth.clinics()[0].out_pov_id.clone())
        };
        let clock = Arc::new(RuntimeClock(Instant::now(), begins_at));
        let shared = Arc::clone(&clock) as Arc<dyn Clock>;
        let transport = StageTransport::new(Arc::new(Mutex::new(stage)), Arc::clone(&shared));
        let client = Client::builder(
            "http://world.test/router/rest",
            identity.app_key,
            identity.secret,
            shared,
        )
        .transport(Arc::new(transport))
        .build()
        .unwrap();
        Self {
            client,
            clock,
            pov,
            day: Day::at(begins_at).plus_days(1).unwrap(),
        }
    }

    async fn page(&self, number: u32, size: u32) -> Result<RawAnswer, CallError> {
        let query = AppointmentQuery {
            out_pov_id: self.pov.clone(),
            day: self.day,
            page: PageRequest {
                number: PageNumber::new(number).unwrap(),
                size: PageSize::new(size).unwrap(),
            },
        };
        let argument = query.to_param();
        self.client
            .call(METHOD, &[(REQUEST_PARAM, &argument)])
            .await
    }

    /// The whole list as it is told now.
    async fn ask(&self) -> RawAnswer {
        self.page(1, 200).await.unwrap()
    }

    async fn code(&self) -> Option<(i64, Option<String>)> {
        let error = self.ask().await.error()?;
        Some((error.code, error.sub_code.map(Into::into)))
    }
}

fn list(answer: &RawAnswer) -> Page {
    assert_eq!(answer.http.status, 200);
    match read_answer(&answer.http.body).unwrap().answer {
        Answer::Page(page) => page.page,
        other => panic!("no page: {other:?}"),
    }
}

fn ids(rows: &[Appointment]) -> Vec<&str> {
    rows.iter().map(|row| row.appointment_id.as_str()).collect()
}

fn took(answer: &RawAnswer) -> i64 {
    answer.answered_at.millis_since(answer.requested_at)
}

async fn minutes(count: u64) {
    tokio::time::sleep(Duration::from_secs(60 * count)).await;
}

/// Tries one kind; a kind that is added does not compile before it is tried.
async fn tries(kind: FaultKind) {
    let plain = Caller::of("").ask().await;
    let known = list(&plain);
    assert!(known.rows.len() > 20, "{}", known.rows.len());
    assert!(took(&plain) < 10);
    let what = format!("what = \"{}\"", kind.word());
    let with = |more: &str| Caller::of(&format!("{what}\n{more}"));
    match kind {
        FaultKind::Latency => {
            let answer = with("ms = 5000").ask().await;
            assert!(took(&answer) >= 5_000, "{}", took(&answer));
            assert_eq!(answer.http.body, plain.http.body);
        }
        FaultKind::Dribble => {
            let answer = with("ms = 5000").ask().await;
            assert!(took(&answer) >= 5_000, "{}", took(&answer));
            assert_eq!(answer.http.body, plain.http.body);
        }
        FaultKind::Hold => {
            let caller = with("ms = 5000\nfirst_n = 1");
            let later = async {
                tokio::time::sleep(Duration::from_secs(4)).await;
                caller.ask().await
            };
            let (held, later) = tokio::join!(caller.ask(), later);
            assert!(held.answered_at > later.answered_at, "it is overtaken");
            assert_eq!(list(&held).rows, known.rows);
        }
        FaultKind::Reset => match with("").page(1, 200).await {
            Err(CallError::Transport(error)) => assert_eq!(error.fault(), TransportFault::Broken),
            other => panic!("{other:?}"),
        },
        FaultKind::Truncate => {
            let body = with("percent_kept = 60").ask().await.http.body;
            assert_eq!(body.len(), plain.http.body.len() * 60 / 100);
            assert!(plain.http.body.starts_with(&body));
        }
        FaultKind::Status => {
            let answer = with("status = 503").ask().await;
            assert_eq!(answer.http.status, 503);
            assert!(answer.error().is_none());
        }
        FaultKind::Html => {
            let answer = with("").ask().await;
            assert_eq!(answer.http.status, 200);
            assert!(answer.http.body.starts_with(b"<"), "{answer:?}");
            assert!(read_answer(&answer.http.body).is_err());
        }
        FaultKind::EmptyBody => assert_eq!(with("").ask().await.http.body, ""),
        FaultKind::Ban => {
            let caller = with("seconds = 90\nfirst_n = 1");
            let banned = caller.ask().await.error().unwrap();
            assert_eq!((banned.code, banned.ban_seconds()), (7, Some(90)));
            minutes(1).await;
            assert_eq!(caller.code().await.unwrap().0, 7, "calls meanwhile too");
            minutes(1).await;
            assert_eq!(caller.code().await, None);
        }
        FaultKind::BanUntilMidnight => {
            let caller = with("first_n = 1");
            let left = Day::at(caller.clock.now())
                .plus_days(1)
                .unwrap()
                .begins_at();
            let left = left.millis_since(caller.clock.now()).unsigned_abs() / 1_000;
            let banned = caller.ask().await.error().unwrap();
            assert_eq!(banned.code, 7);
            let told = banned.ban_seconds().unwrap();
            assert!(told.abs_diff(left) <= 1, "{told} and not {left}");
            minutes(left / 60 + 1).await;
            assert_eq!(caller.code().await, None);
        }
        FaultKind::NotSuccess => {
            let answer = with("").ask().await;
            let told = read_answer(&answer.http.body).unwrap().answer;
            assert!(matches!(told, Answer::BusinessFailure(_)), "{told:?}");
        }
        FaultKind::Isp | FaultKind::Isv => {
            let (code, sub_code) = with("").code().await.unwrap();
            let whose = format!("{}.", kind.word());
            assert_eq!(code, 15);
            assert!(sub_code.unwrap().starts_with(&whose));
        }
        FaultKind::EmptyList => assert_eq!(list(&with("").ask().await).rows, []),
        FaultKind::DuplicateRows => {
            let bent = list(&with("rows = 3").ask().await);
            assert_eq!(bent.rows.len(), known.rows.len() + 3);
            let mut once = ids(&bent.rows);
            once.dedup();
            assert_eq!(once, ids(&known.rows));
        }
        FaultKind::WrongTotal => {
            let bent = list(&with("by = -3").ask().await);
            assert_eq!(bent.total, known.total.map(|total| total - 3));
            assert_eq!(bent.rows, known.rows);
        }
        FaultKind::ClockSkew => assert_eq!(with("seconds = 3600").code().await.unwrap().0, 31),
        FaultKind::Stale => {
            let (stale, now) = (with("seconds = 600"), Caller::of(""));
            minutes(5).await;
            let then = list(&now.ask().await);
            minutes(10).await;
            assert_eq!(list(&stale.ask().await).rows, then.rows);
            assert_ne!(list(&now.ask().await).rows, then.rows);
        }
        FaultKind::Repeat => {
            let caller = with("pages = \"later\"");
            let first = caller.page(1, 10).await.unwrap();
            let second = caller.page(2, 10).await.unwrap();
            assert_eq!(list(&second).rows, list(&first).rows);
            let true_second = Caller::of("").page(2, 10).await.unwrap();
            assert_ne!(list(&true_second).rows, list(&first).rows);
        }
        FaultKind::Shuffle => {
            let bent = list(&with("").ask().await);
            let (mut told, mut all) = (ids(&bent.rows), ids(&known.rows));
            assert_ne!(told, all);
            told.sort_unstable();
            all.sort_unstable();
            assert_eq!(told, all);
        }
        FaultKind::NoPickStatus => {
            let body = with("").ask().await.http.body;
            let has = |body: &[u8]| String::from_utf8_lossy(body).contains("pick_status");
            assert!(has(&plain.http.body) && !has(&body));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_fault_does_what_it_says() {
    for kind in FaultKind::ALL {
        tries(kind).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_rule_strikes_where_and_when_it_says_and_as_often() {
    let is_struck = async |rule: &str| {
        let caller = Caller::of(&format!("what = \"empty-body\"\n{rule}"));
        caller.ask().await.http.body.is_empty()
    };
    for (rule, struck) in [
        ("pov = \"*\"", true),
        ("pov = \"nobody\"", false),
        ("days_ahead = [1]", true),
        ("days_ahead = [0]", false),
        ("pages = \"first\"", true),
        ("pages = \"later\"", false),
        ("from_minute = 1", false),
        ("to_minute = 1", true),
    ] {
        assert_eq!(is_struck(rule).await, struck, "{rule}");
    }
    let caller = Caller::of("what = \"empty-body\"\nfrom_minute = 2\nto_minute = 4\nfirst_n = 2");
    let mut struck = Vec::new();
    for _ in 0..5 {
        struck.push(caller.ask().await.http.body.is_empty());
        minutes(1).await;
    }
    assert_eq!(struck, [false, false, true, true, false]);
    // Half of the calls, and the same ones again.
    let half = async || {
        let caller = Caller::of("what = \"empty-body\"\npercent = 50");
        let mut struck = Vec::new();
        for _ in 0..200 {
            struck.push(caller.ask().await.http.body.is_empty());
        }
        struck
    };
    let struck = half().await;
    let count = struck.iter().filter(|struck| **struck).count();
    assert!((70..=130).contains(&count), "{count}");
    assert_eq!(half().await, struck);
}
