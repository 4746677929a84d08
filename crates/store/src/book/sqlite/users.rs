//! Users, their sessions, and attempts to become one.

use povline_domain::{IsvId, UnixMillis};
use rusqlite::{Connection, OptionalExtension, Row};

use super::sql::users as sql;
use super::{SqliteBook, access, audit};
use crate::book::{
    Actor, AttemptKey, NewUser, PasswordHash, Role, SessionDigest, SignedIn, UserName, UserRecord,
    Users,
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
            let mut statement = connection.prepare_cached(sql::PASSWORD_OF)?;
            let hash = statement.query_row([name.as_str()], |row| row.get(0));
            Ok(hash.optional()?.map(PasswordHash))
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
        session: SessionDigest,
    ) -> Result<(), StoreError> {
        let (actor, name) = (actor.clone(), name.clone());
        self.database
            .write_quietly("begin a session", move |connection| {
                sign_in(connection, &actor, &name, &session)
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

    async fn count_attempt(
        &self,
        now: UnixMillis,
        keys: Vec<AttemptKey>,
    ) -> Result<Option<UnixMillis>, StoreError> {
        self.database
            .write_quietly("count an attempt to sign in", move |connection| {
                count_attempt(connection, now, &keys)
            })
            .await
    }

    async fn forget_attempts(&self, keys: Vec<AttemptKey>) -> Result<(), StoreError> {
        self.database
            .write_quietly("forget attempts to sign in", move |connection| {
                let mut forget = connection.prepare_cached(sql::FORGET_ATTEMPTS)?;
                for key in &keys {
                    forget.execute([key.digest.as_str()])?;
                }
                Ok(())
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

fn add(connection: &Connection, actor: &Actor, user: &NewUser) -> Result<(), Fault> {
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
    check_user(connection, name)?;
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

fn count_attempt(
    connection: &Connection,
    now: UnixMillis,
    keys: &[AttemptKey],
) -> Result<Option<UnixMillis>, Fault> {
    let window = SqliteBook::ATTEMPTS_MILLIS;
    connection
        .prepare_cached(sql::FORGET_OLD_ATTEMPTS)?
        .execute([now.plus_millis(-window).0])?;
    let mut attempts = connection.prepare_cached(sql::ATTEMPTS)?;
    let mut again_at = None;
    for key in keys {
        let counted: Option<(u32, i64)> = attempts
            .query_row([key.digest.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((count, began_at)) = counted
            && count >= key.attempts_max
        {
            again_at = again_at.max(Some(UnixMillis(began_at).plus_millis(window)));
        }
    }
    if again_at.is_none() {
        let mut add = connection.prepare_cached(sql::ADD_ATTEMPT)?;
        for key in keys {
            add.execute((key.digest.as_str(), now.0))?;
        }
    }
    Ok(again_at)
}

fn end_sessions_of(connection: &Connection, name: &UserName) -> Result<(), Fault> {
    connection
        .prepare_cached(sql::END_SESSIONS_OF)?
        .execute([name.as_str()])?;
    Ok(())
}

fn exists(connection: &Connection, name: &UserName) -> Result<bool, Fault> {
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
