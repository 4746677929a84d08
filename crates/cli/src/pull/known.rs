//! Which lists an agent's ledger knows.

use std::collections::HashMap;

use povline_domain::{Day, OutPovId};
use povline_store::StoreError;
use povline_store::ledger::Ledger;

use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// Of each clinic, its days, and whether each was ever read whole.
pub(super) struct KnownLists(HashMap<OutPovId, HashMap<Day, bool>>);

impl KnownLists {
    pub(super) async fn of<L: Ledger>(ledger: &L) -> Result<Self, StoreError> {
        let mut lists: HashMap<OutPovId, HashMap<Day, bool>> = HashMap::new();
        for list in ledger.days().await? {
            let was_read = list.checked_at.is_some();
            lists
                .entry(list.pov)
                .or_default()
                .insert(list.day, was_read);
        }
        Ok(Self(lists))
    }

    pub(super) fn was_read(&self, pov: &OutPovId, day: Day) -> bool {
        let days = self.0.get(pov);
        days.is_some_and(|days| days.get(&day) == Some(&true))
    }

    /// A clinic that the ledger does not know is a mistake, not one without appointments.
    pub(super) fn refuse_unknown(&self, povs: &[OutPovId]) -> CliResult<()> {
        match povs.iter().find(|pov| !self.0.contains_key(*pov)) {
            None => Ok(()),
            Some(pov) => Err(CliError::new(
                Exit::Usage,
                format!("--pov: the agent's copy knows no clinic {pov}"),
            )
            .remedy(
                "look at the code: `povline status` lists those it knows; a new clinic is read \
                 once `povline sync --povs` names it",
            )),
        }
    }
}
