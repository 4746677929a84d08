//! `reconcile`: the copy held against the server, by digests where there are any, else row by row.

use std::sync::Arc;

use povline_domain::{Appointment, Day, OutPovId, PickStatus};
use povline_store::ledger::Ledger;
use povline_sync::reconcile::{Difference, differences, digest};
use povline_sync::{Agent, AskedDigest, ForcedRead};

use crate::args::ReconcileArgs;
use crate::by_hand;
use crate::call_error::remedies;
use crate::clock::SystemClock;
use crate::config::{AppConfig, SyncConfig};
use crate::error::{CliError, CliResult};
use crate::events::shown_name;
use crate::exit::Exit;
use crate::output::{Cell, Column, Format, RowWriter};
use crate::progress::{Progress, grouped};
use crate::pull::{days_of, exit_of, is_used_up};
use crate::stores;
use crate::sync::{agent_config, agent_error};

const COLUMNS: &[Column] = &[
    Column::new("out_pov_id", "POV 接种点"),
    Column::new("day", "Day 日期"),
    Column::new("appointment_id", "Appointment 预约"),
    Column::new("difference", "Difference 差异"),
    Column::new("field", "Field 字段"),
    Column::new("here", "Here 本地"),
    Column::new("there", "There 服务端"),
];

/// What all lists came to so far.
struct Sums {
    progress: Progress,
    lists: u64,
    /// Lists whose digests are equal, so that no row was read.
    by_digest: u64,
    rows: u64,
    differing: u64,
    worst: Option<Exit>,
}

impl Sums {
    fn of_lists(lists: usize) -> Self {
        Self {
            progress: Progress::new("reconcile", Some(lists as u64)),
            lists: 0,
            by_digest: 0,
            rows: 0,
            differing: 0,
            worst: None,
        }
    }

    /// Tells how far it has come.
    fn tell(&self) {
        self.progress.at(self.lists, || {
            let (rows, differing) = (grouped(self.rows), grouped(self.differing));
            format!("{rows} rows 行, {differing} differ 不一致")
        });
    }
}

/// Compares every list that was asked for, and repairs on request.
#[expect(clippy::print_stderr, reason = "sums go to standard error")]
pub(crate) async fn run<L: Ledger>(
    ledger: L,
    config: &SyncConfig,
    args: &ReconcileArgs,
) -> CliResult<()> {
    let days = days_of(&args.day)?;
    let ledger = Arc::new(ledger);
    let mut rows = RowWriter::new(std::io::stdout().lock(), args.output.format, COLUMNS);
    let povs = config.apps.iter().map(|app| app.povs.len());
    let mut sums = Sums::of_lists(povs.sum::<usize>() * days.len());
    let purpose = by_hand::purpose(args.beyond_reserve);
    // A repair keeps the ledger itself, and no agent is beside it.
    let beside_an_agent = !args.repair && stores::is_kept(&config.data);
    let mut agents = Vec::with_capacity(config.apps.len());
    for app in &config.apps {
        let agent = agent_of(&ledger, config, app, beside_an_agent)?;
        let (key, limits) = (&app.caller.app_key, agent.limits());
        if !app.sets_calls_per_day {
            by_hand::tell_assumed_day(key, app.calls_per_day);
        }
        let lists = lists(app, &days);
        by_hand::refuse_what_is_too_much(&*ledger, key, limits, purpose, lists).await?;
        agents.push((app, agent));
    }
    for (app, agent) in &agents {
        let mut offers_digests = !args.every_row;
        for (pov, day) in lists(app, &days) {
            sums.tell();
            if offers_digests {
                let asked = agent.ask_digest(pov, day, purpose).await;
                let kept = (&*ledger, pov, day);
                if is_equal_by_digest(kept, asked, &mut offers_digests, &mut sums).await? {
                    continue;
                }
            }
            let read = agent.read_forced(pov, day, purpose).await;
            let read = read.map_err(|error| agent_error(&error))?;
            let found = compare(&*ledger, pov, day, &read, &mut sums).await?;
            let ended_early = is_used_up(read.failure.as_ref());
            for difference in &found {
                for line in lines(difference, args) {
                    let [difference_word, field, here, there] = line;
                    rows.row(&[
                        Cell::text(pov.as_str()),
                        Cell::text(day.to_string()),
                        Cell::text(difference.appointment_id().as_str()),
                        difference_word,
                        field,
                        here,
                        there,
                    ])?;
                }
            }
            if args.repair && !found.is_empty() {
                let settled = agent
                    .repair(read)
                    .await
                    .map_err(|error| agent_error(&error))?;
                let (events, doubts) = (settled.changes.len(), settled.suspected);
                sums.progress.say(|| {
                    eprintln!(
                        "{pov} {day}: repaired 已修复: {events} events 事件, {doubts} more in \
                         doubt 待确认"
                    );
                });
            }
            if ended_early {
                break;
            }
        }
    }
    rows.finish()?;
    sums.progress.finish();
    eprintln!(
        "{} lists 清单 ({} by digest 以摘要), {} rows 行 at the server, {} differ 不一致",
        sums.lists, sums.by_digest, sums.rows, sums.differing
    );
    match sums.worst {
        Some(exit) => Err(CliError::silent(exit)),
        None if sums.differing > 0 && !args.repair => Err(CliError::silent(Exit::Different)),
        None => Ok(()),
    }
}

/// The agent that compares an app's lists.
fn agent_of<L: Ledger>(
    ledger: &Arc<L>,
    config: &SyncConfig,
    app: &AppConfig,
    beside_an_agent: bool,
) -> CliResult<Agent<L>> {
    let mut settings = agent_config(config, app)?;
    settings.limits = by_hand::limits(settings.limits, beside_an_agent);
    let client = app.caller.client()?;
    let clock = Arc::new(SystemClock);
    Ok(Agent::new(client, Arc::clone(ledger), settings, clock))
}

fn lists<'a>(app: &'a AppConfig, days: &'a [Day]) -> impl Iterator<Item = (&'a OutPovId, Day)> {
    app.povs
        .iter()
        .flat_map(move |pov| days.iter().map(move |day| (pov, *day)))
}

/// Whether the platform's digest of a list is that of the copy. Where it tells none, that is said
/// once and no more are asked for.
#[expect(
    clippy::print_stderr,
    reason = "what is done instead goes to standard error"
)]
async fn is_equal_by_digest<L: Ledger>(
    (ledger, pov, day): (&L, &OutPovId, Day),
    asked: AskedDigest,
    offers_digests: &mut bool,
    sums: &mut Sums,
) -> CliResult<bool> {
    let told = match asked {
        AskedDigest::Told(told) => told,
        AskedDigest::NotOffered => {
            *offers_digests = false;
            sums.progress.say(|| {
                eprintln!(
                    "the platform offers no digests: every row is read \
                     平台不提供摘要,改为逐行读取"
                );
            });
            return Ok(false);
        }
        AskedDigest::Failed(failure) => {
            let class = failure.class;
            sums.progress.say(|| {
                eprintln!("{pov} {day}: no digest 无摘要 ({class}): every row is read 逐行读取");
            });
            return Ok(false);
        }
    };
    let kept = ledger.rows(pov, day).await;
    let kept = kept.map_err(|error| CliError::store("cannot read the ledger", &error))?;
    let is_equal = digest(&kept) == told.digest;
    if is_equal {
        sums.lists += 1;
        sums.by_digest += 1;
        sums.rows += told.total;
    }
    Ok(is_equal)
}

/// Compares one list, and tells if it could not be read whole.
#[expect(clippy::print_stderr, reason = "failures go to standard error")]
async fn compare<L: Ledger>(
    ledger: &L,
    pov: &OutPovId,
    day: Day,
    read: &ForcedRead,
    sums: &mut Sums,
) -> CliResult<Vec<Difference>> {
    let kept = ledger.rows(pov, day).await;
    let kept = kept.map_err(|error| CliError::store("cannot read the ledger", &error))?;
    let shown = read.rows();
    let complete = read.certificate().is_complete();
    if !complete {
        let reason = read.certificate().verdict.code();
        sums.progress.say(|| {
            eprintln!(
                "{pov} {day}: not read whole 未读全 ({reason}): what is missing there is unknown"
            );
            for remedy in remedies(&read.failure) {
                eprintln!("remedy 办法: {remedy}");
            }
        });
        let exit = read.failure.as_ref().map_or(Exit::Incomplete, exit_of);
        sums.worst.get_or_insert(exit);
    }
    let found = differences(&kept, &shown, complete);
    sums.lists += 1;
    sums.rows += shown.len() as u64;
    sums.differing += found.len() as u64;
    Ok(found)
}

/// The lines of a difference: one for each field that differs.
fn lines(difference: &Difference, args: &ReconcileArgs) -> Vec<[Cell; 4]> {
    let (word, here, there) = match difference {
        Difference::MissingHere(row) => ("missing-here", None, Some(row)),
        Difference::MissingThere(row) => ("missing-there", Some(row), None),
        Difference::Differs { here, there } => ("differs", Some(here), Some(there)),
    };
    let shown = |row: Option<&Appointment>| row.map(|row| fields(row, args));
    let (shown_here, shown_there) = (shown(here), shown(there));
    let mut lines = Vec::new();
    for (index, name) in FIELDS.iter().enumerate() {
        let differs = match (here, there) {
            (Some(here), Some(there)) => differs(here, there)[index],
            _ => true,
        };
        if differs {
            let cell = |shown: &Option<[String; FIELDS.len()]>| {
                let fields = shown.as_ref();
                fields.map_or(Cell::Absent, |fields| Cell::text(fields[index].as_str()))
            };
            lines.push([
                Cell::text(word),
                Cell::text(*name),
                cell(&shown_here),
                cell(&shown_there),
            ]);
        }
    }
    lines
}

/// The fields that are compared; id, POV and day are those of the list.
const FIELDS: [&str; 4] = ["appointment_period", "pick_code", "pick_status", "name"];

fn differs(here: &Appointment, there: &Appointment) -> [bool; FIELDS.len()] {
    [
        here.period != there.period,
        here.pick_code != there.pick_code,
        here.pick_status != there.pick_status,
        here.name != there.name,
    ]
}

fn fields(row: &Appointment, args: &ReconcileArgs) -> [String; FIELDS.len()] {
    let shows_codes = args.names || args.output.format != Format::Table;
    [
        row.period.to_string(),
        match shows_codes {
            true => row.pick_code.as_str().to_owned(),
            false => "***".to_owned(),
        },
        match row.pick_status {
            PickStatus::Picked => "0".to_owned(),
            PickStatus::NotPicked => "1".to_owned(),
        },
        shown_name(&row.name, args.names),
    ]
}
