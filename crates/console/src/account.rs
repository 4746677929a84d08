//! A reader's own account: who they are, another password, signing out.

use askama::Template;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use povline_gateway::PlatformBook;
use povline_net::Peer;
use povline_portal::Site;
use povline_store::book::Users;
use povline_web::{Language, Page};

use crate::password::{PASSWORD_CHARS, PasswordError};
use crate::reader::{Reader, Submitted};
use crate::refusal::{Kind, Refusal};
use crate::sign_in::{address_of, begin_session};
use crate::state::{Console, actor};
use crate::throttle;

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
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Submitted { reader, fields }: Submitted,
) -> Result<Response, Refusal> {
    let (book, now) = (console.gateway.book(), console.gateway.now());
    let name = reader.user.name.clone();
    let failed = |error| Refusal::store(reader.site.clone(), &error);
    let again = |chinese: String, english: String| {
        let trouble = reader.language().pick(chinese, english);
        let page = Page(AccountPage::of(reader.clone(), Some(trouble)));
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    // Whoever sits down at somebody's open browser guesses as slowly as anybody else.
    let peer = peer.map(|Extension(peer)| peer);
    let address = address_of(peer, &headers, console.gateway.trusted_proxies());
    let [both, _, of_name] = throttle::keys(name.as_str(), address);
    let keys = vec![both, of_name];
    let counted = book.count_attempt(now, keys.clone()).await;
    if counted.map_err(failed)?.is_some() {
        let english = "Too many attempts: try again later";
        return again("尝试次数过多,请稍后再试".to_owned(), english.to_owned());
    }
    let field = |name| fields.raw(name).unwrap_or_default().to_owned();
    let hash = book.password_of(&name).await.map_err(failed)?;
    if !console.is_password(field("old"), hash).await {
        return again(
            "当前密码不正确".to_owned(),
            "The present password is not right".to_owned(),
        );
    }
    book.forget_attempts(keys).await.map_err(failed)?;
    if field("new") != field("again") {
        return again(
            "两次输入的新密码不一致".to_owned(),
            "The new password was typed in two ways".to_owned(),
        );
    }
    let hash = match console.hash_password(field("new")).await {
        Ok(hash) => hash,
        Err(PasswordError::Length) => {
            let (least, most) = (PASSWORD_CHARS.start(), PASSWORD_CHARS.end());
            return again(
                format!("新密码须为{least}到{most}个字符"),
                format!("A password has {least} to {most} characters"),
            );
        }
        Err(PasswordError::Failed) => return Err(reader.refuse(Kind::Unavailable)),
    };
    let set = book.set_password(&actor(&name, now), &name, hash).await;
    set.map_err(failed)?;
    begin_session(&console, &name, now, &reader.site, "/account").await
}
