//! Who asks: a program with a token, a paired device, somebody signed in at one, or the ISV.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use povline_domain::OutPovId;
use povline_store::ledger::{AccessToken, Desk, Device, Guess, Session, TokenDigest};
use povline_web::{Peer, cookie};

use crate::problem::Problem;
use crate::secret::SecretKind;
use crate::view::Names;
use crate::{Clinic, pin};

/// The cookie of a paired device.
pub const DEVICE_COOKIE: &str = "povline_device";
/// The cookie of somebody signed in.
pub const SESSION_COOKIE: &str = "povline_session";
/// The cookie of the fleet page.
pub const FLEET_COOKIE: &str = "povline_fleet";

/// A paired device.
#[derive(Debug)]
pub(crate) struct Paired(pub(crate) Device);

/// A paired device at which staff sign in; a public screen is none.
#[derive(Debug)]
pub(crate) struct AtDesk(pub(crate) Device);

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Origin(povline_web::Origin);

/// Somebody signed in at a paired device.
#[derive(Debug)]
pub(crate) struct SignedIn(pub(crate) Session);

/// Whoever may use the API of one clinic.
#[derive(Debug)]
pub(crate) enum Caller {
    Program(AccessToken, OutPovId),
    Person(Session),
}

/// The ISV.
#[derive(Debug)]
pub(crate) struct Isv(pub(crate) AccessToken);

/// What lets a stream go on: it is looked at again and again while the stream is open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Right {
    kind: SecretKind,
    digest: TokenDigest,
}

impl Right {
    /// The right of this kind that a request carries.
    pub(crate) fn of(headers: &HeaderMap, kind: SecretKind) -> Option<Self> {
        let cookie_name = match kind {
            SecretKind::Clinic => "",
            SecretKind::Fleet => FLEET_COOKIE,
            SecretKind::Device => DEVICE_COOKIE,
            SecretKind::Session => SESSION_COOKIE,
        };
        let text = secret(headers, kind, cookie_name)?;
        let digest = kind.digest(text)?;
        Some(Self { kind, digest })
    }
}

impl<L: Desk> Clinic<L> {
    /// Whether a right still is one. A ledger that cannot be read takes none away.
    pub(crate) fn holds(&self, right: &Right) -> bool {
        let (ledger, digest) = (self.ledger(), &right.digest);
        match right.kind {
            SecretKind::Clinic | SecretKind::Fleet => {
                ledger.token(digest).map_or(true, |token| token.is_some())
            }
            SecretKind::Device => ledger
                .device(digest)
                .map_or(true, |device| device.is_some()),
            SecretKind::Session => ledger
                .session(digest, self.now())
                .map_or(true, |session| session.is_some()),
        }
    }
}

/// Whether a program asks or a person: what programs use up of a limit must be nobody's at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum AskedBy {
    Program,
    Person,
}

impl Caller {
    pub(crate) fn asked_by(&self) -> AskedBy {
        match self {
            Self::Program(..) => AskedBy::Program,
            Self::Person(_) => AskedBy::Person,
        }
    }

    pub(crate) fn pov(&self) -> &OutPovId {
        match self {
            Self::Program(_, pov) => pov,
            Self::Person(session) => &session.staff.pov,
        }
    }

    /// Names are whole for people alone.
    pub(crate) fn names(&self) -> Names {
        match self {
            Self::Program(..) => Names::Masked,
            Self::Person(_) => Names::Whole,
        }
    }

    /// As whom what is done is written down.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Program(token, _) => format!("token {}", token.label),
            Self::Person(session) => session.staff.name.clone(),
        }
    }
}

impl<L: Desk> FromRequestParts<Clinic<L>> for Paired {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, clinic: &Clinic<L>) -> Result<Self, Problem> {
        let text = secret(&parts.headers, SecretKind::Device, DEVICE_COOKIE);
        let digest = text.and_then(|text| SecretKind::Device.digest(text));
        let digest = digest.ok_or(Problem::PairFirst)?;
        let device = clinic.ledger().device(&digest)?;
        device.map(Self).ok_or(Problem::PairFirst)
    }
}

impl<L: Desk> FromRequestParts<Clinic<L>> for AtDesk {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, clinic: &Clinic<L>) -> Result<Self, Problem> {
        let Paired(device) = Paired::from_request_parts(parts, clinic).await?;
        match device.is_screen {
            true => Err(Problem::NotAtScreen),
            false => Ok(Self(device)),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>();
        // Without a connection it comes from within this process.
        let address = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.address.ip());
        Ok(Self(address.into()))
    }
}

impl<L: Desk> FromRequestParts<Clinic<L>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, clinic: &Clinic<L>) -> Result<Self, Problem> {
        let session = session(&parts.headers, clinic)?;
        session.map(Self).ok_or(Problem::SignInFirst)
    }
}

impl<L: Desk> FromRequestParts<Clinic<L>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, clinic: &Clinic<L>) -> Result<Self, Problem> {
        if let Some(token) = token(&parts.headers, SecretKind::Clinic, "", clinic)? {
            let pov = token.pov.clone().ok_or(Problem::SignInFirst)?;
            return Ok(Self::Program(token, pov));
        }
        let session = session(&parts.headers, clinic)?;
        session.map(Self::Person).ok_or(Problem::SignInFirst)
    }
}

impl<L: Desk> FromRequestParts<Clinic<L>> for Isv {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, clinic: &Clinic<L>) -> Result<Self, Problem> {
        let token = token(&parts.headers, SecretKind::Fleet, FLEET_COOKIE, clinic)?;
        token
            .filter(|token| token.pov.is_none())
            .map(Self)
            .ok_or(Problem::SignInFirst)
    }
}

/// The secret of this kind that a request carries: after `Bearer`, or else in a cookie.
pub(crate) fn secret<'a>(
    headers: &'a HeaderMap,
    kind: SecretKind,
    cookie_name: &str,
) -> Option<&'a str> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::trim)
        .filter(|text| kind.digest(text).is_some());
    bearer.or_else(|| cookie(headers, cookie_name))
}

fn session<L: Desk>(headers: &HeaderMap, clinic: &Clinic<L>) -> Result<Option<Session>, Problem> {
    let text = secret(headers, SecretKind::Session, SESSION_COOKIE);
    let Some(digest) = text.and_then(|text| SecretKind::Session.digest(text)) else {
        return Ok(None);
    };
    Ok(clinic.ledger().session(&digest, clinic.now())?)
}

fn token<L: Desk>(
    headers: &HeaderMap,
    kind: SecretKind,
    cookie_name: &str,
    clinic: &Clinic<L>,
) -> Result<Option<AccessToken>, Problem> {
    match secret(headers, kind, cookie_name) {
        Some(text) => known_token(text, kind, clinic),
        None => Ok(None),
    }
}

/// The token with this text. Tokens that are none are looked up only so often.
pub(crate) fn known_token<L: Desk>(
    text: &str,
    kind: SecretKind,
    clinic: &Clinic<L>,
) -> Result<Option<AccessToken>, Problem> {
    let Some(digest) = kind.digest(text.trim()) else {
        return Ok(None);
    };
    let token = clinic.ledger().token(&digest)?;
    if token.is_none() {
        let asked = clinic.0.wrong_tokens.lock().ask((), clinic.now());
        asked.map_err(Problem::TooOften)?;
    }
    Ok(token)
}

impl<L: Desk> Clinic<L> {
    /// Pairs a device; its secret, which only it will know.
    pub(crate) async fn pair(&self, code: &str, from: Origin) -> Result<(Device, String), Problem> {
        let now = self.now();
        self.0
            .pairings
            .lock()
            .ask(from, now)
            .map_err(Problem::TooOften)?;
        let (text, digest) = self.fresh(SecretKind::Device)?;
        let code = crate::secret::pairing_digest(code);
        let paired = self.ledger().pair(code, digest, now).await?;
        let device = paired.ok_or(Problem::WrongCode)?;
        Ok((device, text))
    }

    /// Signs somebody in at a device; the session's secret.
    pub(crate) async fn sign_in(
        &self,
        device: &Device,
        staff: i64,
        typed: String,
    ) -> Result<String, Problem> {
        let (now, limits) = (self.now(), self.0.settings.guesses);
        let guess = self
            .ledger()
            .begin_guess(device.number, staff, now, limits)
            .await?;
        let (kept, locks_until) = match guess {
            Guess::May {
                pin_hash,
                locks_until,
            } => (pin_hash, locks_until),
            Guess::Locked(until) => return Err(Problem::Locked(until)),
            Guess::Nobody => return Err(Problem::WrongPin),
        };
        let is_right = tokio::task::spawn_blocking(move || pin::is_pin(&typed, &kept));
        if !is_right.await.unwrap_or(false) {
            return Err(locks_until.map_or(Problem::WrongPin, Problem::Locked));
        }
        let (text, digest) = self.fresh(SecretKind::Session)?;
        let lasts = i64::try_from(self.0.settings.signed_in.as_millis()).unwrap_or(i64::MAX);
        self.ledger()
            .begin_session(digest, device.number, staff, now.plus_millis(lasts))
            .await?;
        Ok(text)
    }

    /// A new secret and its digest.
    fn fresh(&self, kind: SecretKind) -> Result<(String, TokenDigest), Problem> {
        let random = (self.0.chance)().ok_or(Problem::Broken)?;
        let text = kind.text(random);
        let digest = crate::secret::digest(&text);
        Ok((text, digest))
    }
}
