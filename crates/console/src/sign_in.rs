//! Signing in and out.

use std::time::Duration;

use askama::Template;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use povline_gateway::PlatformBook;
use povline_portal::Site;
use povline_store::book::{UserName, Users};
use povline_web::{Language, Page};

use crate::reached::Reached;
use crate::reader::Submitted;
use crate::refusal::{Kind, Refusal};
use crate::session::{Entering, begin_session, end_session, session_cookie, with_cookie};
use crate::state::Console;
use crate::throttle::{self, retry_after, too_many};

/// Where a reader goes who did not say where to.
const HOME: &str = "/apps";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    language: Language,
    site: Site,
    back: String,
    name: String,
    /// Whether whoever has no account may make one.
    may_sign_up: bool,
    trouble: Option<String>,
}

/// The page.
pub(crate) async fn page<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    site: Site,
    Query(asked): Query<Vec<(String, String)>>,
) -> Page<impl Template> {
    let back = asked.into_iter().find(|(name, _)| name == "back");
    Page(SignInPage {
        language: site.language,
        back: own_path(back.map(|(_, back)| back)),
        site,
        name: String::new(),
        may_sign_up: console.may_sign_up(),
        trouble: None,
    })
}

/// A path of this site, whatever was asked for: nobody is sent elsewhere.
fn own_path(path: Option<String>) -> String {
    path.filter(|path| {
        let is_own = path.starts_with('/') && !path.starts_with("//");
        is_own
            && path
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    })
    .unwrap_or_else(|| HOME.to_owned())
}

/// The address of the page that leads there afterwards.
pub(crate) fn address_of(back: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    format!("/sign-in?{}", query.append_pair("back", back).finish())
}

/// Signs in.
pub(crate) async fn sign_in<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reached: Reached,
    site: Site,
    request: Request,
) -> Result<Response, Refusal> {
    let Entering { before, fields } = Entering::read(&site, reached, request).await?;
    let typed = fields.get("name").unwrap_or_default().to_owned();
    let back = own_path(fields.get("back").map(str::to_owned));
    let again = |status: StatusCode, trouble: String| {
        let page = SignInPage {
            language: site.language,
            site: site.clone().belonging_to(&address_of(&back)),
            back: back.clone(),
            name: typed.clone(),
            may_sign_up: console.may_sign_up(),
            trouble: Some(trouble),
        };
        (status, Page(page)).into_response()
    };

    let book = console.gateway.book();
    let failed = |error| Refusal::store(&site, &error);
    // Whoever finds no place has not tried anything.
    let place = console.hashing.enter();
    let place = place.ok_or_else(|| Refusal::new(&site, Kind::Crowded))?;
    let keys = throttle::keys(&typed, reached.address);
    let now = console.gateway.now();
    if let Err(millis) = console.attempts.count(now, &keys) {
        let trouble = too_many(site.language, millis);
        let again = again(StatusCode::TOO_MANY_REQUESTS, trouble);
        return Ok(retry_after(again, millis));
    }
    let name = UserName::new(&typed).ok();
    let hash = match &name {
        Some(name) => book.password_of(name).await.map_err(failed)?,
        None => None,
    };
    let password = fields.raw("password").unwrap_or_default().to_owned();
    let is_right = place.verify(password, hash.clone()).await;
    let wrong = || {
        let address = reached.address;
        tracing::info!(%address, "refused to sign somebody in");
        let trouble = site
            .language
            .pick("账号或密码不正确", "The name or the password is not right");
        Ok(again(StatusCode::UNPROCESSABLE_ENTITY, trouble.to_owned()))
    };
    let (Some(name), Some(hash), true) = (name, hash, is_right) else {
        return wrong();
    };
    let Some(cookie) = begin_session(&console, (&name, hash), now, &site, reached).await? else {
        return wrong();
    };
    end_session(&console, &site, before).await?;
    let [both, _, of_name] = keys;
    console.attempts.forget(&[both, of_name]);
    Ok(with_cookie(Redirect::to(&back).into_response(), cookie))
}

/// Ends the session.
pub(crate) async fn sign_out<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reached: Reached,
    Submitted { reader, .. }: Submitted,
) -> Result<Response, Refusal> {
    end_session(&console, &reader.site, Some(reader.session)).await?;
    let response = Redirect::to("/sign-in").into_response();
    Ok(match session_cookie(reached, "", Duration::ZERO) {
        Some(cookie) => with_cookie(response, cookie),
        None => response,
    })
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn nobody_is_sent_to_another_site() {
        let to = |path: &str| own_path(Some(path.to_owned()));
        assert_eq!(to("/tool?app=1&method=a"), "/tool?app=1&method=a");
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "/a b",
        ] {
            assert_eq!(to(elsewhere), "/apps", "{elsewhere}");
        }
        assert_eq!(own_path(None), "/apps");
    }
}
