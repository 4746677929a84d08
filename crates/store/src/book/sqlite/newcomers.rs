//! What users of the site make for themselves: an app of their ISV, and in a sandbox an account.

use povline_domain::{IsvId, OutPovId, PovId};
use rusqlite::{Connection, OptionalExtension, Params};

use super::sql::users as sql;
use super::{access, kind, register, reset, rules, users};
use crate::book::{
    Actor, BookKind, CallScope, Grant, MadeApp, NewApp, NewUser, Newcomer, PovRecord, SignUp, Write,
};
use crate::sqlite::{Fault, Verdict};
use crate::{StoreError, StoreErrorKind};

pub(super) fn make_app(
    connection: &Connection,
    actor: &Actor,
    app: &NewApp,
    apps_max: usize,
) -> Result<Verdict<MadeApp>, Fault> {
    if count(connection, sql::APPS_OF_ISV, [app.isv.0])? >= apps_max {
        return Ok(Verdict::Discard(MadeApp::TooMany));
    }
    if access::secret_of(connection, &app.key)?.is_some() {
        return Ok(Verdict::Discard(MadeApp::KeyTaken));
    }
    access::create_app(connection, actor, app)?;
    Ok(Verdict::Keep(MadeApp::Made))
}

pub(super) fn sign_up(
    connection: &Connection,
    actor: &Actor,
    newcomer: &Newcomer,
    accounts_max: usize,
    appointments: impl FnOnce(IsvId, &[PovRecord]) -> Vec<Write>,
) -> Result<Verdict<SignUp>, Fault> {
    if kind::read(connection)? != BookKind::Sandbox {
        return Err(Fault::Store(StoreError::new(
            StoreErrorKind::Refused,
            "let somebody into production: only a sandbox is open",
        )));
    }
    let Newcomer {
        name,
        password,
        key,
        secret,
        clinics,
        limits,
    } = newcomer;
    // Whoever took the name of an ISV that is there would be one of its users.
    let isv: Option<i64> = connection
        .prepare_cached(super::sql::ISV_BY_NAME)?
        .query_row([name.as_str()], |row| row.get(0))
        .optional()?;
    if isv.is_some() || users::exists(connection, name)? {
        return Ok(Verdict::Discard(SignUp::NameTaken));
    }
    if accounts(connection)? >= accounts_max {
        return Ok(Verdict::Discard(SignUp::Full));
    }
    if access::secret_of(connection, key)?.is_some() {
        return Ok(Verdict::Discard(SignUp::KeyTaken));
    }
    let isv = access::ensure_isv(connection, actor, name.as_str())?;
    let povs = open_clinics(connection, actor, isv, clinics)?;
    reset::reset(connection, actor, isv, &appointments(isv, &povs))?;
    let app = NewApp {
        key: key.clone(),
        isv,
        name: name.as_str().to_owned(),
        secret: secret.clone(),
    };
    access::create_app(connection, actor, &app)?;
    rules::set_call_limits(connection, actor, &CallScope::App(key.clone()), *limits)?;
    register::grant_writing(connection, actor, key, &Grant::Prefix(String::new()))?;
    let user = NewUser {
        name: name.clone(),
        isv: Some(isv),
        password: password.clone(),
    };
    users::add(connection, actor, &user)?;
    Ok(Verdict::Keep(SignUp::Done))
}

/// How many users there are of ISVs.
pub(super) fn accounts(connection: &Connection) -> Result<usize, Fault> {
    count(connection, sql::ACCOUNTS, ())
}

/// How many a statement counts.
pub(super) fn count(
    connection: &Connection,
    statement: &str,
    of: impl Params,
) -> Result<usize, Fault> {
    let mut statement = connection.prepare_cached(statement)?;
    let count: i64 = statement.query_row(of, |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

fn open_clinics(
    connection: &Connection,
    actor: &Actor,
    isv: IsvId,
    clinics: &[(OutPovId, String)],
) -> Result<Vec<PovRecord>, Fault> {
    let open = |(code, name): &(OutPovId, String)| {
        let pov: PovId = access::ensure_pov(connection, actor, isv, code, Some(name))?;
        Ok(PovRecord {
            pov,
            isv,
            out_pov_id: code.clone(),
            name: Some(name.clone()),
        })
    };
    clinics.iter().map(open).collect()
}
