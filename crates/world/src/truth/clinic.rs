//! A clinic as the truth needs it.

use povline_domain::{OutPovId, Period};

use super::chance::Chance;
use crate::scenarios::ScenarioFile;

/// How many of 100 people book each of the ordinary twelve half hours: most come between 09:00
/// and 10:30.
const ORDINARY_SHARES: [u32; 12] = [8, 12, 16, 16, 13, 8, 4, 6, 6, 5, 4, 2];

/// A clinic (接种点).
#[derive(Debug, Clone)]
pub struct Clinic {
    /// The ISV's code for it.
    pub out_pov_id: OutPovId,
    /// What people call it.
    pub name: String,
    /// How many people a full day has.
    pub rows_per_day: u32,
    periods: Vec<(Period, u32)>,
}

impl Clinic {
    /// The clinics of a scenario, with codes from `00001`.
    pub(super) fn all(scenario: &ScenarioFile) -> Vec<Self> {
        let groups = scenario.clinics.iter();
        let each = groups.flat_map(|group| (0..group.count).map(move |_| group));
        each.enumerate()
            .filter_map(|(place, group)| {
                let number = place + 1;
                let shares: Vec<u32> = match (group.shares.is_empty(), group.periods.len()) {
                    (false, _) => group.shares.clone(),
                    (true, 12) => ORDINARY_SHARES.to_vec(),
                    (true, periods) => vec![1; periods],
                };
                Some(Self {
                    out_pov_id: OutPovId::new(format!("{number:05}")).ok()?,
                    name: format!("{}{number}", group.name),
                    rows_per_day: group.rows_per_day,
                    periods: group.periods.iter().copied().zip(shares).collect(),
                })
            })
            .collect()
    }

    /// A period, by how many people book it.
    pub(super) fn period(&self, chance: &mut Chance) -> Option<Period> {
        let sum: u32 = self.periods.iter().map(|(_, share)| share).sum();
        let mut place = chance.below(u64::from(sum)) as u32;
        for (period, share) in &self.periods {
            match place.checked_sub(*share) {
                Some(rest) => place = rest,
                None => return Some(*period),
            }
        }
        None
    }
}
