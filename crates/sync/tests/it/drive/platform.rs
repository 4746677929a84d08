//! A scripted platform in memory: it answers a client's requests from lists that the test sets,
//! and misbehaves as the test says.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use povline_client::{
    HttpAnswer, HttpRequest, Transport, TransportError, TransportFault, TransportFuture,
};
use povline_domain::{Clock, UnixMillis};
use serde_json::{Value, json};
use tokio::time::Instant;

/// How the platform answers a call.
#[derive(Debug, Clone)]
pub enum Answer {
    /// As it should.
    Right,
    /// With these bytes and HTTP 200.
    Body(Vec<u8>),
    /// With this HTTP status.
    Status(u16),
    /// Right, but cut off after this part of its bytes, in percent.
    Cut(usize),
    /// Not at all.
    Fault(TransportFault),
    /// By a fault of the program that asks, which ends there.
    Panic,
    /// With this `error_response`.
    Error(i64, &'static str, &'static str),
}

/// The POV by which a script knows a call that tells of a pick.
pub const A_PICK: &str = "a pick";

/// A row of a list: id, pick code, pick status on the wire.
pub type Row = (String, u8);

/// Decides how a call is answered, from the POV, the day and how many calls of this list there
/// were before.
pub type Script = dyn Fn(&str, &str, u32) -> Answer + Send + Sync;

/// The platform.
pub struct Platform {
    state: Mutex<State>,
    script: Box<Script>,
    /// How long an answer takes.
    delay: Duration,
    /// So many calls a second are allowed; more are answered with a ban of one second.
    allowed_per_second: Option<usize>,
    /// What time its answers name.
    clock: Option<Arc<dyn Clock>>,
}

#[derive(Default)]
struct State {
    lists: BTreeMap<(String, String), Vec<Row>>,
    calls: BTreeMap<(String, String), u32>,
    /// When each call came.
    instants: Vec<Instant>,
    last_second: VecDeque<Instant>,
    banned_until: Option<Instant>,
    bans: u32,
}

impl Platform {
    pub fn new(script: impl Fn(&str, &str, u32) -> Answer + Send + Sync + 'static) -> Self {
        Self {
            state: Mutex::default(),
            script: Box::new(script),
            delay: Duration::from_millis(20),
            allowed_per_second: None,
            clock: None,
        }
    }

    /// Its answers name the time of this clock.
    pub fn dated(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The time as an answer names it, in whole seconds.
    fn date(&self) -> Option<UnixMillis> {
        let now = self.clock.as_ref()?.now();
        Some(UnixMillis(now.0 - now.0.rem_euclid(1_000)))
    }

    pub fn allowing(mut self, per_second: usize) -> Self {
        self.allowed_per_second = Some(per_second);
        self
    }

    pub fn into_transport(self) -> (Arc<Self>, Arc<dyn Transport>) {
        let platform = Arc::new(self);
        (platform.clone(), Arc::new(Door(platform)))
    }

    /// Sets a list.
    pub fn set(&self, pov: &str, day: &str, ids: impl IntoIterator<Item = String>) {
        let rows = ids.into_iter().map(|id| (id, 1)).collect();
        let key = (pov.to_owned(), day.to_owned());
        self.state.lock().unwrap().lists.insert(key, rows);
    }

    /// When each call came.
    pub fn calls(&self) -> Vec<Instant> {
        self.state.lock().unwrap().instants.clone()
    }

    /// How often a ban was spoken.
    pub fn bans(&self) -> u32 {
        self.state.lock().unwrap().bans
    }

    /// The most calls of any one second.
    pub fn busiest_second(&self) -> usize {
        let calls = self.calls();
        (0..calls.len())
            .map(|first| {
                let until = calls[first] + Duration::from_secs(1);
                calls[first..].iter().take_while(|at| **at <= until).count()
            })
            .max()
            .unwrap_or(0)
    }

    fn answer(&self, request: &HttpRequest) -> Answered {
        let asked = Asked::read(request);
        let mut state = self.state.lock().unwrap();
        let now = Instant::now();
        state.instants.push(now);
        if let Some(allowed) = self.allowed_per_second {
            if state.banned_until.is_some_and(|until| now < until) {
                state.bans += 1;
                return Ok((200, ban(1)));
            }
            while state
                .last_second
                .front()
                .is_some_and(|at| now - *at >= Duration::from_secs(1))
            {
                state.last_second.pop_front();
            }
            if state.last_second.len() >= allowed {
                state.banned_until = Some(now + Duration::from_secs(1));
                state.bans += 1;
                return Ok((200, ban(1)));
            }
            state.last_second.push_back(now);
        }
        let key = (asked.pov.clone(), asked.day.clone());
        let before = state.calls.entry(key.clone()).or_default();
        let nth = *before;
        *before += 1;
        let right = || {
            state
                .lists
                .get(&key)
                .map(|rows| asked.page_of(rows))
                .unwrap_or_else(|| asked.page_of(&[]))
        };
        match (self.script)(&asked.pov, &asked.day, nth) {
            Answer::Right => Ok((200, right())),
            Answer::Body(body) => Ok((200, body)),
            Answer::Status(status) => Ok((status, b"Bad Gateway".to_vec())),
            Answer::Cut(percent) => {
                let mut body = right();
                body.truncate(body.len() * percent / 100);
                Ok((200, body))
            }
            Answer::Fault(fault) => Err(fault),
            Answer::Panic => {
                drop(state);
                panic!("the transport has a fault")
            }
            Answer::Error(code, sub_code, sub_msg) => Ok((200, error(code, sub_code, sub_msg))),
        }
    }
}

type Answered = Result<(u16, Vec<u8>), TransportFault>;

struct Door(Arc<Platform>);

impl Transport for Door {
    fn send(&self, request: HttpRequest) -> TransportFuture<'_> {
        Box::pin(async move {
            let answered = self.0.answer(&request);
            tokio::time::sleep(self.0.delay).await;
            let (status, body) = answered.map_err(TransportError::new)?;
            Ok(HttpAnswer {
                status,
                body: Bytes::from(body),
                date: self.0.date(),
            })
        })
    }
}

/// What a request asks for.
struct Asked {
    pov: String,
    day: String,
    number: usize,
    size: usize,
}

impl Asked {
    fn read(request: &HttpRequest) -> Self {
        let query = form_urlencoded::parse(&request.body)
            .find(|(name, _)| name == "param_query_pov_appointment_record_by_date_req");
        let Some((_, object)) = query else {
            return Self {
                pov: A_PICK.to_owned(),
                day: String::new(),
                number: 1,
                size: 0,
            };
        };
        let object: Value = serde_json::from_str(&object).unwrap();
        let number = |name: &str| usize::try_from(object[name].as_u64().unwrap()).unwrap();
        Self {
            pov: object["out_pov_id"].as_str().unwrap().to_owned(),
            day: object["day"].as_str().unwrap().to_owned(),
            number: number("page_num"),
            size: number("page_size"),
        }
    }

    fn page_of(&self, rows: &[Row]) -> Vec<u8> {
        let page: Vec<Value> = rows
            .iter()
            .skip((self.number - 1) * self.size)
            .take(self.size)
            .map(|(id, status)| {
                json!({
                    "pick_code": format!("C{id}"), "out_pov_id": self.pov, "pick_status": status,
                    "appointment_period": "08:00-08:30", "appointment_time": self.day,
                    "appointment_id": id, "name": "测试",
                })
            })
            .collect();
        let answer = json!({"alibaba_health_vaccin_appointment_query_response": {
            "result": {
                "model": {
                    "page_num": self.number, "page_size": self.size, "total": rows.len(),
                    "data_list": {"pov_appointment_record_dto": page},
                },
                "success": true,
            },
            "request_id": "abcdefghijk",
        }});
        answer.to_string().into_bytes()
    }
}

fn ban(seconds: u32) -> Vec<u8> {
    let text = format!("This ban will last for {seconds} more seconds");
    error(7, "accesscontrol.limited-by-api-access-count", &text)
}

fn error(code: i64, sub_code: &str, sub_msg: &str) -> Vec<u8> {
    let answer = json!({"error_response": {
        "code": code, "msg": "a message", "sub_code": sub_code, "sub_msg": sub_msg,
        "request_id": "abcdefghijk",
    }});
    answer.to_string().into_bytes()
}
