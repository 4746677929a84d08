//! What a person says of a held list, and of which loss they say it.

use std::str::FromStr;

use povline_domain::Day;
use povline_store::ledger::{Desk, Hold, HoldAnswer, HoldDecision, HoldMark, HoldScope, Staff};

use crate::Clinic;
use crate::problem::Problem;

/// A decision about the loss that was shown to whoever makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) accepted: bool,
    pub(crate) shown: HoldMark,
}

/// As a page's button carries it: `accept-` or `reject-`, and the mark.
impl FromStr for Decision {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let wrong = || Problem::Wrong("held");
        let (word, mark) = text.split_once('-').ok_or_else(wrong)?;
        let accepted = match word {
            "accept" => true,
            "reject" => false,
            _ => return Err(wrong()),
        };
        let shown = mark.parse().map_err(|_| wrong())?;
        Ok(Self { accepted, shown })
    }
}

impl<L: Desk> Clinic<L> {
    /// The same for a list of the clinic at which somebody is signed in, if they have the right.
    pub(crate) async fn decide_at_desk(
        &self,
        staff: Staff,
        day: Day,
        decision: Decision,
    ) -> Result<Hold, Problem> {
        if !staff.may_decide {
            return Err(Problem::NotAllowed);
        }
        let scope = HoldScope::List(staff.pov, day);
        self.decide(scope, decision, staff.name).await
    }

    /// Takes down what a person says of a held list or fleet, and has the list read anew.
    pub(crate) async fn decide(
        &self,
        scope: HoldScope,
        decision: Decision,
        by: String,
    ) -> Result<Hold, Problem> {
        let Decision { accepted, shown } = decision;
        let decision = HoldDecision {
            accepted,
            by,
            at: self.now(),
        };
        let answer = self.ledger().decide_hold(scope.clone(), shown, decision);
        let hold = match answer.await? {
            HoldAnswer::Decided(hold) => hold,
            HoldAnswer::Changed => return Err(Problem::Changed),
            HoldAnswer::NotHeld => return Err(Problem::Gone),
        };
        if let HoldScope::List(pov, day) = scope {
            self.0.platform.read_again(&pov, day);
            self.0.hub.touch(&pov);
        }
        Ok(hold)
    }
}
