//! What a person must hear of, told once when it begins and once when it is over.
//!
//! Pure: what is the case comes in, and what is to be told comes out. A cause that comes and goes
//! within [`CLEAR_AFTER_MS`] is one alarm, so that nothing flaps.

use std::collections::BTreeMap;

use povline_domain::UnixMillis;

/// What kind of trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmKind {
    /// No cancellation is told of a list, or of the fleet, because too much vanished at once.
    Held,
    /// Rows that cannot be taken at their word are there.
    Quarantine,
    /// Lists are older than was promised.
    Overdue,
    /// The platform refuses the app: its key, secret, permissions or protocol.
    Refused,
    /// Our clock is wrong: the platform says so, or its answers name another time.
    ClockSkew,
    /// One call after another fails, and none succeeds.
    PlatformDown,
}

impl AlarmKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Held,
        Self::Quarantine,
        Self::Overdue,
        Self::Refused,
        Self::ClockSkew,
        Self::PlatformDown,
    ];

    /// A stable word for records, logs and metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Quarantine => "quarantine",
            Self::Overdue => "overdue",
            Self::Refused => "refused",
            Self::ClockSkew => "clock-skew",
            Self::PlatformDown => "platform-down",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// For how long it must be the case before it is told: a list may be late for a moment.
    fn raised_after_ms(self) -> i64 {
        match self {
            Self::Overdue => 60_000,
            _ => 0,
        }
    }
}

/// For how long a cause must be gone before its alarm is cleared.
pub const CLEAR_AFTER_MS: i64 = 120_000;

/// What an alarm is about.
pub type AlarmKey = (AlarmKind, String);

/// Something that is the case now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What kind of trouble it is.
    pub kind: AlarmKind,
    /// What it is about among those of its kind.
    pub subject: String,
    /// What a person should know, without names and secrets.
    pub detail: String,
}

/// What is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmStep {
    /// This is the case now.
    Raise(Condition),
    /// This is not any more.
    Clear(AlarmKey),
}

/// The alarms of one agent.
#[derive(Debug, Clone, Default)]
pub struct Alarms {
    /// Since when each cause is there that is not told yet.
    pending: BTreeMap<AlarmKey, UnixMillis>,
    /// Those that were told, and since when the cause is gone.
    standing: BTreeMap<AlarmKey, Option<UnixMillis>>,
}

impl Alarms {
    /// Goes on from the alarms that an earlier run has left standing.
    #[must_use]
    pub fn standing(keys: impl IntoIterator<Item = AlarmKey>) -> Self {
        Self {
            pending: BTreeMap::new(),
            standing: keys.into_iter().map(|key| (key, None)).collect(),
        }
    }

    /// The alarms that stand.
    pub fn iter(&self) -> impl Iterator<Item = &AlarmKey> {
        self.standing.keys()
    }

    /// What is to be told, given everything that is the case at this instant. A step counts once
    /// [`Self::told`] says so; until then it comes again.
    #[must_use]
    pub fn judge(&mut self, now: UnixMillis, conditions: Vec<Condition>) -> Vec<AlarmStep> {
        let mut steps = Vec::new();
        let mut present = BTreeMap::new();
        for condition in conditions {
            present.insert((condition.kind, condition.subject.clone()), condition);
        }
        self.pending.retain(|key, _| present.contains_key(key));
        for (key, gone_since) in &mut self.standing {
            if present.remove(key).is_some() {
                *gone_since = None;
                continue;
            }
            let since = *gone_since.get_or_insert(now);
            if now.millis_since(since) >= CLEAR_AFTER_MS {
                steps.push(AlarmStep::Clear(key.clone()));
            }
        }
        for (key, condition) in present {
            let since = *self.pending.entry(key).or_insert(now);
            if now.millis_since(since) >= condition.kind.raised_after_ms() {
                steps.push(AlarmStep::Raise(condition));
            }
        }
        steps
    }

    /// A step was told.
    pub fn told(&mut self, step: &AlarmStep) {
        match step {
            AlarmStep::Raise(condition) => {
                let key = (condition.kind, condition.subject.clone());
                self.pending.remove(&key);
                self.standing.insert(key, None);
            }
            AlarmStep::Clear(key) => {
                self.standing.remove(key);
            }
        }
    }
}
