//! `serve.while-writing`: pages while the days they come from change a thousand times a second.
//!
//! Who writes is a process of its own on the other core, as another node would be: what is looked
//! at is what writes cost those who read. Every day is kept in memory; a change drops it, and the
//! next call for it builds it anew. The anchor is the same calls with nobody writing. There is no
//! figure unless the writer made its thousand changes in every second, each of which changed a row.

use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use povline_domain::PickStatus;
use povline_store::book::{Actor, Book, SqliteBook, Write, WriteOutcome};

use crate::bare::Bare;
use crate::call::Call;
use crate::cold::{self, POVS};
use crate::{Rounds, fixed, meter, sample};

/// The argument that makes the program the writer.
pub(crate) const ARGUMENT: &str = "write-in-turn";

/// Changes in one transaction, and how long after it the next one comes: a thousand a second.
const CHANGES: usize = 10;
const EVERY: Duration = Duration::from_millis(10);
/// Changes a second that count as so many: the first transaction comes at once, the last may be late.
const RATE: std::ops::RangeInclusive<f64> = 980.0..=1_040.0;

/// How often each POV is called for in a round.
const TURNS: usize = 100;
/// More than all days encoded take.
const SHEETS_BYTES_MAX: usize = 256 << 20;

/// Takes the figure.
pub(crate) fn measure(rounds: usize) -> Result<Rounds> {
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let book = SqliteBook::open(folder.path())?;
    runtime.block_on(cold::fill(&book, cold::ROWS))?;
    let address = cold::serve(&runtime, book, SHEETS_BYTES_MAX)?.address;
    let calls: Vec<Call> = (0..POVS).map(Call::signed).collect::<Result<_>>()?;
    let in_turn: Vec<Call> = calls.iter().cycle().take(POVS * TURNS).cloned().collect();
    let count = in_turn.len() as f64;

    let mut pairs = Vec::new();
    // The first round warms caches and does not count.
    for round in 0..=rounds {
        let last = match round % 2 {
            0 => PickStatus::Picked,
            _ => PickStatus::NotPicked,
        };
        let writer = Writer::start(folder.path(), last)?;
        let ours = meter::cost(|| cold::call_in_turn(address, &in_turn))?;
        let Made { changes, seconds } = writer.stop()?;
        runtime.block_on(all_are(last, address, &calls))?;
        let anchor = meter::cost(|| cold::call_in_turn(address, &in_turn))?;
        let rate = changes as f64 / seconds;
        println!("round {round}: {changes} changes in {seconds:.2} s, {rate:.0} a second");
        ensure!(
            RATE.contains(&rate),
            "{rate:.0} changes a second were made, not a thousand"
        );
        if round > 0 {
            pairs.push((ours / count, anchor / count));
        }
    }
    Ok(Rounds {
        unit: "µs CPU/request",
        anchor_name: "the same calls with nobody writing",
        pairs,
        bars: Vec::new(),
    })
}

/// Waits until what the writer did last is what is answered.
async fn all_are(status: PickStatus, address: SocketAddr, calls: &[Call]) -> Result<()> {
    let mut client = Bare::connect(address).await?;
    for call in calls {
        let mut tries = 0;
        loop {
            let answer = client.answer(call).await?;
            // Of each day's rows only one is ever picked.
            let is_picked = memchr::memmem::find(&answer, b"\"pick_status\":0").is_some();
            if is_picked == (status == PickStatus::Picked) {
                break;
            }
            tries += 1;
            ensure!(tries < 500, "a change is not seen");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    Ok(())
}

/// What a writer did.
struct Made {
    /// Rows that it changed.
    changes: usize,
    /// How long it took, pauses included.
    seconds: f64,
}

/// A running writer.
struct Writer(Child);

impl Writer {
    /// Starts it and waits for its first change. At its end it leaves all as `last` says.
    fn start(folder: &Path, last: PickStatus) -> Result<Self> {
        let mut child = fixed::on_the_other_core(ARGUMENT)?
            .arg(folder)
            .arg(word(last))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the writer")?;
        let mut first = [0];
        let stdout = child.stdout.as_mut().context("the writer tells nothing")?;
        stdout
            .read_exact(&mut first)
            .context("the writer has failed")?;
        Ok(Self(child))
    }

    /// Has it end.
    fn stop(mut self) -> Result<Made> {
        drop(self.0.stdin.take());
        let stdout = self.0.stdout.take().context("the writer tells nothing")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        ensure!(self.0.wait()?.success(), "the writer failed");
        let told = line.trim().split_once(' ');
        let (changes, seconds) = told.context("the writer tells no time")?;
        Ok(Made {
            changes: changes.parse()?,
            seconds: seconds.parse()?,
        })
    }
}

fn word(status: PickStatus) -> &'static str {
    match status {
        PickStatus::Picked => "picked",
        PickStatus::NotPicked => "not-picked",
    }
}

/// Is the writer: takes and gives back the number of each POV's first row in turn, until its input
/// ends. It begins with what all will be at its end, which none of them is yet, so that every change
/// changes a row.
pub(crate) fn run_writer(folder: &str, last: &str) -> Result<()> {
    let statuses = [PickStatus::Picked, PickStatus::NotPicked];
    let place = statuses.iter().position(|status| word(*status) == last);
    let place = place.context("picked or not-picked")?;
    let book = SqliteBook::open(Path::new(folder))?;
    let ended = Arc::new(AtomicBool::new(false));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn({
        let ended = Arc::clone(&ended);
        move || {
            drop(std::io::stdin().read_to_end(&mut Vec::new()));
            ended.store(true, Ordering::Relaxed);
        }
    });
    runtime.block_on(async {
        let mut every = tokio::time::interval(EVERY);
        let began = now();
        let mut changes = 0;
        while !ended.load(Ordering::Relaxed) {
            every.tick().await;
            let writes = (changes..changes + CHANGES).map(|number| {
                let status = statuses[(place + number / POVS) % 2];
                write(number % POVS, status)
            });
            let changed = perform(&book, writes.collect::<Result<_>>()?).await?;
            ensure!(
                changed == CHANGES,
                "{changed} of {CHANGES} rows were changed"
            );
            if changes == 0 {
                print!("+");
                std::io::stdout().flush()?;
            }
            changes += CHANGES;
        }
        let seconds = began.elapsed().as_secs_f64();
        let all = (0..POVS).map(|pov| write(pov, statuses[place]));
        perform(&book, all.collect::<Result<_>>()?).await?;
        println!("{changes} {seconds}");
        Ok(())
    })
}

/// Sets the pick status of a POV's first row.
fn write(pov: usize, status: PickStatus) -> Result<Write> {
    let rows = sample::rows(pov, 1, 0)?;
    let first = rows.into_iter().next().context("the POV has no row")?;
    Ok(Write::SetPickStatus(first.appointment_id, status))
}

/// Writes; how many rows that changed.
async fn perform(book: &SqliteBook, writes: Vec<Write>) -> Result<usize> {
    let actor = Actor {
        name: "bench".to_owned(),
        at: sample::NOW,
    };
    let mut changed = 0;
    for outcome in book.write(&actor, writes).await? {
        match outcome {
            WriteOutcome::Done => changed += 1,
            WriteOutcome::Unchanged => {}
            _ => bail!("a change was refused"),
        }
    }
    Ok(changed)
}

#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
fn now() -> Instant {
    Instant::now()
}
