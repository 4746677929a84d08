//! `app show`: an app's limits in force, and how much of them is used today.

use povline_domain::{AppKey, Clock as _, Day};
use povline_gateway::LimitDefaults;
use povline_protocol::methods;
use povline_store::book::{Book, CallCount, CallLimits, CallRules, CallScope, Limits};

use super::limit::unreadable;
use super::parse_key;
use crate::args::AppShowArgs;
use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, RowWriter};

const COLUMNS: &[Column] = &[
    Column::new("app_key", "App key"),
    Column::new("method", "Method 接口"),
    Column::new("weight", "Weight 权重"),
    Column::new("per_second", "Per second 每秒"),
    Column::new("per_day", "Per day 每天"),
    Column::new("used_today", "Used today 今日已用"),
    Column::new("reserved_today", "Reserved 今日已预留"),
];

/// What is known of limits and use.
pub(super) struct Usage {
    rules: CallRules,
    counts: Vec<CallCount>,
    defaults: LimitDefaults,
}

impl Usage {
    /// Of today.
    pub(super) async fn read<B: Limits>(book: &B, defaults: LimitDefaults) -> CliResult<Self> {
        let today = Day::at(SystemClock.now());
        Ok(Self {
            rules: book.call_rules().await.map_err(unreadable)?,
            counts: book.call_counts(today).await.map_err(unreadable)?,
            defaults,
        })
    }

    pub(super) fn rules(&self) -> &CallRules {
        &self.rules
    }

    /// The limits in force of a second and of a day.
    pub(super) fn limits(&self, scope: &CallScope) -> [Option<u64>; 2] {
        let said = self.rules.limits.iter().find(|(of, _)| of == scope);
        let CallLimits {
            per_second,
            per_day,
        } = said.map(|(_, limits)| *limits).unwrap_or_default();
        let defaults = &self.defaults;
        let (second, day) = match scope {
            CallScope::App(_) => (defaults.app_per_second, defaults.app_per_day),
            CallScope::AppMethod(..) => {
                (defaults.app_method_per_second, defaults.app_method_per_day)
            }
            CallScope::Method(_) => (None, None),
        };
        [per_second.or(second), per_day.or(day)]
    }

    /// Used, and used or reserved.
    pub(super) fn used(&self, scope: &CallScope) -> (u64, u64) {
        let count = self.counts.iter().find(|count| count.scope == *scope);
        count.map_or((0, 0), |count| (count.used, count.reserved))
    }

    fn weight(&self, method: &str) -> u64 {
        let said = self.rules.weights.iter().find(|(of, _)| of == method);
        said.map_or(1, |(_, weight)| u64::from(*weight))
    }
}

/// A limit, or nothing if there is none.
pub(super) fn limit_cell(limit: Option<u64>) -> Cell {
    limit.map_or(Cell::Absent, Cell::count)
}

pub(super) async fn run<B: Book + Limits>(
    book: &B,
    args: &AppShowArgs,
    defaults: LimitDefaults,
) -> CliResult<()> {
    let app = match args.app_key.as_str() {
        "*" => None,
        key => Some(known_app(book, parse_key(key)?).await?),
    };
    let usage = Usage::read(book, defaults).await?;
    let mut rows = RowWriter::new(std::io::stdout().lock(), args.output.format, COLUMNS);
    let mut row = |method: &str, weight: Cell, scope: &CallScope| {
        let [per_second, per_day] = usage.limits(scope);
        let (used, reserved) = usage.used(scope);
        rows.row(&[
            Cell::text(app.as_ref().map_or("*", AppKey::as_str)),
            Cell::text(method),
            weight,
            limit_cell(per_second),
            limit_cell(per_day),
            Cell::count(used),
            Cell::count(reserved),
        ])
    };
    if let Some(app) = &app {
        row("*", Cell::Absent, &CallScope::App(app.clone()))?;
    }
    for spec in methods::ALL {
        let method = spec.method.to_owned();
        let scope = match &app {
            Some(app) => CallScope::AppMethod(app.clone(), method),
            None => CallScope::Method(method),
        };
        row(spec.method, Cell::count(usage.weight(spec.method)), &scope)?;
    }
    rows.finish()?;
    Ok(())
}

async fn known_app<B: Book>(book: &B, key: AppKey) -> CliResult<AppKey> {
    let access = book
        .access()
        .await
        .map_err(|error| CliError::store("cannot read the apps", &error))?;
    if access.apps.iter().any(|app| app.key == key) {
        Ok(key)
    } else {
        Err(
            CliError::new(Exit::Failed, format!("there is no app {key}"))
                .remedy("`povline app list` tells every app's key"),
        )
    }
}
