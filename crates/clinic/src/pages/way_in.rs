//! Pairing a device and signing in at it.

use std::time::Duration;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderMap;
use povline_store::ledger::{Desk, Staff};
use povline_web::{Cookie, Language, Page};
use serde::Deserialize;

use super::{STYLE, elsewhere, from_here, with_cookie};
use crate::Clinic;
use crate::access::{AtDesk, DEVICE_COOKIE, Origin, SESSION_COOKIE, secret};
use crate::problem::Problem;
use crate::secret::SecretKind;

/// A paired device stays paired for a year.
const PAIRED_FOR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[derive(Template)]
#[template(path = "pair.html")]
struct PairPage {
    language: Language,
    problem: Option<String>,
}

pub(super) async fn pair_page(language: Language) -> Response {
    Page(PairPage {
        language,
        problem: None,
    })
    .into_response()
}

#[derive(Deserialize)]
pub(super) struct ToPair {
    code: String,
}

pub(super) async fn pair<L: Desk>(
    State(clinic): State<Clinic<L>>,
    language: Language,
    headers: HeaderMap,
    from: Origin,
    Form(to_pair): Form<ToPair>,
) -> Result<Response, Problem> {
    from_here(&headers)?;
    match clinic.pair(&to_pair.code, from).await {
        Ok((device, text)) => {
            let cookie = Cookie {
                name: DEVICE_COOKIE,
                value: &text,
                kept: PAIRED_FOR,
                is_secure: clinic.0.settings.is_secure,
            };
            let next = match device.is_screen {
                true => "/screen",
                false => "/sign-in",
            };
            with_cookie(&cookie, Redirect::to(next))
        }
        Err(problem) => {
            let page = PairPage {
                language,
                problem: Some(problem.text(language)),
            };
            Ok((problem.status(), Page(page)).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    language: Language,
    clinic: String,
    device: String,
    people: Vec<Staff>,
    chosen: i64,
    problem: Option<String>,
}

pub(super) async fn page<L: Desk>(
    State(clinic): State<Clinic<L>>,
    language: Language,
    at_desk: Result<AtDesk, Problem>,
) -> Response {
    match at_desk.and_then(|at_desk| sign_in_page(&clinic, language, &at_desk, 0, None)) {
        Ok(page) => Page(page).into_response(),
        Err(problem) => elsewhere(&problem, "/sign-in"),
    }
}

fn sign_in_page<L: Desk>(
    clinic: &Clinic<L>,
    language: Language,
    AtDesk(device): &AtDesk,
    chosen: i64,
    problem: Option<String>,
) -> Result<SignInPage, Problem> {
    Ok(SignInPage {
        language,
        clinic: device.pov.as_str().to_owned(),
        device: device.label.clone(),
        people: clinic.ledger().staff(&device.pov)?,
        chosen,
        problem,
    })
}

#[derive(Deserialize)]
pub(super) struct ToSignIn {
    staff: i64,
    pin: String,
}

pub(super) async fn sign_in<L: Desk>(
    State(clinic): State<Clinic<L>>,
    language: Language,
    headers: HeaderMap,
    at_desk: Result<AtDesk, Problem>,
    Form(to_sign_in): Form<ToSignIn>,
) -> Result<Response, Problem> {
    from_here(&headers)?;
    let at_desk = match at_desk {
        Ok(at_desk) => at_desk,
        Err(problem) => return Ok(elsewhere(&problem, "/sign-in")),
    };
    let ToSignIn { staff, pin } = to_sign_in;
    match clinic.sign_in(&at_desk.0, staff, pin).await {
        Ok(text) => {
            let cookie = Cookie {
                name: SESSION_COOKIE,
                value: &text,
                kept: clinic.0.settings.signed_in,
                is_secure: clinic.0.settings.is_secure,
            };
            with_cookie(&cookie, Redirect::to("/"))
        }
        Err(problem) => {
            let told = Some(problem.text(language));
            let page = sign_in_page(&clinic, language, &at_desk, staff, told)?;
            Ok((problem.status(), Page(page)).into_response())
        }
    }
}

pub(super) async fn sign_out<L: Desk>(
    State(clinic): State<Clinic<L>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    from_here(&headers)?;
    let text = secret(&headers, SecretKind::Session, SESSION_COOKIE);
    if let Some(digest) = text.and_then(|text| SecretKind::Session.digest(text)) {
        clinic.ledger().end_session(digest).await?;
    }
    let cookie = Cookie {
        name: SESSION_COOKIE,
        value: "",
        kept: Duration::ZERO,
        is_secure: clinic.0.settings.is_secure,
    };
    with_cookie(&cookie, Redirect::to("/sign-in"))
}
