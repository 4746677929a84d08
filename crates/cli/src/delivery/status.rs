//! How far each sink is behind.

use std::io::Write as _;

use povline_domain::{Clock as _, UnixMillis};
use povline_store::ledger::Deliveries;

use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::output::{Cell, Column, Format, RowWriter};

const COLUMNS: &[Column] = &[
    Column::new("sink", "Sink 投递"),
    Column::new("kind", "Kind 种类"),
    Column::new("state", "State 状态"),
    Column::new("behind", "Behind 积压"),
    Column::new("behind_seconds", "By s 滞后(秒)"),
    Column::new("waiting", "Waiting 待重试"),
    Column::new("dead", "Dead 死信"),
    Column::new("lost", "Lost 丢失"),
    Column::new("delivered", "Delivered 已投"),
    Column::new("cursor", "Cursor 游标"),
    Column::new("delivered_at", "Last 最近成功"),
    Column::new("failed_at", "Failed 最近失败"),
    Column::new("reason", "Reason 原因"),
];

/// Tells how every sink is doing; nothing if there is none, unless they alone were asked for.
pub(crate) async fn tell<D: Deliveries>(ledger: &D, format: Format, alone: bool) -> CliResult<()> {
    let sinks = ledger.sinks().await;
    let sinks = sinks.map_err(|error| CliError::store("cannot read the ledger", &error))?;
    // Another document behind a CSV or a JSON one would spoil both.
    let fits = matches!(format, Format::Table | Format::Ndjson);
    if !alone && (sinks.is_empty() || !fits) {
        return Ok(());
    }
    let now = SystemClock.now();
    let mut out = std::io::stdout().lock();
    if !alone && format == Format::Table {
        out.write_all(b"\n")?;
    }
    let mut rows = RowWriter::new(out, format, COLUMNS);
    for sink in sinks {
        let people = format == Format::Table;
        let state = match (&sink.stopped, &sink.failure, people) {
            (Some(_), _, true) => "STOPPED 已停",
            (Some(_), _, false) => "stopped",
            (None, Some(_), true) => "failing 失败中",
            (None, Some(_), false) => "failing",
            (None, None, true) => "well 正常",
            (None, None, false) => "well",
        };
        let (failed_at, reason) = match sink.failure {
            Some((at, reason)) => (Some(at), Some(reason)),
            None => (None, None),
        };
        let reason = sink.stopped.or(reason);
        rows.row(&[
            Cell::text(sink.name.as_str()),
            Cell::text(sink.kind),
            Cell::text(state),
            Cell::count(sink.behind),
            sink.behind_since.map_or(Cell::Absent, |since| {
                Cell::Number(now.millis_since(since).max(0) / 1_000)
            }),
            Cell::count(sink.waiting),
            Cell::count(sink.dead),
            Cell::count(sink.lost),
            Cell::count(sink.delivered),
            Cell::Number(sink.cursor.0),
            instant(sink.delivered_at),
            instant(failed_at),
            reason.map_or(Cell::Absent, Cell::text),
        ])?;
    }
    rows.finish()?;
    Ok(())
}

fn instant(at: Option<UnixMillis>) -> Cell {
    at.map_or(Cell::Absent, |at| Cell::text(at.to_string()))
}
