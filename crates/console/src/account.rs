//! A reader's own account: who they are, another password, signing out.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use povline_gateway::PlatformBook;
use povline_portal::Site;
use povline_store::book::Users;
use povline_web::{Language, Page};

use crate::password::{self, PASSWORD_CHARS, PasswordError};
use crate::reached::Reached;
use crate::reader::{Reader, Submitted};
use crate::refusal::{Kind, Refusal};
use crate::session::{begin_session, with_cookie};
use crate::state::{Console, actor};
use crate::throttle::{self, retry_after, too_many};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    language: Language,
    site: Site,
    reader: Reader,
    trouble: Option<String>,
    chars_min: usize,
}

impl AccountPage {
    fn of(reader: Reader, trouble: Option<String>) -> Self {
        Self {
            language: reader.language(),
            site: reader.site.clone(),
            reader,
            trouble,
            chars_min: *PASSWORD_CHARS.start(),
        }
    }
}

/// The page.
pub(crate) async fn page<B: PlatformBook + Users>(
    State(_): State<Console<B>>,
    reader: Reader,
) -> Page<impl Template> {
    Page(AccountPage::of(reader, None))
}

/// Sets another password, and ends all sessions but a new one.
pub(crate) async fn change<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reached: Reached,
    Submitted { reader, fields }: Submitted,
) -> Result<Response, Refusal> {
    let (book, now) = (console.gateway.book(), console.gateway.now());
    let name = reader.user.name.clone();
    let failed = |error| Refusal::store(&reader.site, &error);
    let page = |trouble: String| Page(AccountPage::of(reader.clone(), Some(trouble)));
    let again = |chinese: String, english: String| {
        let page = page(reader.language().pick(chinese, english));
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    // Whoever sits down at somebody's open browser guesses as slowly as anybody else.
    let place = console.hashing.enter();
    let place = place.ok_or_else(|| reader.refuse(Kind::Crowded))?;
    let [both, _, of_name] = throttle::keys(name.as_str(), reached.address);
    let keys = [both, of_name];
    if let Err(millis) = console.attempts.count(now, &keys) {
        let page = page(too_many(reader.language(), millis));
        let response = (StatusCode::TOO_MANY_REQUESTS, page).into_response();
        return Ok(retry_after(response, millis));
    }
    let field = |name| fields.raw(name).unwrap_or_default().to_owned();
    let hash = book.password_of(&name).await.map_err(failed)?;
    if !place.verify(field("old"), hash).await {
        return again(
            "当前密码不正确".to_owned(),
            "The present password is not right".to_owned(),
        );
    }
    console.attempts.forget(&keys);
    if field("new") != field("again") {
        return again(
            "两次输入的新密码不一致".to_owned(),
            "The new password was typed in two ways".to_owned(),
        );
    }
    let place = console.hashing.enter();
    let place = place.ok_or_else(|| reader.refuse(Kind::Crowded))?;
    let randomness = &*console.settings.randomness;
    let hash = match place.hash_password(field("new"), randomness).await {
        Ok(hash) => hash,
        Err(PasswordError::Length) => {
            let (chinese, english) = password::length_rule();
            return again(chinese, english);
        }
        Err(PasswordError::Failed) => return Err(reader.refuse(Kind::Unavailable)),
    };
    let actor = actor(&name, now);
    let set = book.set_password(&actor, &name, hash.clone()).await;
    set.map_err(failed)?;
    let begun = begin_session(&console, (&name, hash), now, &reader.site, reached).await?;
    let response = Redirect::to("/account").into_response();
    Ok(match begun {
        Some(cookie) => with_cookie(response, cookie),
        None => response,
    })
}
