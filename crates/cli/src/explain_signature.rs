//! `explain-signature`: asks a running platform why a signature was wrong.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::args::ExplainSignatureArgs;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, Format, RowWriter};

/// How long the platform may take.
const TIME_MAX: Duration = Duration::from_secs(10);

/// A record is far shorter.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

const COLUMNS: &[Column] = &[
    Column::new("field", "Field 项"),
    Column::new("value", "Value 值"),
];

/// Tells what the platform remembers of a wrong signature.
pub(crate) async fn run(admin: SocketAddr, args: &ExplainSignatureArgs) -> CliResult<()> {
    let id = &args.request_id;
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(
            CliError::new(Exit::Usage, format!("{id:?} is no request id"))
                .remedy("it stands at the end of each answer, such as k2j5h3g4f6d7"),
        );
    }
    let answer = tokio::time::timeout(TIME_MAX, get(admin, &format!("/explain/{id}"))).await;
    let answer = answer
        .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
        .map_err(|error| {
            CliError::new(
                Exit::Unreachable,
                format!("cannot ask the platform at {admin}"),
            )
            .caused_by(&error)
            .remedy("is it running, and is --admin right?")
        })?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.contains(" 404 ") {
        return Err(CliError::new(
            Exit::Failed,
            format!("the platform remembers no wrong signature with the id {id}"),
        )
        .remedy(
            "it forgets them when it stops and when thousands came after; `povline log \
             --request-id` tells what became of the call",
        ));
    }
    let record: Value = serde_json::from_str(body).map_err(|error| {
        CliError::new(
            Exit::Unreachable,
            format!("{admin} is no platform's admin address"),
        )
        .caused_by(&error)
    })?;
    tell(&record, args.output.format)
}

async fn get(admin: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(admin).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream
        .take(ANSWER_BYTES_MAX)
        .read_to_end(&mut answer)
        .await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// One line for each member; those that are not known are left out of the table.
fn tell(record: &Value, format: Format) -> CliResult<()> {
    let mut rows = RowWriter::new(std::io::stdout().lock(), format, COLUMNS);
    for (field, value) in record.as_object().into_iter().flatten() {
        let cell = match value {
            Value::Null if format == Format::Table => continue,
            Value::Null => Cell::Absent,
            Value::String(text) => Cell::text(text),
            Value::Number(number) => number.as_i64().map_or(Cell::Absent, Cell::Number),
            Value::Array(parameters) => Cell::text(brief(parameters)),
            other => Cell::text(other.to_string()),
        };
        rows.row(&[Cell::text(field), cell])?;
    }
    rows.finish()?;
    Ok(())
}

/// Parameters as `name(length)`.
fn brief(parameters: &[Value]) -> String {
    let brief = parameters.iter().map(|parameter| {
        let name = parameter["name"].as_str().unwrap_or_default();
        format!("{name}({})", parameter["bytes"])
    });
    brief.collect::<Vec<_>>().join(" ")
}
