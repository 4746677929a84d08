//! What people and programs do at the desk.

use povline_domain::{AppointmentId, Day, OutPovId, PickStatus};
use povline_store::ledger::{Desk, DeskRow, Pick};

use crate::access::AskedBy;
use crate::problem::Problem;
use crate::view::{ClashMark, clash_kind};
use crate::{Clinic, standing};

/// What came of taking or giving back a number.
#[derive(Debug)]
pub(crate) struct Acted {
    /// The row as it was before.
    pub(crate) before: DeskRow,
    /// What was written; `None` if it was so already.
    pub(crate) pick: Option<Pick>,
}

impl<L: Desk> Clinic<L> {
    /// Takes a number or gives it back. It is kept when this returns, and told to the platform in
    /// its time.
    pub(crate) async fn act(
        &self,
        pov: &OutPovId,
        day: Day,
        id: &AppointmentId,
        wanted: PickStatus,
        by: String,
    ) -> Result<Acted, Problem> {
        let now = self.now();
        self.is_open(pov, day)?;
        let acted = self
            .ledger()
            .act(pov, day, id, move |row| {
                standing::act(row, wanted, &by, now)
            })
            .await?;
        let (before, pick) = acted.ok_or(Problem::NotOnList)?;
        if pick.is_some() {
            self.0.to_tell.notify_one();
            self.0.hub.touch(pov);
        }
        Ok(Acted { before, pick })
    }

    /// Refuses a day whose list nobody reads: nothing done there would ever be held against it.
    fn is_open(&self, pov: &OutPovId, day: Day) -> Result<(), Problem> {
        let open = self.0.platform.open_days(pov, self.now());
        match open.contains(&day) {
            true => Ok(()),
            false => Err(Problem::NotOpen(
                open.first().copied().zip(open.last().copied()),
            )),
        }
    }

    /// Has a list read anew, soon.
    pub(crate) fn pull(&self, pov: &OutPovId, day: Day, asked_by: AskedBy) -> Result<(), Problem> {
        self.is_open(pov, day)?;
        let key = (pov.clone(), asked_by);
        let asked = self.0.pulls.lock().ask(key, self.now());
        asked.map_err(Problem::TooOften)?;
        match self.0.platform.read_again(pov, day) {
            true => Ok(()),
            false => Err(Problem::Busy),
        }
    }

    /// Takes down that somebody has seen what came to nothing. Only what they were shown counts: of
    /// a pick that stands, or has come to nothing in another way, nobody has seen anything.
    pub(crate) async fn seen(&self, pov: &OutPovId, shown: ClashMark) -> Result<(), Problem> {
        let ClashMark { number, kind } = shown;
        let seen = self
            .ledger()
            .pick_seen(pov.clone(), number, kind, clash_kind);
        let clash = seen.await?;
        self.0.hub.touch(pov);
        match clash {
            Some(now) if now == kind => Ok(()),
            Some(_) => Err(Problem::Changed),
            None => Err(Problem::Gone),
        }
    }
}
