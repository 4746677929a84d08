//! The trait's methods on the database.

use povline_domain::{AppKey, Day, UnixMillis};

use super::{SqliteBook, access, counts, kind, rules};
use crate::StoreError;
use crate::book::{
    Access, Actor, AddressRange, BookKind, CallClaim, CallCount, CallGrant, CallLimits, CallRules,
    CallScope, Limits, SessionDigest,
};

impl Limits for SqliteBook {
    async fn kind(&self) -> Result<BookKind, StoreError> {
        self.database.read("read what the book is for", kind::read)
    }

    async fn call_rules(&self) -> Result<CallRules, StoreError> {
        self.database
            .read_long("read the conditions of calling", rules::all)
            .await
    }

    async fn admission(&self) -> Result<(Access, CallRules), StoreError> {
        self.database
            .read_apart("read who may call", |connection| {
                Ok((access::all(connection)?, rules::all(connection)?))
            })
            .await
    }

    async fn set_call_limits(
        &self,
        actor: &Actor,
        scope: &CallScope,
        limits: CallLimits,
    ) -> Result<(), StoreError> {
        let (actor, scope) = (actor.clone(), scope.clone());
        self.database
            .write("set a limit", move |connection| {
                rules::set_call_limits(connection, &actor, &scope, limits)
            })
            .await
    }

    async fn set_method_weight(
        &self,
        actor: &Actor,
        method: &str,
        weight: u32,
    ) -> Result<(), StoreError> {
        let (actor, method) = (actor.clone(), method.to_owned());
        self.database
            .write("set a method's weight", move |connection| {
                rules::set_weight(connection, &actor, &method, weight)
            })
            .await
    }

    async fn set_allowed(
        &self,
        actor: &Actor,
        app: &AppKey,
        allowed: &[AddressRange],
    ) -> Result<(), StoreError> {
        let (actor, app, allowed) = (actor.clone(), app.clone(), allowed.to_vec());
        self.database
            .write("set whence an app may call", move |connection| {
                rules::set_allowed(connection, &actor, &app, &allowed)
            })
            .await
    }

    async fn add_session(
        &self,
        actor: &Actor,
        app: &AppKey,
        digest: SessionDigest,
        expires_at: UnixMillis,
    ) -> Result<(), StoreError> {
        let (actor, app) = (actor.clone(), app.clone());
        self.database
            .write("add a session", move |connection| {
                rules::add_session(connection, &actor, &app, &digest, expires_at)
            })
            .await
    }

    async fn revoke_sessions(
        &self,
        actor: &Actor,
        app: &AppKey,
        digest_begin: &str,
    ) -> Result<usize, StoreError> {
        let (actor, app, begin) = (actor.clone(), app.clone(), digest_begin.to_owned());
        self.database
            .write("revoke sessions", move |connection| {
                rules::revoke_sessions(connection, &actor, &app, &begin)
            })
            .await
    }

    async fn claim_calls(
        &self,
        day: Day,
        claims: Vec<CallClaim>,
    ) -> Result<Vec<CallGrant>, StoreError> {
        self.counts
            .write("reserve calls", move |connection| {
                counts::claim(connection, day, &claims)
            })
            .await
    }

    async fn call_counts(&self, day: Day) -> Result<Vec<CallCount>, StoreError> {
        self.counts
            .read_long("read the counts of calls", move |connection| {
                counts::of_day(connection, day)
            })
            .await
    }

    async fn calls_begin(&self, at: UnixMillis) -> Result<Option<UnixMillis>, StoreError> {
        self.counts
            .write("say that calls are let through", move |connection| {
                counts::begin(connection, at)
            })
            .await
    }

    async fn calls_end(&self, at: UnixMillis) -> Result<(), StoreError> {
        self.counts
            .write(
                "say that no more calls are let through",
                move |connection| counts::end(connection, at),
            )
            .await
    }
}
