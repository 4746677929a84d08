//! What a person must hear of: brakes that were put on, that hold on, that came off.

use povline_domain::{Day, OutPovId, UnixMillis};
use povline_store::ledger::{BrakeStep, Hold, Settled};

/// Logs what became of the brakes by a scan that began at `begun_at`, if it was complete, and which
/// rows were put in quarantine. True if the list should be read again at once, because a server's
/// hiccup may be over by then.
pub(super) fn tell(
    pov: &OutPovId,
    day: Day,
    settled: &Settled,
    begun_at: Option<UnixMillis>,
) -> bool {
    if let Some(step) = settled.fleet {
        tell_step("the fleet", step, begun_at);
    }
    if let Some(step) = settled.brake {
        tell_step(&format!("{pov} {day}"), step, begun_at);
    }
    if settled.quarantined > 0 {
        tracing::warn!(
            %pov,
            %day,
            rows = settled.quarantined,
            "rows that cannot be taken at their word were put in quarantine; they are not missing"
        );
    }
    let put_on = |step| matches!(step, Some(BrakeStep::Hold(_)));
    put_on(settled.brake) || put_on(settled.fleet)
}

fn tell_step(held: &str, step: BrakeStep, begun_at: Option<UnixMillis>) {
    match step {
        BrakeStep::Hold(Hold { lost, known, .. }) => tracing::error!(
            held,
            lost,
            known,
            "more rows vanished at once than people cancel: no cancellation is told before they are back or a person accepts it"
        ),
        BrakeStep::Keep(hold)
            if hold.persists_since.is_some() && hold.persists_since == begun_at =>
        {
            tracing::error!(
                held,
                lost = hold.lost,
                known = hold.known,
                "the loss is still there and waits for a person: povline held accept or reject"
            );
        }
        BrakeStep::Keep(hold) => {
            tracing::debug!(held, lost = hold.lost, "a loss is still there");
        }
        BrakeStep::Lift => tracing::warn!(held, "the rows are back: cancellations are told again"),
    }
}
