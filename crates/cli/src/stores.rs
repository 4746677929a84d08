//! Opens the two stores where the settings say.

use std::fs::{File, TryLockError};
use std::path::Path;

use povline_store::StoreError;
use povline_store::book::SqliteBook;
use povline_store::journal::{JournalLimits, SqliteJournal};
use povline_store::ledger::SqliteLedger;

use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// The production book in a directory; both are made if they are not there.
pub(crate) fn book(directory: &Path) -> CliResult<SqliteBook> {
    open_book(directory, |path| SqliteBook::open(path))
}

/// The same for a sandbox's book.
pub(crate) fn sandbox_book(directory: &Path) -> CliResult<SqliteBook> {
    open_book(directory, |path| SqliteBook::open_sandbox(path))
}

/// The book in a directory, whatever it is for.
pub(crate) fn any_book(directory: &Path) -> CliResult<SqliteBook> {
    open_book(directory, |path| SqliteBook::open_either(path))
}

fn open_book(
    directory: &Path,
    open: impl FnOnce(&Path) -> Result<SqliteBook, StoreError>,
) -> CliResult<SqliteBook> {
    make(directory)?;
    open(directory).map_err(|error| {
        let what = format!("cannot open the platform's book in {}", directory.display());
        CliError::store(what, &error)
    })
}

/// The platform's book in a directory where there is one: a slip in its name must not make another.
pub(crate) fn present_book(directory: &Path) -> CliResult<SqliteBook> {
    if !directory.join(SqliteBook::FILE_NAME).is_file() {
        let what = format!("there is no platform's book in {}", directory.display());
        return Err(CliError::new(Exit::Failed, what)
            .remedy("name the --data of `povline import` and `povline serve`, or run one first"));
    }
    any_book(directory)
}

/// The platform's request log in the book's directory; made if it is not there.
pub(crate) fn journal(directory: &Path, limits: JournalLimits) -> CliResult<SqliteJournal> {
    make(directory)?;
    SqliteJournal::open(directory, limits).map_err(|error| {
        let what = format!("cannot open the request log in {}", directory.display());
        CliError::store(what, &error)
    })
}

/// The request log where there is one.
pub(crate) fn present_journal(directory: &Path) -> CliResult<SqliteJournal> {
    if !directory.join(SqliteJournal::FILE_NAME).is_file() {
        let what = format!("there is no request log in {}", directory.display());
        return Err(CliError::new(Exit::Failed, what)
            .remedy("name the --data of `povline serve`, which makes it"));
    }
    // Whoever reads appends nothing, so nothing is forgotten by these bounds.
    journal(directory, JournalLimits::default())
}

/// The agent's ledger in a directory; both are made if they are not there.
pub(crate) fn ledger(directory: &Path) -> CliResult<SqliteLedger> {
    make(directory)?;
    SqliteLedger::open(directory).map_err(|error| {
        let what = format!("cannot open the agent's ledger in {}", directory.display());
        CliError::store(what, &error)
    })
}

/// The right of one agent to write to a ledger. It ends with the process, however that ends.
///
/// Two agents on one ledger would each know only their own calls of a second, and take each other's
/// sightings for the past.
#[derive(Debug)]
pub(crate) struct AgentLock {
    _file: File,
}

impl AgentLock {
    /// Takes the right, or tells that another agent has it. The directory is made if it is not
    /// there.
    pub(crate) fn take(directory: &Path) -> CliResult<Self> {
        make(directory)?;
        let path = directory.join("agent.lock");
        let failed = |error: &std::io::Error| {
            CliError::new(Exit::Failed, format!("cannot lock {}", path.display()))
                .caused_by(error)
                .remedy("look at the rights of the directory")
        };
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| failed(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                let what = format!("another agent keeps the ledger in {}", directory.display());
                Err(CliError::new(Exit::Failed, what)
                    .remedy("stop that one first, or name another --data"))
            }
            Err(TryLockError::Error(error)) => Err(failed(&error)),
        }
    }
}

/// Whether an agent keeps the ledger in a directory at this moment.
pub(crate) fn is_kept(directory: &Path) -> bool {
    // Whoever only looks makes no file, and lets go at once of what nobody held.
    let file = File::open(directory.join("agent.lock"));
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// The agent's ledger, which must be there: who looks, or sets up what an agent serves, makes none,
/// so that a mistyped directory is noticed.
pub(crate) fn present_ledger(directory: &Path) -> CliResult<SqliteLedger> {
    if !SqliteLedger::is_at(directory) {
        let shown = directory.display();
        let what = format!("there is no agent's ledger in {shown}");
        return Err(CliError::new(Exit::Failed, what).remedy(format!(
            "name the --data of `povline sync`; if the agent never ran, begin with `povline sync \
             --data {shown} --povs …`, which makes the ledger"
        )));
    }
    ledger(directory)
}

fn make(directory: &Path) -> CliResult<()> {
    std::fs::create_dir_all(directory).map_err(|error| {
        CliError::new(
            Exit::Failed,
            format!("cannot make the directory {}", directory.display()),
        )
        .caused_by(&error)
        .remedy("name another --data, or look at the rights of the directory above it")
    })
}
