//! Tokens, devices, people and sessions.

use povline_domain::{OutPovId, UnixMillis};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::ledger::sqlite::columns;
use crate::ledger::sqlite::sql;
use crate::ledger::sqlite::trouble::Outcome;
use crate::ledger::{
    AccessToken, Device, Guess, GuessLimits, NewStaff, Pairing, Session, Staff, TokenDigest,
};

pub(super) fn add_token(
    connection: &Connection,
    digest: &TokenDigest,
    pov: Option<&OutPovId>,
    label: &str,
    made_at: UnixMillis,
) -> Outcome<()> {
    let pov = pov.map(OutPovId::as_str);
    connection
        .prepare_cached(sql::TOKEN_ADD)?
        .execute((digest.0, pov, label, made_at.0))?;
    Ok(())
}

pub(super) fn token(connection: &Connection, digest: &TokenDigest) -> Outcome<Option<AccessToken>> {
    first(connection, sql::TOKEN_FIND, [digest.0], read_token)
}

pub(super) fn tokens(connection: &Connection) -> Outcome<Vec<AccessToken>> {
    all(connection, sql::TOKEN_LIST, (), read_token)
}

pub(super) fn revoke_token(connection: &Connection, number: i64) -> Outcome<bool> {
    let removed = connection
        .prepare_cached(sql::TOKEN_REMOVE)?
        .execute([number])?;
    Ok(removed > 0)
}

pub(super) fn add_pairing(connection: &Connection, pairing: &Pairing) -> Outcome<()> {
    connection.prepare_cached(sql::PAIRING_ADD)?.execute((
        pairing.digest.0,
        pairing.pov.as_str(),
        &pairing.label,
        pairing.is_screen,
        pairing.expires_at.0,
    ))?;
    Ok(())
}

pub(super) fn pair(
    connection: &Connection,
    code: &TokenDigest,
    device: &TokenDigest,
    now: UnixMillis,
) -> Outcome<Option<Device>> {
    let found: Option<(String, String, bool)> = connection
        .prepare_cached(sql::PAIRING_FIND)?
        .query_row((code.0, now.0), |line| {
            Ok((line.get(0)?, line.get(1)?, line.get(2)?))
        })
        .optional()?;
    connection
        .prepare_cached(sql::PAIRING_REMOVE)?
        .execute((code.0, now.0))?;
    let Some((pov, label, is_screen)) = found else {
        return Ok(None);
    };
    connection
        .prepare_cached(sql::DEVICE_ADD)?
        .execute((device.0, pov, label, is_screen, now.0))?;
    self::device(connection, device)
}

pub(super) fn device(connection: &Connection, digest: &TokenDigest) -> Outcome<Option<Device>> {
    let read = |line: &Row<'_>| read_device(line, 0);
    first(connection, sql::DEVICE_FIND, [digest.0], read)
}

pub(super) fn devices(connection: &Connection, pov: &OutPovId) -> Outcome<Vec<Device>> {
    let read = |line: &Row<'_>| read_device(line, 0);
    all(connection, sql::DEVICE_LIST, [pov.as_str()], read)
}

pub(super) fn remove_device(connection: &Connection, number: i64) -> Outcome<bool> {
    let removed = connection
        .prepare_cached(sql::DEVICE_REMOVE)?
        .execute([number])?;
    Ok(removed > 0)
}

pub(super) fn put_staff(connection: &Connection, staff: &NewStaff) -> Outcome<()> {
    connection
        .prepare_cached(sql::STAFF_SIGN_OUT)?
        .execute((staff.pov.as_str(), &staff.name))?;
    connection.prepare_cached(sql::STAFF_PUT)?.execute((
        staff.pov.as_str(),
        &staff.name,
        &staff.pin_hash,
        staff.may_decide,
    ))?;
    Ok(())
}

pub(super) fn staff(connection: &Connection, pov: &OutPovId) -> Outcome<Vec<Staff>> {
    all(connection, sql::STAFF_LIST, [pov.as_str()], read_staff)
}

pub(super) fn remove_staff(connection: &Connection, pov: &OutPovId, name: &str) -> Outcome<bool> {
    let removed = connection
        .prepare_cached(sql::STAFF_REMOVE)?
        .execute((pov.as_str(), name))?;
    Ok(removed > 0)
}

pub(super) fn begin_guess(
    connection: &Connection,
    device: i64,
    staff: i64,
    now: UnixMillis,
    limits: GuessLimits,
) -> Outcome<Guess> {
    type Counted = Option<(u32, Option<i64>, String)>;
    let read = |line: &Row<'_>| Ok((line.get(0)?, line.get(1)?, line.get(2)?));
    let of_device: Counted = connection
        .prepare_cached(sql::DEVICE_GUESSES)?
        .query_row([device], read)
        .optional()?;
    let Some((device_failures, device_locked, pov)) = of_device else {
        return Ok(Guess::Nobody);
    };
    let of_staff: Counted = connection
        .prepare_cached(sql::STAFF_GUESSES)?
        .query_row((staff, &pov), read)
        .optional()?;
    let staff_locked = of_staff.as_ref().and_then(|(_, locked, _)| *locked);
    let locked = device_locked.max(staff_locked).map(UnixMillis);
    if let Some(until) = locked.filter(|until| *until > now) {
        return Ok(Guess::Locked(until));
    }
    let Some((staff_failures, _, pin_hash)) = of_staff else {
        return Ok(Guess::Nobody);
    };
    let mut locks_until = None;
    for (statement, who, failures, allowed) in [
        (
            sql::DEVICE_GUESSED,
            device,
            device_failures,
            limits.of_device,
        ),
        (sql::STAFF_GUESSED, staff, staff_failures, limits.of_staff),
    ] {
        let failures = failures.saturating_add(1);
        let until = limits.locked_until(failures, allowed, now);
        locks_until = locks_until.max(until);
        connection.prepare_cached(statement)?.execute((
            who,
            failures,
            until.map(|until| until.0),
        ))?;
    }
    Ok(Guess::May {
        pin_hash,
        locks_until,
    })
}

pub(super) fn begin_session(
    connection: &Connection,
    digest: &TokenDigest,
    device: i64,
    staff: i64,
    expires_at: UnixMillis,
) -> Outcome<()> {
    let none: Option<i64> = None;
    for (statement, who) in [(sql::DEVICE_GUESSED, device), (sql::STAFF_GUESSED, staff)] {
        connection
            .prepare_cached(statement)?
            .execute((who, 0, none))?;
    }
    connection.prepare_cached(sql::SESSION_ADD)?.execute((
        digest.0,
        staff,
        device,
        expires_at.0,
    ))?;
    Ok(())
}

pub(super) fn session(
    connection: &Connection,
    digest: &TokenDigest,
    now: UnixMillis,
) -> Outcome<Option<Session>> {
    first(connection, sql::SESSION_FIND, (digest.0, now.0), |line| {
        Ok(Session {
            staff: read_staff(line)?,
            device: read_device(line, 5)?,
            expires_at: columns::instant(line, 10)?,
        })
    })
}

pub(super) fn end_session(connection: &Connection, digest: &TokenDigest) -> Outcome<()> {
    connection
        .prepare_cached(sql::SESSION_REMOVE)?
        .execute([digest.0])?;
    Ok(())
}

fn read_token(line: &Row<'_>) -> Outcome<AccessToken> {
    let of_fleet = line
        .get_ref(1)?
        .as_str_or_null()
        .is_ok_and(|pov| pov.is_none());
    Ok(AccessToken {
        number: columns::number(line, 0)?,
        pov: match of_fleet {
            true => None,
            false => Some(columns::pov_name(line, 1)?),
        },
        label: columns::text(line, 2)?.to_owned(),
        made_at: columns::instant(line, 3)?,
    })
}

fn read_device(line: &Row<'_>, from: usize) -> Outcome<Device> {
    Ok(Device {
        number: columns::number(line, from)?,
        pov: columns::pov_name(line, from + 1)?,
        label: columns::text(line, from + 2)?.to_owned(),
        is_screen: columns::number::<i64>(line, from + 3)? == 1,
        paired_at: columns::instant(line, from + 4)?,
    })
}

fn read_staff(line: &Row<'_>) -> Outcome<Staff> {
    Ok(Staff {
        number: columns::number(line, 0)?,
        pov: columns::pov_name(line, 1)?,
        name: columns::text(line, 2)?.to_owned(),
        may_decide: columns::number::<i64>(line, 3)? == 1,
        locked_until: columns::instant_or_none(line, 4)?,
    })
}

fn first<T>(
    connection: &Connection,
    sql: &'static str,
    values: impl rusqlite::Params,
    read: impl Fn(&Row<'_>) -> Outcome<T>,
) -> Outcome<Option<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut lines = statement.query(values)?;
    lines.next()?.map(read).transpose()
}

fn all<T>(
    connection: &Connection,
    sql: &'static str,
    values: impl rusqlite::Params,
    read: impl Fn(&Row<'_>) -> Outcome<T>,
) -> Outcome<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut lines = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(line) = lines.next()? {
        found.push(read(line)?);
    }
    Ok(found)
}
