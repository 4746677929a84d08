//! What was acknowledged survives a kill at any instant.
//!
//! The test runs itself again as a child that writes and says what was acknowledged, and kills
//! that child; it knows itself as the child by the directory that it finds in its environment.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use povline_store::book::{Book, ImportLine, SqliteBook, Write, WriteOutcome};

use super::support::{ALL_OR_NOTHING, actor, brief, clinic, day, id, read, row};

const CHILD: &str = "POVLINE_TEST_CRASH_DIRECTORY";
const ITSELF: &str = "book::crash::what_was_acknowledged_survives_a_kill";
const ROUNDS: usize = 10;
const WRITERS: usize = 4;
const IMPORTED: u64 = 4_000;

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    if let Some(directory) = std::env::var_os(CHILD) {
        runtime.block_on(write_until_killed(Path::new(&directory)));
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut acknowledged = HashSet::new();
    for round in 0..ROUNDS {
        // Some rounds end within the first writes, some within an import, some after it.
        let lines_until_kill = [1, 2, 3, 5, 9, 15, 24, 40, 60, 30][round % 10];
        acknowledged.extend(run_child(directory.path(), lines_until_kill));
        runtime.block_on(check(directory.path(), &acknowledged));
    }
    assert!(acknowledged.len() >= ROUNDS);
}

/// Runs the child until it has said so many lines, kills it, and tells all that it said.
fn run_child(directory: &Path, lines_until_kill: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", ITSELF, "--nocapture", "--test-threads=1"])
        .env(CHILD, directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = Vec::new();
    let mut killed = false;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(acknowledged) = line.strip_prefix("acknowledged ") {
            said.push(acknowledged.to_owned());
        }
        if said.len() >= lines_until_kill && !killed {
            killed = true;
            child.kill().unwrap();
        }
    }
    assert!(killed, "the child stopped by itself: {:?}", child.wait());
    child.wait().unwrap();
    said
}

async fn write_until_killed(directory: &Path) {
    let book = SqliteBook::open(directory).unwrap();
    let clinic = clinic(&book).await;
    let start = book.change_cursor().await.unwrap().0;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let book = book.clone();
            tokio::spawn(async move {
                for n in 0_u64.. {
                    let text = format!("{start}-{writer}-{n}");
                    let booking = Write::Book(clinic.pov, row(&text, day(1), &text));
                    let mut writes = vec![("book", booking)];
                    if n % 3 == 0 {
                        writes.push(("cancel", Write::Cancel(id(&text))));
                    }
                    for (what, write) in writes {
                        let outcome = book.write(&actor(), vec![write]).await.unwrap();
                        assert_eq!(outcome, [WriteOutcome::Done]);
                        say(&format!("{what} {text}"));
                    }
                }
            })
        })
        .collect();
    for n in 0.. {
        let text = format!("{start}-import-{n}");
        let lines = (1..=IMPORTED).map({
            let text = text.clone();
            move |line| {
                let id = format!("{text}-{line}");
                let row = Ok(row(&id, day(2), &id));
                ImportLine { line, row }
            }
        });
        let report = book
            .import(&actor(), clinic.isv, lines, ALL_OR_NOTHING, |_| {})
            .await;
        assert_eq!(report.unwrap().added, IMPORTED);
        say(&format!("import {text}"));
    }
    for writer in writers {
        writer.await.unwrap();
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // One write for the whole line: a kill leaves no half of it.
    out.write_all(format!("acknowledged {line}\n").as_bytes())
        .unwrap();
    out.flush().unwrap();
}

async fn check(directory: &Path, acknowledged: &HashSet<String>) {
    let book = SqliteBook::open(directory).unwrap();
    let clinic = clinic(&book).await;
    let ids = |rows: Vec<String>| -> HashSet<String> {
        let ids = rows
            .iter()
            .map(|row| row.split(':').next().unwrap().to_owned());
        ids.collect()
    };
    let booked = ids(brief(&book, clinic.pov, day(1)).await);
    let imported = ids(brief(&book, clinic.pov, day(2)).await);
    assert_eq!(
        imported.len() as u64 % IMPORTED,
        0,
        "an import is whole or not there"
    );
    for line in acknowledged {
        let (what, text) = line.split_once(' ').unwrap();
        match what {
            "book" => {
                // Every third is cancelled next, and the kill may have come between the two.
                let n: u64 = text.rsplit('-').next().unwrap().parse().unwrap();
                assert!(
                    booked.contains(text) || n.is_multiple_of(3),
                    "{text} is lost"
                );
            }
            "cancel" => assert!(!booked.contains(text), "{text} is back"),
            _ => assert!(
                imported.contains(&format!("{text}-{IMPORTED}")),
                "{text} is lost"
            ),
        }
    }
    // Rows, version and audit went together: each record of a day raised its version by one.
    let records = book.audit(0, usize::MAX).await.unwrap();
    for n in [1, 2] {
        let pov_day = Some((clinic.pov, day(n)));
        let of_day = records.iter().filter(|record| record.pov_day == pov_day);
        let (_, version) = read(&book, clinic.pov, day(n)).await;
        assert_eq!(of_day.count() as i64, version.0);
    }
}
