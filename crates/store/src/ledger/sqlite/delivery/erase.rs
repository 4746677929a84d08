//! Erasing names, in batches that leave the writer to others between them.

use povline_domain::{Appointment, Day, Name, UnixMillis};
use rusqlite::Connection;

use super::sql;
use crate::StoreError;
use crate::ledger::sqlite::columns;
use crate::ledger::sqlite::encode::{read_states, write_states};
use crate::ledger::sqlite::trouble::{Outcome, corrupt};
use crate::sqlite::Database;

/// What stands in a name's place.
const ERASED: &str = "*";

/// How many events one transaction erases names of at most.
const BATCH: i64 = 1_000;

/// How many lists.
const LISTS: usize = 50;

const UNTIL: &str = "names_erased_until";
const BEFORE: &str = "names_erased_before";

/// Erases names from history, and from rows of days that were over by then; of those in quarantine all
/// that was kept, and nobody waits for them any longer.
pub(super) async fn erase_names(
    database: &Database,
    before: UnixMillis,
) -> Result<u64, StoreError> {
    let what = "erase names";
    let mut erased = 0;
    loop {
        let batch = move |connection: &Connection| {
            overwriting(connection, |connection| history(connection, before))
        };
        match database.write_quietly(what, batch).await? {
            0 => break,
            lines => erased += lines,
        }
    }
    let today = Day::at(before).number();
    let lists = move |connection: &Connection| past_lists(connection, before);
    for lists in database.read_long(what, lists).await?.chunks(LISTS) {
        let lists = lists.to_vec();
        let batch = move |connection: &Connection| {
            overwriting(connection, |connection| rows(connection, &lists))
        };
        erased += database.write_quietly(what, batch).await?;
    }
    let rest = move |connection: &Connection| {
        overwriting(connection, |connection| {
            let mut erased = 0;
            for what in [sql::ERASE_ABSENT, sql::ERASE_QUARANTINE] {
                erased += connection.prepare_cached(what)?.execute([today])?;
            }
            mark(connection, BEFORE, today.into())?;
            Ok(erased as u64)
        })
    };
    erased += database.write_quietly(what, rest).await?;
    Ok(erased)
}

/// What is deleted meanwhile is overwritten with zeros, whole free pages included.
fn overwriting<T>(
    connection: &Connection,
    erase: impl FnOnce(&Connection) -> Outcome<T>,
) -> Outcome<T> {
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    let erased = erase(connection);
    connection.pragma_update_and_check(None, "secure_delete", "FAST", |_| Ok(()))?;
    erased
}

fn history(connection: &Connection, before: UnixMillis) -> Outcome<u64> {
    let until: i64 = connection
        .prepare_cached(sql::ERASED)?
        .query_row([UNTIL], |line| line.get(0))?;
    let mut lines_with_names = Vec::new();
    {
        let mut statement = connection.prepare_cached(sql::ERASABLE)?;
        let mut lines = statement.query((until, before.0, BATCH))?;
        while let Some(line) = lines.next()? {
            let pov = columns::pov_name(line, 2)?;
            let id = columns::id(line, 3)?;
            let states = columns::blob(line, 5)?;
            let (state_before, state_after) = read_states(states, id.clone(), pov.clone())?;
            let mut bytes = Vec::new();
            let (state_before, state_after) = (nameless(state_before)?, nameless(state_after)?);
            write_states(
                &pov,
                state_before.as_ref(),
                state_after.as_ref(),
                &mut bytes,
            );
            let cursor: i64 = columns::number(line, 0)?;
            let number: i64 = columns::number(line, 1)?;
            let version: i64 = columns::number(line, 4)?;
            lines_with_names.push((cursor, number, id, version, bytes));
        }
    }
    let mut statement = connection.prepare_cached(sql::ERASE_HISTORY)?;
    for (_, pov, id, version, bytes) in &lines_with_names {
        statement.execute((pov, id.as_str(), version, bytes))?;
    }
    if let Some((cursor, ..)) = lines_with_names.last() {
        mark(connection, UNTIL, *cursor)?;
    }
    Ok(lines_with_names.len() as u64)
}

fn nameless(row: Option<Appointment>) -> Outcome<Option<Appointment>> {
    let name = Name::new(ERASED).map_err(|_| corrupt("name"))?;
    Ok(row.map(|row| Appointment { name, ..row }))
}

/// The lists of days that are over and whose rows may still have names.
fn past_lists(connection: &Connection, before: UnixMillis) -> Outcome<Vec<(i64, i32)>> {
    let done: i64 = connection
        .prepare_cached(sql::ERASED)?
        .query_row([BEFORE], |line| line.get(0))?;
    let mut statement = connection.prepare_cached(sql::ERASABLE_DAYS)?;
    let mut lines = statement.query((done, Day::at(before).number(), before.0))?;
    let mut lists = Vec::new();
    while let Some(line) = lines.next()? {
        lists.push((columns::number(line, 0)?, columns::number(line, 1)?));
    }
    Ok(lists)
}

fn rows(connection: &Connection, lists: &[(i64, i32)]) -> Outcome<u64> {
    let mut statement = connection.prepare_cached(sql::ERASE_LIVE)?;
    let mut erased = 0;
    for list in lists {
        erased += statement.execute(*list)? as u64;
    }
    Ok(erased)
}

fn mark(connection: &Connection, what: &str, value: i64) -> Outcome<()> {
    connection
        .prepare_cached(sql::ERASED_WRITE)?
        .execute((what, value))?;
    Ok(())
}
