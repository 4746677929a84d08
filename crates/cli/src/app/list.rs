//! `app list`. Secrets are counted, never shown.

use povline_gateway::LimitDefaults;
use povline_store::book::{AppStatus, Book, CallScope, Limits};

use super::show::{Usage, limit_cell};
use crate::error::{CliError, CliResult};
use crate::output::{Cell, Column, Format, RowWriter};

const COLUMNS: &[Column] = &[
    Column::new("app_key", "App key"),
    Column::new("name", "Name 名称"),
    Column::new("isv", "ISV 服务商"),
    Column::new("status", "Status 状态"),
    Column::new("secrets", "Secrets 密钥数"),
    Column::new("grants", "May read 授权"),
    Column::new("write_grants", "May write 写授权"),
    Column::new("addresses", "From 来源地址"),
    Column::new("per_second", "Per second 每秒"),
    Column::new("per_day", "Per day 每天"),
    Column::new("used_today", "Used today 今日已用"),
    Column::new("created_at", "Made 创建时间"),
];

pub(super) async fn run<B: Book + Limits>(
    book: &B,
    format: Format,
    defaults: LimitDefaults,
) -> CliResult<()> {
    let access = book
        .access()
        .await
        .map_err(|error| CliError::store("cannot read the apps", &error))?;
    let usage = Usage::read(book, defaults).await?;
    let mut rows = RowWriter::new(std::io::stdout().lock(), format, COLUMNS);
    for app in access.apps {
        let [grants, write_grants] = [&app.grants, &app.write_grants].map(|grants| {
            let grants: Vec<String> = grants.iter().map(ToString::to_string).collect();
            grants.join(" ")
        });
        let status = match app.status {
            AppStatus::Enabled => "enabled",
            AppStatus::Disabled => "disabled",
        };
        let allowed = usage.rules().allowed.iter();
        let allowed: Vec<String> = allowed
            .filter(|(of, _)| *of == app.key)
            .map(|(_, range)| range.to_string())
            .collect();
        let scope = CallScope::App(app.key.clone());
        let [per_second, per_day] = usage.limits(&scope);
        rows.row(&[
            Cell::text(app.key.as_str()),
            Cell::text(app.name),
            Cell::text(app.isv_name),
            Cell::text(status),
            Cell::count(app.secrets.len() as u64),
            Cell::text(grants),
            Cell::text(write_grants),
            Cell::text(allowed.join(" ")),
            limit_cell(per_second),
            limit_cell(per_day),
            Cell::count(usage.used(&scope).0),
            Cell::text(app.created_at.to_string()),
        ])?;
    }
    rows.finish()?;
    Ok(())
}
