//! A kill at any instant leaves a chain that holds.
//!
//! The test runs itself again as a child, as that of the book does.

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use povline_store::audit::AuditTrail;
use povline_store::book::{Book, SqliteBook, Write};

use super::trail::reading;
use super::verdict;
use crate::book::support::{actor, clinic, day, row};

const CHILD: &str = "POVLINE_TEST_AUDIT_DIRECTORY";
const ITSELF: &str = "audit::crash::a_kill_at_any_instant_leaves_a_chain_that_holds";

#[test]
fn a_kill_at_any_instant_leaves_a_chain_that_holds() {
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
    let mut records = 0;
    for lines in [1, 2, 7, 30, 11] {
        kill_after(directory.path(), lines);
        let book = SqliteBook::open(directory.path()).unwrap();
        let verdict = runtime.block_on(verdict(&book));
        assert_eq!(verdict.broken, None);
        assert!(verdict.records > records, "what was acknowledged is there");
        records = verdict.records;
    }
}

fn kill_after(directory: &Path, lines: usize) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", ITSELF, "--nocapture", "--test-threads=1"])
        .env(CHILD, directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines();
    let acknowledged = said.filter(|line| {
        let line = line.as_ref().unwrap();
        line.starts_with("acknowledged")
    });
    assert_eq!(acknowledged.take(lines).count(), lines);
    child.kill().unwrap();
    child.wait().unwrap();
}

async fn write_until_killed(directory: &Path) {
    let book = SqliteBook::open(directory).unwrap();
    let clinic = clinic(&book).await;
    let start = book.change_cursor().await.unwrap().0;
    for n in 0.. {
        let text = format!("{start}-{n}");
        let booking = Write::Book(clinic.pov, row(&text, day(1), &text));
        let readings = vec![reading("12345678", 1, 1, n + 1)];
        let (actor, at) = (actor(), actor().at);
        let (written, recorded) = tokio::join!(
            book.write(&actor, vec![booking]),
            book.record_readings(at, readings)
        );
        written.unwrap();
        recorded.unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "acknowledged {n}").unwrap();
        out.flush().unwrap();
    }
}
