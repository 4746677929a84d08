//! Sessions: how they begin, for whoever signs in or up or takes another password, and how they end.

use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use povline_domain::UnixMillis;
use povline_gateway::PlatformBook;
use povline_portal::Site;
use povline_store::book::{PasswordHash, SessionDigest, UserName, Users};
use povline_web::{Cookie, cookie, is_from_this_site};

use crate::reached::Reached;
use crate::reader::{Fields, read_form};
use crate::refusal::{Kind, Refusal};
use crate::state::{self, Console, actor};

/// A form by which nobody who is signed in asks to be. It has no token yet, so that where it was sent
/// from is all that tells whether it is ours.
pub(crate) struct Entering {
    /// The session that the browser had before, which it forgets for the new one.
    pub(crate) before: Option<SessionDigest>,
    pub(crate) fields: Fields,
}

impl Entering {
    /// Reads the form, if a page of this site sent it.
    pub(crate) async fn read(
        site: &Site,
        reached: Reached,
        request: Request,
    ) -> Result<Self, Refusal> {
        let bad = || Refusal::new(site, Kind::BadForm);
        if !is_from_this_site(request.headers()) {
            return Err(bad());
        }
        let before = session_before(request.headers(), reached);
        let fields = read_form(request).await.ok_or_else(bad)?;
        Ok(Self { before, fields })
    }
}

/// The session that a browser had when it asked for another.
fn session_before(headers: &HeaderMap, reached: Reached) -> Option<SessionDigest> {
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
        ended.map_err(|error| Refusal::store(site, &error))?;
    }
    Ok(())
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
    let unavailable = || Refusal::new(site, Kind::Unavailable);
    let drawn = console.settings.randomness.draw().ok_or_else(unavailable)?;
    let session: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
    let book = console.gateway.book();
    let digest = SessionDigest::of(&session);
    let begun = book
        .sign_in(&actor(name, now), name, password, digest)
        .await;
    if !begun.map_err(|error| Refusal::store(site, &error))? {
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

pub(crate) fn session_cookie(reached: Reached, value: &str, kept: Duration) -> Option<HeaderValue> {
    let cookie = Cookie {
        name: state::session_cookie(reached.is_secure),
        value,
        kept,
        is_secure: reached.is_secure,
    };
    cookie.header()
}
