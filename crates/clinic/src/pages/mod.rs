//! The pages: board, public screen, fleet, and the way in.

mod age;
mod board;
mod fleet;
mod held;
mod way_in;

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, header};
use povline_store::ledger::Desk;
use povline_web::{Asset, Cookie};

use crate::Clinic;
use crate::problem::Problem;

/// What the pages of this crate add to the shared style.
pub(crate) const STYLE: Asset = Asset {
    name: "clinic.css",
    content_type: "text/css; charset=utf-8",
    bytes: include_bytes!("../../assets/clinic.css"),
};

/// What keeps a board and a screen up to date.
pub(crate) const BOARD: Asset = Asset {
    name: "board.js",
    content_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("../../assets/board.js"),
};

/// What keeps the fleet page up to date.
pub(crate) const FLEET: Asset = Asset {
    name: "fleet.js",
    content_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("../../assets/fleet.js"),
};

/// What keeps a mouse from pressing what has just slipped under it.
pub(crate) const AIM: Asset = Asset {
    name: "aim.js",
    content_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("../../assets/aim.js"),
};

pub(crate) fn router<L: Desk>() -> Router<Clinic<L>> {
    Router::new()
        .route("/", get(board::page::<L>).post(board::act::<L>))
        .route("/events", get(board::follow::<L>))
        .route("/find", get(board::find_people::<L>))
        .route("/held/{day}", get(held::page::<L>).post(held::decide::<L>))
        .route("/screen", get(board::screen::<L>))
        .route("/screen/events", get(board::follow_screen::<L>))
        .route("/pair", get(way_in::pair_page).post(way_in::pair::<L>))
        .route(
            "/sign-in",
            get(way_in::page::<L>).post(way_in::sign_in::<L>),
        )
        .route("/sign-out", post(way_in::sign_out::<L>))
        .route("/fleet", get(fleet::page::<L>))
        .route("/fleet/now", get(fleet::now::<L>))
        .route("/fleet/held", post(fleet::decide::<L>))
        .route(
            "/fleet/sign-in",
            get(fleet::token_page).post(fleet::sign_in::<L>),
        )
        .route("/fleet/sign-out", post(fleet::sign_out))
}

/// A page that only somebody may see sends everybody else to where they can become that.
fn elsewhere(problem: &Problem, sign_in: &str) -> Response {
    match problem {
        Problem::PairFirst => Redirect::to("/pair").into_response(),
        Problem::SignInFirst => Redirect::to(sign_in).into_response(),
        other => other.clone().into_response(),
    }
}

/// An answer that sets a cookie.
fn with_cookie(cookie: &Cookie<'_>, answer: impl IntoResponse) -> Result<Response, Problem> {
    let set: HeaderValue = cookie.header().ok_or(Problem::Broken)?;
    let mut answer = answer.into_response();
    answer.headers_mut().append(header::SET_COOKIE, set);
    Ok(answer)
}

/// Refuses what another site's page has begun.
fn from_here(headers: &HeaderMap) -> Result<(), Problem> {
    match povline_web::is_from_this_site(headers) {
        true => Ok(()),
        false => Err(Problem::OtherSite),
    }
}
