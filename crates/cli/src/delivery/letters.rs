//! `events dead`, `resend`, `resume` and `dismiss`.

use povline_delivery::Source;
use povline_store::StoreError;
use povline_store::ledger::{Again, Deliveries, EventCursor, SinkName};

use super::cursor;
use crate::args::{DeadArgs, OneSinkArgs, ResendArgs};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, RowWriter};

/// How many dead letters are told.
const LETTERS_MAX: usize = 100_000;

/// How many events are read at once in search of an id.
const READ_MAX: usize = 1_000;

const COLUMNS: &[Column] = &[
    Column::new("sink", "Sink 投递"),
    Column::new("sequence", "Sequence 序号"),
    Column::new("kind", "Event 事件"),
    Column::new("out_pov_id", "POV 接种点"),
    Column::new("appointment_id", "Appointment 预约"),
    Column::new("version", "Version 版本"),
    Column::new("attempts", "Attempts 次数"),
    Column::new("failed_at", "Failed 失败于"),
    Column::new("reason", "Reason 原因"),
    Column::new("event_id", "Id 事件编号"),
];

/// Lists dead letters, oldest first.
pub(crate) async fn dead<D: Deliveries>(ledger: &D, args: &DeadArgs) -> CliResult<()> {
    let name = args.sink.as_deref().map(sink_name).transpose()?;
    let source = Source::new(ledger.ledger_id().await.map_err(unreadable)?);
    let letters = ledger.dead_letters(name.as_ref(), LETTERS_MAX).await;
    let mut rows = RowWriter::new(std::io::stdout().lock(), args.output.format, COLUMNS);
    for letter in letters.map_err(unreadable)? {
        let told = letter.event.as_ref();
        let of_event = |cell: &dyn Fn(&povline_store::ledger::ToldEvent) -> Cell| {
            told.map_or(Cell::Absent, cell)
        };
        rows.row(&[
            Cell::text(letter.sink.as_str()),
            Cell::Number(letter.cursor.0),
            of_event(&|told| Cell::text(told.event.change.kind.word())),
            of_event(&|told| Cell::text(told.event.pov.as_str())),
            of_event(&|told| Cell::text(told.event.change.appointment_id.as_str())),
            of_event(&|told| Cell::Number(told.event.change.version.into())),
            Cell::Number(letter.attempts.into()),
            letter
                .failed_at
                .map_or(Cell::Absent, |at| Cell::text(at.to_string())),
            Cell::text(letter.reason),
            of_event(&|told| Cell::text(source.event_id(told))),
        ])?;
    }
    rows.finish()?;
    Ok(())
}

/// Asks that events be handed to a sink once more.
#[expect(clippy::print_stderr, reason = "what was done goes to standard error")]
pub(crate) async fn resend<D: Deliveries>(ledger: &D, args: &ResendArgs) -> CliResult<()> {
    let name = sink_name(&args.sink)?;
    let what = match &args.since {
        Some(since) => Again::Since(cursor(ledger, since).await?),
        None if args.all => Again::Dead,
        None => Again::Events(sequences(ledger, &args.ids).await?),
    };
    let asked = ledger.ask_again(&name, what).await;
    let asked = asked.map_err(|error| CliError::store("cannot ask for letters", &error))?;
    let Some(asked) = asked else {
        return Err(unknown(&name));
    };
    eprintln!(
        "{asked} events are handed to {name} once more 将重发; the running agent takes them up \
         within a second, or the next `povline sync`"
    );
    match asked {
        0 => Err(
            CliError::new(Exit::Failed, "there was nothing to resend").remedy(
                "look with `povline events dead`; what a sink has not been handed yet comes by \
                     itself",
            ),
        ),
        _ => Ok(()),
    }
}

/// Lets a sink go on.
#[expect(clippy::print_stderr, reason = "what was done goes to standard error")]
pub(crate) async fn resume<D: Deliveries>(ledger: &D, args: &OneSinkArgs) -> CliResult<()> {
    let name = sink_name(&args.sink)?;
    let resumed = ledger.resume(&name).await;
    match resumed.map_err(|error| CliError::store("cannot resume the sink", &error))? {
        true => eprintln!("{name} goes on 已恢复"),
        false => return Err(unknown(&name)),
    }
    Ok(())
}

/// Forgets a sink.
#[expect(clippy::print_stderr, reason = "what was done goes to standard error")]
pub(crate) async fn dismiss<D: Deliveries>(ledger: &D, args: &OneSinkArgs) -> CliResult<()> {
    let name = sink_name(&args.sink)?;
    let dismissed = ledger.dismiss(&name).await;
    match dismissed.map_err(|error| CliError::store("cannot forget the sink", &error))? {
        true => eprintln!("{name} is forgotten 已移除; take it out of povline.toml too"),
        false => return Err(unknown(&name)),
    }
    Ok(())
}

/// Events by their sequences or ids. An id does not tell where its event is: dead letters are
/// looked at first, then everything that is kept.
async fn sequences<D: Deliveries>(ledger: &D, ids: &[String]) -> CliResult<Vec<EventCursor>> {
    let mut cursors = Vec::new();
    let mut wanted = Vec::new();
    for id in ids {
        match id.parse::<i64>() {
            Ok(sequence) => cursors.push(EventCursor(sequence)),
            Err(_) => wanted.push(id.as_str()),
        }
    }
    if wanted.is_empty() {
        return Ok(cursors);
    }
    let source = Source::new(ledger.ledger_id().await.map_err(unreadable)?);
    let mut after = EventCursor(0);
    while !wanted.is_empty() {
        let outbox = ledger.outbox(after, READ_MAX).await.map_err(unreadable)?;
        let Some(last) = outbox.events.last() else {
            break;
        };
        after = last.event.cursor;
        for told in &outbox.events {
            let id = source.event_id(told);
            if let Some(place) = wanted.iter().position(|wanted| *wanted == id) {
                wanted.swap_remove(place);
                cursors.push(told.event.cursor);
            }
        }
    }
    match wanted.first() {
        None => Ok(cursors),
        Some(id) => Err(
            CliError::new(Exit::Failed, format!("no event is called {id}"))
                .remedy("look with `povline events dead`; events are kept for agent.events_days"),
        ),
    }
}

fn sink_name(text: &str) -> CliResult<SinkName> {
    SinkName::new(text)
        .map_err(|fault| CliError::new(Exit::Usage, format!("SINK: {text:?} {fault}")))
}

fn unknown(name: &SinkName) -> CliError {
    CliError::new(Exit::Failed, format!("there is no sink {name}"))
        .remedy("look with `povline status --sinks`; a sink is known once `povline sync` ran it")
}

fn unreadable(error: StoreError) -> CliError {
    CliError::store("cannot read the events", &error)
}
