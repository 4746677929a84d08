//! `sync.unchanged.page`: what it costs the agent that nothing has changed.
//!
//! Ours is the whole agent: its timetable, client, digest, scan, and the durable note that the
//! list was read. The anchor makes the same calls over as many connections and throws the bodies
//! away.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Result, ensure};
use povline_client::Client;
use povline_domain::{Clock, PageRequest, UnixMillis};
use povline_protocol::frame::{PageHead, success};
use povline_protocol::rows::{AppointmentRef, JSON_SEPARATOR, write_json_row};
use povline_protocol::{AnswerForm, RequestId, Secret};
use povline_store::ledger::SqliteLedger;
use povline_sync::{Agent, AgentConfig};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::bare::Bare;
use crate::call::{self, Call};
use crate::fixed::FixedAnswers;
use crate::{Rounds, meter, sample};

/// Lists of a sweep.
const POVS: usize = 2_000;
/// Rows of each: what one page tells to be the whole list.
const ROWS: usize = 199;
/// Sweeps of a round: one takes a twentieth of a second, which says as much of the machine's moment as
/// of the agent.
const SWEEPS: usize = 10;
/// Calls under way at once, on both sides.
const CONNECTIONS: usize = 8;

/// A clock that has moved whenever it is read.
struct Moving(AtomicI64);

impl Clock for Moving {
    fn now(&self) -> UnixMillis {
        sample::NOW.plus_millis(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// Takes the figure.
pub(crate) fn measure(rounds: usize) -> Result<Rounds> {
    let folder = tempfile::tempdir()?;
    let answers = (0..POVS)
        .map(|pov| Ok((sample::pov(pov)?.as_str().to_owned(), answer(pov)?)))
        .collect::<Result<Vec<_>>>()?;
    let server = FixedAnswers::start(&answers)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let clock = Arc::new(Moving(AtomicI64::new(0)));
    let client = Client::builder(
        &format!("http://{}/router/rest", server.address),
        call::app_key()?,
        Secret::new(call::SECRET),
        Arc::clone(&clock) as Arc<dyn Clock>,
    )
    .build()?;
    let mut config = AgentConfig::new((0..POVS).map(sample::pov).collect::<Result<_>>()?);
    config.timetable.first_day = 0;
    config.timetable.last_day = 0;
    config.limits.calls_per_second = None;
    config.workers = CONNECTIONS;
    let ledger = Arc::new(SqliteLedger::open(folder.path())?);
    let agent = Agent::new(client, ledger, config, clock);
    let sweep = || -> Result<u64> {
        let summary = runtime.block_on(agent.sweep(CancellationToken::new()))?;
        let progress = summary.progress;
        ensure!(
            progress.complete == POVS as u64 && progress.calls == POVS as u64,
            "{} of {POVS} lists were read whole, with {} calls",
            progress.complete,
            progress.calls
        );
        Ok(progress.unchanged)
    };
    // The first sweep takes every row in; from then on nothing changes.
    sweep()?;
    let calls: Vec<Call> = (0..POVS).map(Call::signed).collect::<Result<_>>()?;
    let page_bytes = answers.first().map_or(0, |(_, answer)| answer.len());

    let mut pairs = Vec::new();
    // The first round warms connections on both sides and does not count.
    for round in 0..=rounds {
        let (mut ours, mut anchor) = (0.0, 0.0);
        for _ in 0..SWEEPS {
            ours += meter::cost(|| {
                ensure!(sweep()? == POVS as u64, "an unchanged list was not known");
                Ok(())
            })?;
            anchor += meter::cost(|| call_all(&runtime, &server, &calls, page_bytes))?;
        }
        if round > 0 {
            let pages = (POVS * SWEEPS) as f64;
            pairs.push((ours / pages, anchor / pages));
        }
    }
    Ok(Rounds {
        unit: "µs CPU/page",
        anchor_name: "bare hyper client, body thrown away",
        pairs,
        bars: Vec::new(),
    })
}

/// The anchor: every call, shared out over the connections.
fn call_all(
    runtime: &Runtime,
    server: &FixedAnswers,
    calls: &[Call],
    page_bytes: usize,
) -> Result<()> {
    runtime.block_on(async {
        let mut running = tokio::task::JoinSet::new();
        for part in calls.chunks(calls.len().div_ceil(CONNECTIONS)) {
            let (part, address) = (part.to_vec(), server.address);
            running.spawn(async move {
                let mut client = Bare::connect(address).await?;
                for call in &part {
                    let bytes = client.post(call).await?;
                    ensure!(bytes == page_bytes, "{bytes} bytes came");
                }
                Ok(())
            });
        }
        while let Some(ended) = running.join_next().await {
            ended??;
        }
        Ok(())
    })
}

/// A POV's answer, as a platform would write it.
fn answer(pov: usize) -> Result<Vec<u8>> {
    let rows = sample::rows(pov, ROWS, 0)?;
    let head = PageHead {
        page: PageRequest::FIRST,
        total: rows.len() as u64,
    };
    let mut encoded = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        if number > 0 {
            encoded.extend_from_slice(JSON_SEPARATOR);
        }
        write_json_row(&mut encoded, &AppointmentRef::from(row));
    }
    let request_id = RequestId::from_number(pov as u64);
    Ok(success(AnswerForm::Json, &head, &encoded, &request_id))
}
