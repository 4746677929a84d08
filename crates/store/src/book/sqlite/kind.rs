//! What a book is for, said once, when it is first opened.

use rusqlite::Connection;

use super::sql::limits as sql;
use crate::book::BookKind;
use crate::sqlite::Fault;
use crate::{StoreError, StoreErrorKind};

/// Makes a book without a kind one of the kind `new`, and refuses it unless it is what is wanted.
pub(super) fn settle(
    connection: &Connection,
    new: BookKind,
    wanted: Option<BookKind>,
) -> Result<(), Fault> {
    connection
        .prepare_cached(sql::SET_KIND)?
        .execute([new == BookKind::Sandbox])?;
    let kind = read(connection)?;
    match wanted {
        Some(wanted) if wanted != kind => Err(Fault::Store(StoreError::new(
            StoreErrorKind::Refused,
            match kind {
                BookKind::Production => {
                    "use a production book as a sandbox: give the sandbox a directory of its own"
                }
                BookKind::Sandbox => {
                    "use a sandbox's book for production: give the platform a directory of its own"
                }
            },
        ))),
        _ => Ok(()),
    }
}

pub(super) fn read(connection: &Connection) -> Result<BookKind, Fault> {
    let sandbox = connection
        .prepare_cached(sql::KIND)?
        .query_row((), |row| row.get(0))?;
    Ok(if sandbox {
        BookKind::Sandbox
    } else {
        BookKind::Production
    })
}
