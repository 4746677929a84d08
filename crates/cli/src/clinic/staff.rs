//! Who works at a clinic.

use std::io::{BufRead as _, IsTerminal as _};
use std::process::Command;

use povline_clinic::hash_pin;
use povline_domain::OutPovId;
use povline_store::ledger::{Desk, NewStaff};

use super::access::label;
use super::{pov, unreadable, unwritable};
use crate::args::StaffAddArgs;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, Format, RowWriter};
use crate::random;

const COLUMNS: &[Column] = &[
    Column::new("name", "Name 姓名"),
    Column::new("may_decide", "Decides 可决定暂停清单"),
    Column::new("locked_until", "Locked until 锁定至"),
];

/// Adds somebody, or replaces their PIN and rights.
pub(super) async fn add<L: Desk>(ledger: &L, args: &StaffAddArgs) -> CliResult<()> {
    let staff = NewStaff {
        pov: pov(&args.pov)?,
        name: label(&args.name, "NAME")?,
        pin_hash: String::new(),
        may_decide: args.decides,
    };
    let pin = read_pin()?;
    let pin_hash = hash_pin(&pin, random::bytes()?).map_err(|error| {
        CliError::new(Exit::Usage, "the PIN was not taken")
            .caused_by(&error)
            .remedy("type 4 to 12 digits that are no run and not all alike")
    })?;
    let staff = NewStaff { pin_hash, ..staff };
    ledger.put_staff(staff).await.map_err(unwritable)
}

/// Lists who works at a clinic.
pub(super) fn list<L: Desk>(ledger: &L, pov: &OutPovId, format: Format) -> CliResult<()> {
    let mut rows = RowWriter::new(std::io::stdout().lock(), format, COLUMNS);
    for person in ledger.staff(pov).map_err(unreadable)? {
        rows.row(&[
            Cell::text(person.name),
            Cell::text(match person.may_decide {
                true => "yes",
                false => "no",
            }),
            person
                .locked_until
                .map_or(Cell::Absent, |until| Cell::text(until.to_string())),
        ])?;
    }
    rows.finish()?;
    Ok(())
}

/// Takes somebody's rights back.
pub(super) async fn remove<L: Desk>(ledger: &L, pov: OutPovId, name: &str) -> CliResult<()> {
    let removed = ledger.remove_staff(pov, name.trim().to_owned()).await;
    match removed.map_err(unwritable)? {
        true => Ok(()),
        false => Err(
            CliError::new(Exit::Failed, format!("nobody called {name:?} works there"))
                .remedy("look at `povline clinic staff list POV`"),
        ),
    }
}

/// A PIN from standard input; on a terminal without showing it.
#[expect(clippy::print_stderr, reason = "the question goes to standard error")]
fn read_pin() -> CliResult<String> {
    let is_terminal = std::io::stdin().is_terminal();
    if is_terminal {
        eprint!("PIN: ");
        echo(false);
    }
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    if is_terminal {
        echo(true);
        eprintln!();
    }
    read.map_err(|error| CliError::new(Exit::Failed, "cannot read the PIN").caused_by(&error))?;
    Ok(line.trim().to_owned())
}

/// Whether the terminal shows what is typed. Where that cannot be set it goes on showing it.
fn echo(is_shown: bool) {
    let how = match is_shown {
        true => "echo",
        false => "-echo",
    };
    drop(Command::new("stty").arg(how).status());
}
