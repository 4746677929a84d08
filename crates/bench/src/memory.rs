//! `sync.memory`: what an agent holds in memory that tracks four and a half million rows.
//!
//! It reads every list and then reads all of them again, unchanged: that is when it holds most.
//! Answers are made as they are asked for, in this process, so that no server's memory is counted
//! and none of them is kept. The anchor is the same agent when it has read a hundredth of it.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use memchr::memmem;
use povline_client::{
    Client, HttpAnswer, HttpRequest, Transport, TransportError, TransportFault, TransportFuture,
};
use povline_domain::{Clock, Day, OutPovId, PageRequest, Period, PickStatus, UnixMillis};
use povline_protocol::frame::{PageHead, success};
use povline_protocol::rows::{AppointmentRef, JSON_SEPARATOR, write_json_row};
use povline_protocol::{AnswerForm, RequestId, Secret};
use povline_store::ledger::SqliteLedger;
use povline_sync::{Agent, AgentConfig};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::{Rounds, call, sample};

/// POVs and their open days, each with as many rows as one page tells to be the whole list: four and
/// a half million in all.
const POVS: usize = 1_508;
const DAYS: i32 = 15;
const ROWS: usize = 199;
/// Which part of the POVs the anchor reads.
const PART: usize = 100;

/// A clock that has moved whenever it is read.
struct Moving(AtomicI64);

impl Clock for Moving {
    fn now(&self) -> UnixMillis {
        sample::NOW.plus_millis(self.0.fetch_add(1, Ordering::Relaxed) / 100)
    }
}

/// Takes the figure.
pub(crate) fn measure() -> Result<Rounds> {
    let part = resident_after(POVS / PART)?;
    let all = resident_after(POVS)?;
    Ok(Rounds {
        unit: "MiB resident",
        anchor_name: "the same with a hundredth of the rows",
        pairs: vec![(all, part)],
        bars: Vec::new(),
    })
}

/// Resident memory after so many POVs were read twice.
fn resident_after(povs: usize) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let clock = Arc::new(Moving(AtomicI64::new(0)));
    let client = Client::builder(
        "http://127.0.0.1/router/rest",
        call::app_key()?,
        Secret::new(call::SECRET),
        Arc::clone(&clock) as Arc<dyn Clock>,
    )
    .transport(Arc::new(Making))
    .build()?;
    let mut config = AgentConfig::new((0..povs).map(sample::pov).collect::<Result<_>>()?);
    config.timetable.first_day = 0;
    config.timetable.last_day = DAYS - 1;
    config.limits.calls_per_second = None;
    let ledger = Arc::new(SqliteLedger::open(folder.path())?);
    let agent = Agent::new(client, ledger, config, clock);
    let lists = povs as u64 * u64::from(DAYS.unsigned_abs());
    let (unchanged, rows) = sweep(&runtime, &agent, lists)?;
    ensure!(
        (unchanged, rows) == (0, lists * ROWS as u64),
        "{rows} rows were taken"
    );
    let (unchanged, _) = sweep(&runtime, &agent, lists)?;
    ensure!(unchanged == lists, "{unchanged} of {lists} were unchanged");
    resident_mib()
}

/// Reads every list; how many were unchanged, and how many rows the others had.
fn sweep(runtime: &Runtime, agent: &Agent<SqliteLedger>, lists: u64) -> Result<(u64, u64)> {
    let summary = runtime.block_on(agent.sweep(CancellationToken::new()))?;
    let progress = summary.progress;
    ensure!(
        progress.complete == lists,
        "{} of {lists} lists were read whole",
        progress.complete
    );
    Ok((progress.unchanged, progress.rows))
}

/// Makes each answer from what is asked.
struct Making;

impl Transport for Making {
    fn send(&self, request: HttpRequest) -> TransportFuture<'_> {
        let answer = asked(&request.body)
            .and_then(|(pov, day)| answer(&pov, day))
            .map_err(|error| {
                TransportError::new(TransportFault::Broken).caused_by(error.to_string())
            });
        Box::pin(std::future::ready(answer))
    }
}

/// The POV and the day that a form asks for.
fn asked(form: &Bytes) -> Result<(OutPovId, Day)> {
    let member = |name: &str| {
        let begin = format!("%22{name}%22%3A%22");
        let place = memmem::find(form, begin.as_bytes()).context("a member is missing")?;
        let rest = &form[place + begin.len()..];
        let length = memchr::memchr(b'%', rest).context("a member has no end")?;
        Ok::<_, anyhow::Error>(std::str::from_utf8(&rest[..length])?.to_owned())
    };
    let pov = OutPovId::new(member("out_pov_id")?).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    Ok((pov, member("day")?.parse()?))
}

fn answer(pov: &OutPovId, day: Day) -> Result<HttpAnswer> {
    let mut encoded = Vec::with_capacity(ROWS * 200);
    for number in 0..ROWS {
        if number > 0 {
            encoded.extend_from_slice(JSON_SEPARATOR);
        }
        let begin = 480 + u16::try_from(number / 12)? * 30;
        let row = AppointmentRef {
            appointment_id: &format!("P{}{:05}{number:06}", pov.as_str(), day.number()),
            out_pov_id: pov.as_str(),
            day,
            period: Period::new(begin, begin + 30).map_err(|error| anyhow::anyhow!("{error:?}"))?,
            pick_code: &format!("A{:05}", number + 1),
            pick_status: PickStatus::NotPicked,
            name: ["王测试", "李小明", "张子涵", "欧阳雨桐"][number % 4],
        };
        write_json_row(&mut encoded, &row);
    }
    let head = PageHead {
        page: PageRequest::FIRST,
        total: ROWS as u64,
    };
    let body = success(
        AnswerForm::Json,
        &head,
        &encoded,
        &RequestId::from_number(1),
    );
    Ok(HttpAnswer {
        status: 200,
        body: body.into(),
        date: None,
    })
}

/// Resident memory of this process in MiB.
fn resident_mib() -> Result<f64> {
    let status =
        fs::read_to_string("/proc/self/status").context("the bench needs Linux's /proc")?;
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse::<f64>().ok());
    Ok(kib.context("the system does not tell resident memory")? / 1024.0)
}
