//! What all pages share.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use povline_domain::UnixMillis;
use povline_gateway::{Gateway, PlatformBook};
use povline_store::book::{Actor, CallLimits, LimitSetting, UserName};

use crate::password::Hashing;
use crate::throttle::Attempts;

/// Numbers that nobody can guess, out of the operating system.
pub trait Randomness: Send + Sync + 'static {
    /// Thirty-two bytes; nothing if the operating system gives none.
    fn draw(&self) -> Option<[u8; 32]>;
}

/// What an operator may set.
#[derive(Clone)]
pub struct Settings {
    /// Whether the site itself is reached over TLS alone, so that cookies need nothing else. Where
    /// it is not, a trusted proxy's `X-Forwarded-Proto` tells of each request.
    pub is_secure: bool,
    /// The address at which the API is called, such as `https://example.com/router/rest`, for
    /// requests as they are shown.
    pub url: String,
    /// Users of ISVs beyond which nobody may make an account in a sandbox by themselves; 0 for
    /// nobody at all, as in production.
    pub sign_ups_max: usize,
    /// Where chance comes from.
    pub randomness: Arc<dyn Randomness>,
}

/// How often an app of a sandbox may call that somebody makes without asking anybody, until an
/// operator says otherwise.
pub(crate) const SANDBOX_LIMITS: CallLimits = CallLimits {
    per_second: LimitSetting::AtMost(20),
    per_day: LimitSetting::AtMost(20_000),
};

/// The name of the cookie that holds a session. Browsers take a name that begins with `__Host-` over
/// TLS alone and from this very host, so no neighbour below the same domain can plant a session of
/// its own here.
pub(crate) fn session_cookie(is_secure: bool) -> &'static str {
    match is_secure {
        true => "__Host-povline_session",
        false => "povline_session",
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("is_secure", &self.is_secure)
            .field("url", &self.url)
            .field("sign_ups_max", &self.sign_ups_max)
            .finish_non_exhaustive()
    }
}

/// What all pages share. Clones are the same.
pub(crate) struct Console<B>(Arc<Shared<B>>);

pub(crate) struct Shared<B> {
    pub(crate) gateway: Gateway<B>,
    pub(crate) settings: Settings,
    pub(crate) hashing: Hashing,
    pub(crate) attempts: Attempts,
}

impl<B> Clone for Console<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B> Deref for Console<B> {
    type Target = Shared<B>;

    fn deref(&self) -> &Shared<B> {
        &self.0
    }
}

impl<B> Console<B> {
    pub(crate) fn new(gateway: Gateway<B>, settings: Settings) -> Self {
        Self(Arc::new(Shared {
            gateway,
            settings,
            hashing: Hashing::default(),
            attempts: Attempts::default(),
        }))
    }
}

impl<B: PlatformBook> Shared<B> {
    /// Lets the gateway know at once who may call: a key that is shown works, and one that was ended
    /// does not.
    pub(crate) async fn learn_access(&self) {
        if let Err(error) = self.gateway.learn_access().await {
            tracing::warn!(%error, "a change of access is known a moment later");
        }
    }

    /// Whether anybody may make an account by themselves.
    pub(crate) fn may_sign_up(&self) -> bool {
        self.settings.sign_ups_max > 0 && self.gateway.sandbox_seed().is_some()
    }
}

/// A user of the site at an instant, for the audit.
pub(crate) fn actor(user: &UserName, at: UnixMillis) -> Actor {
    Actor {
        name: format!("user:{user}"),
        at,
    }
}
