//! A database of somebody else: asked one question, read-only, and known in nothing else.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::{StoreError, StoreErrorKind};

/// A row of a stranger's answer: column names with their values as text.
pub type StrangersRow = Vec<(String, Option<String>)>;

/// Asks an SQLite database that is not ours, without changing it.
///
/// # Errors
/// [`StoreErrorKind::Unavailable`] if it cannot be opened, [`StoreErrorKind::Refused`] if the
/// query is no question that it can answer.
pub fn query_rows(path: &Path, query: &str) -> Result<Vec<StrangersRow>, StoreError> {
    let unavailable = |error: rusqlite::Error| {
        StoreError::new(StoreErrorKind::Unavailable, "cannot open the database").caused_by(error)
    };
    let refused = |error: rusqlite::Error| {
        StoreError::new(StoreErrorKind::Refused, "cannot answer the query").caused_by(error)
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(unavailable)?;
    let mut statement = connection.prepare(query).map_err(refused)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query([]).map_err(refused)?;
    let mut answer = Vec::new();
    while let Some(row) = rows.next().map_err(refused)? {
        let mut cells = Vec::with_capacity(names.len());
        for (place, name) in names.iter().enumerate() {
            let value = row.get_ref(place).map_err(refused)?;
            cells.push((name.clone(), text_of(value)));
        }
        answer.push(cells);
    }
    Ok(answer)
}

fn text_of(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null | ValueRef::Blob(_) => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
    }
}
