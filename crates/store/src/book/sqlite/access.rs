//! ISVs, apps, grants and POVs: who may call, and what they may read.

use povline_domain::{AppKey, IsvId, OutPovId, PovId, UnixMillis};
use rusqlite::{Connection, OptionalExtension, Row};

use super::{audit, kind, sql};
use crate::book::{
    Access, Actor, AppRecord, AppStatus, BookKind, Grant, NewApp, PovRecord, SecretText,
};
use crate::sqlite::{Fault, corrupt};
use crate::{StoreError, StoreErrorKind};

/// Everything that admitting a call needs.
pub(super) fn all(connection: &Connection) -> Result<Access, Fault> {
    let mut access = Access::default();
    let mut statement = connection.prepare_cached(sql::APPS)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        access.apps.push(app(connection, row)?);
    }
    let mut statement = connection.prepare_cached(sql::POVS)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        access.povs.push(PovRecord {
            pov: PovId(row.get(0)?),
            isv: IsvId(row.get(1)?),
            out_pov_id: out_pov_id(row.get(2)?)?,
            name: row.get(3)?,
        });
    }
    Ok(access)
}

fn app(connection: &Connection, row: &Row<'_>) -> Result<AppRecord, Fault> {
    let key: String = row.get(0)?;
    let grants = grants(connection, sql::GRANTS, &key)?;
    let write_grants = self::grants(connection, sql::write_side::WRITE_GRANTS, &key)?;
    let secrets = [Some(row.get(5)?), row.get(6)?];
    Ok(AppRecord {
        key: AppKey::new(key).map_err(|_| corrupt("key of an app"))?,
        isv: IsvId(row.get(1)?),
        isv_name: row.get(2)?,
        name: row.get(3)?,
        status: if row.get(4)? {
            AppStatus::Enabled
        } else {
            AppStatus::Disabled
        },
        secrets: secrets.into_iter().flatten().map(SecretText).collect(),
        grants,
        write_grants,
        created_at: UnixMillis(row.get(7)?),
    })
}

fn grants(connection: &Connection, statement: &str, app: &str) -> Result<Vec<Grant>, Fault> {
    let mut statement = connection.prepare_cached(statement)?;
    let mut rows = statement.query([app])?;
    let mut grants = Vec::new();
    while let Some(row) = rows.next()? {
        let (is_prefix, code): (bool, String) = (row.get(0)?, row.get(1)?);
        grants.push(if is_prefix {
            Grant::Prefix(code)
        } else {
            Grant::Pov(out_pov_id(code)?)
        });
    }
    Ok(grants)
}

pub(super) fn ensure_isv(
    connection: &Connection,
    actor: &Actor,
    name: &str,
) -> Result<IsvId, Fault> {
    if name.trim().is_empty() {
        return Err(refuse("make an ISV without a name: give it one"));
    }
    let known = connection
        .prepare_cached(sql::ISV_BY_NAME)?
        .query_row([name], |row| row.get(0))
        .optional()?;
    if let Some(known) = known {
        return Ok(IsvId(known));
    }
    connection.prepare_cached(sql::ADD_ISV)?.execute([name])?;
    let isv = IsvId(connection.last_insert_rowid());
    audit::record_access(connection, actor, "isv", name)?;
    Ok(isv)
}

pub(super) fn create_app(
    connection: &Connection,
    actor: &Actor,
    app: &NewApp,
) -> Result<(), Fault> {
    let NewApp {
        key,
        isv,
        name,
        secret,
    } = app;
    check_isv(connection, *isv)?;
    check_kind(connection, key)?;
    if secret_of(connection, key)?.is_some() {
        return Err(refuse(format!(
            "make the app {key}: the key is taken; take another"
        )));
    }
    connection.prepare_cached(sql::ADD_APP)?.execute((
        key.as_str(),
        isv.0,
        name,
        &secret.0,
        actor.at.0,
    ))?;
    audit::record_access(connection, actor, "create_app", key.as_str())
}

/// A sandbox's keys look unlike those of production, so that neither is taken for the other.
fn check_kind(connection: &Connection, key: &AppKey) -> Result<(), Fault> {
    let sandbox = kind::read(connection)? == BookKind::Sandbox;
    match (sandbox, key.is_of_sandbox()) {
        (true, false) => Err(refuse(format!(
            "make the app {key} in a sandbox: its keys are 102 and seven digits more"
        ))),
        (false, true) => Err(refuse(format!(
            "make the app {key}: 102 and seven digits more are a sandbox's keys; take another"
        ))),
        _ => Ok(()),
    }
}

pub(super) fn rotate_secret(
    connection: &Connection,
    actor: &Actor,
    app: &AppKey,
    secret: &SecretText,
    retire_old: bool,
) -> Result<(), Fault> {
    let present = secret_of(connection, app)?.ok_or_else(|| unknown_app(app))?;
    if present == secret.0 {
        return Err(refuse(format!(
            "rotate the secret of {app}: the new one is the present one; make another"
        )));
    }
    let previous = (!retire_old).then_some(present);
    connection
        .prepare_cached(sql::SET_SECRETS)?
        .execute((app.as_str(), &secret.0, previous))?;
    audit::record_access(connection, actor, "rotate_secret", app.as_str())
}

pub(super) fn set_app_status(
    connection: &Connection,
    actor: &Actor,
    app: &AppKey,
    status: AppStatus,
) -> Result<(), Fault> {
    check_app(connection, app)?;
    let (enabled, action) = match status {
        AppStatus::Enabled => (true, "enable_app"),
        AppStatus::Disabled => (false, "disable_app"),
    };
    let changed = connection
        .prepare_cached(sql::SET_ENABLED)?
        .execute((app.as_str(), enabled))?;
    if changed > 0 {
        audit::record_access(connection, actor, action, app.as_str())?;
    }
    Ok(())
}

pub(super) fn grant(
    connection: &Connection,
    actor: &Actor,
    app: &AppKey,
    grant: &Grant,
) -> Result<(), Fault> {
    check_app(connection, app)?;
    let (is_prefix, code) = columns(grant);
    let added =
        connection
            .prepare_cached(sql::ADD_GRANT)?
            .execute((app.as_str(), is_prefix, code))?;
    if added > 0 {
        audit::record_access(connection, actor, "grant", &format!("{app} {grant}"))?;
    }
    Ok(())
}

pub(super) fn revoke(
    connection: &Connection,
    actor: &Actor,
    app: &AppKey,
    grant: &Grant,
) -> Result<bool, Fault> {
    check_app(connection, app)?;
    let (is_prefix, code) = columns(grant);
    let removed =
        connection
            .prepare_cached(sql::REMOVE_GRANT)?
            .execute((app.as_str(), is_prefix, code))?;
    if removed > 0 {
        audit::record_access(connection, actor, "revoke", &format!("{app} {grant}"))?;
    }
    Ok(removed > 0)
}

pub(super) fn ensure_pov(
    connection: &Connection,
    actor: &Actor,
    isv: IsvId,
    code: &OutPovId,
    name: Option<&str>,
) -> Result<PovId, Fault> {
    check_isv(connection, isv)?;
    let Some(known) = find_pov(connection, isv, code)? else {
        return add_pov(connection, actor, isv, code, name);
    };
    if let Some(name) = name {
        let changed = connection
            .prepare_cached(sql::NAME_POV)?
            .execute((known.0, name))?;
        if changed > 0 {
            audit::record_access(connection, actor, "name_pov", code.as_str())?;
        }
    }
    Ok(known)
}

/// The ISV's POV with this code.
pub(super) fn find_pov(
    connection: &Connection,
    isv: IsvId,
    code: &OutPovId,
) -> Result<Option<PovId>, Fault> {
    let known = connection
        .prepare_cached(sql::POV_BY_CODE)?
        .query_row((isv.0, code.as_str()), |row| row.get(0))
        .optional()?;
    Ok(known.map(PovId))
}

/// Adds a POV that its ISV does not have yet.
pub(super) fn add_pov(
    connection: &Connection,
    actor: &Actor,
    isv: IsvId,
    code: &OutPovId,
    name: Option<&str>,
) -> Result<PovId, Fault> {
    connection
        .prepare_cached(sql::ADD_POV)?
        .execute((isv.0, code.as_str(), name))?;
    let pov = PovId(connection.last_insert_rowid());
    audit::record_access(connection, actor, "create_pov", code.as_str())?;
    Ok(pov)
}

pub(super) fn check_isv(connection: &Connection, isv: IsvId) -> Result<(), Fault> {
    let exists = connection
        .prepare_cached(sql::ISV_EXISTS)?
        .query_row([isv.0], |row| row.get(0))?;
    if exists {
        Ok(())
    } else {
        Err(refuse(format!("find the ISV {isv}: make it first")))
    }
}

pub(super) fn out_pov_id(code: String) -> Result<OutPovId, Fault> {
    OutPovId::new(code).map_err(|_| corrupt("code of a POV"))
}

pub(super) fn check_app(connection: &Connection, app: &AppKey) -> Result<(), Fault> {
    match secret_of(connection, app)? {
        Some(_) => Ok(()),
        None => Err(unknown_app(app)),
    }
}

pub(super) fn secret_of(connection: &Connection, app: &AppKey) -> Result<Option<String>, Fault> {
    let mut statement = connection.prepare_cached(sql::APP_SECRET)?;
    Ok(statement
        .query_row([app.as_str()], |row| row.get(0))
        .optional()?)
}

/// A code may end with a star, so the written form of a grant would not tell the two apart.
pub(super) fn columns(grant: &Grant) -> (bool, &str) {
    match grant {
        Grant::Pov(code) => (false, code.as_str()),
        Grant::Prefix(prefix) => (true, prefix),
    }
}

fn unknown_app(app: &AppKey) -> Fault {
    refuse(format!("find the app {app}: look at the list of apps"))
}

fn refuse(what: impl Into<String>) -> Fault {
    Fault::Store(StoreError::new(StoreErrorKind::Refused, what))
}
