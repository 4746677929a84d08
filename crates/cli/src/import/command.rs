//! The command: opens the files, hands them to the book, tells what became of them.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use povline_store::book::{Book, ImportMode, ImportReport};

use super::source::{Files, Opened, names, open, repeated, total_bytes};
use super::starts::Starts;
use crate::args::{Encoding, ImportArgs};
use crate::clock::actor;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, Format, RowWriter};
use crate::progress::{Progress, grouped};

/// Imports the files into a book.
pub(crate) async fn run<B: Book>(book: &B, args: &ImportArgs) -> CliResult<()> {
    let read = Arc::new(AtomicU64::new(0));
    let opened = open_all(args, &read)?;
    tell_oddities(&opened);
    let names = names(&opened);
    let progress = Arc::new(Progress::new("import", total_bytes(&opened)));
    let (files, starts) = Files::new(opened);
    let actor = actor("import");
    let isv = book
        .ensure_isv(&actor, &args.isv)
        .await
        .map_err(|error| CliError::store("cannot make the ISV", &error))?;
    let mode = ImportMode {
        keep_good: args.keep_good,
        create_povs: args.create_povs,
        refusals_max: args.refusals,
    };
    let told = Arc::clone(&progress);
    let report = book
        .import(&actor, isv, files, mode, move |lines| {
            told.at(read.load(Ordering::Relaxed), || {
                format!("{} rows 行", grouped(lines))
            });
        })
        .await;
    progress.finish();
    let report = report.map_err(|error| CliError::store("cannot import", &error))?;
    tell(args.output.format, &report, &names, &starts, &progress)?;
    match report.refused {
        0 => Ok(()),
        _ => Err(CliError::silent(Exit::RowsRefused)),
    }
}

fn open_all(args: &ImportArgs, read: &Arc<AtomicU64>) -> CliResult<Vec<Opened>> {
    if let Some(path) = repeated(&args.files) {
        let what = format!("{} is named twice", path.display());
        return Err(CliError::new(Exit::Usage, what).remedy("name each file once"));
    }
    let each = args.files.iter();
    each.map(|path| {
        open(path, args.input_format, args.encoding, read)
            .map_err(|error| cannot_open(path, &error))
    })
    .collect()
}

fn cannot_open(path: &Path, error: &std::io::Error) -> CliError {
    CliError::new(Exit::Failed, format!("cannot open {}", path.display()))
        .caused_by(error)
        .remedy("name a file that is there and that you may read, or `-` for standard input")
}

#[expect(clippy::print_stderr, reason = "notes go to standard error")]
fn tell_oddities(opened: &[Opened]) {
    for file in opened {
        if file.encoding == Encoding::Gb18030 {
            eprintln!("note 注: {} is read as GB18030", file.name);
        }
        if !file.unknown_columns.is_empty() {
            eprintln!(
                "note 注: {} has columns that are not the contract's and are passed over: {}",
                file.name,
                file.unknown_columns.join(", ")
            );
        }
    }
}

const REFUSAL_COLUMNS: &[Column] = &[
    Column::new("file", "File 文件"),
    Column::new("line", "Line 行"),
    Column::new("field", "Field 字段"),
    Column::new("reason", "Reason and remedy 原因与办法"),
];

/// Refusals go to standard output, the sums to standard error; as JSON both are one document.
#[expect(clippy::print_stderr, reason = "sums go to standard error")]
fn tell(
    format: Format,
    report: &ImportReport,
    names: &[String],
    starts: &Starts,
    progress: &Progress,
) -> CliResult<()> {
    let mut out = std::io::stdout().lock();
    if format == Format::Json {
        writeln!(out, "{}", document(report, names, starts))?;
        return Ok(());
    }
    if !report.refusals.is_empty() {
        let mut rows = RowWriter::new(&mut out, format, REFUSAL_COLUMNS);
        for (line, refusal) in &report.refusals {
            let (file, line) = starts.find(*line);
            rows.row(&[
                Cell::text(names.get(file).map_or("", String::as_str)),
                Cell::count(line),
                Cell::text(refusal.field),
                Cell::text(&refusal.reason),
            ])?;
        }
        rows.finish()?;
    }
    let listed = report.refusals.len() as u64;
    if report.refused > listed {
        eprintln!(
            "… and {} more refused lines; --refusals N lists more",
            grouped(report.refused - listed)
        );
    }
    eprintln!("{}", sums(report, progress));
    Ok(())
}

fn sums(report: &ImportReport, progress: &Progress) -> String {
    let seconds = progress.elapsed().as_secs_f64();
    let kept = match (report.kept, report.refused) {
        (true, 0) => "imported 已导入",
        (true, _) => "imported the good rows 已导入合格行",
        (false, _) => {
            "nothing was imported, because rows were refused 有行被拒,全部未导入; it would have been"
        }
    };
    format!(
        "{kept}: {} lines in {seconds:.1} s: {} added 新增, {} updated 更新, {} unchanged 未变, {} \
         refused 拒绝; {} clinics made 新建接种点",
        grouped(report.lines),
        grouped(report.added),
        grouped(report.updated),
        grouped(report.unchanged),
        grouped(report.refused),
        grouped(report.povs_created),
    )
}

fn document(report: &ImportReport, names: &[String], starts: &Starts) -> serde_json::Value {
    let refusals: Vec<_> = report
        .refusals
        .iter()
        .map(|(line, refusal)| {
            let (file, line) = starts.find(*line);
            serde_json::json!({
                "file": names.get(file),
                "line": line,
                "field": refusal.field,
                "reason": refusal.reason,
            })
        })
        .collect();
    serde_json::json!({
        "lines": report.lines,
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "refused": report.refused,
        "kept": report.kept,
        "povs_created": report.povs_created,
        "refusals": refusals,
    })
}
