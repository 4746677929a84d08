//! `world grade`: a view against a run that is over.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use povline_world::grade::{Grader, ViewError, html_page, read_events, read_lines};
use povline_world::server::read_run;

use super::run::RECORD;
use super::summary;
use crate::args::WorldGradeArgs;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

pub(super) fn run(args: &WorldGradeArgs) -> CliResult<()> {
    let path = args.run.join(RECORD);
    let record = File::open(&path).map_err(|error| {
        CliError::new(Exit::Failed, format!("cannot read {}", path.display()))
            .caused_by(&error)
            .remedy("name the directory that was given to `world run --dir`")
    })?;
    let record = read_run(BufReader::new(record)).map_err(|error| {
        CliError::new(Exit::Failed, format!("cannot read {}", path.display()))
            .caused_by(&error)
            .remedy(
                "the record is not whole: play anew with `povline world run --dir` \
                 记录不完整,请重新运行",
            )
    })?;
    let mut grader = Grader::new();
    let text = match &args.query {
        Some(query) => rows_of_database(&args.view, query)?,
        None => text_of(&args.view)?,
    };
    let (truth, log, now) = (&record.truth, &record.log, record.now);
    if args.events {
        let events = read_events(&text).map_err(|error| unreadable(&args.view, &error))?;
        grader.hand_in_events(truth, log, &events, now);
    } else {
        let lines = read_lines(&text).map_err(|error| unreadable(&args.view, &error))?;
        grader.hand_in_rows(truth, log, lines, now);
    }
    let report = grader.report(truth, log, now);
    if let Some(path) = &args.html {
        std::fs::write(path, html_page(&report)).map_err(|error| {
            CliError::new(Exit::Failed, format!("cannot write {}", path.display()))
                .caused_by(&error)
                .remedy("name a file that may be written with --html 用--html指定可写的文件")
        })?;
    }
    summary::tell(&report, args.format)?;
    match report.is_clean() {
        true => Ok(()),
        false => Err(CliError::silent(Exit::Different)),
    }
}

fn rows_of_database(path: &Path, query: &str) -> CliResult<String> {
    let rows = povline_store::query_rows(path, query).map_err(|error| {
        CliError::new(Exit::Failed, format!("cannot ask {}", path.display()))
            .caused_by(&error)
            .remedy("the query must be one SELECT whose columns are named as the contract's fields")
    })?;
    let objects = rows.into_iter().map(|row| {
        let fields = row.into_iter().map(|(name, value)| {
            let value = value.map_or(serde_json::Value::Null, serde_json::Value::String);
            (name, value)
        });
        serde_json::Value::Object(fields.collect()).to_string()
    });
    Ok(objects.collect::<Vec<_>>().join("\n"))
}

fn text_of(path: &Path) -> CliResult<String> {
    let mut text = String::new();
    let read = match path.as_os_str() == "-" {
        true => std::io::stdin().read_to_string(&mut text),
        false => File::open(path).and_then(|mut file| file.read_to_string(&mut text)),
    };
    read.map_err(|error| {
        CliError::new(Exit::Failed, format!("cannot read {}", path.display()))
            .caused_by(&error)
            .remedy("name the file that your client wrote, or - for standard input 指定客户端写出的文件,或用 -")
    })?;
    Ok(text)
}

fn unreadable(path: &Path, error: &ViewError) -> CliError {
    CliError::new(Exit::Usage, format!("{} cannot be graded", path.display()))
        .caused_by(error)
        .remedy(
            "write one JSON object on each line with the contract's names, or events with --events: \
             docs/test-your-own-client.md 每行一个JSON对象,字段名与接口文档一致",
        )
}
