//! What the rules that strike do to an answer.

use povline_domain::{Page, UnixMillis};

use super::rule::{FaultKind, FaultRule};
use super::state::Struck;
use crate::truth::Chance;

/// How an answer is brought to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delivery {
    /// How long it takes until the list is looked at.
    pub before_ms: u64,
    /// How long it takes from then on until the whole answer is there.
    pub after_ms: u64,
    /// In how many pieces the body comes, spread over `after_ms`; 0 is one.
    pub pieces: u32,
    /// Only so much of the body comes, in percent, and the rest never will.
    pub cut_percent: Option<u32>,
    /// Whether the connection breaks where it is cut; otherwise HTTP is well-formed.
    pub breaks: bool,
}

/// What the rules make of a call, before its list is looked at.
#[derive(Debug, Clone, Default)]
pub struct Bent {
    /// How it is delivered.
    pub delivery: Delivery,
    /// What takes the answer's place, if anything does: the first of the rules that would.
    pub instead: Option<Struck>,
    /// What is done to the page.
    pub page: Vec<Struck>,
    /// How long ago the list is shown.
    pub stale_ms: i64,
    /// By how much the server's clock is off.
    pub skew_ms: i64,
}

/// Sorts what strikes a call into what it does.
#[must_use]
pub fn bend(rules: &[FaultRule], struck: &[Struck], chance: &mut Chance) -> Bent {
    let mut bent = Bent::default();
    for one in struck {
        let Some(rule) = rules.get(one.rule) else {
            continue;
        };
        let delivery = &mut bent.delivery;
        match one.kind {
            FaultKind::Latency => {
                delivery.before_ms += chance.lognormal_ms(rule.ms, rule.sigma_percent);
            }
            FaultKind::Hold => delivery.after_ms += u64::from(rule.ms),
            FaultKind::Dribble => {
                delivery.after_ms += u64::from(rule.ms);
                delivery.pieces = 10;
            }
            FaultKind::Reset => {
                delivery.cut_percent = Some(rule.percent_kept);
                delivery.breaks = true;
            }
            FaultKind::Truncate => delivery.cut_percent = Some(rule.percent_kept),
            FaultKind::Stale => bent.stale_ms = i64::from(rule.seconds) * 1_000,
            FaultKind::ClockSkew => bent.skew_ms = i64::from(rule.seconds) * 1_000,
            FaultKind::DuplicateRows
            | FaultKind::WrongTotal
            | FaultKind::Shuffle
            | FaultKind::EmptyList
            | FaultKind::Repeat
            | FaultKind::NoPickStatus => bent.page.push(*one),
            FaultKind::Status
            | FaultKind::Html
            | FaultKind::EmptyBody
            | FaultKind::Ban
            | FaultKind::BanUntilMidnight
            | FaultKind::NotSuccess
            | FaultKind::Isp
            | FaultKind::Isv => {
                bent.instead.get_or_insert(*one);
            }
        }
    }
    bent
}

impl Bent {
    /// Bends a page as the rules say. Repeating and leaving out fields is for whoever encodes it.
    pub fn bend_page(&self, rules: &[FaultRule], chance: &mut Chance, page: &mut Page) {
        for one in &self.page {
            let Some(rule) = rules.get(one.rule) else {
                continue;
            };
            match one.kind {
                FaultKind::DuplicateRows => {
                    for _ in 0..rule.rows {
                        if let Some(place) = chance.place(page.rows.len()) {
                            let row = page.rows[place].clone();
                            page.rows.insert(place, row);
                        }
                    }
                    // A page is never longer than was asked for: duplicates push others off it.
                    let size = page.size.unwrap_or(200);
                    page.rows.truncate(usize::try_from(size).unwrap_or(200));
                }
                FaultKind::WrongTotal => {
                    page.total = page
                        .total
                        .map(|total| total.saturating_add_signed(i64::from(rule.by)));
                }
                FaultKind::Shuffle => shuffle(&mut page.rows, chance),
                FaultKind::EmptyList => {
                    page.rows.clear();
                    page.total = page.total.map(|_| 0);
                }
                _ => {}
            }
        }
    }

    /// Whether a rule of this kind strikes the page.
    #[must_use]
    pub fn has(&self, kind: FaultKind) -> bool {
        self.page.iter().any(|one| one.kind == kind)
    }

    /// The instant whose list is shown to who is answered now.
    #[must_use]
    pub fn shown_at(&self, now: UnixMillis) -> UnixMillis {
        now.plus_millis(-self.stale_ms)
    }
}

/// Another order (Fisher–Yates).
pub(crate) fn shuffle<T>(rows: &mut [T], chance: &mut Chance) {
    for last in (1..rows.len()).rev() {
        if let Some(place) = chance.place(last + 1) {
            rows.swap(last, place);
        }
    }
}
