//! `audit list`.

use std::collections::HashMap;

use povline_domain::{AppKey, Day, PovId};
use povline_store::StoreError;
use povline_store::audit::{AuditEntry, AuditFilter, AuditTrail};
use povline_store::book::Book;

use crate::args::AuditListArgs;
use crate::asked::{asked, instant};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, RowWriter};

/// Records read at a time: one may hold thousands of readings.
const RECORDS_PER_READ: usize = 256;

const COLUMNS: &[Column] = &[
    Column::new("sequence", "Record 序号"),
    Column::new("at", "At 时间"),
    Column::new("until", "Until 至"),
    Column::new("actor", "Who 何人"),
    Column::new("action", "Action 操作"),
    Column::new("out_pov_id", "POV 接种点"),
    Column::new("day", "Day 日期"),
    Column::new("object", "Object 对象"),
    Column::new("count", "Count 次/行"),
    Column::new("result", "Result 结果"),
];

pub(super) async fn run<B: Book + AuditTrail>(book: &B, args: &AuditListArgs) -> CliResult<()> {
    let failed = |error: StoreError| CliError::store("cannot read the audit", &error);
    let access = book.access().await.map_err(failed)?;
    let codes: HashMap<PovId, &str> = access
        .povs
        .iter()
        .map(|pov| (pov.pov, pov.out_pov_id.as_str()))
        .collect();
    let filter = filter(args, &codes)?;
    let mut rows = RowWriter::new(std::io::stdout(), args.output.format, COLUMNS);
    let mut after = 0;
    loop {
        let records = book.chain_after(after, RECORDS_PER_READ).await;
        let records = records.map_err(failed)?;
        for record in &records {
            after = record.sequence;
            let entries = record.entries().map_err(failed)?;
            for entry in entries.iter().filter(|entry| filter.admits(entry)) {
                rows.row(&cells(entry, &codes))?;
            }
        }
        if records.len() < RECORDS_PER_READ {
            break;
        }
    }
    rows.finish()?;
    Ok(())
}

fn filter(args: &AuditListArgs, codes: &HashMap<PovId, &str>) -> CliResult<AuditFilter> {
    let of_code = |code: &String| -> CliResult<Vec<PovId>> {
        let povs = codes.iter().filter(|(_, known)| *known == code);
        let povs: Vec<PovId> = povs.map(|(pov, _)| *pov).collect();
        if povs.is_empty() {
            return Err(
                CliError::new(Exit::Usage, format!("there is no clinic {code:?}"))
                    .remedy("--pov takes an ISV's code for a clinic, such as 00001"),
            );
        }
        Ok(povs)
    };
    Ok(AuditFilter {
        since: args.since.as_deref().map(instant).transpose()?,
        until: args.until.as_deref().map(instant).transpose()?,
        app: asked::<AppKey>("--app", args.app.as_deref())?,
        povs: args.pov.as_ref().map(of_code).transpose()?,
        day: asked::<Day>("--day", args.day.as_deref())?,
        action: args.action.clone(),
    })
}

fn cells(entry: &AuditEntry, codes: &HashMap<PovId, &str>) -> [Cell; COLUMNS.len()] {
    let pov = entry.pov.map(|pov| match codes.get(&pov) {
        Some(code) => Cell::text(*code),
        None => Cell::text(format!("pov {pov}")),
    });
    [
        Cell::Number(entry.sequence),
        Cell::text(entry.at.to_string()),
        Cell::text(entry.until.to_string()),
        Cell::text(&entry.actor),
        Cell::text(&entry.action),
        pov.unwrap_or(Cell::Absent),
        entry
            .day
            .map_or(Cell::Absent, |day| Cell::text(day.to_string())),
        match entry.object.as_str() {
            "" => Cell::Absent,
            object => Cell::text(object),
        },
        Cell::count(entry.count),
        Cell::text(entry.result),
    ]
}
