//! What the planner goes on from, and where what it learns is kept.

use povline_domain::{Day, UnixMillis};
use povline_store::ledger::{Ledger, SavedPlan};

use super::{Agent, AgentError};
use crate::timetable::{KnownList, PlanStart};

impl<L: Ledger> Agent<L> {
    /// What is known of the lists, and what an earlier run has learned.
    pub(super) async fn plan_start(&self) -> Result<PlanStart, AgentError> {
        let days = self.ledger.days_from(self.first_open_day()).await?;
        let known = days.into_iter().filter_map(|day| {
            Some(KnownList {
                checked_at: day.checked_at?,
                pov: day.pov,
                day: day.day,
                rows: u32::try_from(day.live).unwrap_or(u32::MAX),
                picked: u32::try_from(day.picked).unwrap_or(u32::MAX),
            })
        });
        let known = known.collect();
        if self.config.timetable.plan.is_none() {
            return Ok(PlanStart {
                known,
                ..PlanStart::default()
            });
        }
        let app = self.reader.app_key();
        let today = Day::at(self.clock.now());
        let taken = self.ledger.calls_taken(app, today).await?;
        let plans = self.ledger.plans().await?;
        let state = plans.into_iter().find(|plan| plan.app == *app);
        Ok(PlanStart {
            state: state.map(|plan| plan.state),
            known,
            taken,
        })
    }

    /// Keeps what the planner has learned. That it could not be kept this time is no reason to
    /// stop: a later one is as good.
    pub(super) async fn save_plan(&self, state: Option<Vec<u8>>, now: UnixMillis) {
        let Some(state) = state else {
            return;
        };
        let plan = SavedPlan {
            app: self.reader.app_key().clone(),
            saved_at: now,
            state,
        };
        if let Err(error) = self.ledger.save_plan(plan).await {
            tracing::warn!(%error, "what the planner has learned was not saved");
        }
    }
}
