//! The rows of `plan`.

use povline_domain::{OutPovId, UnixMillis};
use povline_sync::plan::{Forecast, PlanConfig, TierForecast};

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

fn promised(config: &PlanConfig, ahead: i32) -> Cell {
    let promise = &config.promise;
    let limit = if ahead == 0 {
        promise.today.min(promise.others)
    } else {
        promise.others
    };
    Cell::count(limit.as_secs())
}

fn whole(number: f64) -> Cell {
    Cell::Number(number.round() as i64)
}

/// A row for each distance in days.
pub(super) fn tiers(
    config: &PlanConfig,
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
            promised(config, tier.ahead),
            whole(tier.mean_age),
            whole(tier.worst_age),
            whole(tier.delay),
            read.map_or(Cell::Absent, |seen| whole(seen.ages / seen.read as f64)),
            read.map_or(Cell::Absent, |seen| whole(seen.worst)),
            seen.map_or(Cell::Absent, |seen| Cell::count(seen.never_read)),
            whole(tier.changes),
            whole(tier.calls),
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
    config: &PlanConfig,
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
            promised(config, list.ahead),
            whole(list.mean_age),
            whole(list.worst_age),
            list.read_at.map_or(Cell::Absent, |at| {
                Cell::Number(now.millis_since(at) / 1_000)
            }),
            Cell::text(format!("{:.1}", list.changes)),
            Cell::text(format!("{:.1}", list.calls)),
        ])?;
    }
    rows.finish()?;
    Ok(())
}
