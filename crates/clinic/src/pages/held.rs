//! A held list of any day: what is in doubt, and the decision about it.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use povline_domain::Day;
use povline_store::ledger::{Desk, Hold, Session};
use povline_web::{Language, Page};
use serde::Deserialize;

use super::age::Age;
use super::{STYLE, elsewhere, from_here};
use crate::Clinic;
use crate::access::SignedIn;
use crate::decision::Decision;
use crate::draw::Moment;
use crate::problem::Problem;
use crate::view::{ListView, Names, RowView};

#[derive(Template)]
#[template(path = "held.html")]
struct HeldPage {
    language: Language,
    clinic: String,
    list: ListView,
    age: Age,
    may_decide: bool,
    note: Option<Note>,
}

/// What came of a decision.
struct Note {
    text: String,
    /// Whether it was taken down.
    is_good: bool,
}

impl HeldPage {
    fn doubtful(&self) -> impl Iterator<Item = &RowView> {
        let rows = self.list.periods.iter().flat_map(|period| &period.rows);
        rows.filter(|row| row.doubtful)
    }
}

async fn held<L: Desk>(
    clinic: &Clinic<L>,
    language: Language,
    session: &Session,
    day: Day,
    note: Option<Note>,
) -> Result<HeldPage, Problem> {
    let staff = &session.staff;
    let list = clinic.ledger().desk_list(&staff.pov, day).await?;
    let list = ListView::new(day, &list, Names::Whole, true);
    let now = clinic.now();
    let moment = Moment {
        now,
        stale_ms: clinic.stale_ms(day, Day::at(now)),
    };
    Ok(HeldPage {
        language,
        clinic: staff.pov.as_str().to_owned(),
        age: Age::new(clinic, list.as_of, moment),
        list,
        may_decide: staff.may_decide,
        note,
    })
}

fn day(text: &str) -> Result<Day, Problem> {
    text.parse().map_err(|_| Problem::Wrong("day"))
}

pub(super) async fn page<L: Desk>(
    State(clinic): State<Clinic<L>>,
    language: Language,
    signed_in: Result<SignedIn, Problem>,
    Path(day): Path<String>,
) -> Result<Response, Problem> {
    let session = match signed_in {
        Ok(SignedIn(session)) => session,
        Err(problem) => return Ok(elsewhere(&problem, "/sign-in")),
    };
    let page = held(&clinic, language, &session, self::day(&day)?, None).await?;
    Ok(Page(page).into_response())
}

#[derive(Deserialize)]
pub(super) struct Deed {
    held: String,
}

pub(super) async fn decide<L: Desk>(
    State(clinic): State<Clinic<L>>,
    language: Language,
    headers: HeaderMap,
    signed_in: Result<SignedIn, Problem>,
    Path(day): Path<String>,
    Form(deed): Form<Deed>,
) -> Result<Response, Problem> {
    from_here(&headers)?;
    let session = match signed_in {
        Ok(SignedIn(session)) => session,
        Err(problem) => return Ok(elsewhere(&problem, "/sign-in")),
    };
    let day = self::day(&day)?;
    let decision: Decision = deed.held.parse()?;
    let staff = session.staff.clone();
    let decided = clinic.decide_at_desk(staff, day, decision).await;
    let is_good = decided.is_ok();
    let (status, text) = match decided {
        Ok(hold) => (StatusCode::OK, decided_words(decision, &hold, language)),
        Err(problem) => (problem.status(), problem.text(language)),
    };
    let note = Note { text, is_good };
    let page = held(&clinic, language, &session, day, Some(note)).await?;
    Ok((status, Page(page)).into_response())
}

/// What follows from a decision.
pub(super) fn decided_words(decision: Decision, hold: &Hold, language: Language) -> String {
    let lost = hold.lost;
    match decision.accepted {
        true => language.pick(
            format!("已接受:{lost} 条将逐条证实后视为取消"),
            format!("accepted: {lost} are taken as cancelled, each once it is proved"),
        ),
        false => language.pick(
            format!("已驳回:{lost} 条保持待确认"),
            format!("rejected: {lost} stay in doubt"),
        ),
    }
}
