//! What was learned about the server that an app calls.

use povline_domain::AppKey;
use rusqlite::Connection;

use super::columns;
use super::sql;
use super::trouble::{Outcome, corrupt};

/// Everything that was learned, by app.
pub(super) fn list(connection: &Connection) -> Outcome<Vec<(AppKey, String, i64)>> {
    let mut statement = connection.prepare_cached(sql::HABIT_LIST)?;
    let mut lines = statement.query(())?;
    let mut habits = Vec::new();
    while let Some(line) = lines.next()? {
        let app = AppKey::new(columns::text(line, 0)?).map_err(|_| corrupt("app key"))?;
        let name = columns::text(line, 1)?.to_owned();
        habits.push((app, name, columns::number(line, 2)?));
    }
    Ok(habits)
}

/// Replaces what was learned about an app's server.
pub(super) fn keep(connection: &Connection, app: &AppKey, habits: &[(String, i64)]) -> Outcome<()> {
    connection
        .prepare_cached(sql::HABIT_FORGET)?
        .execute([app.as_str()])?;
    let mut statement = connection.prepare_cached(sql::HABIT_WRITE)?;
    for (name, value) in habits {
        statement.execute((app.as_str(), name, value))?;
    }
    Ok(())
}
