//! The rows of `plan`.

use povline_domain::{OutPovId, UnixMillis};
use povline_sync::plan::{Forecast, Promise, TierForecast};

use crate::error::CliResult;
use crate::output::{Cell, Column, Format, RowWriter};

/// How old the lists of one distance in days are.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Observed {
    pub(super) ahead: i32,
    ages: f64,
    read: u64,
    worst: f64,
    pub(super) never_read: u64,
}

impl Observed {
    pub(super) fn of(ahead: i32) -> Self {
        Self {
            ahead,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, age: f64) {
        self.ages += age;
        self.read += 1;
        self.worst = self.worst.max(age);
    }
}

const TIERS: &[Column] = &[
    Column::new("days_ahead", "Days ahead 提前天数"),
    Column::new("lists", "Lists 清单"),
    Column::new("promised_seconds", "Promised s 承诺(秒)"),
    Column::new("predicted_mean_age_seconds", "Foreseen age s 预计平均龄"),
    Column::new("predicted_worst_age_seconds", "worst 最旧"),
    Column::new("predicted_delay_seconds", "Delay of a change s 变更延迟"),
    Column::new("observed_mean_age_seconds", "Age now s 现龄"),
    Column::new("observed_worst_age_seconds", "worst 最旧"),
    Column::new("never_read", "Never read 未读"),
    Column::new("predicted_changes", "Changes left today 预计变更"),
    Column::new("predicted_calls", "Calls left today 预计调用"),
];

fn promised(promises: Option<&Promise>, ahead: i32) -> Cell {
    let limit = |promises: &Promise| match ahead {
        0 => promises.today.min(promises.others),
        _ => promises.others,
    };
    promises.map_or(Cell::Absent, |promises| {
        Cell::count(limit(promises).as_secs())
    })
}

/// What is foreseen, where polls are planned.
fn foreseen(promises: Option<&Promise>, cell: Cell) -> Cell {
    promises.map_or(Cell::Absent, |_| cell)
}

fn whole(number: f64) -> Cell {
    Cell::Number(number.round() as i64)
}

/// A row for each distance in days. Without promises nothing is foreseen either.
pub(super) fn tiers(
    promises: Option<&Promise>,
    tiers: &[TierForecast],
    observed: &[Observed],
    format: Format,
) -> CliResult<()> {
    let mut rows = RowWriter::new(std::io::stdout().lock(), format, TIERS);
    for tier in tiers {
        let seen = observed.iter().find(|seen| seen.ahead == tier.ahead);
        let read = seen.filter(|seen| seen.read > 0);
        rows.row(&[
            Cell::Number(i64::from(tier.ahead)),
            Cell::count(tier.lists as u64),
            promised(promises, tier.ahead),
            foreseen(promises, whole(tier.mean_age)),
            foreseen(promises, whole(tier.worst_age)),
            foreseen(promises, whole(tier.delay)),
            read.map_or(Cell::Absent, |seen| whole(seen.ages / seen.read as f64)),
            read.map_or(Cell::Absent, |seen| whole(seen.worst)),
            seen.map_or(Cell::Absent, |seen| Cell::count(seen.never_read)),
            foreseen(promises, whole(tier.changes)),
            foreseen(promises, whole(tier.calls)),
        ])?;
    }
    rows.finish()?;
    Ok(())
}

const LISTS: &[Column] = &[
    Column::new("out_pov_id", "POV 接种点"),
    Column::new("days_ahead", "Days ahead 提前天数"),
    Column::new("promised_seconds", "Promised s 承诺(秒)"),
    Column::new("predicted_mean_age_seconds", "Foreseen age s 预计平均龄"),
    Column::new("predicted_worst_age_seconds", "worst 最旧"),
    Column::new("observed_age_seconds", "Age now s 现龄"),
    Column::new("predicted_changes", "Changes left today 预计变更"),
    Column::new("predicted_calls", "Calls left today 预计调用"),
];

/// A row for each list.
pub(super) fn lists(
    promises: Option<&Promise>,
    lists: &[Forecast],
    povs: &[OutPovId],
    now: UnixMillis,
    format: Format,
) -> CliResult<()> {
    let mut rows = RowWriter::new(std::io::stdout().lock(), format, LISTS);
    let mut sorted: Vec<&Forecast> = lists.iter().collect();
    sorted.sort_by_key(|list| (list.pov, list.ahead));
    for list in sorted {
        let code = povs.get(list.pov as usize);
        rows.row(&[
            code.map_or(Cell::Absent, |code| Cell::text(code.as_str())),
            Cell::Number(i64::from(list.ahead)),
            promised(promises, list.ahead),
            foreseen(promises, whole(list.mean_age)),
            foreseen(promises, whole(list.worst_age)),
            list.read_at.map_or(Cell::Absent, |at| {
                Cell::Number(now.millis_since(at) / 1_000)
            }),
            foreseen(promises, Cell::text(format!("{:.1}", list.changes))),
            foreseen(promises, Cell::text(format!("{:.1}", list.calls))),
        ])?;
    }
    rows.finish()?;
    Ok(())
}
