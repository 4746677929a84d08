//! A site of two ISVs with an app each, and an operator.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use axum::Router;
use axum::body::Body;
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use povline_console::{Randomness, Settings, beside, hash_password};
use povline_domain::{
    AppKey, Appointment, AppointmentId, Clock, Day, IsvId, Name, OutPovId, PickCode, PickStatus,
    UnixMillis,
};
use povline_gateway::{Gateway, GatewayConfig, SandboxSeed};
use povline_portal::{Portal, PortalConfig, Sizes};
use povline_store::book::{
    Actor, AddressRange, Book as _, Grant, NewApp, NewUser, PovRecord, SecretText, SqliteBook,
    UserName, Users as _, Write,
};
use povline_store::journal::{CallLine, CallOutcome, Journal as _, JournalLimits, SqliteJournal};
use tower::ServiceExt as _;

pub(crate) const AT: UnixMillis = UnixMillis(1_610_930_000_000);
pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const APP: &str = "12345678";
pub(crate) const OTHER_APP: &str = "87654321";
/// The apps of a sandbox, whose keys look otherwise.
pub(crate) const SANDBOX_APPS: [&str; 2] = ["1021234567", "1027654321"];
pub(crate) const DAY: &str = "2021-01-18";
pub(crate) const NAME: &str = "欧阳测试";

/// A clock that stands where it is put.
#[derive(Debug)]
struct Set(AtomicI64);

impl Clock for Set {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::SeqCst))
    }
}

/// Numbers that differ and nothing else.
struct Counted(AtomicU8);

impl Randomness for Counted {
    fn draw(&self) -> Option<[u8; 32]> {
        Some([self.0.fetch_add(1, Ordering::SeqCst); 32])
    }
}

/// What a site is for, and how it is reached.
#[derive(Debug, Default)]
pub(crate) struct Kind {
    pub(crate) is_secure: bool,
    pub(crate) proxies: Option<AddressRange>,
    pub(crate) is_sandbox: bool,
    pub(crate) sign_ups_max: usize,
}

/// An appointment of the clinic.
fn row(id: &str) -> Appointment {
    Appointment {
        appointment_id: AppointmentId::new(id).unwrap(),
        out_pov_id: OutPovId::new("00001").unwrap(),
        day: DAY.parse::<Day>().unwrap(),
        period: "08:00-08:30".parse().unwrap(),
        pick_code: PickCode::new("610203").unwrap(),
        pick_status: PickStatus::NotPicked,
        name: Name::new(NAME).unwrap(),
    }
}

/// A clinic with one appointment for each newcomer.
fn seed() -> SandboxSeed {
    let seed = SandboxSeed::new(|isv, povs, _| {
        let one = |pov: &PovRecord| Write::Book(pov.pov, row(&format!("S{isv}")));
        povs.iter().map(one).collect()
    });
    let code = OutPovId::new("00001").unwrap();
    seed.with_clinics([(code, "测试门诊".to_owned())])
}

pub(crate) struct Site {
    pub(crate) router: Router,
    pub(crate) book: SqliteBook,
    journal: SqliteJournal,
    clock: Arc<Set>,
    _directory: tempfile::TempDir,
}

pub(crate) fn actor() -> Actor {
    Actor {
        name: "command:test".to_owned(),
        at: AT,
    }
}

async fn isv(book: &SqliteBook, name: &str, app: &str) -> IsvId {
    let isv = book.ensure_isv(&actor(), name).await.unwrap();
    let key = AppKey::new(app).unwrap();
    let new = NewApp {
        key: key.clone(),
        isv,
        name: format!("app of {name}"),
        secret: SecretText(SECRET.to_owned()),
    };
    book.create_app(&actor(), new).await.unwrap();
    let all = Grant::parse("*").unwrap();
    book.grant(&actor(), &key, &all).await.unwrap();
    isv
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self::of(Kind::default()).await
    }

    /// A site that is reached over TLS alone.
    pub(crate) async fn over_tls() -> Self {
        let kind = Kind {
            is_secure: true,
            ..Kind::default()
        };
        Self::of(kind).await
    }

    /// A site that believes proxies at these addresses.
    pub(crate) async fn behind(proxies: &str) -> Self {
        let kind = Kind {
            proxies: Some(proxies.parse().unwrap()),
            ..Kind::default()
        };
        Self::of(kind).await
    }

    /// A sandbox's site, where accounts are made until there are so many ISVs: two are there.
    pub(crate) async fn sandbox(sign_ups_max: usize) -> Self {
        let kind = Kind {
            is_sandbox: true,
            sign_ups_max,
            ..Kind::default()
        };
        Self::of(kind).await
    }

    pub(crate) async fn of(kind: Kind) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (book, keys) = match kind.is_sandbox {
            false => (SqliteBook::open(directory.path()), [APP, OTHER_APP]),
            true => (SqliteBook::open_sandbox(directory.path()), SANDBOX_APPS),
        };
        let book = book.unwrap();
        let own = isv(&book, "one", keys[0]).await;
        let other = isv(&book, "two", keys[1]).await;
        let code = OutPovId::new("00001").unwrap();
        let pov = book.ensure_pov(&actor(), own, &code, None).await.unwrap();
        let written = book
            .write(&actor(), vec![Write::Book(pov, row("P1"))])
            .await;
        written.unwrap();
        let password = hash_password(PASSWORD, [1; 16]).unwrap();
        for (name, isv) in [
            ("wang.li", Some(own)),
            ("zhao.wu", Some(other)),
            ("ops", None),
        ] {
            let user = NewUser {
                name: UserName::new(name).unwrap(),
                isv,
                password: password.clone(),
            };
            book.add_user(&actor(), user).await.unwrap();
        }
        let journal = SqliteJournal::open(directory.path(), JournalLimits::default()).unwrap();
        let clock = Arc::new(Set(AtomicI64::new(AT.0)));
        let config = GatewayConfig {
            journal: Some(Arc::new(journal.clone())),
            trusted_proxies: kind.proxies.into_iter().collect(),
            sandbox_seed: Some(seed()),
            ..GatewayConfig::default()
        };
        let shared = Arc::new(book.clone());
        let gateway = Gateway::new(shared, Arc::clone(&clock) as Arc<dyn Clock>, config);
        let gateway = gateway.await.unwrap();
        let settings = Settings {
            is_secure: kind.is_secure,
            url: "http://api.example/router/rest".to_owned(),
            sign_ups_max: kind.sign_ups_max,
            randomness: Arc::new(Counted(AtomicU8::new(1))),
        };
        let portal = PortalConfig::new(
            settings.url.clone(),
            kind.is_sandbox
                .then(|| "sandbox/sandbox-app.json".to_owned()),
            Sizes {
                body_bytes_max: gateway.body_bytes_max(),
                batch_calls_max: gateway.batch_calls_max(),
            },
            Arc::clone(&clock) as Arc<dyn Clock>,
        );
        let portal = PortalConfig {
            may_sign_up: kind.is_sandbox && kind.sign_ups_max > 0,
            ..portal
        };
        let pages = povline_portal::router(Portal::new(portal));
        Self {
            router: beside(pages, gateway, settings),
            book,
            journal,
            clock,
            _directory: directory,
        }
    }

    pub(crate) fn wait(&self, millis: i64) {
        self.clock.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// Fills the request log with more refused calls of a stranger than one search reads; how
    /// many.
    pub(crate) async fn fill_log(&self) -> usize {
        const PARTS: usize = 9;
        const LINES: usize = 2_100;
        // Ids that are long take room, and calls that are nobody's are nobody's to see.
        let line = |n: usize| CallLine {
            at: AT,
            request_id: format!("{n:0>4000}").into(),
            app: None,
            method: None,
            outcome: CallOutcome::Refused {
                code: 7,
                sub_code: None,
            },
            micros: 1,
            pov: None,
            day: None,
            bytes: 1,
            address: [127, 0, 0, 1].into(),
        };
        for part in 0..PARTS {
            let lines = (0..LINES).map(|n| line(part * LINES + n)).collect();
            self.journal.append(AT, lines, 0).await.unwrap();
        }
        PARTS * LINES
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        Answer::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// A reader who signs in by the form.
    pub(crate) async fn signed_in(&self, name: &str) -> Reader<'_> {
        let answer = self.sign_in(name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        self.with_cookie(&answer.cookie.unwrap())
    }

    pub(crate) async fn sign_in(&self, name: &str, password: &str) -> Answer {
        self.sign_in_by(Request::post("/sign-in"), name, password)
            .await
    }

    /// The same by a request that has more to say.
    pub(crate) async fn sign_in_by(
        &self,
        request: http::request::Builder,
        name: &str,
        password: &str,
    ) -> Answer {
        let form = form(&[("name", name), ("password", password)]);
        self.send(with_form(request, form)).await
    }

    /// Somebody with this cookie.
    pub(crate) fn with_cookie(&self, cookie: &str) -> Reader<'_> {
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Reader { site: self, cookie }
    }

    /// A page as somebody sees it who is not signed in.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::ACCEPT_LANGUAGE, "en");
        self.send(request.body(Body::empty()).unwrap()).await
    }
}

pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish()
}

pub(crate) fn with_form(request: http::request::Builder, form: String) -> Request<Body> {
    request
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .header(header::ACCEPT_LANGUAGE, "en")
        .body(Body::from(form))
        .unwrap()
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) cookie: Option<String>,
    pub(crate) retry_after: Option<String>,
    pub(crate) text: String,
}

impl Answer {
    async fn of(response: Response<Body>) -> Self {
        let header = |name| {
            let value = response.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let (location, cookie) = (header(header::LOCATION), header(header::SET_COOKIE));
        let retry_after = header(header::RETRY_AFTER);
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Self {
            status,
            location,
            cookie,
            retry_after,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// The text between two marks, the first of its kind.
    pub(crate) fn between(&self, begin: &str, end: &str) -> &str {
        let (_, rest) = self.text.split_once(begin).unwrap();
        rest.split_once(end).unwrap().0
    }
}

/// Somebody who is signed in.
pub(crate) struct Reader<'a> {
    site: &'a Site,
    pub(crate) cookie: String,
}

impl Reader<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::ACCEPT_LANGUAGE, "en")
            .body(Body::empty());
        self.site.send(request.unwrap()).await
    }

    pub(crate) async fn csrf(&self) -> String {
        let page = self.get("/account").await;
        page.between("name=\"csrf\" value=\"", "\"").to_owned()
    }

    /// Sends a form with what stands in all of this reader's.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf().await;
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields);
        self.post_bare(path, form(&all)).await
    }

    pub(crate) async fn post_bare(&self, path: &str, form: String) -> Answer {
        let request = Request::post(path).header(header::COOKIE, &self.cookie);
        self.site.send(with_form(request, form)).await
    }
}
