//! `/log`: the request log, as one JSON object on each line.

use std::sync::Arc;

use http::{HeaderValue, Response, StatusCode};
use povline_domain::{AppKey, Day, OutPovId, UnixMillis};
use povline_protocol::{Params, timestamp};
use povline_store::journal::{CallFilter, CallLine, LogCursor, search_on};
use serde_json::json;

use super::{respond, text};
use crate::PlatformBook;
use crate::body::AnswerBody;
use crate::state::State;

const NDJSON: &str = "application/x-ndjson; charset=utf-8";

/// Where the next part of the log begins.
const CURSOR: &str = "povline-cursor";

/// Lines that one answer holds, roughly, if it does not say how many.
const LINES: usize = 200;

/// And if it does, at most.
const LINES_MAX: usize = 5_000;

/// Who asks for no time gets the last hour.
const SINCE_MILLIS: i64 = 3_600_000;

/// Searches the log.
pub(super) async fn answer<B: PlatformBook>(
    state: &Arc<State<B>>,
    query: Option<&str>,
) -> Response<AnswerBody> {
    let Some(journal) = &state.config.journal else {
        return text(
            StatusCode::NOT_FOUND,
            "this platform keeps no request log\n",
        );
    };
    let search = match Search::read(query, state.clock.now()) {
        Ok(search) => search,
        Err(fault) => {
            let fault = format!("{fault}\n");
            return respond(StatusCode::BAD_REQUEST, super::TEXT, fault);
        }
    };
    let found = search_on(&**journal, &search.filter, search.after, search.lines_max).await;
    match found {
        Ok(found) => {
            let lines = found.lines.iter().map(|line| format!("{}\n", object(line)));
            let mut response = respond(StatusCode::OK, NDJSON, lines.collect());
            let cursor = HeaderValue::from(found.cursor.0);
            response.headers_mut().insert(CURSOR, cursor);
            response
        }
        Err(error) => {
            tracing::error!(%error, "cannot search the request log");
            let told = "cannot search the request log\n";
            text(StatusCode::INTERNAL_SERVER_ERROR, told)
        }
    }
}

/// What is searched for.
struct Search {
    filter: CallFilter,
    after: LogCursor,
    lines_max: usize,
}

impl Search {
    fn read(query: Option<&str>, now: UnixMillis) -> Result<Self, String> {
        let params = Params::read(query, None, &[]).map_err(|error| error.to_string())?;
        let mut search = Self {
            filter: CallFilter::default(),
            after: LogCursor::START,
            lines_max: LINES,
        };
        let filter = &mut search.filter;
        for (name, value) in params.pairs() {
            let is_understood = match &**name {
                "app_key" => set(&mut filter.app, AppKey::new(&**value).ok()),
                "method" => set(&mut filter.method, Some(value.to_string())),
                "code" => set(&mut filter.code, value.parse().ok()),
                "sub_code" => set(&mut filter.sub_code, Some(value.to_string())),
                "request_id" => set(&mut filter.request_id, Some(value.to_string())),
                "out_pov_id" => set(&mut filter.pov, OutPovId::new(&**value).ok()),
                "day" => set(&mut filter.day, value.parse::<Day>().ok()),
                "address" => set(&mut filter.address, value.parse().ok()),
                "since" => set(&mut filter.since, timestamp::parse(value)),
                "until" => set(&mut filter.until, timestamp::parse(value)),
                "after" => put(&mut search.after, value.parse().ok().map(LogCursor)),
                "limit" => put(&mut search.lines_max, value.parse().ok()),
                _ => return Err(format!("there is no parameter {name}: {PARAMETERS}")),
            };
            if !is_understood {
                return Err(format!("{name} cannot be understood: {PARAMETERS}"));
            }
        }
        search.lines_max = search.lines_max.clamp(1, LINES_MAX);
        let is_everything = filter.since.is_none() && filter.request_id.is_none();
        if is_everything && search.after == LogCursor::START {
            filter.since = Some(now.plus_millis(-SINCE_MILLIS));
        }
        Ok(search)
    }
}

const PARAMETERS: &str = "there are app_key, method, code, sub_code, request_id, out_pov_id, day, \
    address, since and until (yyyy-MM-dd HH:mm:ss or milliseconds), after and limit";

fn set<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    *place = value;
    place.is_some()
}

fn put<T>(place: &mut T, value: Option<T>) -> bool {
    value.map(|value| *place = value).is_some()
}

/// A line, its members named as everywhere.
fn object(line: &CallLine) -> serde_json::Value {
    json!({
        "at": line.at.to_string(),
        "request_id": line.request_id,
        "app_key": line.app.as_deref().map(AppKey::as_str),
        "method": line.method,
        "outcome": line.outcome.word(),
        "code": line.outcome.code(),
        "sub_code": line.outcome.sub_code(),
        "micros": line.micros,
        "out_pov_id": line.pov.as_ref().map(OutPovId::as_str),
        "day": line.day.map(|day| day.to_string()),
        "bytes": line.bytes,
        "address": line.address.to_string(),
    })
}
