//! kill -9 while scans are being settled: what was acknowledged is there, and nothing is half
//! there.
//!
//! The test starts itself again as a child that settles scans and says so after each call. The
//! child is killed at some instant, and the ledger that it leaves must be that of a whole number
//! of calls, at least as many as were acknowledged.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use povline_store::ledger::{EventCursor, Ledger, Observation, SqliteLedger};

use crate::ledger::{check_equal, settle_all};
use crate::settle::memory::MemoryLedger;
use crate::settle::property::{any_rows, any_scan};
use crate::settle::support::{T, day};

const ROUNDS: u64 = 10;
const SCANS_PER_CALL: u64 = 3;
const DIRECTORY: &str = "POVLINE_TEST_LEDGER";
const FIRST_CALL: &str = "POVLINE_TEST_FIRST_CALL";

#[test]
fn what_was_acknowledged_survives_kill_nine() {
    #[expect(
        clippy::disallowed_methods,
        reason = "it is how the child is told its task"
    )]
    let task = (std::env::var(DIRECTORY), std::env::var(FIRST_CALL));
    if let (Ok(directory), Ok(first_call)) = task {
        child(Path::new(&directory), first_call.parse().unwrap());
    } else {
        parent();
    }
}

/// Settles call after call and acknowledges each, until it is killed.
fn child(directory: &Path, first_call: u64) {
    let ledger = SqliteLedger::open(directory).unwrap();
    let runtime = crate::ledger::runtime();
    for call in first_call.. {
        runtime.block_on(settle_all(&ledger, &scans_of(call)));
        let mut out = std::io::stdout().lock();
        writeln!(out, "settled {call}").unwrap();
        out.flush().unwrap();
    }
}

fn parent() {
    let directory = tempfile::tempdir().unwrap();
    let runtime = crate::ledger::runtime();
    let mut memory = MemoryLedger::default();
    let mut calls = 0;
    for round in 0..ROUNDS {
        let acknowledged = kill_after(directory.path(), calls, 1 + mix(round) % 40);
        let ledger = SqliteLedger::open(directory.path()).unwrap();
        let told = runtime.block_on(ledger.events_after(EventCursor(0), usize::MAX));
        let told = told.unwrap().len();
        // The call after the last acknowledged one may or may not have been committed. Calls that
        // tell nothing cannot be told apart by their events, so both are tried.
        while calls <= acknowledged {
            settle_in_memory(&mut memory, calls);
            calls += 1;
        }
        let equal = |memory: &MemoryLedger| runtime.block_on(check_equal(&ledger, memory));
        if equal(&memory).is_err() {
            settle_in_memory(&mut memory, calls);
            calls += 1;
            equal(&memory).unwrap();
        }
        assert_eq!(told, memory.events.len());
    }
    assert!(
        calls > ROUNDS && memory.events.len() > 100,
        "too little happened"
    );
}

/// Starts a child at this call, waits for so many acknowledgements, kills it, and tells the last
/// call that it acknowledged.
fn kill_after(directory: &Path, first_call: u64, acknowledgements: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["kill::what_was_acknowledged_survives_kill_nine", "--exact"])
        .args(["--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .env(FIRST_CALL, first_call.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut last = None;
    let mut count = 0;
    while count < acknowledgements {
        let line = lines.next().unwrap();
        if let Some(call) = acknowledged(&line.unwrap()) {
            last = Some(call);
            count += 1;
        }
    }
    // SIGKILL, while the next call is being settled.
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said before it died counts as well.
    for line in lines {
        last = acknowledged(&line.unwrap()).or(last);
    }
    last.unwrap()
}

fn acknowledged(line: &str) -> Option<u64> {
    let (_, call) = line.split_once("settled ")?;
    call.parse().ok()
}

fn settle_in_memory(memory: &mut MemoryLedger, call: u64) {
    for scan in scans_of(call) {
        memory.settle(&scan);
    }
}

/// The scans of a call: the same for child and parent.
fn scans_of(call: u64) -> Vec<Observation> {
    let numbers = call * SCANS_PER_CALL..(call + 1) * SCANS_PER_CALL;
    numbers
        .map(|number| {
            let bits = mix(number);
            let on = day(1 + (bits % 3) as i8);
            let late = if bits & 0xf00 == 0 { T } else { 0 };
            let at = number as i64 * T / 6 - late;
            let rows = any_rows(on, (bits >> 16) as u32);
            any_scan(
                on,
                at,
                (bits >> 48) as u8 % 4,
                rows,
                (bits >> 56) as usize % 5,
            )
        })
        .collect()
}

/// The finaliser of SplitMix64: a number as good as random for each number.
fn mix(number: u64) -> u64 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
