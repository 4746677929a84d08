//! Making an account in a sandbox, without asking anybody.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use povline_domain::Day;
use povline_gateway::PlatformBook;
use povline_portal::Site;
use povline_protocol::methods::appointment_query::METHOD;
use povline_store::StoreError;
use povline_store::book::{BookKind, Newcomer, PasswordHash, SignUp, UserName, Users};
use povline_web::{Language, Page};

use crate::keys;
use crate::password::{self, PASSWORD_CHARS, PasswordError};
use crate::reached::Reached;
use crate::refusal::{Kind, Refusal};
use crate::session::{Entering, begin_session, end_session, with_cookie};
use crate::state::{Console, SANDBOX_LIMITS, actor};
use crate::throttle::{self, retry_after, too_many};

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUpPage {
    language: Language,
    site: Site,
    name: String,
    chars_min: usize,
    /// Whether there is room for another account.
    is_open: bool,
    trouble: Option<String>,
}

impl SignUpPage {
    fn of(site: &Site, name: String, trouble: Option<String>) -> Self {
        Self {
            language: site.language,
            site: site.clone(),
            name,
            chars_min: *PASSWORD_CHARS.start(),
            is_open: true,
            trouble,
        }
    }

    /// The page of a sandbox that has no room.
    fn of_full(site: &Site) -> Self {
        let (chinese, english) = full();
        let trouble = site.language.pick(chinese, english).to_owned();
        Self {
            is_open: false,
            ..Self::of(site, String::new(), Some(trouble))
        }
    }
}

/// What a newcomer has now, its secret this once, and the way to the first call.
#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage {
    language: Language,
    site: Site,
    name: String,
    key: String,
    secret: String,
    /// The address of a program with the key, for a clinic of theirs and today.
    program: String,
    clinics: String,
}

/// The form; there is none outside a sandbox, nor where it is switched off.
pub(crate) async fn page<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    site: Site,
) -> Result<Response, Refusal> {
    must_be_open(&console, &site)?;
    let page = match is_full(&console, &site).await? {
        true => SignUpPage::of_full(&site),
        false => SignUpPage::of(&site, String::new(), None),
    };
    Ok(Page(page).into_response())
}

/// Whether the sandbox has as many accounts as it may.
async fn is_full<B: PlatformBook + Users>(
    console: &Console<B>,
    site: &Site,
) -> Result<bool, Refusal> {
    let accounts = console.gateway.book().accounts().await;
    let accounts = accounts.map_err(|error| Refusal::store(site, &error))?;
    Ok(accounts >= console.settings.sign_ups_max)
}

fn must_be_open<B: PlatformBook>(console: &Console<B>, site: &Site) -> Result<(), Refusal> {
    let closed = || Refusal::new(site, Kind::NotFound);
    console.may_sign_up().then_some(()).ok_or_else(closed)
}

/// Makes the account, signs its owner in, and shows key and secret.
pub(crate) async fn sign_up<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reached: Reached,
    mut site: Site,
    request: Request,
) -> Result<Response, Refusal> {
    must_be_open(&console, &site)?;
    let Entering { before, fields } = Entering::read(&site, reached, request).await?;
    let typed = fields.get("name").unwrap_or_default().to_owned();
    let again = |status: StatusCode, trouble: String| {
        let page = SignUpPage::of(&site, typed.clone(), Some(trouble));
        (status, Page(page)).into_response()
    };
    let wrong = |(chinese, english): (String, String)| {
        let trouble = site.language.pick(chinese, english);
        Ok(again(StatusCode::UNPROCESSABLE_ENTITY, trouble))
    };
    let Ok(name) = UserName::new(&typed) else {
        return wrong(name_rule());
    };
    let password = fields.raw("password").unwrap_or_default().to_owned();
    if fields.raw("again") != Some(password.as_str()) {
        return wrong(in_two_ways());
    }
    if !PASSWORD_CHARS.contains(&password.chars().count()) {
        return wrong(password::length_rule());
    }
    let no_room = || (StatusCode::FORBIDDEN, Page(SignUpPage::of_full(&site))).into_response();
    // Whoever finds no room has their password hashed for nothing.
    if is_full(&console, &site).await? {
        return Ok(no_room());
    }
    let place = console.hashing.enter();
    let place = place.ok_or_else(|| Refusal::new(&site, Kind::Crowded))?;
    let now = console.gateway.now();
    let key = throttle::sign_up_key(reached.address);
    if let Err(millis) = console.attempts.count(now, &[key]) {
        let trouble = too_many(site.language, millis);
        let again = again(StatusCode::TOO_MANY_REQUESTS, trouble);
        return Ok(retry_after(again, millis));
    }
    let randomness = &*console.settings.randomness;
    let hash = match place.hash_password(password, randomness).await {
        Ok(hash) => hash,
        Err(PasswordError::Length) => return wrong(password::length_rule()),
        Err(PasswordError::Failed) => return Err(Refusal::new(&site, Kind::Unavailable)),
    };
    let entered = enter(&console, &name, hash.clone()).await;
    let newcomer = match entered.map_err(|error| Refusal::store(&site, &error))? {
        Entered::As(newcomer) => newcomer,
        Entered::NameTaken => return wrong(name_taken()),
        Entered::Full => return Ok(no_room()),
        Entered::Nothing => return Err(Refusal::new(&site, Kind::Unavailable)),
    };
    let begun = begin_session(&console, (&name, hash), now, &site, reached).await?;
    end_session(&console, &site, before).await?;
    site.reader = begun.is_some().then(|| name.as_str().to_owned());
    let welcome = Page(WelcomePage::of(site, newcomer, Day::at(now))).into_response();
    Ok(match begun {
        Some(cookie) => with_cookie(welcome, cookie),
        None => welcome,
    })
}

enum Entered {
    As(Newcomer),
    NameTaken,
    Full,
    /// There is no chance to draw a key from.
    Nothing,
}

/// Lets somebody in with a key that nobody has yet.
async fn enter<B: PlatformBook + Users>(
    console: &Console<B>,
    name: &UserName,
    password: PasswordHash,
) -> Result<Entered, StoreError> {
    let gateway = &console.gateway;
    let Some(seed) = gateway.sandbox_seed() else {
        return Ok(Entered::Nothing);
    };
    let now = gateway.now();
    let actor = actor(name, now);
    for _ in 0..keys::TRIED_MAX {
        let drawn = keys::draw(BookKind::Sandbox, &*console.settings.randomness);
        let Some((key, secret)) = drawn else {
            break;
        };
        let newcomer = Newcomer {
            name: name.clone(),
            password: password.clone(),
            key,
            secret,
            clinics: seed.clinics().to_vec(),
            limits: SANDBOX_LIMITS,
        };
        let seed = seed.clone();
        let appointments = move |isv, povs: &[_]| seed.appointments(isv, povs, Day::at(now));
        let (book, accounts_max) = (gateway.book(), console.settings.sign_ups_max);
        let entered = book.sign_up(&actor, newcomer.clone(), accounts_max, appointments);
        match entered.await? {
            SignUp::Done => {
                console.learn_access().await;
                return Ok(Entered::As(newcomer));
            }
            SignUp::NameTaken => return Ok(Entered::NameTaken),
            SignUp::Full => return Ok(Entered::Full),
            SignUp::KeyTaken => {}
        }
    }
    Ok(Entered::Nothing)
}

impl WelcomePage {
    fn of(site: Site, newcomer: Newcomer, today: Day) -> Self {
        let clinics = newcomer.clinics.iter().map(|(code, _)| code.as_str());
        let clinics: Vec<&str> = clinics.collect();
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("app_key", newcomer.key.as_str())
            .append_pair("out_pov_id", clinics.first().copied().unwrap_or_default())
            .append_pair("day", &today.to_string());
        Self {
            language: site.language,
            name: newcomer.name.to_string(),
            key: newcomer.key.to_string(),
            secret: newcomer.secret.0,
            program: format!("/docs/{METHOD}/samples/call.py?{}", query.finish()),
            clinics: clinics.join(" "),
            site: site.shown_once(),
        }
    }
}

fn name_rule() -> (String, String) {
    let most = UserName::BYTES_MAX;
    (
        format!("账号须为1到{most}个字符:小写字母、数字或 . _ - @"),
        format!("A name has 1 to {most} characters: letters of a to z, digits, or . _ - @"),
    )
}

fn in_two_ways() -> (String, String) {
    (
        "两次输入的密码不一致".to_owned(),
        "The password was typed in two ways".to_owned(),
    )
}

fn name_taken() -> (String, String) {
    (
        "该账号已被使用,请换一个".to_owned(),
        "The name is taken: take another".to_owned(),
    )
}

fn full() -> (&'static str, &'static str) {
    (
        "沙箱账号已满,请联系平台运营者",
        "The sandbox has as many accounts as it may: ask the platform's operator",
    )
}
