//! `events verify`: what a captured stream lacks.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _, stdin};
use std::path::Path;

use povline_delivery::verify::{Finding, Found, Verifier};

use crate::args::VerifyArgs;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, RowWriter};
use crate::progress::grouped;

/// What such a file must be.
const STREAM: &str = "name a file that `povline events --envelope` or a sink of kind ndjson wrote, \
                      or - for standard input 指定由它们写出的事件文件,或用 - 读标准输入";

/// No event is longer than this.
const LINE_BYTES_MAX: u64 = 1 << 20;

const COLUMNS: &[Column] = &[
    Column::new("finding", "Finding 问题"),
    Column::new("line", "Line 行"),
    Column::new("first_sequence", "From 起"),
    Column::new("last_sequence", "To 止"),
    Column::new("appointment_id", "Appointment 预约"),
    Column::new("after_sequence", "After 晚于"),
    Column::new("source", "Source 来源"),
];

/// Tells every finding.
#[expect(clippy::print_stderr, reason = "sums go to standard error")]
pub(crate) fn run(args: &VerifyArgs) -> CliResult<()> {
    let unreadable = |error| unreadable(&args.file, &error);
    let mut input: Box<dyn BufRead> = match args.file.to_str() {
        Some("-") => Box::new(stdin().lock()),
        _ => Box::new(BufReader::new(File::open(&args.file).map_err(unreadable)?)),
    };
    let mut rows = RowWriter::new(std::io::stdout().lock(), args.output.format, COLUMNS);
    let mut verifier = Verifier::default();
    let (mut line, mut findings) = (Vec::new(), 0_u64);
    let mut lines = 0_u64;
    loop {
        line.clear();
        let read = input
            .by_ref()
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut line);
        let read = read.map_err(unreadable)?;
        if read == 0 {
            break;
        }
        lines += 1;
        if read as u64 == LINE_BYTES_MAX {
            let what = format!(
                "line {lines} of {} is longer than any event",
                args.file.display()
            );
            return Err(CliError::new(Exit::Failed, what).remedy(STREAM));
        }
        for found in verifier.line(&line) {
            findings += 1;
            rows.row(&cells(found))?;
        }
    }
    for found in verifier.finish() {
        findings += 1;
        rows.row(&cells(found))?;
    }
    rows.finish()?;
    let events = grouped(verifier.events());
    if findings == 0 {
        eprintln!("{events} events 事件: whole, each once, in order 完整、不重、有序");
        return Ok(());
    }
    eprintln!("{events} events 事件, {} findings 问题", grouped(findings));
    Err(CliError::silent(Exit::Different))
}

fn cells(found: Found) -> [Cell; COLUMNS.len()] {
    let word = found.finding.word();
    let number = |number: i64| Cell::Number(number);
    let [first, last, appointment, after] = match found.finding {
        Finding::Unreadable => [Cell::Absent, Cell::Absent, Cell::Absent, Cell::Absent],
        Finding::Double { sequence } => [
            number(sequence),
            number(sequence),
            Cell::Absent,
            Cell::Absent,
        ],
        Finding::Disorder {
            sequence,
            after,
            appointment,
        } => [
            number(sequence),
            number(sequence),
            Cell::text(appointment),
            number(after),
        ],
        Finding::Gap { first, last, .. } => {
            [number(first), number(last), Cell::Absent, Cell::Absent]
        }
    };
    [
        Cell::text(word),
        match found.line {
            0 => Cell::Absent,
            line => Cell::count(line),
        },
        first,
        last,
        appointment,
        after,
        match found.source.is_empty() {
            true => Cell::Absent,
            false => Cell::text(found.source),
        },
    ]
}

fn unreadable(file: &Path, error: &std::io::Error) -> CliError {
    CliError::new(Exit::Failed, format!("cannot read {}", file.display()))
        .caused_by(error)
        .remedy(STREAM)
}
