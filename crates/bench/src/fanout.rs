//! `clinic.fanout`: 200 boards open on one agent while 1,000 changes a second come in.
//!
//! Ours is what settling a batch of changed lists costs the ledger's writing thread while all boards
//! are open and kept up to date, the anchor the same batches with no board open: what boards cost the
//! sync, on whatever else the machine does. The writing thread is all of the sync that boards share
//! anything with but the machine: calls are read and lists compared by the agent's own tasks, which
//! hold nothing that a board waits for. Told beside it, before the last line: what a batch takes by
//! the clock, with and without boards, which is what a machine with too few cores makes of it; how
//! long a change takes to be on a screen, how often a board is updated, and how the process's memory
//! grows. The last three are judged with the figure.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use parking_lot::Mutex;
use povline_client::OrderUpdate;
use povline_clinic::{
    AppAtWork, Clinic, Platform, SESSION_COOKIE, SecretKind, Settings, TellFuture, hash_pin,
};
use povline_domain::{
    Certificate, Clock, Day, Digest, Name, OutPovId, PageRequest, UnixMillis, Verdict, Window,
};
use povline_net::{Limits as ListenerLimits, OpenConnections};
use povline_store::ledger::{
    Desk as _, Ledger as _, NewStaff, Observation, Observed, ObservedRow, Pairing, SqliteLedger,
};
use povline_sync::Told;
use povline_sync::settle::{SettlePolicy, settle};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::{Rounds, sample};

const BOARDS: usize = 200;
const POVS: usize = 20;
/// Rows of a list, and how many of them change at once.
const ROWS: usize = 200;
const CHANGED: usize = 5;
/// How often the lists of all clinics change: 20 × 5 rows ten times a second.
const BATCH_EVERY: Duration = Duration::from_millis(100);
/// How long a round lasts.
const BATCHES: usize = 30;

/// A change is on every screen after so many milliseconds.
const DELAY_MAX: f64 = 1_000.0;
/// How many times a second a board is updated at most. The first and the last of a few updates may be
/// some milliseconds late or not.
const UPDATES_PER_SECOND_MAX: f64 = 4.0 * 1.05;
/// What memory may grow by from the second round to the last, in KiB, beside the pages of the ledger's
/// file that the writer keeps: the file grows with every change, and it keeps up to 64 MiB of them.
const GROWTH_MAX_KIB: f64 = 4_096.0;

/// The machine's clock: what is looked at happens in real time.
struct RealClock(Instant);

impl Clock for RealClock {
    fn now(&self) -> UnixMillis {
        let elapsed = self.0.elapsed().as_millis();
        sample::NOW.plus_millis(i64::try_from(elapsed).unwrap_or(i64::MAX))
    }
}

/// A platform that nobody asks anything.
struct Nobody;

impl Platform for Nobody {
    fn tell<'a>(&'a self, _: &OutPovId, _: &'a OrderUpdate) -> TellFuture<'a> {
        Box::pin(async {
            Told::Refused {
                why: "nobody is there".to_owned(),
            }
        })
    }

    fn read_again(&self, _: &OutPovId, _: Day) -> bool {
        true
    }

    fn apps(&self) -> Vec<AppAtWork> {
        Vec::new()
    }
}

/// What is seen from the boards.
#[derive(Default)]
struct Seen {
    /// When each edition began to be settled.
    begun: Mutex<Vec<Instant>>,
    /// How long editions took to be on a board.
    delays: Mutex<Vec<Duration>>,
    /// How many times a second each board was updated in each round.
    rates: Mutex<Vec<f64>>,
    /// The least pause between two updates of a board.
    pauses: Mutex<Vec<Duration>>,
    is_counted: AtomicBool,
}

/// Takes the figure.
pub(crate) fn measure(rounds: usize) -> Result<Rounds> {
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(measure_in(rounds, folder.path()))
}

async fn measure_in(rounds: usize, folder: &Path) -> Result<Rounds> {
    let file = folder.join("ledger.sqlite");
    let ledger = Arc::new(SqliteLedger::open(&file)?);
    let memory = || -> Result<Memory> {
        Ok(Memory {
            resident_kib: resident_kib()?,
            file_kib: std::fs::metadata(&file)?.len() >> 10,
        })
    };
    let clock = Arc::new(RealClock(now()));
    let seen = Arc::new(Seen::default());
    // What is measured with does not grow while memory is looked at.
    seen.delays.lock().reserve(rounds * BATCHES * BOARDS);
    seen.begun.lock().push(now());
    let mut edition = 0;
    settle_edition(&ledger, &clock, edition).await?;
    let closing = CancellationToken::new();
    let drawn = AtomicU64::new(1);
    let clinic = Clinic::new(
        Arc::clone(&ledger),
        Arc::new(Nobody),
        Arc::clone(&clock) as Arc<dyn Clock>,
        Arc::new(move || Some(bytes(drawn.fetch_add(1, Ordering::Relaxed)))),
        Settings::default(),
        closing.clone(),
    );
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let router = povline_web::guarded(clinic.router());
    let stop = closing.clone();
    tokio::spawn(async move {
        let limits = ListenerLimits::default();
        let open = OpenConnections::default();
        povline_web::serve(listener, limits, open, router, async move {
            stop.cancelled().await;
        })
        .await
    });
    let sessions = sessions(&ledger, clock.now()).await?;

    let (mut pairs, mut taken) = (Vec::new(), Vec::new());
    let (mut first, mut last) = (memory()?, memory()?);
    // The first round warms caches and does not count, nor does memory in the one after it.
    for round in 0..=rounds {
        let anchor = batches(&ledger, &clock, &seen, &mut edition).await?;
        let boards = CancellationToken::new();
        let mut readers = Vec::new();
        for board in 0..BOARDS {
            let session = sessions[board % POVS].clone();
            let (seen, boards) = (Arc::clone(&seen), boards.clone());
            let stream = open(address, &session).await?;
            readers.push(tokio::spawn(async move {
                read(stream, &seen, &boards, round > 0).await
            }));
        }
        // Every board has shown the whole before anything is counted.
        tokio::time::sleep(Duration::from_secs(1)).await;
        seen.is_counted.store(round > 0, Ordering::Relaxed);
        let ours = batches(&ledger, &clock, &seen, &mut edition).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        seen.is_counted.store(false, Ordering::Relaxed);
        boards.cancel();
        for reader in readers {
            reader.await??;
        }
        // What boards and batches need once, they have after two rounds.
        match round {
            0 | 1 => {}
            2 => {
                first = memory()?;
                last = first;
            }
            _ => last = memory()?,
        }
        if round > 0 {
            pairs.push((ours.writer_ms, anchor.writer_ms));
            taken.push((ours.taken_ms, anchor.taken_ms));
        }
    }
    closing.cancel();
    let bars = tell(&seen, first, last)?;
    let [ours, anchor] = [
        median(taken.iter().map(|pair| pair.0)),
        median(taken.iter().map(|pair| pair.1)),
    ];
    println!(
        "a batch of 100 changes takes {ours:.2} ms by the clock with {BOARDS} boards open, \
         {anchor:.2} ms with none (median)"
    );
    Ok(Rounds {
        unit: "ms CPU to settle 100 changes",
        anchor_name: "the same with no board open",
        pairs,
        bars,
    })
}

/// What the process holds in memory, without the pages of files that it has mapped, and how long the
/// ledger's file is.
#[derive(Clone, Copy)]
struct Memory {
    resident_kib: u64,
    file_kib: u64,
}

/// Tells what was seen from the boards, and what of it is due.
fn tell(seen: &Seen, first: Memory, last: Memory) -> Result<Vec<(&'static str, f64, f64)>> {
    let mut delays = std::mem::take(&mut *seen.delays.lock());
    ensure!(!delays.is_empty(), "no change came to any board");
    delays.sort_unstable();
    let at = |share: usize| delays[(delays.len() - 1) * share / 100];
    let millis = |share: usize| at(share).as_secs_f64() * 1_000.0;
    let mut rates = std::mem::take(&mut *seen.rates.lock());
    rates.sort_by(f64::total_cmp);
    let median = rates.get(rates.len() / 2).copied();
    let (Some(median), Some(most)) = (median, rates.last()) else {
        bail!("no board was updated twice");
    };
    let mut pauses = std::mem::take(&mut *seen.pauses.lock());
    pauses.sort_unstable();
    let pause = pauses.first().copied().unwrap_or_default();
    println!(
        "a change on a screen after: median {:.0} ms, 99 of 100 {:.0} ms, worst {:.0} ms; \
         {median:.2} updates/s and board, at most {most:.2}, never two within {:.0} ms; \
         {} KiB of memory after the second round, {} KiB after the last, and a file longer by {} KiB",
        millis(50),
        millis(99),
        millis(100),
        pause.as_secs_f64() * 1_000.0,
        first.resident_kib,
        last.resident_kib,
        last.file_kib - first.file_kib,
    );
    let cached = last.file_kib - first.file_kib;
    let grown = last.resident_kib as f64 - (first.resident_kib + cached) as f64;
    Ok(vec![
        (
            "ms until the last change is on a screen",
            millis(100),
            DELAY_MAX,
        ),
        ("updates of a board a second", *most, UPDATES_PER_SECOND_MAX),
        ("KiB grown beside the file", grown, GROWTH_MAX_KIB),
    ])
}

/// What settling a batch comes to, in milliseconds.
struct Cost {
    /// Of the writing thread's CPU.
    writer_ms: f64,
    /// By the clock, from when it is handed over until it is kept; the median.
    taken_ms: f64,
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Settles batches in their time.
async fn batches(
    ledger: &SqliteLedger,
    clock: &RealClock,
    seen: &Seen,
    edition: &mut usize,
) -> Result<Cost> {
    let mut taken = Vec::with_capacity(BATCHES);
    let mut every = tokio::time::interval(BATCH_EVERY);
    let (before, began_at) = (writer_nanos()?, now());
    for _ in 0..BATCHES {
        every.tick().await;
        *edition += 1;
        let handed_at = now();
        seen.begun.lock().push(handed_at);
        settle_edition(ledger, clock, *edition).await?;
        taken.push(handed_at.elapsed().as_secs_f64() * 1_000.0);
    }
    // The first batch comes at once.
    let planned = BATCH_EVERY * (BATCHES as u32 - 1);
    ensure!(
        began_at.elapsed() <= planned + 2 * BATCH_EVERY,
        "the changes could not be settled as fast as they came"
    );
    Ok(Cost {
        writer_ms: (writer_nanos()? - before) as f64 / 1e6 / BATCHES as f64,
        taken_ms: median(taken.into_iter()),
    })
}

/// What the thread that writes the ledger has cost so far, by the scheduler's account.
fn writer_nanos() -> Result<u64> {
    for thread in std::fs::read_dir("/proc/self/task")? {
        let folder = thread?.path();
        let name = std::fs::read_to_string(folder.join("comm")).unwrap_or_default();
        if name.trim_end() == "ledger-writer" {
            let account = std::fs::read_to_string(folder.join("schedstat"))?;
            let spent = account.split(' ').next().context("schedstat is empty")?;
            return Ok(spent.parse()?);
        }
    }
    bail!("no thread writes the ledger")
}

/// Settles one list of every clinic in which some rows say the edition in their name.
async fn settle_edition(ledger: &SqliteLedger, clock: &RealClock, edition: usize) -> Result<()> {
    let at = clock.now();
    let mut observations = Vec::new();
    for pov in 0..POVS {
        let mut rows = sample::rows(pov, ROWS, 0)?;
        for (place, row) in rows.iter_mut().enumerate() {
            // The last edition in which this row changed.
            let turns = ROWS / CHANGED;
            let turn = place / CHANGED;
            let last = (edition + turns - turn) / turns * turns + turn;
            let last = last.saturating_sub(turns);
            row.name = Name::new(format!("E{last:07}")).map_err(|error| anyhow!("{error:?}"))?;
        }
        let window = Window {
            request: PageRequest::FIRST,
            rows: u32::try_from(ROWS)?,
            total: Some(ROWS as u64),
            digest: Digest(edition as u128),
            requested_at: at,
            answered_at: at.plus_millis(1),
        };
        observations.push(Observation {
            pov: sample::pov(pov)?,
            day: sample::day(),
            open_days: vec![sample::day()].into(),
            tried_at: at,
            certificate: Certificate {
                windows: vec![window],
                anchors: Vec::new(),
                verdict: Verdict::Complete,
                restarts: 0,
            },
            observed: Observed::Rows(
                rows.into_iter()
                    .map(|appointment| ObservedRow {
                        appointment,
                        unknown: None,
                        window: 0,
                    })
                    .collect(),
            ),
            unread: Vec::new(),
        });
    }
    let policy = SettlePolicy::default();
    let settled = ledger
        .settle(observations, move |observation, view| {
            settle(&policy, observation, view)
        })
        .await?;
    for one in settled {
        one?;
    }
    Ok(())
}

/// A session at each clinic.
async fn sessions(ledger: &SqliteLedger, at: UnixMillis) -> Result<Vec<String>> {
    let mut sessions = Vec::new();
    for place in 0..POVS {
        let pov = sample::pov(place)?;
        let number = 1_000_000 + place as u64 * 10;
        let digest = |kind: SecretKind, number: u64| {
            let text = kind.text(bytes(number));
            let digest = kind.digest(&text).context("a secret is malformed")?;
            anyhow::Ok((text, digest))
        };
        let (_, code) = digest(SecretKind::Device, number)?;
        let (_, device) = digest(SecretKind::Device, number + 1)?;
        let (text, session) = digest(SecretKind::Session, number + 2)?;
        let expires_at = at.plus_millis(86_400_000);
        let pairing = Pairing {
            digest: code,
            pov: pov.clone(),
            label: "bench".to_owned(),
            is_screen: false,
            expires_at,
        };
        ledger.add_pairing(pairing).await?;
        let paired = ledger.pair(code, device, at).await?;
        let staff = NewStaff {
            pov: pov.clone(),
            name: "bench".to_owned(),
            pin_hash: hash_pin("258036", [0; 16])?,
            may_decide: false,
        };
        ledger.put_staff(staff).await?;
        let people = ledger.staff(&pov)?;
        let person = people.first().context("nobody works there")?;
        let device = paired.context("the device was not paired")?;
        ledger
            .begin_session(session, device.number, person.number, expires_at)
            .await?;
        sessions.push(text);
    }
    Ok(sessions)
}

async fn open(address: SocketAddr, session: &str) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    let request =
        format!("GET /events HTTP/1.1\r\nHost: x\r\nCookie: {SESSION_COOKIE}={session}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    Ok(stream)
}

/// Reads a board's events until it is closed; what the latest edition in each is tells how late it
/// comes.
async fn read(
    mut stream: TcpStream,
    seen: &Seen,
    closing: &CancellationToken,
    is_judged: bool,
) -> Result<()> {
    let mut bytes = vec![0; 256 << 10];
    let mut shown = 0;
    let mut rest: Vec<u8> = Vec::new();
    let mut updates = 0_u32;
    let mut first_and_last: Option<(Instant, Instant)> = None;
    let mut least: Option<Duration> = None;
    loop {
        let count = tokio::select! {
            () = closing.cancelled() => break,
            count = stream.read(&mut bytes) => count?,
        };
        ensure!(count > 0, "a board was cut off");
        rest.extend_from_slice(&bytes[..count]);
        let Some(end) = memchr::memmem::rfind(&rest, b"\n\n") else {
            continue;
        };
        let events = &rest[..end];
        let whole = memchr::memmem::find_iter(events, b"event: full").count();
        let patches = memchr::memmem::find_iter(events, b"event: patch").count();
        let is_counted = seen.is_counted.load(Ordering::Relaxed);
        let latest = latest(events);
        if latest > shown {
            if is_counted && shown > 0 {
                let at = now();
                let begun = seen.begun.lock();
                let delays = (shown + 1..=latest).filter_map(|edition| begun.get(edition));
                let delays: Vec<Duration> = delays.map(|begun| at - *begun).collect();
                seen.delays.lock().extend(delays);
            }
            shown = latest;
        }
        if is_counted && whole + patches > 0 {
            updates += u32::try_from(whole + patches)?;
            let at = now();
            if let Some((_, last)) = first_and_last {
                let pause = at - last;
                least = Some(least.map_or(pause, |least| least.min(pause)));
            }
            first_and_last = Some((first_and_last.map_or(at, |(first, _)| first), at));
        }
        rest.drain(..end + 2);
    }
    if is_judged {
        let newest = seen.begun.lock().len() - 1;
        ensure!(
            shown == newest,
            "a board showed the change {shown} when the change {newest} was a second old"
        );
        let (Some((first, last)), true) = (first_and_last, updates > 1) else {
            bail!("a board was not updated twice in a round");
        };
        let rate = f64::from(updates - 1) / (last - first).as_secs_f64();
        seen.rates.lock().push(rate);
        seen.pauses.lock().extend(least);
    }
    Ok(())
}

/// The latest edition that stands in what was read.
fn latest(events: &[u8]) -> usize {
    memchr::memmem::find_iter(events, b">E0")
        .filter_map(|at| {
            std::str::from_utf8(events.get(at + 2..at + 9)?)
                .ok()?
                .parse()
                .ok()
        })
        .max()
        .unwrap_or(0)
}

fn bytes(number: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    bytes
}

/// The memory of this process that is resident, in KiB, without the pages of files.
fn resident_kib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let line = line.context("this system does not tell the memory of a process")?;
    let number = line.split_whitespace().next().context("RssAnon is empty")?;
    Ok(number.parse()?)
}

#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
fn now() -> Instant {
    Instant::now()
}
