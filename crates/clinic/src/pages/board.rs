//! The board, what is done at it, and the public screen.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use http::HeaderMap;
use povline_domain::{AppointmentId, OutPovId, PickStatus};
use povline_store::ledger::{Desk, Session};
use povline_web::{Language, Page};
use serde::{Deserialize, Serialize};

use super::age::Age;
use super::held::decided_words;
use super::{AIM, BOARD, STYLE, elsewhere, from_here};
use crate::Clinic;
use crate::access::{AskedBy, Paired, Right, SignedIn};
use crate::decision::Decision;
use crate::draw::{MayDecide, Style};
use crate::find::{FoundBy, find, find_code};
use crate::problem::{Problem, clock};
use crate::secret::SecretKind;
use crate::standing::standing;
use crate::view::{Names, RowView, row_view};

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage {
    language: Language,
    clinic: String,
    person: String,
    day: String,
    age: Age,
    board: String,
    asked: String,
    found: Option<Found>,
    note: Option<String>,
}

#[derive(Template)]
#[template(path = "screen.html")]
struct ScreenPage {
    language: Language,
    clinic: String,
    day: String,
    age: Age,
    board: String,
}

/// What a search came to.
#[derive(Template)]
#[template(path = "found.html")]
struct Found {
    language: Language,
    asked: String,
    rows: Vec<RowView>,
    /// The one that is meant, if it is one person's code.
    ready: Option<String>,
}

#[derive(Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    /// What the keys say that were pressed, where an input method made something else of them.
    #[serde(default)]
    keys: String,
}

pub(super) async fn page<L: Desk>(
    State(clinic): State<Clinic<L>>,
    language: Language,
    signed_in: Result<SignedIn, Problem>,
    Query(asked): Query<Asked>,
) -> Response {
    match signed_in {
        Ok(SignedIn(session)) => match board(&clinic, language, &session, asked, None).await {
            Ok(page) => Page(page).into_response(),
            Err(problem) => problem.into_response(),
        },
        Err(problem) => elsewhere(&problem, "/sign-in"),
    }
}

async fn board<L: Desk>(
    clinic: &Clinic<L>,
    language: Language,
    session: &Session,
    asked: Asked,
    note: Option<String>,
) -> Result<BoardPage, Problem> {
    let staff = &session.staff;
    let style = Style::Board(language, MayDecide(staff.may_decide));
    let (drawn, moment, as_of) = clinic.drawn(&staff.pov, style).await?;
    let found = match asked.q.is_empty() {
        true => None,
        false => Some(found(clinic, language, &staff.pov, &asked).await?),
    };
    Ok(BoardPage {
        language,
        clinic: staff.pov.as_str().to_owned(),
        person: staff.name.clone(),
        day: clinic.today().to_string(),
        age: Age::new(clinic, as_of, moment),
        board: drawn.html(),
        asked: asked.q,
        found,
        note,
    })
}

async fn found<L: Desk>(
    clinic: &Clinic<L>,
    language: Language,
    pov: &OutPovId,
    asked: &Asked,
) -> Result<Found, Problem> {
    let list = clinic.ledger().desk_list(pov, clinic.today()).await?;
    let (by, rows) = match find(&list.rows, &asked.q) {
        (_, rows) if rows.is_empty() => (FoundBy::PickCode, find_code(&list.rows, &asked.keys)),
        found => found,
    };
    let rows: Vec<RowView> = rows
        .into_iter()
        .map(|row| row_view(row, &standing(row), Names::Whole, true))
        .collect();
    let ready = match (by, rows.as_slice()) {
        (FoundBy::PickCode, [one]) if !one.picked => Some(one.id.as_str().to_owned()),
        _ => None,
    };
    Ok(Found {
        language,
        asked: asked.q.clone(),
        rows,
        ready,
    })
}

#[derive(Serialize)]
pub(super) struct Answer {
    html: String,
    /// The appointment whose number is taken if the same is asked for once more.
    #[serde(skip_serializing_if = "Option::is_none")]
    ready: Option<String>,
}

pub(super) async fn find_people<L: Desk>(
    State(clinic): State<Clinic<L>>,
    language: Language,
    SignedIn(session): SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Json<Answer>, Problem> {
    let found = found(&clinic, language, &session.staff.pov, &asked).await?;
    let html = found.render().map_err(|_| Problem::Broken)?;
    Ok(Json(Answer {
        html,
        ready: found.ready,
    }))
}

/// What one button of the board asks for.
#[derive(Deserialize)]
pub(super) struct Deed {
    pick: Option<String>,
    unpick: Option<String>,
    seen: Option<String>,
    held: Option<String>,
    pull: Option<String>,
}

pub(super) async fn act<L: Desk>(
    State(clinic): State<Clinic<L>>,
    language: Language,
    headers: HeaderMap,
    signed_in: Result<SignedIn, Problem>,
    Form(deed): Form<Deed>,
) -> Result<Response, Problem> {
    from_here(&headers)?;
    let by_script = headers.contains_key("x-povline-board");
    let session = match signed_in {
        Ok(SignedIn(session)) => session,
        Err(problem) if by_script => return Err(problem),
        Err(problem) => return Ok(elsewhere(&problem, "/sign-in")),
    };
    let done = perform(&clinic, language, &session, deed).await;
    let (status, note) = match done {
        Ok(note) => (http::StatusCode::OK, note),
        Err(problem) => (problem.status(), problem.text(language)),
    };
    if by_script {
        let answer = Answer {
            html: note,
            ready: None,
        };
        return Ok((status, Json(answer)).into_response());
    }
    let page = board(&clinic, language, &session, Asked::default(), Some(note)).await?;
    Ok((status, Page(page)).into_response())
}

/// Does it, and says what came of it.
async fn perform<L: Desk>(
    clinic: &Clinic<L>,
    language: Language,
    session: &Session,
    deed: Deed,
) -> Result<String, Problem> {
    let staff = &session.staff;
    let today = clinic.today();
    let fixed = |chinese: &str, english: &str| language.pick(chinese, english).to_owned();
    if let Some(shown) = deed.seen {
        let shown = shown.parse().map_err(|()| Problem::Wrong("seen"))?;
        clinic.seen(&staff.pov, shown).await?;
        return Ok(fixed("已标记为知悉", "marked as seen"));
    }
    if deed.pull.is_some() {
        let day = match deed.pull.as_deref() {
            Some("tomorrow") => today.plus_days(1).map_err(|_| Problem::Wrong("pull"))?,
            _ => today,
        };
        clinic.pull(&staff.pov, day, AskedBy::Person)?;
        return Ok(fixed(
            "已请求重新读取,稍候自动更新",
            "asked for: the list is read anew and updates by itself",
        ));
    }
    if let Some(decision) = deed.held {
        let decision: Decision = decision.parse()?;
        let hold = clinic.decide_at_desk(staff.clone(), today, decision);
        return Ok(decided_words(decision, &hold.await?, language));
    }
    let (id, wanted) = match (deed.pick, deed.unpick) {
        (Some(id), None) => (id, PickStatus::Picked),
        (None, Some(id)) => (id, PickStatus::NotPicked),
        _ => return Err(Problem::Wrong("pick")),
    };
    let id = AppointmentId::new(id).map_err(|_| Problem::Wrong("pick"))?;
    let acted = clinic
        .act(&staff.pov, today, &id, wanted, staff.name.clone())
        .await?;
    let name = acted.before.row.appointment.name.as_str();
    let before = acted.before.pick.as_ref();
    Ok(match (acted.pick, wanted) {
        (Some(_), PickStatus::Picked) => {
            language.pick(format!("{name} 已取号"), format!("{name} has arrived"))
        }
        (Some(_), PickStatus::NotPicked) => {
            language.pick(format!("{name} 已撤销取号"), format!("{name}: taken back"))
        }
        (None, _) => match before {
            Some(pick) => language.pick(
                format!("{name} 已由 {} 于 {} 处理", pick.by, clock(pick.acted_at)),
                format!(
                    "{name}: done already by {} at {}",
                    pick.by,
                    clock(pick.acted_at)
                ),
            ),
            None => language.pick(
                format!("{name} 在平台上已是此状态"),
                format!("{name}: the platform shows so already"),
            ),
        },
    })
}

pub(super) async fn follow<L: Desk>(
    State(clinic): State<Clinic<L>>,
    language: Language,
    headers: HeaderMap,
    SignedIn(session): SignedIn,
) -> Result<Response, Problem> {
    let staff = session.staff;
    let style = Style::Board(language, MayDecide(staff.may_decide));
    let right = Right::of(&headers, SecretKind::Session);
    clinic.follow(staff.pov, style, right)
}

pub(super) async fn screen<L: Desk>(
    State(clinic): State<Clinic<L>>,
    language: Language,
    paired: Result<Paired, Problem>,
) -> Result<Response, Problem> {
    let device = match paired {
        Ok(Paired(device)) => device,
        Err(problem) => return Ok(elsewhere(&problem, "/sign-in")),
    };
    let (drawn, moment, as_of) = clinic.drawn(&device.pov, Style::Screen(language)).await?;
    Ok(Page(ScreenPage {
        language,
        clinic: device.pov.as_str().to_owned(),
        day: clinic.today().to_string(),
        age: Age::new(&clinic, as_of, moment),
        board: drawn.html(),
    })
    .into_response())
}

pub(super) async fn follow_screen<L: Desk>(
    State(clinic): State<Clinic<L>>,
    language: Language,
    headers: HeaderMap,
    Paired(device): Paired,
) -> Result<Response, Problem> {
    let right = Right::of(&headers, SecretKind::Device);
    clinic.follow(device.pov, Style::Screen(language), right)
}
