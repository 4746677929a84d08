//! Who may sign in to the platform's site, and who is signed in.

use std::fmt;
use std::future::Future;

use povline_domain::{AppKey, IsvId, OutPovId, UnixMillis};

use super::{Actor, CallLimits, NewApp, PovRecord, SecretText, SessionDigest, Write};
use crate::StoreError;

/// The name with which a user signs in: 1 to 64 of `a`–`z`, `0`–`9`, `.`, `_`, `-` and `@`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(Box<str>);

/// A text that is no user's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a user's name is 1 to 64 of a-z, 0-9, '.', '_', '-' and '@'")]
pub struct UserNameError;

impl UserName {
    /// The longest name, in bytes.
    pub const BYTES_MAX: usize = 64;

    /// Reads a name. Blanks around it and capital letters are taken for a slip of the keyboard.
    ///
    /// # Errors
    /// [`UserNameError`] if it is none.
    pub fn new(text: &str) -> Result<Self, UserNameError> {
        let name = text.trim().to_ascii_lowercase();
        let is_name = (1..=Self::BYTES_MAX).contains(&name.len())
            && name.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-@".contains(&byte)
            });
        is_name.then(|| Self(name.into())).ok_or(UserNameError)
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A password's hash in the PHC form. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(***)")
    }
}

/// What a user may do on the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Everything that concerns the apps of one ISV.
    Isv {
        /// The ISV.
        isv: IsvId,
        /// Its name.
        name: String,
    },
    /// Whatever the platform's operator may.
    Operator,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// The name with which they sign in.
    pub name: UserName,
    /// What they may do.
    pub role: Role,
    /// When they were made.
    pub created_at: UnixMillis,
}

/// A user to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The name.
    pub name: UserName,
    /// Their ISV; an operator without one.
    pub isv: Option<IsvId>,
    /// Their password's hash.
    pub password: PasswordHash,
}

/// A session that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Whose it is.
    pub user: UserRecord,
    /// When it was last used, to the minute.
    pub seen_at: UnixMillis,
    /// From when on it is no longer good, used or not.
    pub expires_at: UnixMillis,
}

/// An app that a user of the site makes, and how many its ISV may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MadeApp {
    /// It is made.
    Made,
    /// Its ISV has as many as it may have.
    TooMany,
    /// Another app has its key.
    KeyTaken,
}

/// Somebody who enters a sandbox by themselves.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// The name with which they sign in, which their ISV and their app have too.
    pub name: UserName,
    /// Their password's hash.
    pub password: PasswordHash,
    /// Their app's key.
    pub key: AppKey,
    /// Its secret.
    pub secret: SecretText,
    /// The codes and names of their clinics.
    pub clinics: Vec<(OutPovId, String)>,
    /// How often their app may call.
    pub limits: CallLimits,
}

/// What became of a newcomer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUp {
    /// They are in.
    Done,
    /// A user or an ISV has this name.
    NameTaken,
    /// An app has this key.
    KeyTaken,
    /// There are as many users of ISVs as there may be.
    Full,
}

/// The users of the platform's site, on any engine.
pub trait Users: Send + Sync + 'static {
    /// How long a session is good that nobody uses, in milliseconds.
    const SESSION_IDLE_MILLIS: i64 = 2 * 3_600_000;

    /// How long any session is good, in milliseconds.
    const SESSION_MILLIS: i64 = 12 * 3_600_000;

    /// Sessions of one user; a new one ends the oldest beyond them.
    const USER_SESSIONS_MAX: usize = 20;

    /// Makes a user.
    ///
    /// # Errors
    /// Refused if the name is taken or the ISV unknown.
    fn add_user(
        &self,
        actor: &Actor,
        user: NewUser,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Every user, by name.
    fn users(&self) -> impl Future<Output = Result<Vec<UserRecord>, StoreError>> + Send;

    /// The hash of a user's password, if there is such a user.
    fn password_of(
        &self,
        name: &UserName,
    ) -> impl Future<Output = Result<Option<PasswordHash>, StoreError>> + Send;

    /// Gives a user another password and ends their sessions.
    ///
    /// # Errors
    /// Refused if there is no such user.
    fn set_password(
        &self,
        actor: &Actor,
        name: &UserName,
        password: PasswordHash,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes a user away, with their sessions.
    ///
    /// # Errors
    /// Refused if there is no such user.
    fn remove_user(
        &self,
        actor: &Actor,
        name: &UserName,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Begins a session of a user at the instant at which the actor acts, if `password` is still
    /// the hash of theirs: one that was found right may have been ended meanwhile, and all sessions
    /// with it. Whether it has begun.
    fn sign_in(
        &self,
        actor: &Actor,
        name: &UserName,
        password: PasswordHash,
        session: SessionDigest,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Who is signed in with a session, if it is good at `now`.
    fn signed_in(
        &self,
        session: &SessionDigest,
        now: UnixMillis,
    ) -> impl Future<Output = Result<Option<SignedIn>, StoreError>> + Send;

    /// Takes note that a session was used at `now`.
    fn see_session(
        &self,
        session: &SessionDigest,
        now: UnixMillis,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends a session.
    fn sign_out(
        &self,
        session: &SessionDigest,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Makes an app unless its ISV has `apps_max` or more. However many are made at once, there are
    /// never more.
    ///
    /// # Errors
    /// Refused if the ISV is unknown or the key is none of this kind of book.
    fn make_app(
        &self,
        actor: &Actor,
        app: NewApp,
        apps_max: usize,
    ) -> impl Future<Output = Result<MadeApp, StoreError>> + Send;

    /// How many users there are of ISVs.
    fn accounts(&self) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Lets a newcomer into a sandbox that has fewer than `accounts_max` users of ISVs: an ISV of
    /// their own with its clinics and their appointments, an app that may read and write them, and a
    /// user; all of it or nothing.
    ///
    /// # Errors
    /// Refused if the book is not a sandbox's or a write is refused.
    fn sign_up(
        &self,
        actor: &Actor,
        newcomer: Newcomer,
        accounts_max: usize,
        appointments: impl FnOnce(IsvId, &[PovRecord]) -> Vec<Write> + Send + 'static,
    ) -> impl Future<Output = Result<SignUp, StoreError>> + Send;
}
