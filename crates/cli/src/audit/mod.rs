//! `audit`: who read or changed what, and whether nobody took anything out of that.

mod list;
mod verify;

use std::io::Write as _;

use povline_store::audit::AuditTrail;
use povline_store::book::Book;

use crate::args::AuditCommand;
use crate::error::{CliError, CliResult};

/// Does what the command says with a book's audit.
pub(crate) async fn run<B: Book + AuditTrail>(book: &B, command: &AuditCommand) -> CliResult<()> {
    match command {
        AuditCommand::Verify(args) => verify::run(book, args).await,
        AuditCommand::List(args) => list::run(book, args).await,
        AuditCommand::Head(_) => {
            let head = book.audit_head().await;
            let head = head.map_err(|error| CliError::store("cannot read the audit", &error))?;
            writeln!(std::io::stdout(), "{head}")?;
            Ok(())
        }
    }
}
