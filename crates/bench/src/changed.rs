//! `sync.changed.row`: what it costs the agent that a row has changed.
//!
//! Ours compares what was seen with the ledger, decides what it means, and commits the row, its
//! history and its event. The anchor writes what ours has written, the same bytes into the same
//! three tables of a copy of the same file, sorted, in one commit, and knows beforehand what they
//! are.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use povline_domain::{Certificate, Digest, PageRequest, Verdict, Window};
use povline_store::ledger::{Ledger, Observation, Observed, ObservedRow, SqliteLedger};
use povline_sync::settle::{SettlePolicy, settle};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::{Rounds, meter, sample};

/// POV-days of a round; they share one durable commit, on both sides.
const POVS: usize = 100;
/// Rows of each: a day that one page holds.
const ROWS: usize = 199;

/// Takes the figure.
pub(crate) fn measure(rounds: usize) -> Result<Rounds> {
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let ledger_file = folder.path().join("ledger.sqlite");
    let ledger = SqliteLedger::open(&ledger_file)?;
    let settle_edition = |edition: usize| -> Result<()> {
        let observations = observations(edition)?;
        runtime.block_on(commit(&ledger, observations))
    };
    settle_edition(0)?;
    let copy_file = folder.path().join("copy.sqlite");
    copy(&ledger_file, &copy_file)?;
    let reader = Connection::open(&ledger_file)?;
    let mut raw = Connection::open(&copy_file)?;
    raw.pragma_update(None, "journal_mode", "wal")?;
    raw.pragma_update(None, "synchronous", "full")?;

    let mut pairs = Vec::new();
    // The first round warms caches on both sides and does not count.
    for edition in 1..=rounds + 1 {
        let cursor = reader.query_row("SELECT max(cursor) FROM event", [], |row| row.get(0))?;
        let seen = observations(edition)?;
        let ours = meter::cost(|| runtime.block_on(commit(&ledger, seen)))?;
        let written = written(&reader, u32::try_from(edition)? + 1, cursor)?;
        for table in &written {
            ensure!(
                table.rows.len() == POVS * ROWS,
                "{} rows were written by `{}`, not one for each change",
                table.rows.len(),
                table.insert
            );
        }
        let anchor = meter::cost(|| write_raw(&mut raw, &written))?;
        if edition > 1 {
            let rows = (POVS * ROWS) as f64;
            pairs.push((ours / rows, anchor / rows));
        }
    }
    ensure!(
        contents(&reader)? == contents(&raw)?,
        "the anchor has written other bytes"
    );
    Ok(Rounds {
        unit: "µs CPU/row",
        anchor_name: "raw bulk writes of the same bytes into the same three tables",
        pairs,
        bars: Vec::new(),
    })
}

async fn commit(ledger: &SqliteLedger, seen: Vec<Observation>) -> Result<()> {
    let policy = SettlePolicy::default();
    let settled = ledger
        .settle(seen, move |observation, view| {
            settle(&policy, observation, view)
        })
        .await?;
    for one in settled {
        ensure!(one?.changes.len() == ROWS, "not every row has changed");
    }
    Ok(())
}

/// What one sweep over all POVs sees in this edition.
fn observations(edition: usize) -> Result<Vec<Observation>> {
    let day = sample::day();
    (0..POVS)
        .map(|pov| {
            let at = sample::NOW.plus_millis((edition * POVS + pov) as i64 * 1_000);
            let rows = sample::rows(pov, ROWS, edition)?;
            let window = Window {
                request: PageRequest::FIRST,
                rows: u32::try_from(rows.len())?,
                total: u64::try_from(rows.len()).ok(),
                digest: Digest((edition * POVS + pov) as u128),
                requested_at: at,
                answered_at: at.plus_millis(20),
            };
            let observed = rows.into_iter().map(|appointment| ObservedRow {
                appointment,
                unknown: None,
                window: 0,
            });
            Ok(Observation {
                pov: sample::pov(pov)?,
                day,
                open_days: vec![day].into(),
                tried_at: at,
                certificate: Certificate {
                    windows: vec![window],
                    anchors: Vec::new(),
                    verdict: Verdict::Complete,
                    restarts: 0,
                },
                observed: Observed::Rows(observed.collect()),
                unread: Vec::new(),
            })
        })
        .collect()
}

/// A copy of the ledger's file with all that its log holds.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let connection = Connection::open(from)?;
    connection.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
    ensure!(fs::metadata(to)?.len() > 0, "the copy is empty");
    Ok(())
}

/// All that the three tables hold.
fn contents(connection: &Connection) -> Result<Vec<Vec<Vec<Value>>>> {
    let written = TABLES
        .iter()
        .map(|(table, _)| read(connection, table, "?1 = ?1 AND ?2 = ?2", 0, 0));
    written.map(|table| table.map(|table| table.rows)).collect()
}

/// The tables, each with the condition of what a round has written: `?1` is the version of the
/// rows after the round, and events are those past the cursor `?2`.
const TABLES: [(&str, &str); 3] = [
    ("live", "version = ?1 AND ?2 = ?2"),
    ("history", "version = ?1 AND ?2 = ?2"),
    ("event", "version = ?1 AND cursor > ?2"),
];

/// What a round has written to a table.
struct Written {
    insert: String,
    rows: Vec<Vec<Value>>,
}

/// Reads what a round has written to the ledger's file.
fn written(ledger: &Connection, version: u32, cursor: i64) -> Result<Vec<Written>> {
    TABLES
        .iter()
        .map(|(table, condition)| read(ledger, table, condition, version, cursor))
        .collect()
}

fn read(
    connection: &Connection,
    table: &str,
    condition: &str,
    version: u32,
    cursor: i64,
) -> Result<Written> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {table} WHERE {condition}"))?;
    let columns = statement.column_count();
    let rows = statement
        .query_map((version, cursor), |row| {
            (0..columns).map(|column| row.get(column)).collect()
        })?
        .collect::<rusqlite::Result<Vec<Vec<Value>>>>()?;
    let places = vec!["?"; columns].join(", ");
    Ok(Written {
        insert: format!("INSERT OR REPLACE INTO {table} VALUES ({places})"),
        rows,
    })
}

/// The anchor: all of it in one durable commit.
fn write_raw(copy: &mut Connection, written: &[Written]) -> Result<()> {
    let transaction = copy.transaction()?;
    for table in written {
        let mut insert = transaction.prepare_cached(&table.insert)?;
        for row in &table.rows {
            insert.execute(params_from_iter(row))?;
        }
    }
    transaction.commit()?;
    Ok(())
}
