//! Users and their sessions.

use povline_domain::{IsvId, UnixMillis};
use rusqlite::{Connection, OptionalExtension, Row};

use super::sql::users as sql;
use super::{SqliteBook, access, audit, newcomers};
use crate::book::{
    Actor, MadeApp, NewApp, NewUser, Newcomer, PasswordHash, PovRecord, Role, SessionDigest,
    SignUp, SignedIn, UserName, UserRecord, Users, Write,
};
use crate::sqlite::{Fault, corrupt};
use crate::{StoreError, StoreErrorKind};

impl Users for SqliteBook {
    async fn add_user(&self, actor: &Actor, user: NewUser) -> Result<(), StoreError> {
        let actor = actor.clone();
        self.database
            .write_quietly("make a user", move |connection| {
                add(connection, &actor, &user)
            })
            .await
    }

    async fn users(&self) -> Result<Vec<UserRecord>, StoreError> {
        self.database.read_long("read the users", all).await
    }

    async fn password_of(&self, name: &UserName) -> Result<Option<PasswordHash>, StoreError> {
        self.database.read("read a password", |connection| {
            password_of(connection, name)
        })
    }

    async fn set_password(
        &self,
        actor: &Actor,
        name: &UserName,
        password: PasswordHash,
    ) -> Result<(), StoreError> {
        let (actor, name) = (actor.clone(), name.clone());
        self.database
            .write_quietly("set a password", move |connection| {
                check_user(connection, &name)?;
                connection
                    .prepare_cached(sql::SET_PASSWORD)?
                    .execute((name.as_str(), &password.0))?;
                end_sessions_of(connection, &name)?;
                audit::record_account(connection, &actor, "set_password", name.as_str())
            })
            .await
    }

    async fn remove_user(&self, actor: &Actor, name: &UserName) -> Result<(), StoreError> {
        let (actor, name) = (actor.clone(), name.clone());
        self.database
            .write_quietly("remove a user", move |connection| {
                check_user(connection, &name)?;
                end_sessions_of(connection, &name)?;
                connection
                    .prepare_cached(sql::REMOVE_USER)?
                    .execute([name.as_str()])?;
                audit::record_account(connection, &actor, "remove_user", name.as_str())
            })
            .await
    }

    async fn sign_in(
        &self,
        actor: &Actor,
        name: &UserName,
        password: PasswordHash,
        session: SessionDigest,
    ) -> Result<bool, StoreError> {
        let (actor, name) = (actor.clone(), name.clone());
        self.database
            .write_quietly("begin a session", move |connection| {
                let present = password_of(connection, &name)?;
                if present != Some(password) {
                    return Ok(false);
                }
                sign_in(connection, &actor, &name, &session)?;
                Ok(true)
            })
            .await
    }

    async fn signed_in(
        &self,
        session: &SessionDigest,
        now: UnixMillis,
    ) -> Result<Option<SignedIn>, StoreError> {
        self.database.read("find a session", |connection| {
            let idle_since = now.plus_millis(-Self::SESSION_IDLE_MILLIS);
            let mut statement = connection.prepare_cached(sql::SIGNED_IN)?;
            let mut rows = statement.query((session.as_str(), now.0, idle_since.0))?;
            let Some(row) = rows.next()? else {
                return Ok(None);
            };
            Ok(Some(SignedIn {
                user: user(row)?,
                seen_at: UnixMillis(row.get(4)?),
                expires_at: UnixMillis(row.get(5)?),
            }))
        })
    }

    async fn see_session(
        &self,
        session: &SessionDigest,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let session = session.clone();
        self.database
            .write_quietly("note the use of a session", move |connection| {
                connection
                    .prepare_cached(sql::SEE_SESSION)?
                    .execute((session.as_str(), now.0))?;
                Ok(())
            })
            .await
    }

    async fn sign_out(&self, session: &SessionDigest) -> Result<(), StoreError> {
        let session = session.clone();
        self.database
            .write_quietly("end a session", move |connection| {
                connection
                    .prepare_cached(sql::END_SESSION)?
                    .execute([session.as_str()])?;
                Ok(())
            })
            .await
    }

    async fn make_app(
        &self,
        actor: &Actor,
        app: NewApp,
        apps_max: usize,
    ) -> Result<MadeApp, StoreError> {
        let actor = actor.clone();
        self.database
            .write_or_discard("make an app", move |connection| {
                newcomers::make_app(connection, &actor, &app, apps_max)
            })
            .await
    }

    async fn accounts(&self) -> Result<usize, StoreError> {
        self.database.read("count the users", newcomers::accounts)
    }

    async fn sign_up(
        &self,
        actor: &Actor,
        newcomer: Newcomer,
        accounts_max: usize,
        appointments: impl FnOnce(IsvId, &[PovRecord]) -> Vec<Write> + Send + 'static,
    ) -> Result<SignUp, StoreError> {
        let actor = actor.clone();
        self.database
            .write_alone("let somebody into the sandbox", move |connection| {
                newcomers::sign_up(connection, &actor, &newcomer, accounts_max, appointments)
            })
            .await
    }
}

fn all(connection: &Connection) -> Result<Vec<UserRecord>, Fault> {
    let mut statement = connection.prepare_cached(sql::USERS)?;
    let mut rows = statement.query(())?;
    let mut users = Vec::new();
    while let Some(row) = rows.next()? {
        users.push(user(row)?);
    }
    Ok(users)
}

/// The user in a row that begins with name, ISV, the ISV's name, and when the user was made.
fn user(row: &Row<'_>) -> Result<UserRecord, Fault> {
    let name: String = row.get(0)?;
    let role = match (row.get(1)?, row.get(2)?) {
        (None, _) => Role::Operator,
        (Some(isv), Some(name)) => Role::Isv {
            isv: IsvId(isv),
            name,
        },
        (Some(_), None) => return Err(corrupt("ISV of a user")),
    };
    Ok(UserRecord {
        name: UserName::new(&name).map_err(|_| corrupt("name of a user"))?,
        role,
        created_at: UnixMillis(row.get(3)?),
    })
}

pub(super) fn add(connection: &Connection, actor: &Actor, user: &NewUser) -> Result<(), Fault> {
    let NewUser {
        name,
        isv,
        password,
    } = user;
    if let Some(isv) = isv {
        access::check_isv(connection, *isv)?;
    }
    if exists(connection, name)? {
        return Err(refuse(format!(
            "make the user {name}: the name is taken; take another"
        )));
    }
    connection.prepare_cached(sql::ADD_USER)?.execute((
        name.as_str(),
        isv.map(|isv| isv.0),
        &password.0,
        actor.at.0,
    ))?;
    audit::record_account(connection, actor, "add_user", name.as_str())
}

fn sign_in(
    connection: &Connection,
    actor: &Actor,
    name: &UserName,
    session: &SessionDigest,
) -> Result<(), Fault> {
    let now = actor.at;
    let idle_since = now.plus_millis(-SqliteBook::SESSION_IDLE_MILLIS);
    connection
        .prepare_cached(sql::END_OLD_SESSIONS)?
        .execute((now.0, idle_since.0))?;
    let others_max = SqliteBook::USER_SESSIONS_MAX as i64 - 1;
    connection
        .prepare_cached(sql::END_SESSIONS_BEYOND)?
        .execute((name.as_str(), others_max))?;
    connection.prepare_cached(sql::BEGIN_SESSION)?.execute((
        session.as_str(),
        name.as_str(),
        now.0,
        now.plus_millis(SqliteBook::SESSION_MILLIS).0,
    ))?;
    audit::record_account(connection, actor, "sign_in", name.as_str())
}

fn password_of(connection: &Connection, name: &UserName) -> Result<Option<PasswordHash>, Fault> {
    let mut statement = connection.prepare_cached(sql::PASSWORD_OF)?;
    let hash = statement.query_row([name.as_str()], |row| row.get(0));
    Ok(hash.optional()?.map(PasswordHash))
}

fn end_sessions_of(connection: &Connection, name: &UserName) -> Result<(), Fault> {
    connection
        .prepare_cached(sql::END_SESSIONS_OF)?
        .execute([name.as_str()])?;
    Ok(())
}

pub(super) fn exists(connection: &Connection, name: &UserName) -> Result<bool, Fault> {
    let mut statement = connection.prepare_cached(sql::USER_EXISTS)?;
    Ok(statement.query_row([name.as_str()], |row| row.get(0))?)
}

fn check_user(connection: &Connection, name: &UserName) -> Result<(), Fault> {
    match exists(connection, name)? {
        true => Ok(()),
        false => Err(refuse(format!(
            "find the user {name}: look at the list of users"
        ))),
    }
}

fn refuse(what: impl Into<String>) -> Fault {
    Fault::Store(StoreError::new(StoreErrorKind::Refused, what))
}
