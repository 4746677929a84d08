//! Signing in and out.

use std::time::Duration;

use askama::Template;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use povline_domain::UnixMillis;
use povline_gateway::PlatformBook;
use povline_portal::Site;
use povline_store::book::{PasswordHash, SessionDigest, UserName, Users};
use povline_web::{Cookie, Language, Page, cookie, is_from_this_site};

use crate::reached::Reached;
use crate::reader::{Submitted, read_form};
use crate::refusal::{Kind, Refusal};
use crate::state::{self, Console, actor};
use crate::throttle;

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
    let refused = |kind| Refusal {
        site: Box::new(site.clone()),
        kind,
    };
    if !is_from_this_site(request.headers()) {
        return Err(refused(Kind::BadForm));
    }
    let before = session_before(request.headers(), reached);
    let fields = read_form(request).await;
    let fields = fields.ok_or_else(|| refused(Kind::BadForm))?;
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
    let failed = |error| Refusal::store(site.clone(), &error);
    // Whoever finds no place has not tried anything.
    let place = console.hashing.enter();
    let place = place.ok_or_else(|| refused(Kind::Crowded))?;
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

/// The session that a browser had when it asked for another.
pub(crate) fn session_before(headers: &HeaderMap, reached: Reached) -> Option<SessionDigest> {
    cookie(headers, state::session_cookie(reached.is_secure)).map(SessionDigest::of)
}

/// Ends a session that its browser forgets, so that nobody could sign out of it any more.
pub(crate) async fn end_session<B: PlatformBook + Users>(
    console: &Console<B>,
    site: &Site,
    session: Option<SessionDigest>,
) -> Result<(), Refusal> {
    if let Some(session) = session {
        let ended = console.gateway.book().sign_out(&session).await;
        ended.map_err(|error| Refusal::store(site.clone(), &error))?;
    }
    Ok(())
}

pub(crate) fn too_many(language: Language, millis: u64) -> String {
    let minutes = millis.div_ceil(60_000);
    language.pick(
        format!("尝试次数过多,请在{minutes}分钟后再试"),
        format!("Too many attempts: try again in {minutes} minutes"),
    )
}

/// The answer with the time after which there are more attempts.
pub(crate) fn retry_after(mut response: Response, millis: u64) -> Response {
    let seconds = HeaderValue::from(millis.div_ceil(1_000));
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}

/// Begins a session of a user whose password has this hash, and tells its cookie, which was never
/// used before; none if they have another password meanwhile.
pub(crate) async fn begin_session<B: PlatformBook + Users>(
    console: &Console<B>,
    (name, password): (&UserName, PasswordHash),
    now: UnixMillis,
    site: &Site,
    reached: Reached,
) -> Result<Option<HeaderValue>, Refusal> {
    let unavailable = || Refusal {
        site: Box::new(site.clone()),
        kind: Kind::Unavailable,
    };
    let drawn = console.settings.randomness.draw().ok_or_else(unavailable)?;
    let session: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
    let book = console.gateway.book();
    let digest = SessionDigest::of(&session);
    let begun = book
        .sign_in(&actor(name, now), name, password, digest)
        .await;
    if !begun.map_err(|error| Refusal::store(site.clone(), &error))? {
        return Ok(None);
    }
    let kept = Duration::from_millis(B::SESSION_MILLIS.unsigned_abs());
    let cookie = session_cookie(reached, &session, kept);
    cookie.map(Some).ok_or_else(unavailable)
}

/// The answer that sets a cookie.
pub(crate) fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

fn session_cookie(reached: Reached, value: &str, kept: Duration) -> Option<HeaderValue> {
    let cookie = Cookie {
        name: state::session_cookie(reached.is_secure),
        value,
        kept,
        is_secure: reached.is_secure,
    };
    cookie.header()
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
