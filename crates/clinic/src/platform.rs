//! What the desk wants of the agent behind it.

use std::future::Future;
use std::pin::Pin;

use povline_client::OrderUpdate;
use povline_domain::{AppKey, Day, OutPovId};
use povline_store::ledger::Ledger;
use povline_sync::{Agent, Limits, Progress, Told};

/// A future that says what came of telling.
pub type TellFuture<'a> = Pin<Box<dyn Future<Output = Told> + Send + 'a>>;

/// The way to the platform.
pub trait Platform: Send + Sync + 'static {
    /// Tells the platform of a number that was taken or given back, once.
    fn tell<'a>(&'a self, update: &'a OrderUpdate) -> TellFuture<'a>;

    /// Asks for a list to be read out of turn. False if too many wait already.
    fn read_again(&self, pov: &OutPovId, day: Day) -> bool;

    /// What the agent is doing.
    fn progress(&self) -> Progress;

    /// The app as which it calls.
    fn app_key(&self) -> &AppKey;

    /// How much it may call.
    fn limits(&self) -> Limits;
}

impl<L: Ledger> Platform for Agent<L> {
    fn tell<'a>(&'a self, update: &'a OrderUpdate) -> TellFuture<'a> {
        Box::pin(Agent::tell(self, update))
    }

    fn read_again(&self, pov: &OutPovId, day: Day) -> bool {
        self.demand(pov.clone(), day)
    }

    fn progress(&self) -> Progress {
        Agent::progress(self).borrow().clone()
    }

    fn app_key(&self) -> &AppKey {
        Agent::app_key(self)
    }

    fn limits(&self) -> Limits {
        Agent::limits(self)
    }
}
