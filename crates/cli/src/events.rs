//! `events`: what changed, as the agent's outbox tells it.

use std::time::Duration;

use std::io::Write as _;

use povline_delivery::{Disclosure, Source};
use povline_domain::{Appointment, Name};
use povline_store::ledger::{Deliveries, Event, EventCursor, Ledger};

use crate::args::{EventsArgs, EventsCommand};
use crate::delivery;
use crate::error::{CliError, CliResult};
use crate::output::{Cell, Column, RowWriter};
use crate::shutdown;

/// How many events are read at once.
const EVENTS_PER_READ: usize = 1_000;

/// How often a follower looks for more: another process writes them.
const LOOK_EVERY: Duration = Duration::from_millis(500);

const COLUMNS: &[Column] = &[
    Column::new("cursor", "Cursor 游标"),
    Column::new("kind", "Event 事件"),
    Column::new("appointment_id", "Appointment 预约"),
    Column::new("version", "Version 版本"),
    Column::new("out_pov_id", "POV 接种点"),
    Column::new("from_day", "From day 原日期"),
    Column::new("to_day", "To day 现日期"),
    Column::new("appointment_period", "Period 时段"),
    Column::new("name", "Name 姓名"),
    Column::new("observed_at", "Observed 观察于"),
    Column::new("certificate", "Proof 证明"),
];

/// Tells events, or what a subcommand asks for.
pub(crate) async fn run<L: Ledger + Deliveries>(ledger: &L, args: &EventsArgs) -> CliResult<()> {
    match &args.command {
        Some(EventsCommand::Dead(args)) => delivery::dead(ledger, args).await,
        Some(EventsCommand::Resend(args)) => delivery::resend(ledger, args).await,
        Some(EventsCommand::Resume(args)) => delivery::resume(ledger, args).await,
        Some(EventsCommand::Dismiss(args)) => delivery::dismiss(ledger, args).await,
        Some(EventsCommand::Verify(args)) => delivery::verify(args),
        None if args.envelope => envelopes(ledger, args).await,
        None => rows(ledger, args).await,
    }
}

/// Tells the events after a cursor as sinks get them, and with `--follow` those to come.
async fn envelopes<L: Deliveries>(ledger: &L, args: &EventsArgs) -> CliResult<()> {
    let failed = |error| CliError::store("cannot read the events", &error);
    let source = Source::new(ledger.ledger_id().await.map_err(failed)?);
    let disclosure = Disclosure {
        names: args.names,
        pick_codes: false,
    };
    let mut cursor = delivery::cursor(ledger, &args.since).await?;
    let mut out = std::io::stdout().lock();
    let mut stopped = std::pin::pin!(shutdown::requested());
    loop {
        let outbox = ledger
            .outbox(cursor, EVENTS_PER_READ)
            .await
            .map_err(failed)?;
        for told in &outbox.events {
            out.write_all(&source.letter(told, disclosure).body)?;
            out.write_all(b"\n")?;
            cursor = told.event.cursor;
        }
        if outbox.events.len() == EVENTS_PER_READ {
            continue;
        }
        out.flush()?;
        if !args.follow {
            return Ok(());
        }
        tokio::select! {
            () = &mut stopped => return Ok(()),
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Tells the events after a cursor, and with `--follow` those to come.
async fn rows<L: Ledger + Deliveries>(ledger: &L, args: &EventsArgs) -> CliResult<()> {
    let mut rows = RowWriter::new(std::io::stdout(), args.output.format, COLUMNS);
    let mut cursor: EventCursor = delivery::cursor(ledger, &args.since).await?;
    let mut stopped = std::pin::pin!(shutdown::requested());
    loop {
        let events = ledger
            .events_after(cursor, EVENTS_PER_READ)
            .await
            .map_err(|error| CliError::store("cannot read the events", &error))?;
        for event in &events {
            rows.row(&cells(event, args.names))?;
            cursor = event.cursor;
        }
        if events.len() == EVENTS_PER_READ {
            continue;
        }
        if !args.follow {
            break;
        }
        rows.flush()?;
        tokio::select! {
            () = &mut stopped => break,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    rows.finish()?;
    Ok(())
}

fn cells(event: &Event, names: bool) -> [Cell; COLUMNS.len()] {
    let change = &event.change;
    let shown = change.after.as_ref().or(change.before.as_ref());
    let day = |appointment: &Option<Appointment>| {
        appointment
            .as_ref()
            .map_or(Cell::Absent, |row| Cell::text(row.day.to_string()))
    };
    [
        Cell::Number(event.cursor.0),
        Cell::text(change.kind.word()),
        Cell::text(change.appointment_id.as_str()),
        Cell::Number(change.version.into()),
        Cell::text(event.pov.as_str()),
        day(&change.before),
        day(&change.after),
        shown.map_or(Cell::Absent, |row| Cell::text(row.period.to_string())),
        shown.map_or(Cell::Absent, |row| Cell::text(shown_name(&row.name, names))),
        Cell::text(change.observed_at.to_string()),
        Cell::Number(event.certificate),
    ]
}

/// A name, masked unless it was asked for.
pub(crate) fn shown_name(name: &Name, whole: bool) -> String {
    match whole {
        true => name.as_str().to_owned(),
        false => name.masked(),
    }
}
