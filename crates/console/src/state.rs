//! What all pages share.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use povline_domain::UnixMillis;
use povline_gateway::Gateway;
use povline_store::book::{Actor, UserName};
use tokio::sync::Semaphore;

/// Passwords that are hashed at a time. Each takes 19 MiB and some ten milliseconds of a core, and
/// whoever wants to sign in must not be able to take more from those who call.
const HASHES_AT_ONCE: usize = 2;

/// Numbers that nobody can guess, out of the operating system.
pub trait Randomness: Send + Sync + 'static {
    /// Thirty-two bytes; nothing if the operating system gives none.
    fn draw(&self) -> Option<[u8; 32]>;
}

/// What an operator may set.
#[derive(Clone)]
pub struct Settings {
    /// Whether the site is reached over TLS alone, so that cookies need nothing else.
    pub is_secure: bool,
    /// The address at which the API is called, such as `https://example.com/router/rest`, for
    /// requests as they are shown.
    pub url: String,
    /// Where chance comes from.
    pub randomness: Arc<dyn Randomness>,
}

impl Settings {
    /// The name of the cookie that holds a session. Browsers take a name that begins with `__Host-`
    /// over TLS alone and from this very host, so no neighbour below the same domain can plant a
    /// session of its own here.
    pub(crate) fn session_cookie(&self) -> &'static str {
        match self.is_secure {
            true => "__Host-povline_session",
            false => "povline_session",
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("is_secure", &self.is_secure)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// What all pages share. Clones are the same.
pub(crate) struct Console<B>(Arc<Shared<B>>);

pub(crate) struct Shared<B> {
    pub(crate) gateway: Gateway<B>,
    pub(crate) settings: Settings,
    pub(crate) hashing: Semaphore,
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
            hashing: Semaphore::new(HASHES_AT_ONCE),
        }))
    }
}

/// A user of the site at an instant, for the audit.
pub(crate) fn actor(user: &UserName, at: UnixMillis) -> Actor {
    Actor {
        name: format!("user:{user}"),
        at,
    }
}
