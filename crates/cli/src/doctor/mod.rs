//! `doctor`: everything that `sync` needs, looked at with the same settings.

mod disk;
mod finding;
mod judge;
mod ledger;
mod platform;

use povline_domain::{Clock as _, Day};
use povline_store::ledger::{BudgetPart, CallsWanted, Ledger as _, SqliteLedger};
use povline_sync::plan;

use self::finding::{Finding, Verdict, exit_of};
use self::platform::Look;
use crate::args::DoctorArgs;
use crate::by_hand;
use crate::clock::SystemClock;
use crate::config::{AppConfig, SyncConfig};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, Format, RowWriter};
use crate::plan::{calls_per_list, first_open};
use crate::sync::{limits, timetable};

/// Calls that it takes at most to learn how a refused signature should have been made.
const CALLS_FOR_SIGNATURES: u64 = 2;

const COLUMNS: &[Column] = &[
    Column::new("check", "Check 检查"),
    Column::new("of", "Of 对象"),
    Column::new("verdict", "Verdict 结论"),
    Column::new("found", "Found 发现"),
    Column::new("remedy", "Remedy 办法"),
];

/// Looks at everything, and tells what was found.
#[expect(clippy::print_stderr, reason = "sums go to standard error")]
pub(crate) async fn run(config: &SyncConfig, args: &DoctorArgs) -> CliResult<()> {
    let mut findings = disk::look(&config.data);
    let (of_ledger, ledger) = ledger::look(&config.data).await;
    findings.extend(of_ledger);
    let mut calls = 0;
    for app in &config.apps {
        if ledger.is_some() && !app.sets_calls_per_day {
            by_hand::tell_assumed_day(&app.caller.app_key, app.calls_per_day);
        }
        findings.push(promises(config, app, ledger.as_ref()).await?);
        // One for each clinic that is tried.
        let clinics = u64::from(args.calls).min(app.povs.len() as u64);
        let wanted = clinics + CALLS_FOR_SIGNATURES;
        let (granted, budget) = budget(ledger.as_ref(), app, wanted).await?;
        findings.push(budget);
        let mut look = Look::new(app, granted);
        look.run(usize::from(args.calls)).await;
        calls += look.calls;
        findings.append(&mut look.findings);
    }
    let format = args.output.format;
    let mut rows = RowWriter::new(std::io::stdout().lock(), format, COLUMNS);
    for finding in &findings {
        let verdict = match format {
            Format::Table => finding.verdict.words(),
            _ => finding.verdict.word(),
        };
        rows.row(&[
            Cell::text(finding.check),
            Cell::text(&finding.of),
            Cell::text(verdict),
            Cell::text(&finding.found),
            finding.remedy.as_ref().map_or(Cell::Absent, Cell::text),
        ])?;
    }
    rows.finish()?;
    let count = |verdict| {
        let of_verdict = findings.iter().filter(|finding| finding.verdict == verdict);
        of_verdict.count()
    };
    eprintln!(
        "{} ok 正常, {} to be looked at 注意, {} bad 故障; {calls} calls made 次调用",
        count(Verdict::Ok),
        count(Verdict::Warn),
        count(Verdict::Bad),
    );
    exit_of(&findings).map_or(Ok(()), |exit| Err(CliError::silent(exit)))
}

/// Whether the quota can keep the promises.
async fn promises(
    config: &SyncConfig,
    app: &AppConfig,
    ledger: Option<&SqliteLedger>,
) -> CliResult<Finding> {
    let name = format!("app {}", app.caller.app_key);
    let Some(settings) = &app.plan else {
        let found = "polls go by fixed tiers, without promises 固定轮询,无承诺";
        return Ok(Finding::ok("promises", name, found));
    };
    let timetable = timetable(config, app);
    let now = SystemClock.now();
    let days = match ledger {
        Some(ledger) => {
            let days = ledger.days_from(first_open(config.first_day, now)).await;
            days.map_err(|error| CliError::store("cannot read the ledger", &error))?
        }
        None => Vec::new(),
    };
    let calls = calls_per_list(&days, &app.povs, config.last_day, now);
    let finding = match plan::check(&settings.config(&timetable), calls) {
        Err(refusal) => Finding::ok("promises", name, refusal.0.to_string().replace('\n', "; "))
            .but(Verdict::Bad, refusal.to_string())
            .ending(Exit::Usage),
        Ok(sums) => {
            let part = sums.iter().map(plan::Arithmetic::part).fold(0.0, f64::max);
            let found = format!(
                "promises take {:.0} % of the calls 承诺占用配额",
                part * 100.0
            );
            let finding = Finding::ok("promises", name, found);
            match sums.iter().all(plan::Arithmetic::leaves_room) {
                true => finding,
                false => finding.but(
                    Verdict::Warn,
                    "above 40 % little is left for lists that change: promise less or call more \
                     超过40%则余量不足,放宽承诺或提高配额",
                ),
            }
        }
    };
    Ok(finding)
}

/// How many calls the looking may take of the day's, and what is left after them.
async fn budget(
    ledger: Option<&SqliteLedger>,
    app: &AppConfig,
    wanted: u64,
) -> CliResult<(u64, Finding)> {
    let name = format!("app {}", app.caller.app_key);
    let Some(ledger) = ledger else {
        let found = format!("{} calls a day 每日配额", app.calls_per_day);
        return Ok((wanted, Finding::ok("budget", name, found)));
    };
    let failed = |error| CliError::store("cannot read the ledger", &error);
    let now = SystemClock.now();
    let (key, today) = (&app.caller.app_key, Day::at(now));
    let wanted = CallsWanted {
        calls_max: wanted,
        part: BudgetPart::ByHand,
        of_part: app.calls_per_day,
        of_day: app.calls_per_day,
    };
    let granted = ledger.reserve_calls(key, today, wanted).await;
    let granted = granted.map_err(failed)?;
    let taken = ledger.calls_taken(key, today).await.map_err(failed)?;
    Ok((granted, judge::budget(&name, &limits(app), taken, now)))
}
