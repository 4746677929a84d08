//! Signing in and out.

use std::net::IpAddr;
use std::time::Duration;

use askama::Template;
use axum::extract::{Extension, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use povline_domain::UnixMillis;
use povline_gateway::{PlatformBook, TrustedProxies};
use povline_net::Peer;
use povline_portal::Site;
use povline_store::book::{SessionDigest, UserName, Users};
use povline_web::{Cookie, Language, Page, cookie, is_from_this_site};

use crate::reader::{Submitted, read_form};
use crate::refusal::{Kind, Refusal};
use crate::state::{Console, actor};
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
    trouble: Option<String>,
}

/// The page.
pub(crate) async fn page<B: PlatformBook + Users>(
    State(_): State<Console<B>>,
    site: Site,
    Query(asked): Query<Vec<(String, String)>>,
) -> Page<impl Template> {
    let back = asked.into_iter().find(|(name, _)| name == "back");
    Page(SignInPage {
        language: site.language,
        back: own_path(back.map(|(_, back)| back)),
        site,
        name: String::new(),
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

/// Signs in.
pub(crate) async fn sign_in<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    peer: Option<Extension<Peer>>,
    site: Site,
    request: Request,
) -> Result<Response, Refusal> {
    let address = address_of(
        peer.map(|Extension(peer)| peer),
        request.headers(),
        console.gateway.trusted_proxies(),
    );
    let bad_form = || Refusal {
        site: site.clone(),
        kind: Kind::BadForm,
    };
    if !is_from_this_site(request.headers()) {
        return Err(bad_form());
    }
    let before = cookie(request.headers(), console.settings.session_cookie());
    let before = before.map(SessionDigest::of);
    let fields = read_form(request).await.ok_or_else(bad_form)?;
    let typed = fields.get("name").unwrap_or_default().to_owned();
    let back = own_path(fields.get("back").map(str::to_owned));
    let again = |status: StatusCode, trouble: String| {
        let page = SignInPage {
            language: site.language,
            site: site.clone(),
            back: back.clone(),
            name: typed.clone(),
            trouble: Some(trouble),
        };
        (status, Page(page)).into_response()
    };

    let book = console.gateway.book();
    let failed = |error| Refusal::store(site.clone(), &error);
    let keys = throttle::keys(&typed, address);
    let now = console.gateway.now();
    let counted = book.count_attempt(now, keys.to_vec()).await;
    if let Some(again_at) = counted.map_err(failed)? {
        let seconds = again_at
            .millis_since(now)
            .max(0)
            .unsigned_abs()
            .div_ceil(1_000);
        let mut response = again(
            StatusCode::TOO_MANY_REQUESTS,
            too_many(site.language, seconds),
        );
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return Ok(response);
    }
    let name = UserName::new(&typed).ok();
    let hash = match &name {
        Some(name) => book.password_of(name).await.map_err(failed)?,
        None => None,
    };
    let password = fields.raw("password").unwrap_or_default().to_owned();
    let is_right = console.is_password(password, hash).await;
    let Some(name) = name.filter(|_| is_right) else {
        tracing::info!(%address, "refused to sign somebody in");
        let trouble = site
            .language
            .pick("账号或密码不正确", "The name or the password is not right");
        return Ok(again(StatusCode::UNPROCESSABLE_ENTITY, trouble.to_owned()));
    };
    let [both, _, of_name] = keys;
    let forgotten = book.forget_attempts(vec![both, of_name]).await;
    forgotten.map_err(failed)?;
    // The browser forgets the session that it had, so nobody could sign out of that one any more.
    if let Some(before) = before {
        book.sign_out(&before).await.map_err(failed)?;
    }
    begin_session(&console, &name, now, &site, &back).await
}

fn too_many(language: Language, seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    language.pick(
        format!("尝试次数过多,请在{minutes}分钟后再试"),
        format!("Too many attempts: try again in {minutes} minutes"),
    )
}

/// Begins a session with a cookie that was never used before, and leads on.
pub(crate) async fn begin_session<B: PlatformBook + Users>(
    console: &Console<B>,
    name: &UserName,
    now: UnixMillis,
    site: &Site,
    back: &str,
) -> Result<Response, Refusal> {
    let unavailable = || Refusal {
        site: site.clone(),
        kind: Kind::Unavailable,
    };
    let drawn = console.settings.randomness.draw().ok_or_else(unavailable)?;
    let session: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
    let book = console.gateway.book();
    book.sign_in(&actor(name, now), name, SessionDigest::of(&session))
        .await
        .map_err(|error| Refusal::store(site.clone(), &error))?;
    let kept = Duration::from_millis(B::SESSION_MILLIS.unsigned_abs());
    let cookie = session_cookie(console, &session, kept).ok_or_else(unavailable)?;
    let mut response = Redirect::to(back).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

fn session_cookie<B>(console: &Console<B>, value: &str, kept: Duration) -> Option<HeaderValue> {
    let cookie = Cookie {
        name: console.settings.session_cookie(),
        value,
        kept,
        is_secure: console.settings.is_secure,
    };
    cookie.header()
}

/// Ends the session.
pub(crate) async fn sign_out<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    Submitted { reader, .. }: Submitted,
) -> Result<Response, Refusal> {
    let ended = console.gateway.book().sign_out(&reader.session).await;
    ended.map_err(|error| Refusal::store(reader.site.clone(), &error))?;
    let mut response = Redirect::to("/sign-in").into_response();
    if let Some(cookie) = session_cookie(&console, "", Duration::ZERO) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Where a request comes from, as far as the network tells. Within one process it comes from here.
pub(crate) fn address_of(
    peer: Option<Peer>,
    headers: &HeaderMap,
    proxies: &TrustedProxies,
) -> IpAddr {
    let Some(peer) = peer else {
        return IpAddr::from([127, 0, 0, 1]);
    };
    let lines = headers.get_all("x-forwarded-for").into_iter();
    let lines: Vec<&str> = lines.map(|line| line.to_str().unwrap_or("?")).collect();
    proxies.caller(peer.address.ip(), &lines)
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
