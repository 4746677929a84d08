//! The front desk's API: JSON over HTTP, for a clinic's own programs and for its staff's.
//!
//! A program shows its clinic's token and sees names masked. Staff sign in at a paired device and
//! see them whole. Every list and every finding tells how old it is.

mod access;
mod document;
mod openapi;
mod operation;
mod schema;
mod sent;

use axum::extract::State;
use axum::response::Response;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use povline_domain::{AppointmentId, Day, PickStatus};
use povline_store::ledger::Desk;
use serde::Deserialize;

use self::document::{
    ActedDocument, AgeDocument, CountsDocument, FoundDocument, HoldDocument, ListDocument,
};
use self::operation::Operation;
use self::sent::{Body, InPath, InQuery};
use crate::access::{Caller, Right, SignedIn};
use crate::decision::Decision;
use crate::draw::Style;
use crate::find::{FoundBy, find};
use crate::problem::Problem;
use crate::secret::SecretKind;
use crate::standing::standing;
use crate::view::{ClashMark, ListView, row_view};
use crate::{Clinic, act::Acted};

pub(crate) use document::{facts, row_document};

/// The routes below `/v1`.
pub(crate) fn router<L: Desk>() -> Router<Clinic<L>> {
    let operations = Operation::ALL.into_iter();
    operations.fold(Router::new(), |router, operation| {
        router.route(operation.definition().path, operation.door::<L>())
    })
}

/// A day as the API takes it: `2026-11-27`, `today` or `tomorrow`.
pub(crate) fn day(text: Option<&str>, today: Day) -> Result<Day, Problem> {
    match text {
        None | Some("" | "today") => Ok(today),
        Some("tomorrow") => today.plus_days(1).map_err(|_| Problem::Wrong("day")),
        Some(text) => text.parse().map_err(|_| Problem::Wrong("day")),
    }
}

async fn list<L: Desk>(
    State(clinic): State<Clinic<L>>,
    InPath(day): InPath<String>,
    caller: Caller,
) -> Result<Json<ListDocument>, Problem> {
    let day = self::day(Some(&day), clinic.today())?;
    let list = clinic.ledger().desk_list(caller.pov(), day).await?;
    let view = ListView::new(day, &list, caller.names(), true);
    Ok(Json(ListDocument::new(&view, age(&clinic, &view))))
}

async fn counts<L: Desk>(
    State(clinic): State<Clinic<L>>,
    InPath(day): InPath<String>,
    caller: Caller,
) -> Result<Json<CountsDocument>, Problem> {
    let day = self::day(Some(&day), clinic.today())?;
    let list = clinic.ledger().desk_list(caller.pov(), day).await?;
    let view = ListView::new(day, &list, caller.names(), true);
    Ok(Json(CountsDocument::new(&view, age(&clinic, &view))))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    day: Option<String>,
}

async fn find_people<L: Desk>(
    State(clinic): State<Clinic<L>>,
    InQuery(asked): InQuery<Asked>,
    caller: Caller,
) -> Result<Json<FoundDocument>, Problem> {
    let day = self::day(asked.day.as_deref(), clinic.today())?;
    // Whoever guesses codes or names finds nobody for most of them. A program that has guessed too
    // often is not told either way.
    if let Caller::Program(token, _) = &caller {
        let may = clinic.0.misses.lock().may(&token.number, clinic.now());
        may.map_err(Problem::TooOften)?;
    }
    let list = clinic.ledger().desk_list(caller.pov(), day).await?;
    let (by, rows) = find(&list.rows, &asked.q);
    if rows.is_empty()
        && let Caller::Program(token, _) = &caller
    {
        let counted = clinic.0.misses.lock().ask(token.number, clinic.now());
        counted.map_err(Problem::TooOften)?;
    }
    let view = ListView::new(day, &list, caller.names(), true);
    let rows = rows.into_iter();
    let rows = rows.map(|row| row_view(row, &standing(row), caller.names(), true));
    Ok(Json(FoundDocument::new(
        match by {
            FoundBy::PickCode => "pick_code",
            FoundBy::Name => "name",
        },
        &rows.collect::<Vec<_>>(),
        age(&clinic, &view),
    )))
}

#[derive(Deserialize)]
struct ToAct {
    appointment_id: String,
    day: Option<String>,
}

async fn pick<L: Desk>(
    State(clinic): State<Clinic<L>>,
    caller: Caller,
    Body(to_act): Body<ToAct>,
) -> Result<Json<ActedDocument>, Problem> {
    act(&clinic, &caller, &to_act, PickStatus::Picked).await
}

async fn unpick<L: Desk>(
    State(clinic): State<Clinic<L>>,
    caller: Caller,
    Body(to_act): Body<ToAct>,
) -> Result<Json<ActedDocument>, Problem> {
    act(&clinic, &caller, &to_act, PickStatus::NotPicked).await
}

async fn act<L: Desk>(
    clinic: &Clinic<L>,
    caller: &Caller,
    to_act: &ToAct,
    wanted: PickStatus,
) -> Result<Json<ActedDocument>, Problem> {
    let id = AppointmentId::new(to_act.appointment_id.as_str());
    let id = id.map_err(|_| Problem::Wrong("appointment_id"))?;
    let day = day(to_act.day.as_deref(), clinic.today())?;
    let acted: Acted = clinic
        .act(caller.pov(), day, &id, wanted, caller.name())
        .await?;
    let mut row = acted.before;
    let result = match &acted.pick {
        Some(_) => "done",
        None => "already",
    };
    row.pick = acted.pick.or(row.pick);
    let view = row_view(&row, &standing(&row), caller.names(), true);
    Ok(Json(ActedDocument::new(result, &view)))
}

#[derive(Deserialize)]
struct ToPull {
    day: Option<String>,
}

async fn pull<L: Desk>(
    State(clinic): State<Clinic<L>>,
    caller: Caller,
    Body(to_pull): Body<ToPull>,
) -> Result<StatusCode, Problem> {
    let day = day(to_pull.day.as_deref(), clinic.today())?;
    clinic.pull(caller.pov(), day, caller.asked_by())?;
    Ok(StatusCode::ACCEPTED)
}

#[derive(Deserialize)]
struct ToSee {
    kind: String,
}

async fn seen<L: Desk>(
    State(clinic): State<Clinic<L>>,
    InPath(number): InPath<i64>,
    caller: Caller,
    Body(to_see): Body<ToSee>,
) -> Result<StatusCode, Problem> {
    let kind = ClashMark::kind_of(&to_see.kind).ok_or(Problem::Wrong("kind"))?;
    let shown = ClashMark { number, kind };
    clinic.seen(caller.pov(), shown).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct ToDecide {
    accept: bool,
    mark: String,
}

async fn decide<L: Desk>(
    State(clinic): State<Clinic<L>>,
    InPath(day): InPath<String>,
    SignedIn(session): SignedIn,
    Body(to_decide): Body<ToDecide>,
) -> Result<Json<HoldDocument>, Problem> {
    let day = self::day(Some(&day), clinic.today())?;
    let shown = to_decide.mark.parse().map_err(|_| Problem::Wrong("mark"))?;
    let accepted = to_decide.accept;
    let decision = Decision { accepted, shown };
    let hold = clinic.decide_at_desk(session.staff, day, decision).await?;
    Ok(Json(HoldDocument::new(&hold, shown)))
}

async fn follow<L: Desk>(
    State(clinic): State<Clinic<L>>,
    headers: HeaderMap,
    caller: Caller,
) -> Result<Response, Problem> {
    let kind = match caller {
        Caller::Program(..) => SecretKind::Clinic,
        Caller::Person(_) => SecretKind::Session,
    };
    let style = Style::Documents(caller.names());
    clinic.follow(caller.pov().clone(), style, Right::of(&headers, kind))
}

fn age<L: Desk>(clinic: &Clinic<L>, view: &ListView) -> AgeDocument {
    let now = clinic.now();
    let stale_ms = clinic.stale_ms(view.day, Day::at(now));
    AgeDocument::new(view, now, stale_ms)
}
