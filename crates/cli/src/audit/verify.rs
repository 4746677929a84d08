//! `audit verify`.

use povline_store::audit::{AuditHead, AuditTrail, verify};

use crate::args::AuditVerifyArgs;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, RowWriter};
use crate::progress::{Progress, grouped};

const COLUMNS: &[Column] = &[
    Column::new("verdict", "Verdict 结论"),
    Column::new("records", "Records that hold 完好条数"),
    Column::new("older", "Older than the chain 早于链"),
    Column::new("broken_at", "Broken at 断于"),
    Column::new("fault", "Fault 问题"),
    Column::new("head", "Head 链头"),
];

/// Goes along the chain; ends with [`Exit::Different`] where it is broken.
pub(super) async fn run<T: AuditTrail>(trail: &T, args: &AuditVerifyArgs) -> CliResult<()> {
    let known = args.head.as_deref().map(parse_head).transpose()?;
    let failed = |error| CliError::store("cannot read the audit", &error);
    let total = trail.audit_head().await.map_err(failed)?.sequence;
    let progress = Progress::new("verify", u64::try_from(total).ok());
    let verdict = verify(trail, known, |records| {
        progress.at(records, || format!("{} records", grouped(records)));
    })
    .await
    .map_err(failed)?;
    progress.finish();
    let broken = verdict.broken;
    let mut rows = RowWriter::new(std::io::stdout().lock(), args.output.format, COLUMNS);
    rows.row(&[
        Cell::text(if broken.is_none() { "holds" } else { "broken" }),
        Cell::count(verdict.records),
        Cell::count(verdict.older),
        broken.map_or(Cell::Absent, |broken| Cell::Number(broken.sequence)),
        broken.map_or(Cell::Absent, |broken| Cell::text(broken.to_string())),
        Cell::text(verdict.head.to_string()),
    ])?;
    rows.finish()?;
    match broken {
        None => Ok(()),
        Some(broken) => Err(CliError::new(
            Exit::Different,
            format!("the audit does not hold 审计链不完整: {broken}"),
        )
        .remedy(
            "keep the file as it is, find out who could write to it, and compare it with a backup",
        )),
    }
}

fn parse_head(text: &str) -> CliResult<AuditHead> {
    text.trim()
        .parse()
        .map_err(|error| CliError::new(Exit::Usage, "--head cannot be used").caused_by(&error))
}
