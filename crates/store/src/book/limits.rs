//! Under which conditions an app may call: how often, whence, with which session.

use std::future::Future;

use povline_domain::{AppKey, Day, UnixMillis};

use super::{Access, Actor, AddressRange, SessionDigest};
use crate::StoreError;

/// Whose calls of what are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallScope {
    /// All calls of one app.
    App(AppKey),
    /// One app's calls of one method.
    AppMethod(AppKey, String),
    /// Everybody's calls of one method.
    Method(String),
}

/// What an operator has said about a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LimitSetting {
    /// Nothing: the platform's settings decide.
    #[default]
    Default,
    /// There is none.
    Unlimited,
    /// At most so many, from 1 on.
    AtMost(u64),
}

impl LimitSetting {
    /// The limit in force where the platform's settings say `default`.
    #[must_use]
    pub fn or(self, default: Option<u64>) -> Option<u64> {
        match self {
            Self::Default => default,
            Self::Unlimited => None,
            Self::AtMost(calls) => Some(calls),
        }
    }
}

/// The limits of one scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallLimits {
    /// Calls within any one second.
    pub per_second: LimitSetting,
    /// Calls of one day of Asia/Shanghai.
    pub per_day: LimitSetting,
}

/// A session of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Whose it is.
    pub app: AppKey,
    /// What it is known by.
    pub digest: SessionDigest,
    /// When it was made.
    pub created_at: UnixMillis,
    /// From when on it is no longer good.
    pub expires_at: UnixMillis,
}

/// Every condition under which apps may call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallRules {
    /// What operators have said about limits; scopes of which nothing was said are left out.
    pub limits: Vec<(CallScope, CallLimits)>,
    /// What one call of a method takes of its app's calls; 1 for methods that are left out.
    pub weights: Vec<(String, u32)>,
    /// Whence apps may call; apps that are left out may call from anywhere.
    pub allowed: Vec<(AppKey, AddressRange)>,
    /// The sessions, also those that are no longer good.
    pub sessions: Vec<SessionRecord>,
}

/// What a process asks for and tells about the calls of one scope on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallClaim {
    /// Of which scope.
    pub scope: CallScope,
    /// How many calls more it wants to be allowed to let through.
    pub want: u64,
    /// The limit of the day; without one nothing needs to be wanted.
    pub at_most: Option<u64>,
    /// How many calls it has let through, less those given back, since it last told.
    pub used: i64,
    /// How many of them it had not reserved before (all of them if there is no limit), less the
    /// reserved ones that it will not use.
    pub unreserved: i64,
}

/// What a claim has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallGrant {
    /// How many calls more may be let through; fewer than wanted if the day has no more.
    pub granted: u64,
    /// All calls that are reserved now, used or not.
    pub reserved: u64,
}

/// The calls of one scope on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallCount {
    /// Of which scope.
    pub scope: CallScope,
    /// Let through, as far as running processes have told.
    pub used: u64,
    /// Let through or reserved. Of a process that was killed, what it had reserved stays so.
    pub reserved: u64,
}

/// What a book is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookKind {
    /// Real appointments.
    Production,
    /// Synthetic ones, for those who are building a client.
    Sandbox,
}

/// The conditions under which apps may call, and how often they have, on any engine.
///
/// A day's calls are reserved before they are let through, so a process that is killed never
/// leads to more calls than the limit: what it had reserved and not used is lost.
pub trait Limits: Send + Sync + 'static {
    /// Addresses and networks that an app may be allowed to call from.
    const ALLOWED_MAX: usize = 64;

    /// Sessions that an app may have.
    const SESSIONS_MAX: usize = 1_000;

    /// Days for which counts are kept.
    const COUNT_DAYS: i32 = 31;

    /// What the book is for.
    fn kind(&self) -> impl Future<Output = Result<BookKind, StoreError>> + Send;

    /// Every condition. Whatever changes one is told to followers as a change of access.
    fn call_rules(&self) -> impl Future<Output = Result<CallRules, StoreError>> + Send;

    /// Who may call and every condition, both of one instant: all by which calls are admitted. It
    /// waits for no other read, so that whoever must know it soon is not held up by those who read
    /// much.
    fn admission(&self) -> impl Future<Output = Result<(Access, CallRules), StoreError>> + Send;

    /// Says how often a scope may be called; defaults for both take back what was said.
    ///
    /// # Errors
    /// Refused if the app is unknown or a limit is zero.
    fn set_call_limits(
        &self,
        actor: &Actor,
        scope: &CallScope,
        limits: CallLimits,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Says what one call of a method takes of its app's calls, from 1 on.
    ///
    /// # Errors
    /// Refused if it is zero.
    fn set_method_weight(
        &self,
        actor: &Actor,
        method: &str,
        weight: u32,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Says whence an app may call; nothing means from anywhere.
    ///
    /// # Errors
    /// Refused if the app is unknown or there are more than [`Limits::ALLOWED_MAX`].
    fn set_allowed(
        &self,
        actor: &Actor,
        app: &AppKey,
        allowed: &[AddressRange],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Gives an app a session. Sessions of the app that were no longer good when the actor acts
    /// are forgotten.
    ///
    /// # Errors
    /// Refused if the app is unknown, has [`Limits::SESSIONS_MAX`] good ones, the session is taken,
    /// or it is no longer good from the beginning.
    fn add_session(
        &self,
        actor: &Actor,
        app: &AppKey,
        digest: SessionDigest,
        expires_at: UnixMillis,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes back the sessions of an app whose digest begins so; how many there were. An empty
    /// beginning is all of them.
    ///
    /// # Errors
    /// Refused if the app is unknown.
    fn revoke_sessions(
        &self,
        actor: &Actor,
        app: &AppKey,
        digest_begin: &str,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Reserves calls of a day, each claim as far as its limit goes, and takes note of used ones;
    /// all of it is durable when it is answered, and in the order of the claims. Counts of days
    /// more than [`Limits::COUNT_DAYS`] before `day` are forgotten.
    fn claim_calls(
        &self,
        day: Day,
        claims: Vec<CallClaim>,
    ) -> impl Future<Output = Result<Vec<CallGrant>, StoreError>> + Send;

    /// The calls of a day, by scope.
    fn call_counts(
        &self,
        day: Day,
    ) -> impl Future<Output = Result<Vec<CallCount>, StoreError>> + Send;

    /// Says that a process lets calls through from `at` on, and tells until when one before it may
    /// have: until it said that it ended, but of one that was killed until `at`.
    fn calls_begin(
        &self,
        at: UnixMillis,
    ) -> impl Future<Output = Result<Option<UnixMillis>, StoreError>> + Send;

    /// Says that the process lets no calls through from `at` on.
    fn calls_end(&self, at: UnixMillis) -> impl Future<Output = Result<(), StoreError>> + Send;
}
