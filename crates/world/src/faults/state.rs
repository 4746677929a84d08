//! Which rules strike a call.

use std::collections::HashMap;

use povline_domain::{Day, OutPovId, UnixMillis};

use super::rule::{FaultKind, FaultRule, Pages};
use crate::truth::Chance;

/// A call as rules see it.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// When it came.
    pub at: UnixMillis,
    /// How many minutes the run had lasted.
    pub minute: i64,
    /// Of which POV.
    pub pov: &'a OutPovId,
    /// Of which day.
    pub day: Day,
    /// How many days that is ahead of the world's today.
    pub days_ahead: i32,
    /// Which page.
    pub page: u32,
}

/// A rule that strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Struck {
    /// Its place among the rules.
    pub rule: usize,
    /// What it does.
    pub kind: FaultKind,
}

/// What the rules remember.
#[derive(Debug)]
pub struct FaultState {
    chance: Chance,
    /// By rule and list: how many calls it has struck.
    struck: HashMap<(usize, OutPovId, Day), u32>,
    ban: Option<(UnixMillis, usize)>,
}

impl FaultState {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            chance: Chance::new(seed, 2),
            struck: HashMap::new(),
            ban: None,
        }
    }

    /// The rules that strike this call, in the order of the file. A ban that was spoken earlier
    /// strikes alone.
    pub fn strike(&mut self, rules: &[FaultRule], call: &Call<'_>) -> Vec<Struck> {
        if let Some((until, rule)) = self.ban {
            if call.at < until {
                let kind = rules.get(rule).map_or(FaultKind::Ban, |rule| rule.what);
                return vec![Struck { rule, kind }];
            }
            self.ban = None;
        }
        let mut struck = Vec::new();
        for (place, rule) in rules.iter().enumerate() {
            if self.strikes(place, rule, call) {
                struck.push(Struck {
                    rule: place,
                    kind: rule.what,
                });
            }
        }
        let ban = struck
            .iter()
            .find_map(|one| Some((ban_end(rules.get(one.rule)?, call.at)?, one.rule)));
        self.ban = ban.or(self.ban);
        struck
    }

    /// Until when the platform lets nothing through because a rule says so.
    #[must_use]
    pub fn banned_until(&self) -> Option<UnixMillis> {
        self.ban.map(|(until, _)| until)
    }

    fn strikes(&mut self, place: usize, rule: &FaultRule, call: &Call<'_>) -> bool {
        let from = i64::from(rule.from_minute);
        let over = rule
            .to_minute
            .is_some_and(|to| call.minute >= i64::from(to));
        let ahead = rule.days_ahead.is_empty()
            || rule
                .days_ahead
                .iter()
                .any(|ahead| i32::from(*ahead) == call.days_ahead);
        let page = match rule.pages {
            Pages::Any => true,
            Pages::First => call.page == 1,
            Pages::Later => call.page > 1,
        };
        if call.minute < from || over || !ahead || !page || !rule.covers(call.pov) {
            return false;
        }
        if rule.percent < 100 && !self.chance.percent(rule.percent) {
            return false;
        }
        if rule.first_n == 0 {
            return true;
        }
        let key = (place, call.pov.clone(), call.day);
        let count = self.struck.entry(key).or_default();
        *count += 1;
        *count <= rule.first_n
    }
}

/// Until when a rule bans who is struck at this instant, if it bans at all.
fn ban_end(rule: &FaultRule, at: UnixMillis) -> Option<UnixMillis> {
    match rule.what {
        FaultKind::Ban => Some(at.plus_millis(i64::from(rule.seconds) * 1_000)),
        FaultKind::BanUntilMidnight => Some(midnight_after(at)),
        _ => None,
    }
}

/// When the next day begins in Shanghai.
pub(crate) fn midnight_after(at: UnixMillis) -> UnixMillis {
    Day::at(at)
        .plus_days(1)
        .map_or(UnixMillis(i64::MAX), Day::begins_at)
}
