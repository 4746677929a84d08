//! Keeps the ledger from growing for ever, and patients' data from being kept for longer than they
//! serve anybody.

use std::sync::Arc;
use std::time::Duration;

use povline_domain::{Clock, UnixMillis};
use povline_store::StoreError;
use povline_store::ledger::{Deliveries, Ledger};

use crate::config::Retention;

/// How often what is too old or too much is forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(60 * 60);

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Forgets and erases what the settings say, at once and every hour.
pub(crate) async fn keep<L: Ledger + Deliveries>(
    ledger: Arc<L>,
    retention: Retention,
    clock: Arc<dyn Clock>,
) {
    let mut every = tokio::time::interval(FORGET_EVERY);
    loop {
        every.tick().await;
        forget(ledger.as_ref(), retention, clock.now()).await;
    }
}

/// Forgets and erases what the settings say, once.
pub(crate) async fn forget<L: Ledger + Deliveries>(
    ledger: &L,
    retention: Retention,
    now: UnixMillis,
) {
    if let Err(error) = once(ledger, retention, now).await {
        tracing::warn!(%error, "cannot forget what is old; trying again the next time");
    }
}

async fn once<L: Ledger + Deliveries>(
    ledger: &L,
    retention: Retention,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let by_age = now.plus_millis(-retention.events_days * DAY_MS);
    let by_size = ledger.bound_of_events(retention.events_max).await?;
    if by_size.is_some_and(|by_size| by_size > by_age) {
        tracing::warn!(
            events_max = retention.events_max,
            "more events than agent.events_max: the oldest are forgotten before their time"
        );
    }
    let before = by_size.map_or(by_age, |by_size| by_size.max(by_age));
    let forgotten = ledger.forget(before).await?;
    if forgotten > 0 {
        tracing::info!(forgotten, %before, "forgot what is older");
    }
    let lost = ledger.tidy_deliveries(retention.dead_letters_max).await?;
    if lost > 0 {
        tracing::error!(
            lost,
            "letters to sinks were dropped undelivered: their events are too old, or there are \
             more dead letters than agent.dead_letters_max; see povline events dead"
        );
    }
    let nameless_before = now.plus_millis(-retention.names_days * DAY_MS);
    let erased = ledger.erase_names(nameless_before).await?;
    if erased > 0 {
        tracing::info!(erased, "erased names");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use povline_domain::{
        Appointment, AppointmentId, Certificate, Change, ChangeKind, Day, Digest, Name, OutPovId,
        PageRequest, PickCode, PickStatus, Verdict, Window,
    };
    use povline_store::ledger::{
        DayView, EventCursor, Observation, Observed, ObservedRow, RowState, RowWrite, Seen,
        Settlement, SqliteLedger, TrackedRow,
    };
    use tokio::time::Instant;

    use super::*;

    const BEGIN: UnixMillis = UnixMillis(1_610_928_000_000);

    /// A clock that runs with the runtime's time.
    struct Running(Instant);

    impl Clock for Running {
        fn now(&self) -> UnixMillis {
            BEGIN.plus_millis(self.0.elapsed().as_millis() as i64)
        }
    }

    fn one_row() -> Observation {
        let day = Day::at(BEGIN);
        let appointment = Appointment {
            appointment_id: AppointmentId::new("P1").unwrap(),
            out_pov_id: OutPovId::new("00001").unwrap(),
            day,
            period: "08:00-08:30".parse().unwrap(),
            pick_code: PickCode::new("code").unwrap(),
            pick_status: PickStatus::NotPicked,
            name: Name::new("欧阳娜娜").unwrap(),
        };
        Observation {
            pov: appointment.out_pov_id.clone(),
            day,
            open_days: vec![day].into(),
            tried_at: BEGIN,
            certificate: Certificate {
                windows: vec![Window {
                    request: PageRequest::FIRST,
                    rows: 1,
                    total: Some(1),
                    digest: Digest(1),
                    requested_at: BEGIN,
                    answered_at: BEGIN,
                }],
                anchors: Vec::new(),
                verdict: Verdict::Complete,
                restarts: 0,
            },
            unread: Vec::new(),
            observed: Observed::Rows(vec![ObservedRow {
                appointment,
                unknown: None,
                window: 0,
            }]),
        }
    }

    fn booked(observation: &Observation, _: &DayView) -> Settlement {
        let Observed::Rows(rows) = &observation.observed else {
            return Settlement::default();
        };
        let row = &rows[0].appointment;
        Settlement {
            rows: vec![RowWrite::Put(TrackedRow {
                appointment: row.clone(),
                unknown: None,
                state: RowState::Live,
                version: 1,
                seen: Seen::Window(0),
            })],
            changes: vec![Change {
                kind: ChangeKind::Booked,
                appointment_id: row.appointment_id.clone(),
                version: 1,
                before: None,
                after: Some(row.clone()),
                observed_at: BEGIN,
            }],
            stands: true,
            ..Settlement::default()
        }
    }

    /// The names that the ledger still has, and how many events it keeps.
    async fn kept(ledger: &SqliteLedger) -> (Vec<String>, usize) {
        let events = ledger.events_after(EventCursor(0), 99).await.unwrap();
        let rows = ledger
            .rows(&OutPovId::new("00001").unwrap(), Day::at(BEGIN))
            .await
            .unwrap();
        let of_events = events
            .iter()
            .filter_map(|event| event.change.after.as_ref());
        let of_rows = rows.iter().map(|row| &row.appointment);
        let names = of_events.chain(of_rows).map(|row| row.name.as_str());
        let whole = names.filter(|name| *name != "*").map(str::to_owned);
        (whole.collect(), events.len())
    }

    /// The runtime turns its clock on to the next timer whenever nothing else is to be done.
    #[tokio::test(start_paused = true)]
    async fn names_and_events_go_when_their_time_has_come_and_not_before() {
        let directory = tempfile::tempdir().unwrap();
        let ledger = Arc::new(SqliteLedger::open(directory.path()).unwrap());
        let settled = ledger.settle(vec![one_row()], booked).await.unwrap();
        settled
            .into_iter()
            .for_each(|settled| drop(settled.unwrap()));
        let clock: Arc<dyn Clock> = Arc::new(Running(Instant::now()));
        let retention = Retention {
            events_days: 3,
            events_max: 1_000,
            names_days: 1,
            dead_letters_max: 0,
        };
        let keeping = tokio::spawn(keep(Arc::clone(&ledger), retention, Arc::clone(&clock)));
        let (mut nameless_at, mut empty_at) = (None, None);
        // The runtime's days are short: while the ledger works, they pass.
        for _ in 0..100_000 {
            let (names, events) = kept(&ledger).await;
            let age = clock.now().millis_since(BEGIN);
            if names.is_empty() && nameless_at.is_none() {
                nameless_at = Some(age);
            }
            assert!(names.is_empty() || nameless_at.is_none(), "names came back");
            if events == 0 && empty_at.is_none() {
                empty_at = Some(age);
            }
            if nameless_at.is_some() && empty_at.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(600)).await;
        }
        keeping.abort();
        let (nameless_at, empty_at) = (nameless_at.unwrap(), empty_at.unwrap());
        assert!(nameless_at >= DAY_MS, "{nameless_at}");
        assert!(empty_at >= 3 * DAY_MS, "{empty_at}");
    }
}
