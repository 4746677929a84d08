//! `listen`: forwards events as they happen, for whoever develops a receiver.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use povline_client::TrustStore;
use povline_delivery::lanes::Outcome;
use povline_delivery::signature::WebhookSecret;
use povline_delivery::target::Target;
use povline_delivery::webhook::{Attempt, WebhookSender};
use povline_delivery::{Disclosure, Source};
use povline_domain::Clock as _;
use povline_store::ledger::{Deliveries, EventCursor, ToldEvent};

use super::cursor;
use crate::args::ListenArgs;
use crate::clock::{Stopwatch, SystemClock};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::{config, random, shutdown};

/// How often it looks for events: another process writes them.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Where events may be forwarded to.
const FORWARD: &str = "name the receiver's address, with http or https: --forward-to \
                       http://127.0.0.1:3000/hooks 填写接收端的http(s)地址";

/// What the secret's file must hold.
const SECRET: &str = "give a file with one secret as the receiver has it, whsec_…, or leave the flag \
                      out and one is made for this run 文件只含接收端的密钥(whsec_…);不给则本次自动生成";

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How many events are read at once.
const READ_MAX: usize = 100;

/// Forwards until Ctrl-C.
#[expect(clippy::print_stderr, reason = "the secret is told to whoever runs it")]
pub(crate) async fn run<D: Deliveries>(ledger: &D, args: &ListenArgs) -> CliResult<()> {
    let usage = |what: String| CliError::new(Exit::Usage, what);
    let target = Target::parse(&args.forward_to, false).map_err(|fault| {
        usage(format!("--forward-to {} {fault}", args.forward_to)).remedy(FORWARD)
    })?;
    let secret = match &args.secret_file {
        Some(path) => config::webhook_secret(path)
            .map_err(|fault| usage(format!("--secret-file: {fault}")).remedy(SECRET))?,
        None => {
            let (secret, text) = WebhookSecret::from_bytes(random::bytes()?);
            eprintln!("signing with 签名密钥 {text} (made for this run 本次有效)");
            secret
        }
    };
    let unreadable = |error| CliError::store("cannot read the events", &error);
    let mut after = match &args.since {
        Some(since) => cursor(ledger, since).await?,
        None => {
            let outbox = ledger.outbox(EventCursor(i64::MAX), 0).await;
            outbox.map_err(unreadable)?.last
        }
    };
    let disclosure = Disclosure {
        names: args.names,
        pick_codes: args.pick_codes,
    };
    let source = Source::new(ledger.ledger_id().await.map_err(unreadable)?);
    eprintln!("forwarding events after {} to 转发至 {target}", after.0);
    let sender = WebhookSender::new(
        target,
        vec![secret],
        TIMEOUT,
        TrustStore::of_the_system(),
        Arc::new(SystemClock),
    );
    let mut stopped = std::pin::pin!(shutdown::requested());
    loop {
        let outbox = ledger.outbox(after, READ_MAX).await.map_err(unreadable)?;
        if let Some((first, last)) = outbox.forgotten_after(after) {
            eprintln!(
                "events {} to {} are not kept any longer 已不保留",
                first.0, last.0
            );
            after = last;
        }
        let is_all = outbox.events.len() < READ_MAX;
        for told in outbox.events {
            let letter = source.letter(&told, disclosure);
            let watch = Stopwatch::start();
            let attempt = tokio::select! {
                attempt = sender.send(&letter) => attempt,
                () = &mut stopped => return Ok(()),
            };
            show(&told, &letter.id, &attempt, watch.elapsed())?;
            after = told.event.cursor;
        }
        if is_all {
            tokio::select! {
                () = &mut stopped => return Ok(()),
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }
}

/// `08:00:00  cancelled 00001/123 v2  ->  200  12 ms  evt_…`
fn show(told: &ToldEvent, id: &str, attempt: &Attempt, took: Duration) -> CliResult<()> {
    let change = &told.event.change;
    let now = SystemClock.now().to_string();
    let time = now.get(11..19).unwrap_or(&now);
    let result = match (&attempt.outcome, attempt.status) {
        (Outcome::Failed { reason, .. }, None) => format!("FAILED 失败 {reason}"),
        (Outcome::Failed { reason, .. }, Some(_)) => format!("FAILED 失败 {reason}"),
        (_, Some(status)) => status.to_string(),
        (_, None) => "sent".to_owned(),
    };
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{time}  {:<11} {}/{} v{}  #{}  -> {result}  {} ms  {id}",
        change.kind.word(),
        told.event.pov,
        change.appointment_id,
        change.version,
        told.event.cursor.0,
        took.as_millis(),
    )?;
    out.flush()?;
    Ok(())
}
