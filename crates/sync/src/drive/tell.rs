//! Telling the platform of a number that was taken: one call through the gate that all calls of
//! the agent pass, from the share of the budget that is kept for what must not wait.

use povline_client::{Advice, CallError, Fault, OrderUpdate, OrderUpdated};
use povline_domain::UnixMillis;
use povline_store::ledger::Ledger;

use super::gate::Closed;
use super::read::Stopped;
use super::{Agent, plus};
use crate::pace::Purpose;

/// What came of telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The platform has taken note.
    Known(OrderUpdated),
    /// It could not be told, and it is worth trying again.
    Later {
        /// Not before this instant, if the platform or the budget says so.
        not_before: Option<UnixMillis>,
        /// Why, without secrets and patients' data.
        why: String,
    },
    /// The platform will not have it, however often it is told.
    Refused {
        /// Why, in the platform's words: its code first.
        why: String,
    },
}

impl<L: Ledger> Agent<L> {
    /// Tells the platform once. Whoever wants it told for certain keeps it and calls again: the
    /// platform takes an action once, however often it is told.
    pub async fn tell(&self, update: &OrderUpdate) -> Told {
        let mut repeated = false;
        loop {
            if let Err(closed) = self.reader.gate().pass(Purpose::Reserved).await {
                return shut(closed);
            }
            let error = match self.reader.client().update_order(update).await {
                Ok(updated) => {
                    // Whoever tries whether the platform is back, all others follow.
                    self.reader.gate().trust();
                    return Told::Known(updated);
                }
                Err(error) => error,
            };
            match error.advice() {
                // The connection was closed just as it was used: nobody's failure.
                Advice::RetryNow if !repeated => repeated = true,
                Advice::WaitFor(ban) => {
                    self.reader.gate().park(ban.lasts);
                    return Told::Later {
                        not_before: Some(plus(self.clock.now(), ban.lasts)),
                        why: error.to_string(),
                    };
                }
                _ => return self.failed(error),
            }
        }
    }

    /// Only what speaks of this one action ends it. A wrong secret or a missing grant is put right by
    /// a person, and the action is told then.
    fn failed(&self, error: CallError) -> Told {
        let (why, said) = (error.to_string(), error.said());
        let is_final = error.advice() == Advice::Stop && error.fault() == Fault::Caller;
        let stopped = Stopped::Failed(Box::new(error));
        if stopped.is_of_a_well_platform() {
            // Those that wait behind it must not wait because this one is refused.
            self.reader.gate().trust();
        }
        match is_final && !stopped.is_refusal_of_the_app() {
            true => Told::Refused {
                why: said.unwrap_or(why),
            },
            false => Told::Later {
                not_before: None,
                why,
            },
        }
    }
}

fn shut(closed: Closed) -> Told {
    let (not_before, why) = match closed {
        Closed::Banned(until) => (Some(until), format!("banned until {until}")),
        Closed::UsedUp(until) => (Some(until), "the day's calls are used up".to_owned()),
        Closed::Ledger(error) => (None, error.to_string()),
    };
    Told::Later { not_before, why }
}
