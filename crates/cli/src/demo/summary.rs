//! What the demo tells: where everything is, and what came of it.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use povline_domain::{ChangeKind, Clock as _, UnixMillis};
use povline_store::ledger::Ledger as _;
use povline_sync::Summary;

use super::agent::DemoAgent;
use super::compare::Comparison;
use super::curl::Caller;
use super::platform::Platform;
use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::live::seconds_since;
use crate::progress::grouped;

/// How long a signed call is good for.
const GOOD_FOR_MILLIS: i64 = 10 * 60 * 1_000;

/// Where everything is, and what to paste.
pub(super) fn heading(directory: &Path, platform: &Platform, caller: &Caller) -> CliResult<()> {
    let mut out = std::io::stdout().lock();
    let until = SystemClock.now().plus_millis(GOOD_FOR_MILLIS);
    writeln!(out, "Povline demo 演示")?;
    writeln!(out)?;
    line(&mut out, "data", "数据", directory.display())?;
    line(&mut out, "platform", "平台", platform.url())?;
    line(&mut out, "portal", "门户", platform.portal())?;
    line(
        &mut out,
        "admin",
        "运维",
        format!("http://{}/metrics", platform.admin),
    )?;
    line(
        &mut out,
        "app key",
        "应用",
        format!(
            "{} (secret 密钥: {})",
            platform.app_key,
            platform.secret_file.display()
        ),
    )?;
    line(
        &mut out,
        "world",
        "世界",
        format!(
            "{} lists 清单 (clinic × day 接种点×天), {} appointments 预约, nobody real 均为虚构",
            platform.lists,
            grouped(platform.rows as u64)
        ),
    )?;
    writeln!(out)?;
    writeln!(
        out,
        "While it runs, paste this (signed; good until 有效至 {}):",
        clock_time(until)
    )?;
    writeln!(out, "  {}", caller.curl()?)?;
    writeln!(out, "or, at any time 或随时:")?;
    writeln!(out, "  {}", caller.call())?;
    writeln!(out, "  {}", caller.pull())?;
    writeln!(out, "  {}", caller.events())?;
    writeln!(out)?;
    out.flush()?;
    Ok(())
}

/// What came of it.
pub(super) async fn tell(
    summaries: &[(&'static str, Summary)],
    agent: &DemoAgent,
    comparison: &Comparison,
    elapsed: Duration,
) -> CliResult<()> {
    let counts = agent
        .ledger()
        .counts()
        .await
        .map_err(|error| CliError::store("cannot read the ledger", &error))?;
    let mut out = std::io::stdout().lock();
    writeln!(out)?;
    writeln!(out, "Summary 总结 ({:.1} s)", elapsed.as_secs_f64())?;
    for (title, summary) in summaries {
        let progress = &summary.progress;
        writeln!(
            out,
            "  {title}: {} complete 完整 ({} unchanged 未变), {} incomplete 不完整, {} failed 失败, {} \
             calls 调用",
            grouped(progress.complete),
            grouped(progress.unchanged),
            grouped(progress.incomplete),
            progress.failed,
            grouped(progress.calls),
        )?;
        for failed in summary.failed.iter().take(5) {
            writeln!(out, "    {} {}: {}", failed.pov, failed.day, failed.cause)?;
        }
    }
    let calls: u64 = summaries
        .iter()
        .map(|(_, summary)| summary.progress.calls)
        .sum();
    line(&mut out, "lists", "清单", grouped(counts.days))?;
    line(&mut out, "rows", "预约", grouped(counts.live))?;
    line(&mut out, "calls", "调用", grouped(calls))?;
    line(
        &mut out,
        "certificates",
        "证明",
        grouped(counts.certificates),
    )?;
    for (kind, count) in ChangeKind::ALL.iter().zip(counts.events) {
        line(
            &mut out,
            &format!("event {kind}"),
            chinese(*kind),
            grouped(count),
        )?;
    }
    line(&mut out, "in doubt", "待确认", grouped(counts.suspected))?;
    let age = match counts.oldest_check {
        Some(at) => format!("{:.1} s", seconds_since(at)),
        None => "never read 未读".to_owned(),
    };
    line(&mut out, "oldest proof", "最旧证明", age)?;
    line(&mut out, "ledger", "账本", agent.data.display())?;
    writeln!(out)?;
    verdict(&mut out, comparison)?;
    out.flush()?;
    Ok(())
}

fn verdict(out: &mut impl std::io::Write, comparison: &Comparison) -> std::io::Result<()> {
    writeln!(
        out,
        "Comparison, row by row 逐行比对: platform 平台 {} rows, agent 代理 {} rows; {} equal 相等, {} \
         different 不同, {} missing 缺, {} extra 多; {} of {} lists equal",
        grouped(comparison.platform_rows),
        grouped(comparison.agent_rows),
        grouped(comparison.equal),
        grouped(comparison.different),
        grouped(comparison.missing),
        grouped(comparison.extra),
        comparison.lists_equal,
        comparison.lists,
    )?;
    if comparison.suspected > 0 {
        writeln!(
            out,
            "{} rows are still in doubt 仍待确认",
            comparison.suspected
        )?;
    }
    if comparison.book_faults > 0 {
        writeln!(
            out,
            "{} rows of the platform's book are not what happened in the world 平台账本与世界不符",
            comparison.book_faults
        )?;
    }
    match comparison.is_equal() {
        true => writeln!(
            out,
            "EQUAL 两边一致: the agent's copy is the platform's truth."
        ),
        false => writeln!(out, "DIFFERENT 两边不一致"),
    }
}

fn line(
    out: &mut impl std::io::Write,
    english: &str,
    chinese: &str,
    value: impl std::fmt::Display,
) -> std::io::Result<()> {
    // A Chinese character is two columns wide.
    let width = english.len() + 1 + chinese.chars().count() * 2;
    writeln!(
        out,
        "  {english} {chinese}{:1$} {value}",
        "",
        24_usize.saturating_sub(width)
    )
}

fn chinese(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Booked => "预约",
        ChangeKind::Picked => "取号",
        ChangeKind::Unpicked => "退号",
        ChangeKind::Changed => "变更",
        ChangeKind::Rescheduled => "改约",
        ChangeKind::Cancelled => "取消",
        ChangeKind::Restored => "恢复",
    }
}

/// The time of day of an instant.
fn clock_time(at: UnixMillis) -> String {
    at.to_string().get(11..19).unwrap_or_default().to_owned()
}
