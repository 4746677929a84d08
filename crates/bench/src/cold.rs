//! `serve.cold`: the first page of a day that the platform does not hold in memory; `serve.cold.20`
//! the same of a day of 20 rows.
//!
//! Ours is the whole platform over HTTP with a cache for a small part of the days, which are
//! called for in turn, so that each is gone before it is called for again. The anchor reads and
//! encodes the same days from rows clustered on the POV-day, with no HTTP, signature, or version.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use povline_domain::{Clock, UnixMillis};
use povline_gateway::{Gateway, GatewayConfig};
use povline_store::book::{
    Actor, Book, Grant, ImportLine, ImportMode, NewApp, SecretText, SqliteBook,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use crate::bare::Bare;
use crate::call::{self, Call};
use crate::raw_book::RawBook;
use crate::{Rounds, fixed, meter, sample};

/// The argument that makes the program the caller.
pub(crate) const ARGUMENT: &str = "call-in-turn";

pub(crate) const POVS: usize = 400;
/// Rows of each POV's day: one whole page, of the usual and of a small POV.
pub(crate) const ROWS: usize = 200;
pub(crate) const FEW_ROWS: usize = 20;
/// How often each POV is called for in a round.
const TURNS: usize = 10;
/// Calls under way at once.
const CONNECTIONS: usize = 16;
/// A part of what all days take encoded (some 75 kB for each row of a day): a day is evicted long before its turn
/// comes again.
const SHEETS_BYTES_PER_ROW: usize = 5 << 10;

/// The clock stands still, so that calls signed once stay good.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> UnixMillis {
        sample::NOW
    }
}

/// Takes the figure, for days of so many rows.
pub(crate) fn measure(rounds: usize, rows: usize) -> Result<Rounds> {
    let folder = tempfile::tempdir()?;
    let mut raw = RawBook::create(&folder.path().join("raw.sqlite"))?;
    for pov in 0..POVS {
        raw.fill(pov, &sample::rows(pov, rows, 0)?)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let book = SqliteBook::open(folder.path())?;
    runtime.block_on(fill(&book, rows))?;
    let Served { address, admin } = serve(&runtime, book, SHEETS_BYTES_PER_ROW * rows)?;
    let calls: Vec<Call> = (0..POVS).map(Call::signed).collect::<Result<_>>()?;
    runtime.block_on(same_rows(address, &calls, &raw))?;
    let in_turn: Vec<Call> = calls.iter().cycle().take(POVS * TURNS).cloned().collect();
    let count = in_turn.len() as f64;

    let mut pairs = Vec::new();
    // The first round warms caches on both sides and does not count.
    for round in 0..=rounds {
        let built_before = runtime.block_on(days_built(admin))?;
        let ours = meter::cost(|| call_in_turn(address, &in_turn))?;
        let built = runtime.block_on(days_built(admin))? - built_before;
        ensure!(
            built == in_turn.len() as u64,
            "of {} days that were called for {built} were not in memory",
            in_turn.len()
        );
        let anchor = meter::cost(|| {
            for pov in (0..POVS).cycle().take(POVS * TURNS) {
                let read = raw.rows_json(pov, sample::pov(pov)?.as_str(), sample::day())?;
                ensure!(read.len() > rows * 100, "rows are missing");
            }
            Ok(())
        })?;
        if round > 0 {
            pairs.push((ours / count, anchor / count));
        }
    }
    Ok(Rounds {
        unit: "µs CPU/request",
        anchor_name: "raw clustered SQLite read and hand-written encode of that day",
        pairs,
        bars: Vec::new(),
    })
}

pub(crate) async fn fill(book: &SqliteBook, rows: usize) -> Result<()> {
    let actor = Actor {
        name: "bench".to_owned(),
        at: sample::NOW,
    };
    let isv = book.ensure_isv(&actor, "bench").await?;
    let app = NewApp {
        key: call::app_key()?,
        isv,
        name: "bench".to_owned(),
        secret: SecretText(call::SECRET.to_owned()),
    };
    book.create_app(&actor, app).await?;
    book.grant(&actor, &call::app_key()?, &Grant::parse("*")?)
        .await?;
    let mut lines = Vec::new();
    for pov in 0..POVS {
        for row in sample::rows(pov, rows, 0)? {
            lines.push(ImportLine {
                line: lines.len() as u64 + 1,
                row: Ok(row),
            });
        }
    }
    let mode = ImportMode {
        keep_good: false,
        create_povs: true,
        refusals_max: 1,
    };
    let report = book
        .import(&actor, isv, lines.into_iter(), mode, |_| ())
        .await?;
    ensure!(
        report.added == (POVS * rows) as u64,
        "{} rows were taken, {} refused",
        report.added,
        report.refused
    );
    Ok(())
}

/// Where a gateway is called, and where it tells what it did.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    admin: SocketAddr,
}

/// Serves the book from this process until the runtime ends, with so much memory for sheets.
pub(crate) fn serve(
    runtime: &Runtime,
    book: SqliteBook,
    sheets_bytes_max: usize,
) -> Result<Served> {
    let config = GatewayConfig {
        sheets_bytes_max,
        pins_bytes_max: sheets_bytes_max / 4,
        pins_app_bytes_max: sheets_bytes_max / 8,
        ..GatewayConfig::default()
    };
    runtime.block_on(async {
        let gateway = Gateway::new(Arc::new(book), Arc::new(Standing), config).await?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let admin = TcpListener::bind(("127.0.0.1", 0)).await?;
        let served = Served {
            address: listener.local_addr()?,
            admin: admin.local_addr()?,
        };
        tokio::spawn(async move {
            gateway
                .serve(listener, Some(admin), std::future::pending::<()>())
                .await
        });
        Ok(served)
    })
}

/// How many days the gateway has read and encoded so far.
async fn days_built(admin: SocketAddr) -> Result<u64> {
    let mut stream = TcpStream::connect(admin).await?;
    let request = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await?;
    let mut told = String::new();
    stream.read_to_string(&mut told).await?;
    told.lines()
        .find_map(|line| line.split_once("sheet_builds_total ")?.1.parse().ok())
        .context("the gateway does not tell how many days it built")
}

/// Fails unless every answer holds the rows as the anchor encodes them.
async fn same_rows(address: SocketAddr, calls: &[Call], raw: &RawBook) -> Result<()> {
    let mut client = Bare::connect(address).await?;
    for (pov, call) in calls.iter().enumerate() {
        let answer = client.answer(call).await?;
        let rows = raw.rows_json(pov, sample::pov(pov)?.as_str(), sample::day())?;
        let found = memchr::memmem::find(&answer, &rows).is_some();
        ensure!(found, "the answer for POV {pov} has other rows");
    }
    Ok(())
}

/// Has this program, once more and on the other core, send every call.
pub(crate) fn call_in_turn(address: SocketAddr, calls: &[Call]) -> Result<()> {
    let mut caller = fixed::on_the_other_core(ARGUMENT)?
        .arg(address.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the caller")?;
    let mut stdin = BufWriter::new(caller.stdin.take().context("no way to hand in the calls")?);
    for call in calls {
        stdin.write_all(call.path.as_bytes())?;
        stdin.write_all(b"\n")?;
        stdin.write_all(&call.body)?;
        stdin.write_all(b"\n")?;
    }
    stdin.flush()?;
    drop(stdin);
    let output = caller.wait_with_output()?;
    ensure!(output.status.success(), "the caller failed");
    let answered: usize = String::from_utf8(output.stdout)?.trim().parse()?;
    ensure!(answered == calls.len(), "{answered} calls were answered");
    Ok(())
}

/// Is the caller: reads the calls, sends each once, prints how many were answered with a page.
pub(crate) fn run_caller(address: &str) -> Result<()> {
    let address: SocketAddr = address.parse()?;
    let mut calls = Vec::new();
    let mut lines = BufReader::new(std::io::stdin()).lines();
    while let Some(path) = lines.next() {
        let body = lines.next().context("a path without a body")??;
        calls.push(Call {
            path: path?,
            body: Bytes::from(body),
        });
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let count = calls.len();
    runtime.block_on(async {
        let mut running = tokio::task::JoinSet::new();
        // Dealt out in turn, so that no POV is called for on two connections at a time.
        for first in 0..CONNECTIONS {
            let in_turn = calls.iter().skip(first).step_by(CONNECTIONS);
            let part: Vec<Call> = in_turn.cloned().collect();
            running.spawn(async move {
                let mut client = Bare::connect(address).await?;
                for call in &part {
                    let bytes = client.post(call).await?;
                    ensure!(
                        bytes > FEW_ROWS * 100,
                        "an answer of {bytes} bytes is no page"
                    );
                }
                Ok(())
            });
        }
        while let Some(ended) = running.join_next().await {
            ended??;
        }
        println!("{count}");
        Ok(())
    })
}
