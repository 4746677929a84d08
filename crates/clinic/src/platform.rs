//! What the desk wants of the agents behind it.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use povline_client::OrderUpdate;
use povline_domain::{AppKey, Day, OutPovId, UnixMillis};
use povline_store::ledger::Ledger;
use povline_sync::{Agent, Limits, Progress, Told};

/// A future that says what came of telling.
pub type TellFuture<'a> = Pin<Box<dyn Future<Output = Told> + Send + 'a>>;

/// The way to the platform.
pub trait Platform: Send + Sync + 'static {
    /// Tells the platform of a number that was taken or given back at a POV, once.
    fn tell<'a>(&'a self, pov: &OutPovId, update: &'a OrderUpdate) -> TellFuture<'a>;

    /// Asks for a list to be read out of turn. False if too many wait already.
    fn read_again(&self, pov: &OutPovId, day: Day) -> bool;

    /// The days of a POV whose lists are read at this instant, earliest first; none if nobody reads
    /// them. Today and tomorrow, unless it knows better.
    fn open_days(&self, _: &OutPovId, now: UnixMillis) -> Vec<Day> {
        let today = Day::at(now);
        let days = [Some(today), today.plus_days(1).ok()];
        days.into_iter().flatten().collect()
    }

    /// The apps as which calls are made, and what each is doing.
    fn apps(&self) -> Vec<AppAtWork>;
}

/// An app that calls the platform.
#[derive(Debug, Clone)]
pub struct AppAtWork {
    /// Its key.
    pub app_key: AppKey,
    /// What its agent is doing.
    pub progress: Progress,
    /// How much it may call.
    pub limits: Limits,
    /// The POVs whose lists it reads.
    pub povs: Vec<OutPovId>,
}

impl<L: Ledger> Platform for Agent<L> {
    fn tell<'a>(&'a self, _: &OutPovId, update: &'a OrderUpdate) -> TellFuture<'a> {
        Box::pin(Agent::tell(self, update))
    }

    fn read_again(&self, pov: &OutPovId, day: Day) -> bool {
        self.demand(pov.clone(), day)
    }

    fn open_days(&self, _: &OutPovId, now: UnixMillis) -> Vec<Day> {
        Agent::open_days(self, now)
    }

    fn apps(&self) -> Vec<AppAtWork> {
        vec![AppAtWork {
            app_key: self.app_key().clone(),
            progress: self.progress().borrow().clone(),
            limits: self.limits(),
            povs: self.povs().to_vec(),
        }]
    }
}

/// Several agents over one ledger, each with POVs of its own.
pub struct Agents<L> {
    agents: Vec<Arc<Agent<L>>>,
    of: HashMap<OutPovId, usize>,
}

impl<L> std::fmt::Debug for Agents<L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agents")
            .field("agents", &self.agents.len())
            .finish_non_exhaustive()
    }
}

impl<L> FromIterator<(Arc<Agent<L>>, Vec<OutPovId>)> for Agents<L> {
    fn from_iter<I: IntoIterator<Item = (Arc<Agent<L>>, Vec<OutPovId>)>>(each: I) -> Self {
        let (mut agents, mut of) = (Vec::new(), HashMap::new());
        for (agent, povs) in each {
            of.extend(povs.into_iter().map(|pov| (pov, agents.len())));
            agents.push(agent);
        }
        Self { agents, of }
    }
}

impl<L: Ledger> Agents<L> {
    fn of(&self, pov: &OutPovId) -> Option<&Arc<Agent<L>>> {
        self.agents.get(*self.of.get(pov)?)
    }
}

impl<L: Ledger> Platform for Agents<L> {
    fn tell<'a>(&'a self, pov: &OutPovId, update: &'a OrderUpdate) -> TellFuture<'a> {
        match self.of(pov) {
            Some(agent) => Box::pin(Agent::tell(agent, update)),
            // The ledger still has a clinic that was taken out of the settings.
            None => Box::pin(async {
                Told::Later {
                    not_before: None,
                    why: "no app has this clinic any more: name it under an [[app]]".to_owned(),
                }
            }),
        }
    }

    fn read_again(&self, pov: &OutPovId, day: Day) -> bool {
        self.of(pov)
            .is_some_and(|agent| agent.demand(pov.clone(), day))
    }

    fn open_days(&self, pov: &OutPovId, now: UnixMillis) -> Vec<Day> {
        let agent = self.of(pov);
        agent.map_or_else(Vec::new, |agent| Agent::open_days(agent, now))
    }

    fn apps(&self) -> Vec<AppAtWork> {
        self.agents.iter().flat_map(|agent| agent.apps()).collect()
    }
}
