//! `log`: the platform's request log.

use std::net::IpAddr;
use std::time::Duration;

use povline_domain::{AppKey, Day, OutPovId};
use povline_store::journal::{CallFilter, CallLine, Journal, LogCursor};

use crate::args::LogArgs;
use crate::asked::{asked, instant};
use crate::error::{CliError, CliResult};
use crate::output::{Cell, Column, RowWriter};
use crate::progress::grouped;
use crate::shutdown;

/// How many lines are read at once, roughly.
const LINES_PER_READ: usize = 1_000;

/// How often a follower looks for more: another process writes them.
const LOOK_EVERY: Duration = Duration::from_millis(500);

const COLUMNS: &[Column] = &[
    Column::new("at", "At 时间"),
    Column::new("request_id", "Request id"),
    Column::new("app_key", "App key"),
    Column::new("method", "Method 方法"),
    Column::new("outcome", "Outcome 结果"),
    Column::new("code", "Code 错误码"),
    Column::new("sub_code", "Sub code 子错误码"),
    Column::new("micros", "µs 微秒"),
    Column::new("out_pov_id", "POV 接种点"),
    Column::new("day", "Day 日期"),
    Column::new("bytes", "Bytes 字节"),
    Column::new("address", "From 来源"),
];

/// Tells the lines that were asked for, and with `--follow` those to come.
#[expect(clippy::print_stderr, reason = "sums go to standard error")]
pub(crate) async fn run<J: Journal>(journal: &J, args: &LogArgs) -> CliResult<()> {
    let filter = filter(args)?;
    let mut rows = RowWriter::new(std::io::stdout(), args.output.format, COLUMNS);
    let (mut cursor, mut lost) = (LogCursor::START, 0);
    let mut stopped = std::pin::pin!(shutdown::requested());
    loop {
        let found = journal
            .search(filter.clone(), cursor, LINES_PER_READ)
            .await
            .map_err(|error| CliError::store("cannot read the request log", &error))?;
        for line in &found.lines {
            rows.row(&cells(line))?;
        }
        lost += found.lost;
        let has_more = found.cursor != cursor;
        cursor = found.cursor;
        if has_more {
            continue;
        }
        if !args.follow {
            break;
        }
        rows.flush()?;
        tokio::select! {
            () = &mut stopped => break,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    rows.finish()?;
    if lost > 0 {
        eprintln!(
            "{} calls of that time could not be logged 未能记录",
            grouped(lost)
        );
    }
    Ok(())
}

fn filter(args: &LogArgs) -> CliResult<CallFilter> {
    Ok(CallFilter {
        since: args.since.as_deref().map(instant).transpose()?,
        until: args.until.as_deref().map(instant).transpose()?,
        app: asked::<AppKey>("--app", args.app.as_deref())?,
        method: args.method.clone(),
        code: args.code,
        sub_code: args.sub_code.clone(),
        request_id: args.request_id.clone(),
        pov: asked::<OutPovId>("--pov", args.pov.as_deref())?,
        day: asked::<Day>("--day", args.day.as_deref())?,
        address: asked::<IpAddr>("--address", args.address.as_deref())?,
    })
}

fn cells(line: &CallLine) -> [Cell; COLUMNS.len()] {
    let text = |text: Option<&str>| text.map_or(Cell::Absent, Cell::text);
    [
        Cell::text(line.at.to_string()),
        Cell::text(&*line.request_id),
        text(line.app.as_deref().map(AppKey::as_str)),
        text(line.method.as_deref()),
        Cell::text(line.outcome.word()),
        line.outcome.code().map_or(Cell::Absent, Cell::Number),
        text(line.outcome.sub_code()),
        Cell::count(line.micros),
        text(line.pov.as_ref().map(OutPovId::as_str)),
        line.day
            .map_or(Cell::Absent, |day| Cell::text(day.to_string())),
        Cell::count(line.bytes),
        Cell::text(line.address.to_string()),
    ]
}
