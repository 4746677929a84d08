//! `quarantine`: rows that could not be taken at their word.

use povline_store::ledger::Ledger;

use crate::args::{QuarantineArgs, QuarantineCommand, QuarantineDropArgs};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, RowWriter};

/// How many rows are told.
const ROWS_MAX: usize = 100_000;

const COLUMNS: &[Column] = &[
    Column::new("number", "Number 编号"),
    Column::new("out_pov_id", "POV 接种点"),
    Column::new("day", "Day 日期"),
    Column::new("appointment_id", "Appointment 预约"),
    Column::new("reason", "Reason 原因"),
    Column::new("state", "State 状态"),
    Column::new("first_at", "First seen 首见于"),
    Column::new("last_at", "Last read 末读于"),
    Column::new("raw", "As it came 原文"),
];

/// Lists the rows in quarantine, newest first, or drops some.
pub(crate) async fn run<L: Ledger>(ledger: &L, args: &QuarantineArgs) -> CliResult<()> {
    if let Some(QuarantineCommand::Drop(args)) = &args.command {
        return drop_rows(ledger, args).await;
    }
    let held = ledger
        .quarantine(ROWS_MAX)
        .await
        .map_err(|error| CliError::store("cannot read the quarantine", &error))?;
    let mut rows = RowWriter::new(std::io::stdout().lock(), args.output.format, COLUMNS);
    for row in held {
        rows.row(&[
            Cell::Number(row.number),
            Cell::text(row.pov.as_str()),
            Cell::text(row.day.to_string()),
            row.appointment_id
                .map_or(Cell::Absent, |id| Cell::text(id.as_str())),
            Cell::text(row.reason),
            Cell::text(if row.is_there { "there" } else { "gone" }),
            Cell::text(row.first_at.to_string()),
            Cell::text(row.last_at.to_string()),
            match args.names {
                true => Cell::text(row.raw),
                false => Cell::text(format!("{} bytes", row.raw.len())),
            },
        ])?;
    }
    rows.finish()?;
    Ok(())
}

#[expect(clippy::print_stderr, reason = "what was done goes to standard error")]
async fn drop_rows<L: Ledger>(ledger: &L, args: &QuarantineDropArgs) -> CliResult<()> {
    let dropped = ledger
        .drop_quarantined(args.number)
        .await
        .map_err(|error| CliError::store("cannot drop from the quarantine", &error))?;
    if dropped == 0 && !args.all {
        return Err(
            CliError::new(Exit::Failed, "there is no such row in quarantine")
                .remedy("look at the numbers with `povline quarantine`"),
        );
    }
    eprintln!(
        "{dropped} rows 行: those that are gone were dropped, of the others the text \
         已删除,仍在清单中的只删原文"
    );
    Ok(())
}
