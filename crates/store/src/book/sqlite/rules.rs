//! The conditions under which apps may call: limits, addresses, sessions.

use povline_domain::{AppKey, UnixMillis};
use rusqlite::Connection;

use super::counts::{columns, scope};
use super::sql::limits as sql;
use super::{SqliteBook, access, audit};
use crate::book::{
    Actor, AddressRange, CallLimits, CallRules, CallScope, LimitSetting, Limits, SessionDigest,
    SessionRecord,
};
use crate::sqlite::{Fault, corrupt};
use crate::{StoreError, StoreErrorKind};

/// Every condition.
pub(super) fn all(connection: &Connection) -> Result<CallRules, Fault> {
    let mut rules = CallRules::default();
    let mut statement = connection.prepare_cached(sql::CALL_LIMITS)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let limits = CallLimits {
            per_second: setting(row.get(2)?),
            per_day: setting(row.get(3)?),
        };
        rules
            .limits
            .push((scope(row.get(0)?, row.get(1)?)?, limits));
    }
    let mut statement = connection.prepare_cached(sql::WEIGHTS)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        rules.weights.push((row.get(0)?, row.get(1)?));
    }
    let mut statement = connection.prepare_cached(sql::ALLOWED)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let range: String = row.get(1)?;
        let range = range.parse().map_err(|_| corrupt("address of an app"))?;
        rules.allowed.push((app_key(row.get(0)?)?, range));
    }
    let mut statement = connection.prepare_cached(sql::SESSIONS)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        rules.sessions.push(SessionRecord {
            app: app_key(row.get(0)?)?,
            digest: SessionDigest::stored(row.get(1)?).ok_or_else(|| corrupt("session"))?,
            created_at: UnixMillis(row.get(2)?),
            expires_at: UnixMillis(row.get(3)?),
        });
    }
    Ok(rules)
}

fn app_key(text: String) -> Result<AppKey, Fault> {
    AppKey::new(text).map_err(|_| corrupt("key of an app"))
}

fn setting(stored: Option<i64>) -> LimitSetting {
    match stored {
        None => LimitSetting::Default,
        Some(0) => LimitSetting::Unlimited,
        Some(calls) => LimitSetting::AtMost(calls.unsigned_abs()),
    }
}

fn stored(setting: LimitSetting) -> Result<Option<i64>, Fault> {
    match setting {
        LimitSetting::Default => Ok(None),
        LimitSetting::Unlimited => Ok(Some(0)),
        LimitSetting::AtMost(0) => Err(refuse(
            "set a limit of no calls at all: disable the app, or set 1 or more",
        )),
        LimitSetting::AtMost(calls) => Ok(Some(i64::try_from(calls).unwrap_or(i64::MAX))),
    }
}

pub(super) fn set_call_limits(
    connection: &Connection,
    actor: &Actor,
    scope: &CallScope,
    limits: CallLimits,
) -> Result<(), Fault> {
    match scope {
        CallScope::App(app) | CallScope::AppMethod(app, _) => access::check_app(connection, app)?,
        CallScope::Method(_) => {}
    }
    let (app, method) = columns(scope);
    if limits == CallLimits::default() {
        connection
            .prepare_cached(sql::FORGET_CALL_LIMITS)?
            .execute((app, method))?;
    } else {
        let (per_second, per_day) = (stored(limits.per_second)?, stored(limits.per_day)?);
        connection
            .prepare_cached(sql::SET_CALL_LIMITS)?
            .execute((app, method, per_second, per_day))?;
    }
    let object = format!("{app} {method}");
    audit::record_access(connection, actor, "limit_calls", object.trim())
}

pub(super) fn set_weight(
    connection: &Connection,
    actor: &Actor,
    method: &str,
    weight: u32,
) -> Result<(), Fault> {
    match weight {
        0 => return Err(refuse("set a weight of 0: a call counts as 1 or more")),
        1 => connection
            .prepare_cached(sql::FORGET_WEIGHT)?
            .execute([method])?,
        _ => connection
            .prepare_cached(sql::SET_WEIGHT)?
            .execute((method, weight))?,
    };
    audit::record_access(connection, actor, "weigh_method", method)
}

pub(super) fn set_allowed(
    connection: &Connection,
    actor: &Actor,
    app: &AppKey,
    allowed: &[AddressRange],
) -> Result<(), Fault> {
    access::check_app(connection, app)?;
    let most = <SqliteBook as Limits>::ALLOWED_MAX;
    if allowed.len() > most {
        return Err(refuse(format!(
            "let {app} call from {} addresses and networks: {most} are the most; name larger \
             networks",
            allowed.len()
        )));
    }
    connection
        .prepare_cached(sql::FORGET_ALLOWED)?
        .execute([app.as_str()])?;
    let mut add = connection.prepare_cached(sql::ADD_ALLOWED)?;
    for range in allowed {
        add.execute((app.as_str(), range.to_string()))?;
    }
    audit::record_access(connection, actor, "allow_addresses", app.as_str())
}

pub(super) fn add_session(
    connection: &Connection,
    actor: &Actor,
    app: &AppKey,
    digest: &SessionDigest,
    expires_at: UnixMillis,
) -> Result<(), Fault> {
    access::check_app(connection, app)?;
    if expires_at <= actor.at {
        return Err(refuse(
            "add a session that is over already: let it end later",
        ));
    }
    connection
        .prepare_cached(sql::FORGET_SESSIONS)?
        .execute((app.as_str(), actor.at.0))?;
    let most = <SqliteBook as Limits>::SESSIONS_MAX;
    let present: i64 = connection
        .prepare_cached(sql::SESSIONS_OF)?
        .query_row([app.as_str()], |row| row.get(0))?;
    if present.unsigned_abs() >= most as u64 {
        return Err(refuse(format!(
            "give {app} more than {most} sessions: revoke some first"
        )));
    }
    connection.prepare_cached(sql::ADD_SESSION)?.execute((
        app.as_str(),
        digest.as_str(),
        actor.at.0,
        expires_at.0,
    ))?;
    audit::record_access(connection, actor, "add_session", app.as_str())
}

pub(super) fn revoke_sessions(
    connection: &Connection,
    actor: &Actor,
    app: &AppKey,
    digest_begin: &str,
) -> Result<usize, Fault> {
    access::check_app(connection, app)?;
    let revoked = connection
        .prepare_cached(sql::REVOKE_SESSIONS)?
        .execute((app.as_str(), digest_begin))?;
    if revoked > 0 {
        audit::record_access(connection, actor, "revoke_session", app.as_str())?;
    }
    Ok(revoked)
}

fn refuse(what: impl Into<String>) -> Fault {
    Fault::Store(StoreError::new(StoreErrorKind::Refused, what))
}
