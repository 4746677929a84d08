//! A grade in the terminal.

use std::io::{self, Write};

use povline_world::grade::{FindingKind, Report, Story};

use crate::args::GradeFormat;
use crate::error::CliResult;

/// How many lines of the first story are told.
const LINES_TOLD: usize = 12;

pub(super) fn tell(report: &Report, format: GradeFormat) -> CliResult<()> {
    let mut out = io::stdout().lock();
    match format {
        GradeFormat::Json => {
            serde_json::to_writer(&mut out, report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        GradeFormat::Summary => summary(&mut out, report)?,
    }
    Ok(())
}

fn summary(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let Report { calls, score, .. } = report;
    writeln!(out, "{} — {}", report.title_zh, report.title_en)?;
    writeln!(out, "  {:.1} / 100 得分 points", score.points)?;
    for kind in FindingKind::ALL {
        let (zh, en) = match kind {
            FindingKind::FalseCancel => ("误报取消", "false cancels"),
            FindingKind::Missed => ("遗漏", "missed rows"),
            FindingKind::Phantom => ("幽灵行", "phantom rows"),
            FindingKind::WrongField => ("错误字段", "wrong fields"),
        };
        writeln!(out, "  {:>8}  {zh} {en}", report.count(kind))?;
    }
    for (limit, count) in &report.limits {
        writeln!(
            out,
            "  {count:>8}  属于声明的限制 under a stated limit: {limit}"
        )?;
    }
    writeln!(
        out,
        "  {:>8}  变更 changes in the world, until {}",
        report.changes, report.now
    )?;
    writeln!(
        out,
        "  {:>8}  调用 calls: {} pages, {} rows, {} faults, {} refused, {} bans provoked",
        calls.made, calls.pages, calls.rows, calls.faulted, calls.refused, calls.bans_provoked
    )?;
    if report.hand_ins == 0 && report.events == 0 {
        writeln!(
            out,
            "  nothing was handed in: POST your rows to ADMIN/rows after each sweep 没有提交任何视图"
        )?;
    }
    for delays in &report.delays {
        writeln!(
            out,
            "  {:>9}  {} detected, {} never; mean {} s, p99 {} s, worst {} s",
            delays.kind, delays.detected, delays.never, delays.mean_s, delays.p99_s, delays.worst_s
        )?;
    }
    for recovery in &report.recoveries {
        writeln!(
            out,
            "  recovery 恢复: {} ({}): {} calls struck, mean {} s, worst {} s, never {}",
            recovery.rule,
            recovery.what,
            recovery.struck,
            recovery.mean_s,
            recovery.worst_s,
            recovery.never
        )?;
    }
    match report.stories.first() {
        Some(story) => first_story(out, story),
        None => Ok(()),
    }
}

fn first_story(out: &mut impl Write, story: &Story) -> io::Result<()> {
    writeln!(
        out,
        "\nthe first {} 第一个: {}",
        story.kind.word(),
        story.appointment_id
    )?;
    let passed_over = story.lines.len().saturating_sub(LINES_TOLD);
    for line in &story.lines[passed_over..] {
        writeln!(out, "  {}  {:>6}  {}", line.at, line.who, line.en)?;
    }
    Ok(())
}
