//! A clinic over a ledger on disk, a platform that does as told, and a clock that the test sets.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use povline_client::{Action, OrderUpdate, OrderUpdated};
use povline_clinic::{
    AppAtWork, Clinic, DEVICE_COOKIE, Platform, SESSION_COOKIE, SecretKind, Settings, TellFuture,
    hash_pin,
};
use povline_domain::{
    AppKey, Appointment, AppointmentId, Certificate, Clock, Day, Digest, Name, OutPovId,
    PageRequest, PickCode, PickStatus, UnixMillis, Verdict, Window,
};
use povline_store::ledger::{
    Desk, Ledger as _, NewStaff, Observation, Observed, ObservedRow, Pairing, SqliteLedger,
};
use povline_sync::settle::{SettlePolicy, settle};
use povline_sync::{Limits, Progress, Told};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// 2026-11-24 08:00:00 of Shanghai.
pub(crate) const EIGHT: UnixMillis = UnixMillis(1_795_478_400_000);

pub(crate) const PIN: &str = "258036";

/// A clock that the test sets, and that goes on with the runtime's.
pub(crate) struct TestClock {
    begun: tokio::time::Instant,
    ahead: AtomicI64,
}

impl Clock for TestClock {
    fn now(&self) -> UnixMillis {
        let elapsed = i64::try_from(self.begun.elapsed().as_millis()).unwrap();
        EIGHT.plus_millis(elapsed + self.ahead.load(Ordering::Relaxed))
    }
}

/// A platform that is away, refuses, or takes note.
pub(crate) struct TestPlatform {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) is_away: AtomicBool,
    pub(crate) refusal: parking_lot::Mutex<Option<String>>,
    pub(crate) stands: parking_lot::Mutex<Option<bool>>,
    /// What was told and heard, and how often it was told in all.
    pub(crate) heard: parking_lot::Mutex<Vec<OrderUpdate>>,
    pub(crate) calls: AtomicU64,
    pub(crate) demanded: parking_lot::Mutex<Vec<(OutPovId, Day)>>,
    pub(crate) progress: parking_lot::Mutex<Progress>,
    pub(crate) calls_per_day: parking_lot::Mutex<Option<u64>>,
    /// The clinics that the agent is told to read.
    pub(crate) povs: parking_lot::Mutex<Vec<OutPovId>>,
    app: AppKey,
}

impl Platform for TestPlatform {
    fn tell<'a>(&'a self, _: &OutPovId, update: &'a OrderUpdate) -> TellFuture<'a> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let told = if self.is_away.load(Ordering::Relaxed) {
            Told::Later {
                not_before: None,
                why: "no connection to the gateway".to_owned(),
            }
        } else if let Some(why) = self.refusal.lock().clone() {
            Told::Refused { why }
        } else {
            self.heard.lock().push(update.clone());
            Told::Known(OrderUpdated {
                stands: *self.stands.lock(),
                request_id: None,
                answered_at: self.clock.now(),
            })
        };
        Box::pin(async move { told })
    }

    fn read_again(&self, pov: &OutPovId, day: Day) -> bool {
        self.demanded.lock().push((pov.clone(), day));
        true
    }

    fn apps(&self) -> Vec<AppAtWork> {
        vec![AppAtWork {
            app_key: self.app.clone(),
            progress: self.progress.lock().clone(),
            limits: Limits {
                calls_per_second: None,
                calls_per_day: *self.calls_per_day.lock(),
                reserved_percent: 10,
            },
            povs: self.povs.lock().clone(),
        }]
    }
}

pub(crate) struct Place {
    pub(crate) ledger: Arc<SqliteLedger>,
    pub(crate) platform: Arc<TestPlatform>,
    pub(crate) clinic: Clinic<SqliteLedger>,
    pub(crate) router: Router,
    pub(crate) closing: CancellationToken,
    chance: Arc<AtomicU64>,
    directory: tempfile::TempDir,
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn is(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let ledger = Arc::new(SqliteLedger::open(directory.path()).unwrap());
        let clock = Arc::new(TestClock {
            begun: tokio::time::Instant::now(),
            ahead: AtomicI64::new(0),
        });
        let platform = Arc::new(TestPlatform {
            clock: Arc::clone(&clock),
            is_away: AtomicBool::new(false),
            refusal: parking_lot::Mutex::new(None),
            stands: parking_lot::Mutex::new(Some(true)),
            heard: parking_lot::Mutex::default(),
            calls: AtomicU64::new(0),
            demanded: parking_lot::Mutex::default(),
            progress: parking_lot::Mutex::default(),
            calls_per_day: parking_lot::Mutex::new(Some(1_000)),
            povs: parking_lot::Mutex::default(),
            app: AppKey::new("12345678").unwrap(),
        });
        let chance = Arc::new(AtomicU64::new(1));
        let drawn = Arc::clone(&chance);
        let closing = CancellationToken::new();
        let clinic = Clinic::new(
            Arc::clone(&ledger),
            Arc::clone(&platform) as Arc<dyn Platform>,
            clock,
            Arc::new(move || Some(bytes(&drawn))),
            Settings::default(),
            closing.clone(),
        );
        Self {
            router: clinic.router(),
            ledger,
            platform,
            clinic,
            closing,
            chance,
            directory,
        }
    }

    /// The same clinics over another ledger.
    pub(crate) fn clinic_over<L: Desk>(&self, ledger: Arc<L>) -> Clinic<L> {
        let drawn = Arc::clone(&self.chance);
        Clinic::new(
            ledger,
            Arc::clone(&self.platform) as Arc<dyn Platform>,
            Arc::clone(&self.platform.clock) as Arc<dyn Clock>,
            Arc::new(move || Some(bytes(&drawn))),
            Settings::default(),
            self.closing.clone(),
        )
    }

    pub(crate) fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }

    pub(crate) fn now(&self) -> UnixMillis {
        self.platform.clock.now()
    }

    pub(crate) fn pass(&self, millis: i64) {
        self.platform
            .clock
            .ahead
            .fetch_add(millis, Ordering::Relaxed);
    }

    /// Reads a list: the rows that the platform shows now.
    pub(crate) async fn read(&self, pov: &str, ahead: i32, rows: Vec<Appointment>) {
        let today = Day::at(self.now());
        self.settle(self.observation(pov, ahead, rows)).await;
        assert!(today <= Day::at(self.now()));
        self.pass(20);
    }

    /// Takes what was observed of a list into the ledger.
    pub(crate) async fn settle(&self, observation: Observation) {
        let policy = SettlePolicy::default();
        let settled = self
            .ledger
            .settle(vec![observation], move |observation, view| {
                settle(&policy, observation, view)
            })
            .await
            .unwrap();
        settled.into_iter().next().unwrap().unwrap();
    }

    /// What a whole reading of a list shows now.
    pub(crate) fn observation(&self, pov: &str, ahead: i32, rows: Vec<Appointment>) -> Observation {
        let now = self.now();
        let today = Day::at(now);
        let digest = rows.iter().fold(now.0 as u128, |sum, row| {
            sum.wrapping_mul(31)
                .wrapping_add(row.pick_code.as_str().len() as u128)
        });
        Observation {
            pov: self::pov(pov),
            day: today.plus_days(ahead).unwrap(),
            open_days: vec![today, today.plus_days(1).unwrap()].into(),
            tried_at: now,
            certificate: Certificate {
                windows: vec![Window {
                    request: PageRequest::FIRST,
                    rows: u32::try_from(rows.len()).unwrap(),
                    total: Some(rows.len() as u64),
                    digest: Digest(digest),
                    requested_at: now,
                    answered_at: now.plus_millis(5),
                }],
                anchors: Vec::new(),
                verdict: Verdict::Complete,
                restarts: 0,
            },
            observed: Observed::Rows(
                rows.into_iter()
                    .map(|appointment| ObservedRow {
                        appointment,
                        unknown: None,
                        window: 0,
                    })
                    .collect(),
            ),
            unread: Vec::new(),
        }
    }

    /// A token of a clinic, as `Authorization` carries it.
    pub(crate) async fn token(&self, pov: Option<&str>) -> String {
        let kind = match pov {
            Some(_) => SecretKind::Clinic,
            None => SecretKind::Fleet,
        };
        let text = kind.text(bytes(&self.chance));
        let digest = kind.digest(&text).unwrap();
        let pov = pov.map(self::pov);
        let label = "kiosk".to_owned();
        let added = self.ledger.add_token(digest, pov, label, self.now()).await;
        added.unwrap();
        text
    }

    /// A device paired through the door.
    pub(crate) async fn device(&self, pov: &str, is_screen: bool) -> String {
        let code = self.pairing_code(pov, is_screen).await;
        let body = serde_json::json!({ "code": code });
        let answer = self.post("/v1/pair", "", &body).await.is(StatusCode::OK);
        answer.json()["device_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn pairing_code(&self, pov: &str, is_screen: bool) -> String {
        let code = povline_clinic::pairing_code(bytes(&self.chance));
        let pairing = Pairing {
            digest: povline_clinic::pairing_digest(&code),
            pov: self::pov(pov),
            label: "desk 1".to_owned(),
            is_screen,
            expires_at: self.now().plus_millis(600_000),
        };
        self.ledger.add_pairing(pairing).await.unwrap();
        code
    }

    pub(crate) async fn add_staff(&self, pov: &str, name: &str, may_decide: bool) -> i64 {
        let staff = NewStaff {
            pov: self::pov(pov),
            name: name.to_owned(),
            pin_hash: hash_pin(PIN, [3; 16]).unwrap(),
            may_decide,
        };
        self.ledger.put_staff(staff).await.unwrap();
        let people = self.ledger.staff(&self::pov(pov)).unwrap();
        people
            .iter()
            .find(|person| person.name == name)
            .unwrap()
            .number
    }

    pub(crate) async fn sign_in(&self, device: &str, staff: i64, pin: &str) -> Answer {
        let body = serde_json::json!({ "staff": staff, "pin": pin });
        self.post("/v1/sign-in", device, &body).await
    }

    /// Somebody signed in at a new device of a clinic.
    pub(crate) async fn session(&self, pov: &str, may_decide: bool) -> String {
        let device = self.device(pov, false).await;
        let staff = self.add_staff(pov, "李护士", may_decide).await;
        let answer = self.sign_in(&device, staff, PIN).await.is(StatusCode::OK);
        answer.json()["session_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn get(&self, path: &str, bearer: &str) -> Answer {
        let request = Request::get(path).header("authorization", format!("Bearer {bearer}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, bearer: &str, body: &Value) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {bearer}"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()));
        self.send(request.unwrap()).await
    }

    /// A page as a browser asks for it.
    pub(crate) async fn page(&self, path: &str, cookies: &str) -> Answer {
        let request = Request::get(path).header("cookie", cookies);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A form as a browser sends it from a page of this site.
    pub(crate) async fn form(&self, path: &str, cookies: &str, body: &str) -> Answer {
        let request = Request::post(path)
            .header("cookie", cookies)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()));
        self.send(request.unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.router, request).await
    }

    /// What is left of it when nothing of it runs any more: its directory and its clock.
    pub(crate) fn close(self) -> (tempfile::TempDir, Arc<TestClock>) {
        self.closing.cancel();
        (self.directory, Arc::clone(&self.platform.clock))
    }

    /// Tells the platform what waits, until nothing does.
    pub(crate) async fn tell(&self) {
        let telling = self.clinic.write_back();
        let told = async {
            while self.ledger.waiting().unwrap().count > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = telling => panic!("it must go on"),
            () = told => {}
        }
    }

    /// The ids of what the platform heard, each once.
    pub(crate) fn heard_once(&self) -> HashSet<(String, &'static str)> {
        let heard = self.platform.heard.lock();
        let ids: HashSet<_> = heard
            .iter()
            .map(|update| {
                let word = match update.action {
                    Action::Pick => "PICK",
                    _ => "UNPICK",
                };
                (update.appointment_id.as_str().to_owned(), word)
            })
            .collect();
        assert_eq!(ids.len(), heard.len(), "told more than once: {heard:?}");
        ids
    }
}

/// What a router answers.
pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let answer = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

/// Bytes that differ with the number.
pub(crate) fn bytes(counter: &AtomicU64) -> [u8; 32] {
    let number = counter.fetch_add(1, Ordering::Relaxed);
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (place % 8 * 8)) as u8;
    }
    bytes
}

pub(crate) fn pov(code: &str) -> OutPovId {
    OutPovId::new(code).unwrap()
}

/// An appointment of the clinic 1 today: its id is `P` and its pick code.
pub(crate) fn row(code: &str, period: &str, name: &str) -> Appointment {
    Appointment {
        appointment_id: AppointmentId::new(format!("P{code}")).unwrap(),
        out_pov_id: pov("1"),
        day: Day::at(EIGHT),
        period: period.parse().unwrap(),
        pick_code: PickCode::new(code).unwrap(),
        pick_status: PickStatus::NotPicked,
        name: Name::new(name).unwrap(),
    }
}

pub(crate) fn picked(mut row: Appointment) -> Appointment {
    row.pick_status = PickStatus::Picked;
    row
}

/// The cookies of a browser at a desk.
pub(crate) fn at_desk(session: &str) -> String {
    format!("{SESSION_COOKIE}={session}; lang=en")
}

/// The cookies of a public screen.
pub(crate) fn at_screen(device: &str) -> String {
    format!("{DEVICE_COOKIE}={device}; lang=en")
}
