//! Who reads, and what they may do: the one place where that is decided.

use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use http::{Method, header};
use povline_domain::AppKey;
use povline_gateway::PlatformBook;
use povline_portal::{OwnApp, OwnApps, SignedInAs, Site};
use povline_store::book::{Access, AppRecord, AppStatus, Role, SessionDigest, UserRecord, Users};
use povline_web::{Language, cookie, is_from_this_site};

use crate::reached::Reached;
use crate::refusal::{Kind, Refusal};
use crate::state::{Console, Shared, session_cookie};

/// The field of every form that changes something.
pub(crate) const CSRF: &str = "csrf";

/// A session's use is noted at most so often, in milliseconds.
const SEEN_EVERY_MILLIS: i64 = 60_000;

/// A reader who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub(crate) site: Site,
    pub(crate) user: UserRecord,
    /// Stands in every form of theirs, and nobody else can know it.
    pub(crate) csrf: String,
    pub(crate) session: SessionDigest,
}

impl Reader {
    pub(crate) fn is_operator(&self) -> bool {
        self.user.role == Role::Operator
    }

    /// Whether an app is theirs to see: an operator sees all, an ISV's user those of the ISV.
    pub(crate) fn may_see(&self, app: &AppRecord) -> bool {
        match &self.user.role {
            Role::Operator => true,
            Role::Isv { isv, .. } => app.isv == *isv,
        }
    }

    /// Whether they may sign as an app. Its secret is its ISV's: in production an operator who
    /// signs with it would read patients' names in somebody else's.
    pub(crate) fn may_call_as(&self, app: &AppRecord, is_sandbox: bool) -> bool {
        match &self.user.role {
            Role::Operator => is_sandbox,
            Role::Isv { isv, .. } => app.isv == *isv,
        }
    }

    /// The app with this key. One that is not there and one of somebody else are the same answer.
    pub(crate) fn app<'a>(&self, access: &'a Access, key: &str) -> Result<&'a AppRecord, Refusal> {
        let app = AppKey::new(key).ok().and_then(|key| {
            let mut apps = access.apps.iter();
            apps.find(|app| app.key == key)
        });
        app.filter(|app| self.may_see(app))
            .ok_or_else(|| self.refuse(Kind::NotFound))
    }

    /// Refuses everybody but operators.
    pub(crate) fn must_be_operator(&self) -> Result<(), Refusal> {
        match self.is_operator() {
            true => Ok(()),
            false => Err(self.refuse(Kind::Forbidden)),
        }
    }

    pub(crate) fn refuse(&self, kind: Kind) -> Refusal {
        Refusal::new(&self.site, kind)
    }

    pub(crate) fn language(&self) -> Language {
        self.site.language
    }
}

/// What stands in a session's forms: a digest of it, which does not lead back to it.
pub(crate) fn csrf_of(session: &str) -> String {
    SessionDigest::of(&format!("csrf {session}"))
        .as_str()
        .to_owned()
}

/// The page that a form of a signed-in reader belongs to: at the address to which it is sent, or one
/// step above.
fn page_of(path: &str) -> &str {
    match path {
        "/account" | "/apps" | "/tool" => path,
        "/sign-out" => "/account",
        _ => path.rsplit_once('/').map_or(path, |(above, _)| above),
    }
}

async fn find<B: PlatformBook + Users>(
    parts: &Parts,
    console: &Shared<B>,
) -> Result<Option<Reader>, Refusal> {
    let mut site = Site::of(parts);
    if parts.method == Method::POST {
        site = site.belonging_to(page_of(parts.uri.path()));
    }
    let is_secure = Reached::of(parts, console).is_secure;
    let Some(session) = cookie(&parts.headers, session_cookie(is_secure)) else {
        return Ok(None);
    };
    let digest = SessionDigest::of(session);
    let now = console.gateway.now();
    let book = console.gateway.book();
    let found = book.signed_in(&digest, now).await;
    let Some(signed_in) = found.map_err(|error| Refusal::store(&site, &error))? else {
        return Ok(None);
    };
    if now.millis_since(signed_in.seen_at) > SEEN_EVERY_MILLIS
        && let Err(error) = book.see_session(&digest, now).await
    {
        // It ends somewhat earlier, no more.
        tracing::warn!(%error, "cannot note the use of a session");
    }
    site.reader = Some(signed_in.user.name.as_str().to_owned());
    Ok(Some(Reader {
        site,
        user: signed_in.user,
        csrf: csrf_of(session),
        session: digest,
    }))
}

impl<B: PlatformBook + Users> FromRequestParts<Console<B>> for Reader {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Console<B>) -> Result<Self, Refusal> {
        match find(parts, state).await? {
            Some(reader) => Ok(reader),
            None => Err(not_signed_in(parts)),
        }
    }
}

/// Tells pages that need nobody to be signed in who is, for their head, and the documentation
/// which apps are theirs, for its samples.
pub(crate) async fn greet<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    // Style sheets have no head. A book that cannot be read keeps nobody from the documentation.
    if !parts.uri.path().starts_with("/assets/")
        && let Ok(Some(reader)) = find(&parts, &console).await
    {
        if parts.uri.path().starts_with("/docs/")
            && let Ok(access) = console.gateway.book().access().await
        {
            parts.extensions.insert(own_apps(&reader, &access));
        }
        let name = reader.user.name.as_str().to_owned();
        parts.extensions.insert(SignedInAs(name));
    }
    next.run(Request::from_parts(parts, body)).await
}

/// The apps that a reader calls with, the oldest first: a new one does not take the place of the one
/// whose secret they have at hand. An operator sees all, and none is theirs.
fn own_apps(reader: &Reader, access: &Access) -> OwnApps {
    let own = access.apps.iter().filter(|app| {
        let is_own = !reader.is_operator() && reader.may_see(app);
        is_own && app.status == AppStatus::Enabled
    });
    let mut own: Vec<&AppRecord> = own.collect();
    own.sort_by_key(|app| app.created_at);
    let own = own.into_iter().map(|app| OwnApp {
        key: app.key.to_string(),
        name: app.name.clone(),
    });
    OwnApps(own.collect())
}

fn not_signed_in(parts: &Parts) -> Refusal {
    let back = parts
        .uri
        .path_and_query()
        .filter(|_| parts.method == Method::GET);
    let back = back.map_or_else(|| "/apps".to_owned(), ToString::to_string);
    Refusal::new(&Site::of(parts), Kind::NotSignedIn { back })
}

/// The fields of a form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn read(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first field of this name, without blanks around it; nothing if it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.raw(name)
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }

    /// The first field of this name as it was sent.
    pub(crate) fn raw(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    }

    /// These fields, and behind them others.
    pub(crate) fn with(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }
}

/// A form that a signed-in reader sent from a page of this site. There is no other way to the
/// fields of a form that changes something.
#[derive(Debug)]
pub(crate) struct Submitted {
    pub(crate) reader: Reader,
    pub(crate) fields: Fields,
}

impl<B: PlatformBook + Users> FromRequest<Console<B>> for Submitted {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &Console<B>) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let Some(reader) = find(&parts, state).await? else {
            return Err(not_signed_in(&parts));
        };
        let is_ours = is_from_this_site(&parts.headers);
        let request = Request::from_parts(parts, body);
        let fields = read_form(request)
            .await
            .ok_or_else(|| reader.refuse(Kind::BadForm))?;
        // Digests are compared, so the time tells nothing of the right one.
        let digest = |text: &str| SessionDigest::of(text);
        let is_right = fields
            .raw(CSRF)
            .is_some_and(|csrf| digest(csrf) == digest(&reader.csrf));
        if !is_ours || !is_right {
            return Err(reader.refuse(Kind::BadForm));
        }
        Ok(Self { reader, fields })
    }
}

/// The fields of a request's form, if it has one that can be read.
pub(crate) async fn read_form(request: Request) -> Option<Fields> {
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return None;
    }
    // The router's limit on bodies holds here.
    let bytes = axum::body::Bytes::from_request(request, &()).await.ok()?;
    Some(Fields::read(&bytes))
}
