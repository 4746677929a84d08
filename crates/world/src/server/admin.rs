//! The admin address: the clock, the lists, what is handed in, and the report.

use std::sync::Arc;

use http::{Method, Response, StatusCode};
use hyper::Request;
use hyper::body::Incoming;
use povline_domain::{Day, UnixMillis};
use serde_json::{Value, json};

use super::body::FedBody;
use super::front::{Shared, document, plain};
use crate::clock::Pace;
use crate::grade::{HandedIn, ViewError, html_page, read_events, read_lines};
use crate::truth::Intervention;

const HELP: &str = "\
GET  /clock                     the world's time
GET  /lists                     the lists to poll now, one a line: POV and day
POST /advance?seconds=N         puts the clock forward; also minutes=N
POST /pace?speed=N              lets it run, N times as fast as real time; 0 stops it
POST /cancel?id=A               a change by hand, right now; also /pick?id=A
POST /move?id=A&day=D           moves an appointment to another day
POST /book?pov=P&day=D          books somebody new
POST /rows                      your whole view: rows as NDJSON, after each sweep
POST /events                    your events as NDJSON, as you tell them
POST /finish                    you are done; the run ends
GET  /report                    the grade so far, as JSON; /report.html as a page
";

const JSON: &str = "application/json;charset=UTF-8";

pub(super) async fn answer(shared: &Arc<Shared>, request: Request<Incoming>) -> Response<FedBody> {
    let (head, body) = request.into_parts();
    let query = Query(head.uri.query().unwrap_or_default().to_owned());
    match (head.method, head.uri.path()) {
        (Method::GET, "/") => plain(StatusCode::OK, HELP),
        (Method::GET, "/clock") => told(clock(shared)),
        (Method::GET, "/lists") => lists(shared),
        (Method::POST, "/advance") => advance(shared, &query),
        (Method::POST, "/pace") => pace(shared, &query),
        (Method::POST, "/cancel" | "/pick" | "/move" | "/book") => {
            intervene(shared, head.uri.path(), &query)
        }
        (Method::POST, "/rows") => hand_in(shared, body, Kind::Rows).await,
        (Method::POST, "/events") => hand_in(shared, body, Kind::Events).await,
        (Method::POST, "/finish") => {
            shared.finished.cancel();
            told(clock(shared))
        }
        (Method::GET, "/report") => told(json!(shared.report())),
        (Method::GET, "/report.html") => document(
            StatusCode::OK,
            "text/html;charset=UTF-8",
            html_page(&shared.report()),
        ),
        _ => plain(StatusCode::NOT_FOUND, HELP),
    }
}

fn told(value: Value) -> Response<FedBody> {
    document(StatusCode::OK, JSON, format!("{value}\n"))
}

fn wrong(reason: &str) -> Response<FedBody> {
    let text = format!("{}\n", json!({ "error": reason }));
    document(StatusCode::BAD_REQUEST, JSON, text)
}

fn clock(shared: &Shared) -> Value {
    let now = shared.advance();
    let stage = shared.stage.lock();
    let truth = stage.read_truth();
    let left = truth.ends_at().millis_since(now).max(0);
    json!({
        "now": now.to_string(),
        "now_ms": now.0,
        "today": Day::at(now).to_string(),
        "at_rest": left == 0,
        "seconds_left": left / 1_000,
        "changes": truth.changes(),
        "calls": stage.log().all().len(),
    })
}

fn lists(shared: &Shared) -> Response<FedBody> {
    let now = shared.advance();
    let stage = shared.stage.lock();
    let truth = stage.read_truth();
    let mut text = String::new();
    for clinic in truth.clinics() {
        for day in truth.open_days(now) {
            text.push_str(&format!("{} {day}\n", clinic.out_pov_id));
        }
    }
    document(StatusCode::OK, "text/plain;charset=UTF-8", text)
}

fn advance(shared: &Shared, query: &Query) -> Response<FedBody> {
    let part = |name: &str, millis: u64| Some(query.number(name)?.saturating_mul(millis));
    let parts = [
        part("seconds", 1_000),
        part("minutes", 60_000),
        part("ms", 1),
    ];
    if parts.iter().all(Option::is_none) {
        return wrong("say how far: /advance?seconds=60");
    }
    let sum = parts.into_iter().flatten().fold(0_u64, u64::saturating_add);
    // Longer than any scenario runs.
    shared.clock.advance(sum.min(60 * 24 * 3_600_000));
    told(clock(shared))
}

fn pace(shared: &Shared, query: &Query) -> Response<FedBody> {
    let Some(speed) = query.number("speed").filter(|speed| *speed <= 100_000) else {
        return wrong("say how fast: /pace?speed=60, at most 100000");
    };
    shared.clock.set_pace(match u32::try_from(speed * 1_000) {
        Ok(0) | Err(_) => Pace::Stepped,
        Ok(speed) => Pace::Running(speed),
    });
    told(clock(shared))
}

/// A change by hand, exactly now: between two pages of a client that is stepped, for instance.
fn intervene(shared: &Shared, path: &str, query: &Query) -> Response<FedBody> {
    let id = || query.get("id").ok_or("say which: id=A000000000001");
    let day = || -> Result<Day, &'static str> {
        let day = query.get("day").ok_or("say which day: day=2026-03-02")?;
        day.parse()
            .map_err(|_| "day is not a day written yyyy-MM-dd")
    };
    let wanted = || -> Result<Intervention, &'static str> {
        Ok(match path {
            "/cancel" => Intervention::Cancel(id()?),
            "/pick" => Intervention::Pick(id()?),
            "/move" => Intervention::Move(id()?, day()?),
            _ => Intervention::Book(query.get("pov").ok_or("say where: pov=00001")?, day()?),
        })
    };
    let wanted = match wanted() {
        Ok(wanted) => wanted,
        Err(reason) => return wrong(reason),
    };
    shared.advance();
    let done = shared.stage.lock().truth().write().intervene(&wanted);
    // The gateway learns of it before anybody can ask.
    shared.advance();
    match done {
        Some(id) => told(json!({ "appointment_id": id.as_str() })),
        None => {
            wrong("that cannot be: no such appointment waits, or no such clinic or day is kept")
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Rows,
    Events,
}

async fn hand_in(shared: &Shared, body: Incoming, kind: Kind) -> Response<FedBody> {
    let Some(body) = shared.body(body).await else {
        return wrong("the body broke off or is larger than 256 MiB");
    };
    let Ok(text) = std::str::from_utf8(&body) else {
        return wrong("the body is not UTF-8");
    };
    let now = shared.advance();
    match take(shared, text, kind, now) {
        Ok(handed_in) => told(json!(handed_in)),
        Err(error) => wrong(&error.to_string()),
    }
}

fn take(shared: &Shared, text: &str, kind: Kind, now: UnixMillis) -> Result<HandedIn, ViewError> {
    let stage = shared.stage.lock();
    let truth = stage.read_truth();
    let log = stage.log();
    let mut grader = shared.grader.lock();
    Ok(match kind {
        Kind::Rows => grader.hand_in_rows(&truth, log, read_lines(text)?, now),
        Kind::Events => grader.hand_in_events(&truth, log, &read_events(text)?, now),
    })
}

struct Query(String);

impl Query {
    fn get(&self, name: &str) -> Option<String> {
        self.0
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(candidate, _)| *candidate == name)
            .map(|(_, value)| value.to_owned())
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }
}
