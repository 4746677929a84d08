//! `status`: how old and how large the agent's copy is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use povline_domain::{AppKey, Clock as _, UnixMillis};
use povline_store::ledger::{AlarmRecord, DayStatus, Hold, HoldScope, Ledger};
use povline_sync::habits::{Habits, RowOrder};

use crate::args::StatusArgs;
use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::output::{Cell, Column, Format, RowWriter};
use crate::progress::grouped;

const COLUMNS: &[Column] = &[
    Column::new("out_pov_id", "POV 接种点"),
    Column::new("day", "Day 日期"),
    Column::new("age_seconds", "Age s 龄(秒)"),
    Column::new("live", "Rows 预约"),
    Column::new("picked", "Picked 已取号"),
    Column::new("suspected", "In doubt 待确认"),
    Column::new("verdict", "Last reading 末次读取"),
    Column::new("checked_at", "Proved 证实于"),
    Column::new("changed_at", "Changed 变更于"),
    Column::new("held_at", "Held 暂停取消于"),
    Column::new("tried_at", "Tried 尝试于"),
];

const ALARM_COLUMNS: &[Column] = &[
    Column::new("kind", "Alarm 告警"),
    Column::new("subject", "About 对象"),
    Column::new("app_key", "App 应用"),
    Column::new("raised_at", "Raised 触发于"),
    Column::new("cleared_at", "Cleared 解除于"),
    Column::new("detail", "Detail 说明"),
];

/// How many alarms are told.
const ALARMS_MAX: usize = 1_000;

/// Tells every list that the ledger knows.
#[expect(clippy::print_stderr, reason = "sums go to standard error")]
pub(crate) async fn run<L: Ledger>(ledger: &L, args: &StatusArgs) -> CliResult<()> {
    let failed = |error| CliError::store("cannot read the ledger", &error);
    let format = args.output.format;
    let alarms = ledger.alarms(ALARMS_MAX).await.map_err(failed)?;
    if args.alarms {
        return tell_alarms(&alarms, format);
    }
    let days = ledger.days().await.map_err(failed)?;
    let counts = ledger.counts().await.map_err(failed)?;
    let holds = ledger.held().await.map_err(failed)?;
    let now = SystemClock.now();
    let mut rows = RowWriter::new(std::io::stdout().lock(), format, COLUMNS);
    for day in &days {
        rows.row(&[
            Cell::text(day.pov.as_str()),
            Cell::text(day.day.to_string()),
            day.checked_at.map_or(Cell::Absent, |at| {
                Cell::Number(now.millis_since(at) / 1_000)
            }),
            Cell::count(day.live),
            Cell::count(day.picked),
            Cell::count(day.suspected),
            Cell::text(&day.verdict),
            instant(day.checked_at),
            instant(day.changed_at),
            instant(held_at(&holds, day)),
            instant(day.tried_at),
        ])?;
    }
    rows.finish()?;
    eprintln!(
        "{} lists 清单{}, {} appointments 预约, {} in doubt 待确认, {} certificates 证明; oldest \
         proof 最旧: {}",
        grouped(counts.days),
        match days.iter().filter(|day| day.checked_at.is_none()).count() {
            0 => String::new(),
            never_read => format!(" ({never_read} never read 未读)"),
        },
        grouped(counts.live),
        grouped(counts.suspected),
        grouped(counts.certificates),
        counts
            .oldest_check
            .map_or("none 无".to_owned(), |at| format!(
                "{} s ago",
                now.millis_since(at) / 1_000
            )),
    );
    if counts.quarantined > 0 {
        eprintln!(
            "{} rows in quarantine 隔离: look with `povline quarantine`",
            grouped(counts.quarantined)
        );
    }
    for (app, habits) in learned(ledger.habits().await.map_err(failed)?) {
        eprintln!("server of 服务端 {app}: {}", described(&habits));
    }
    for alarm in alarms.iter().filter(|alarm| alarm.cleared_at.is_none()) {
        let AlarmRecord { of, detail, .. } = alarm;
        eprintln!(
            "ALARM 告警 since 自 {}: {} {}: {detail}",
            alarm.raised_at, of.kind, of.subject
        );
    }
    if !holds.is_empty() {
        eprintln!(
            "{} held 已暂停取消: too much vanished at once; look with `povline held`",
            holds.len()
        );
    }
    Ok(())
}

/// Tells the alarms, those that stand first.
fn tell_alarms(alarms: &[AlarmRecord], format: Format) -> CliResult<()> {
    let mut rows = RowWriter::new(std::io::stdout().lock(), format, ALARM_COLUMNS);
    for AlarmRecord {
        of,
        detail,
        raised_at,
        cleared_at,
    } in alarms
    {
        rows.row(&[
            Cell::text(&of.kind),
            Cell::text(&of.subject),
            of.app
                .as_ref()
                .map_or(Cell::Absent, |app| Cell::text(app.as_str())),
            instant(Some(*raised_at)),
            instant(*cleared_at),
            Cell::text(detail),
        ])?;
    }
    rows.finish()?;
    Ok(())
}

/// Since when no cancellation is told of a list.
fn held_at(holds: &[(HoldScope, Hold)], day: &DayStatus) -> Option<UnixMillis> {
    let is_of = |scope: &HoldScope| match scope {
        HoldScope::Fleet => true,
        HoldScope::List(pov, of) => *pov == day.pov && *of == day.day,
    };
    let of_day = holds.iter().filter(|(scope, _)| is_of(scope));
    of_day.map(|(_, hold)| hold.held_at).min()
}

fn instant(at: Option<UnixMillis>) -> Cell {
    at.map_or(Cell::Absent, |at| Cell::text(at.to_string()))
}

/// What was learned about each app's server.
fn learned(entries: Vec<(AppKey, String, i64)>) -> Vec<(AppKey, Habits)> {
    let mut by_app: BTreeMap<AppKey, Vec<(String, i64)>> = BTreeMap::new();
    for (app, name, value) in entries {
        by_app.entry(app).or_default().push((name, value));
    }
    let habits = by_app.into_iter();
    habits
        .map(|(app, entries)| (app, Habits::from_entries(&entries)))
        .collect()
}

/// A server's habits in one line.
fn described(habits: &Habits) -> String {
    let mut text = String::from(match habits.row_order() {
        RowOrder::Unknown => "order not known yet 顺序未知",
        RowOrder::Stable => "order stable 顺序稳定",
        RowOrder::Unstable => {
            "NO STABLE ORDER 顺序不稳定: lists of several pages count as read whole when two passes \
             agree, which is no proof 多页清单以两遍一致为准,不构成证明"
        }
    });
    if let Some(most) = habits.page_most() {
        let _ = write!(text, "; at most 每页最多 {} rows a page", most.get());
    }
    // They come off the wire, and may hold what would command a terminal.
    let fields = habits.unknown_fields();
    let fields: Vec<String> = fields.map(|name| name.escape_debug().to_string()).collect();
    if !fields.is_empty() {
        let _ = write!(text, "; unknown fields 未知字段 {}", fields.join(" "));
    }
    text
}
