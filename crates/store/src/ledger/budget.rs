//! The budget of an app's calls of one day.

/// Who has a part of the day's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BudgetPart {
    /// The timetable's polls.
    Polls,
    /// The agent's confirming scans, lists that somebody asks it for, and picks that it tells the
    /// platform.
    Reserve,
    /// Calls that somebody makes by a command.
    ByHand,
}

/// Calls that are to be taken out of a day's budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallsWanted {
    /// So many at most.
    pub calls_max: u64,
    /// As whose they count.
    pub part: BudgetPart,
    /// So many may be taken as this part's in the whole day.
    pub of_part: u64,
    /// So many may be taken in the whole day, whoever's they are.
    pub of_day: u64,
}

/// Calls that were taken out of a day's budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallsTaken {
    /// By polls.
    pub polls: u64,
    /// By the agent's confirming scans, for lists that somebody asked it for, and for picks that it
    /// told the platform: which of them took how many is not known.
    pub reserve: u64,
    /// By commands.
    pub by_hand: u64,
}

impl CallsTaken {
    /// Whoever took them.
    #[must_use]
    pub fn all(self) -> u64 {
        self.polls.saturating_add(self.not_polls())
    }

    /// All but those of polls.
    #[must_use]
    pub fn not_polls(self) -> u64 {
        self.reserve.saturating_add(self.by_hand)
    }

    /// Those of one part.
    #[must_use]
    pub fn of(self, part: BudgetPart) -> u64 {
        match part {
            BudgetPart::Polls => self.polls,
            BudgetPart::Reserve => self.reserve,
            BudgetPart::ByHand => self.by_hand,
        }
    }
}
