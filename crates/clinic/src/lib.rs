//! The clinic's side of the agent: served on the LAN from the local copy, also when the platform
//! is away.
//!
//! [`Clinic::router`] serves the front desk's API, the board, the public screen and the ISV's fleet
//! page. [`Clinic::write_back`] tells the platform what was done at the desk, for as long as it
//! runs. What holds of a number is decided in `standing`, what is seen of a list in `view`, and
//! both are plain functions; `hub` brings changes to every open board.

mod access;
mod act;
mod api;
mod decision;
mod draw;
mod events;
mod find;
mod fleet;
mod hub;
mod limits;
mod pages;
mod pin;
mod platform;
mod problem;
mod secret;
mod standing;
mod view;
mod words;
mod write_back;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use parking_lot::Mutex;
use povline_domain::{Clock, Day, OutPovId, UnixMillis};
use povline_store::ledger::{Desk, GuessLimits};
use povline_web::{Asset, BASE_STYLE};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use self::access::{AskedBy, Origin};
use self::hub::Hub;
use self::limits::{Often, OftenTogether};

pub use access::{DEVICE_COOKIE, FLEET_COOKIE, SESSION_COOKIE};
pub use find::normal;
pub use pin::{PinError, hash_pin, is_pin};
pub use platform::{Agents, AppAtWork, Platform, TellFuture};
pub use secret::{SecretKind, pairing_code, pairing_digest};

/// The files that the pages link to.
pub static ASSETS: &[Asset] = &[
    BASE_STYLE,
    pages::STYLE,
    pages::BOARD,
    pages::FLEET,
    pages::AIM,
];

/// Gives bytes that nobody can guess; `None` if the system has none.
pub type Chance = Arc<dyn Fn() -> Option<[u8; 32]> + Send + Sync>;

/// How a clinic's side behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether it is served over TLS alone, so that cookies must not go over anything else.
    pub is_secure: bool,
    /// A list of today that is older than this is called stale.
    pub stale_today: Duration,
    /// The same for the lists of other days.
    pub stale_others: Duration,
    /// How often PINs may be guessed.
    pub guesses: GuessLimits,
    /// How long somebody stays signed in.
    pub signed_in: Duration,
}

impl Default for Settings {
    /// Today's lists are stale after 15 minutes (at night they are read every 10) and others after
    /// 12 hours. Five wrong PINs of one
    /// person, or ten on one device, lock for a minute, then two, up to an hour. A shift is 12
    /// hours.
    fn default() -> Self {
        Self {
            is_secure: false,
            stale_today: Duration::from_secs(15 * 60),
            stale_others: Duration::from_secs(12 * 60 * 60),
            guesses: GuessLimits {
                of_staff: 5,
                of_device: 10,
                lock_ms: 60_000,
                lock_ms_max: 3_600_000,
            },
            signed_in: Duration::from_secs(12 * 60 * 60),
        }
    }
}

/// A clinic's lists may be asked for anew so often within a minute by its people, and as often by
/// its programs.
const PULLS_PER_MINUTE: usize = 6;
/// A program's token may look for so many codes that nobody has, within ten minutes.
const MISSES_PER_TEN_MINUTES: usize = 30;
/// Pairing codes may be tried so often in a minute from one address.
const PAIRINGS_PER_MINUTE: usize = 10;
/// The same from all addresses together: of the codes that are good for ten minutes, this is one in
/// a hundred thousand.
const PAIRINGS_PER_MINUTE_TOGETHER: usize = 100;
/// A token that is none may be tried so often in a minute, whoever tries.
const TOKENS_PER_MINUTE: usize = 60;

/// The desks of all clinics of one agent. Clones are the same.
pub struct Clinic<L>(Arc<Inner<L>>);

struct Inner<L> {
    ledger: Arc<L>,
    platform: Arc<dyn Platform>,
    clock: Arc<dyn Clock>,
    chance: Chance,
    settings: Settings,
    hub: Hub,
    pulls: Mutex<Often<(OutPovId, AskedBy)>>,
    misses: Mutex<Often<i64>>,
    pairings: Mutex<OftenTogether<Origin>>,
    wrong_tokens: Mutex<Often<()>>,
    /// Something is to be told to the platform.
    to_tell: Notify,
    closing: CancellationToken,
}

impl<L> Clone for Clinic<L> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<L> fmt::Debug for Clinic<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clinic")
            .field("settings", &self.0.settings)
            .finish_non_exhaustive()
    }
}

impl<L: Desk> Clinic<L> {
    /// The desks over this ledger and the agent that keeps it. Open boards and
    /// [`Clinic::write_back`] end when `closing` is cancelled.
    #[must_use]
    pub fn new(
        ledger: Arc<L>,
        platform: Arc<dyn Platform>,
        clock: Arc<dyn Clock>,
        chance: Chance,
        settings: Settings,
        closing: CancellationToken,
    ) -> Self {
        Self(Arc::new(Inner {
            ledger,
            platform,
            clock,
            chance,
            settings,
            hub: Hub::default(),
            pulls: Mutex::new(Often::new(PULLS_PER_MINUTE, 60_000)),
            misses: Mutex::new(Often::new(MISSES_PER_TEN_MINUTES, 600_000)),
            pairings: Mutex::new(OftenTogether::new(
                PAIRINGS_PER_MINUTE,
                PAIRINGS_PER_MINUTE_TOGETHER,
                60_000,
            )),
            wrong_tokens: Mutex::new(Often::new(TOKENS_PER_MINUTE, 60_000)),
            to_tell: Notify::new(),
            closing,
        }))
    }

    /// API and pages, without the headers that [`povline_web::guarded`] sets.
    pub fn router(&self) -> Router {
        Router::new()
            .merge(pages::router())
            .nest("/v1", api::router())
            .with_state(self.clone())
            .merge(povline_web::assets(ASSETS))
    }

    fn ledger(&self) -> &L {
        &self.0.ledger
    }

    fn now(&self) -> UnixMillis {
        self.0.clock.now()
    }

    fn today(&self) -> Day {
        Day::at(self.now())
    }

    /// The age from which on a list of this day is stale, in milliseconds.
    fn stale_ms(&self, day: Day, today: Day) -> i64 {
        let stale = match day == today {
            true => self.0.settings.stale_today,
            false => self.0.settings.stale_others,
        };
        i64::try_from(stale.as_millis()).unwrap_or(i64::MAX)
    }
}
