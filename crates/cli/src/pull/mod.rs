//! `pull`: reads whole lists once, each with its proof.

mod as_of;
pub(crate) mod days;
mod known;
mod source;

pub(crate) use source::Budget;

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};

use povline_domain::{Appointment, Certificate, Clock as _, OutPovId, PickStatus, Verdict};
use povline_store::ledger::{Ledger, RowState};
use povline_sync::{FailedList, Pulled};

use crate::args::PullArgs;
use crate::call_error::remedies;
use crate::clock::SystemClock;
use crate::config::CallerConfig;
use crate::error::{CliError, CliResult};
use crate::events::shown_name;
use crate::exit::Exit;
use crate::output::{Cell, Column, Format, RowWriter};
use crate::progress::{Progress, grouped};
use crate::unknown_fields;

use self::known::KnownLists;

/// The contract's fields, in the order in which `import` documents them: what was pulled can be
/// imported again.
const COLUMNS: &[Column] = &[
    Column::new("appointment_id", "Appointment 预约"),
    Column::new("out_pov_id", "POV 接种点"),
    Column::new("appointment_time", "Day 日期"),
    Column::new("appointment_period", "Period 时段"),
    Column::new("pick_code", "Pick code 取号码"),
    Column::new("pick_status", "Picked 取号"),
    Column::new("name", "Name 姓名"),
];

/// The same of the agent's copy, which knows of rows that may be gone, and keeps what else they say:
/// that is for machines alone, as wide as it may be.
const LEDGER_COLUMNS: [Column; COLUMNS.len() + 2] = {
    let unknown = Column::new("unknown_fields", "Unknown fields 未知字段");
    let mut columns = [unknown; COLUMNS.len() + 2];
    columns[COLUMNS.len()] = Column::new("state", "State 状态");
    let mut place = 0;
    while place < COLUMNS.len() {
        columns[place] = COLUMNS[place];
        place += 1;
    }
    columns
};

/// Reads every list that was asked for. One that fails leaves the others be.
#[expect(clippy::print_stderr, reason = "proofs go to standard error")]
pub(crate) async fn run(
    config: &CallerConfig,
    budget: Option<Budget>,
    args: &PullArgs,
) -> CliResult<()> {
    let povs = povs(&args.pov)?;
    let days = days::parse(&args.day)?;
    let puller = source::Source::new(config, budget, args)?;
    let each = povs
        .iter()
        .flat_map(|pov| days.iter().map(move |day| (pov, *day)));
    puller.refuse_what_is_too_much(each.clone()).await?;
    let lists = povs.len() as u64 * days.len() as u64;
    let progress = Progress::new("pull", Some(lists));
    let out = BufWriter::new(std::io::stdout().lock());
    let mut rows = RowWriter::new(out, args.output.format, COLUMNS);
    let mut sums = Sums::default();
    for (pov, day) in each {
        let pulled = puller.pull(pov, day).await?;
        let line = format!("{pov} {day}: {}", proof(&pulled));
        progress.say(|| eprintln!("{line}"));
        write_rows(&mut rows, &pulled.rows, args)?;
        sums.take(&pulled);
        progress.at(sums.lists, || format!("{} rows 行", grouped(sums.rows)));
        if is_used_up(pulled.failure.as_ref()) {
            break;
        }
    }
    match sums.worst {
        None => rows.finish()?,
        Some(_) => rows.finish_unproved()?,
    }
    progress.finish();
    eprintln!(
        "{} lists 清单, {} complete 完整, {} rows 行, {} calls 次调用",
        grouped(sums.lists),
        grouped(sums.complete),
        grouped(sums.rows),
        grouped(puller.calls()),
    );
    for remedy in &sums.remedies {
        eprintln!("remedy 办法: {remedy}");
    }
    match sums.worst {
        None => Ok(()),
        Some(exit) => Err(CliError::silent(exit)),
    }
}

/// Tells what the agent's copy has, or had at an instant. A list of which it knows nothing is not
/// an empty one.
#[expect(clippy::print_stderr, reason = "how old it is goes to standard error")]
pub(crate) async fn run_from_ledger<L: Ledger>(ledger: &L, args: &PullArgs) -> CliResult<()> {
    let failed = |error| CliError::store("cannot read the ledger", &error);
    let povs = povs(&args.pov)?;
    let days = days::parse(&args.day)?;
    let now = SystemClock.now();
    let at = match args.as_of.as_deref() {
        Some(text) => as_of::parse(text, now)?,
        None => now,
    };
    let lists = KnownLists::of(ledger).await.map_err(failed)?;
    lists.refuse_unknown(&povs)?;
    let out = BufWriter::new(std::io::stdout().lock());
    let columns = match args.output.format {
        Format::Table => &LEDGER_COLUMNS[..=COLUMNS.len()],
        _ => &LEDGER_COLUMNS,
    };
    let mut rows = RowWriter::new(out, args.output.format, columns);
    let mut unread = 0_u64;
    for pov in &povs {
        for &day in &days {
            let known = ledger.day_as_of(pov, day, at).await.map_err(failed)?;
            if known.history_from.is_none_or(|from| from > at) {
                return Err(as_of::before_all(known.history_from));
            }
            let in_doubt = known
                .rows
                .iter()
                .filter(|row| row.state == RowState::Suspected)
                .count();
            // The first whole reading is always kept as evidence, as long as history is.
            let has_evidence = known.evidence_at.is_some() || !known.rows.is_empty();
            if !has_evidence && (args.as_of.is_some() || !lists.was_read(pov, day)) {
                unread += 1;
                eprintln!(
                    "{pov} {day}: not read whole by {at} 截至当时未读全: nothing is known of it \
                     无从得知"
                );
            } else {
                let news = known.evidence_at;
                let news = news.map_or("none 无".to_owned(), |at| at.to_string());
                eprintln!(
                    "{pov} {day}: {} rows 行 as known at 截至 {at}, {in_doubt} in doubt 待确认; \
                     last news 末次变化 {news}",
                    known.rows.len()
                );
            }
            for row in &known.rows {
                let cells = cells(&row.appointment, args).into_iter();
                let state = state(row.state, args.output.format);
                let unknown = unknown_fields::cell(row.unknown.as_ref(), args.names);
                let mut cells: Vec<Cell> = cells.chain([state, unknown]).collect();
                cells.truncate(columns.len());
                rows.row(&cells)?;
            }
        }
    }
    if unread == 0 {
        return Ok(rows.finish()?);
    }
    rows.finish_unproved()?;
    eprintln!(
        "remedy 办法: let `povline sync` read it, ask for a later instant, or leave out \
         --from-ledger"
    );
    Err(CliError::silent(Exit::Incomplete))
}

/// How a row of the copy stands.
fn state(state: RowState, format: Format) -> Cell {
    Cell::text(match (state, format) {
        (RowState::Suspected, Format::Table) => "in doubt 待确认",
        (RowState::Suspected, _) => "suspected",
        (_, Format::Table) => "live 有效",
        (_, _) => "live",
    })
}

/// What all lists came to.
#[derive(Default)]
struct Sums {
    lists: u64,
    complete: u64,
    rows: u64,
    worst: Option<Exit>,
    remedies: BTreeSet<String>,
}

impl Sums {
    fn take(&mut self, pulled: &Pulled) {
        self.lists += 1;
        self.rows += pulled.rows.len() as u64;
        if pulled.certificate.is_complete() {
            self.complete += 1;
            return;
        }
        self.remedies.extend(remedies(&pulled.failure));
        // The first failed call decides; a list that only changed too fast is the mildest.
        if matches!(self.worst, None | Some(Exit::Incomplete)) {
            self.worst = Some(pulled.failure.as_ref().map_or(Exit::Incomplete, exit_of));
        }
    }
}

/// The days that `--day` means.
pub(crate) fn days_of(text: &str) -> CliResult<Vec<povline_domain::Day>> {
    days::parse(text)
}

/// Whether a list failed because no calls are left for it: then none are for any other either.
pub(crate) fn is_used_up(failure: Option<&FailedList>) -> bool {
    failure.is_some_and(|failure| failure.class == "budget-used-up")
}

/// The exit code that a failed list asks for.
pub(crate) fn exit_of(failure: &FailedList) -> Exit {
    match failure.class {
        "refused" | "call-limited" | "platform-error" | "business-failure" => Exit::PlatformRefused,
        "connect" | "timed-out" | "broken" | "idle-closed" | "too-large" | "malformed-answer" => {
            Exit::Unreachable
        }
        _ => Exit::Incomplete,
    }
}

fn povs(texts: &[String]) -> CliResult<Vec<OutPovId>> {
    let parse = |text: &String| {
        OutPovId::new(text.trim()).map_err(|error| {
            CliError::new(Exit::Usage, format!("{text:?} is no clinic's code"))
                .caused_by(&error)
                .remedy("write codes with commas between them: --pov 00001,00002")
        })
    };
    texts.iter().map(parse).collect()
}

/// The proof of a list in one line.
fn proof(pulled: &Pulled) -> String {
    let Certificate {
        windows,
        anchors,
        verdict,
        restarts,
    } = &pulled.certificate;
    let verdict = match (verdict, &pulled.failure) {
        (Verdict::Complete, _) => "complete 完整".to_owned(),
        (Verdict::Agreed, _) => {
            "two passes agree 两遍一致 (this server keeps no order, so there is no proof)"
                .to_owned()
        }
        (Verdict::Incomplete(_), Some(failure)) => {
            format!("FAILED 失败: {} ({})", failure.cause, failure.class)
        }
        (Verdict::Incomplete(reason), None) => format!(
            "INCOMPLETE 不完整 ({}): nothing is proved of what is absent; pull it again",
            reason.code()
        ),
    };
    let shared: usize = anchors.iter().map(Vec::len).sum();
    format!(
        "{} rows 行, {} pages 页, {shared} rows shared between pages, {restarts} restarts: \
         {verdict}",
        pulled.rows.len(),
        windows.len()
    )
}

fn write_rows<W: Write>(
    rows: &mut RowWriter<W>,
    appointments: &[Appointment],
    args: &PullArgs,
) -> CliResult<()> {
    for appointment in appointments {
        rows.row(&cells(appointment, args))?;
    }
    Ok(())
}

fn cells(row: &Appointment, args: &PullArgs) -> [Cell; COLUMNS.len()] {
    // A pick code is a place in the queue: screens show it only when asked, machines need it.
    let shows_codes = args.names || args.output.format != Format::Table;
    [
        Cell::text(row.appointment_id.as_str()),
        Cell::text(row.out_pov_id.as_str()),
        Cell::text(row.day.to_string()),
        Cell::text(row.period.to_string()),
        match shows_codes {
            true => Cell::text(row.pick_code.as_str()),
            false => Cell::text("***"),
        },
        match (args.output.format, row.pick_status) {
            (Format::Table, PickStatus::Picked) => Cell::text("yes 是"),
            (Format::Table, PickStatus::NotPicked) => Cell::text("no 否"),
            (_, PickStatus::Picked) => Cell::Number(0),
            (_, PickStatus::NotPicked) => Cell::Number(1),
        },
        Cell::text(shown_name(&row.name, args.names)),
    ]
}
