//! Whence lists are pulled: from the platform, by calls that an agent's ledger counts where there is
//! one.

use std::path::PathBuf;
use std::sync::Arc;

use povline_domain::{Day, OutPovId};
use povline_store::ledger::SqliteLedger;
use povline_sync::pace::Purpose;
use povline_sync::{Agent, AgentConfig, Limits, PullConfig, Pulled, Puller};

use crate::args::PullArgs;
use crate::by_hand;
use crate::clock::SystemClock;
use crate::config::{self, CallerConfig, RawConfig};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::random;
use crate::stores;
use crate::sync::agent_error;

/// The budget of an agent's ledger.
pub(crate) struct Budget {
    ledger: SqliteLedger,
    data: PathBuf,
    limits: Limits,
}

impl Budget {
    /// That of the ledger which the settings name, if there is one: of settings that name a place
    /// where no agent has been yet, there is none.
    pub(crate) fn of(
        raw: &RawConfig,
        caller: &CallerConfig,
        args: &PullArgs,
    ) -> CliResult<Option<Self>> {
        let data = config::named_ledger_data(raw)?;
        let data = data.filter(|data| args.names_a_ledger() || SqliteLedger::is_at(data));
        let Some(data) = data else {
            return match args.names_a_budget() {
                true => Err(CliError::new(
                    Exit::Usage,
                    "--calls-per-day is counted in an agent's ledger, and none is named",
                )
                .remedy("name the --data of `povline sync`, or leave the flag out")),
                false => Ok(None),
            };
        };
        let (key, ledger) = (&caller.app_key, stores::present_ledger(&data)?);
        let limits = config::limits_of(raw, key)?;
        if let (false, Some(calls)) = (config::sets_calls_per_day(raw, key), limits.calls_per_day) {
            by_hand::tell_assumed_day(key, calls);
        }
        Ok(Some(Self {
            ledger,
            data,
            limits,
        }))
    }
}

/// Pulls lists.
pub(super) enum Source {
    /// With no agent's ledger.
    Alone(Box<Puller>),
    /// By calls that a ledger counts.
    Counted {
        agent: Box<Agent<SqliteLedger>>,
        ledger: Arc<SqliteLedger>,
        purpose: Purpose,
    },
}

impl Source {
    pub(super) fn new(
        caller: &CallerConfig,
        budget: Option<Budget>,
        args: &PullArgs,
    ) -> CliResult<Self> {
        let (client, clock) = (caller.client()?, Arc::new(SystemClock));
        let seed = random::seed()?;
        let defaults = PullConfig::default();
        let Some(budget) = budget else {
            let config = PullConfig {
                calls_per_second: Some(args.calls_per_second),
                seed,
                ..defaults
            };
            return Ok(Self::Alone(Box::new(Puller::new(client, config, clock))));
        };
        let limits = by_hand::limits(budget.limits, stores::is_kept(&budget.data));
        let per_second = limits.calls_per_second.unwrap_or(args.calls_per_second);
        let config = AgentConfig {
            limits: Limits {
                calls_per_second: Some(per_second.min(args.calls_per_second)),
                ..limits
            },
            ban_patience: defaults.ban_patience,
            seed,
            ..AgentConfig::new(Vec::new())
        };
        let ledger = Arc::new(budget.ledger);
        let agent = Agent::new(client, Arc::clone(&ledger), config, clock);
        Ok(Self::Counted {
            agent: Box::new(agent),
            ledger,
            purpose: by_hand::purpose(args.beyond_reserve),
        })
    }

    /// Refuses to begin with lists that take more calls than are left for them.
    pub(super) async fn refuse_what_is_too_much(
        &self,
        lists: impl Iterator<Item = (&OutPovId, Day)>,
    ) -> CliResult<()> {
        match self {
            Self::Alone(_) => Ok(()),
            Self::Counted {
                agent,
                ledger,
                purpose,
            } => {
                let (app, limits) = (agent.app_key(), agent.limits());
                by_hand::refuse_what_is_too_much(&**ledger, app, limits, *purpose, lists).await
            }
        }
    }

    pub(super) async fn pull(&self, pov: &OutPovId, day: Day) -> CliResult<Pulled> {
        match self {
            Self::Alone(puller) => Ok(puller.pull(pov, day).await),
            Self::Counted { agent, purpose, .. } => {
                let read = agent.read_forced(pov, day, *purpose).await;
                let read = read.map_err(|error| agent_error(&error))?;
                Ok(Pulled {
                    certificate: read.certificate().clone(),
                    rows: read.rows(),
                    failure: read.failure,
                })
            }
        }
    }

    /// How many calls were made.
    pub(super) fn calls(&self) -> u64 {
        match self {
            Self::Alone(puller) => puller.calls(),
            Self::Counted { agent, .. } => agent.calls(),
        }
    }
}
