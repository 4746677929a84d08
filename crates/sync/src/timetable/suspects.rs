//! What is to be read for the ledger's suspects, and how many of them wait for that.

use foldhash::HashMap;
use povline_domain::{Day, UnixMillis};
use povline_store::ledger::{CheckedDay, Suspect};

use super::confirming::Urgency;
use super::share::Opens;
use super::{ListKey, Timetable, millis};
use crate::settle::SettlePolicy;

/// How often a list is read of which more has vanished than people cancel.
const HELD_AGAIN_MILLIS: i64 = 300_000;

impl Timetable {
    /// Plans confirming scans anew from every suspect that the ledger has, and from the lists that it
    /// knows `beyond` the open days.
    pub fn confirm(&mut self, suspects: &[Suspect], beyond: &[CheckedDay], now: UnixMillis) {
        let open_days = self.open_days(now);
        let beyond = self.by_pov(beyond);
        let policy = SettlePolicy {
            confirm_after_ms: millis(self.config.confirm_after),
            ..SettlePolicy::default()
        };
        let today = Day::at(now);
        let mut wants = Vec::new();
        self.of_today.clear();
        for suspect in suspects {
            let Some(&pov) = self.numbers.get(&suspect.pov) else {
                continue;
            };
            // What is held on a day that is over is let be, unless a person lets it go.
            let is_over = suspect.day < self.first_day_not_over(now);
            if is_over && suspect.held && !suspect.accepted {
                continue;
            }
            let is_of_today = suspect.day == today;
            let Some(confirmed_at) = suspect.confirmed_at else {
                let own = ListKey {
                    pov,
                    day: suspect.day,
                };
                let mut not_before = suspect.vanished_at.plus_millis(policy.confirm_after_ms);
                // While its day is held nothing confirms it; it is looked at now and then.
                if suspect.held && !suspect.accepted {
                    let last = self.complete_at(own);
                    let again = last.map(|at| at.plus_millis(HELD_AGAIN_MILLIS));
                    not_before = not_before.max(again.unwrap_or(not_before));
                }
                let urgency = match is_of_today {
                    true => Urgency::Today,
                    false => Urgency::Other,
                };
                wants.push((own, urgency, not_before));
                if is_of_today {
                    self.of_today.push((urgency, not_before));
                }
                continue;
            };
            let counts_from = policy.elsewhere_from(suspect, confirmed_at);
            let urgency = match is_of_today {
                true => Urgency::TodayElsewhere,
                false => Urgency::Other,
            };
            let wanted_before = wants.len();
            let open = open_days.iter().map(|&day| {
                let list = ListKey { pov, day };
                (list, self.complete_at(list))
            });
            let beyond = beyond.get(&pov).into_iter().flatten();
            let beyond = beyond.map(|&(day, checked_at)| (ListKey { pov, day }, Some(checked_at)));
            for (other, begun_at) in open.chain(beyond) {
                if other.day != suspect.day && begun_at < Some(counts_from) {
                    wants.push((other, urgency, counts_from));
                }
            }
            if is_of_today && wants.len() > wanted_before {
                self.of_today.push((urgency, counts_from));
            }
        }
        wants.retain(|(list, _, _)| !self.given_up.contains(list));
        self.confirming.plan(wants.into_iter());
    }

    /// The days beyond, and when each was last read whole, of each POV that is read.
    fn by_pov(&self, beyond: &[CheckedDay]) -> HashMap<u32, Vec<(Day, UnixMillis)>> {
        let mut by_pov: HashMap<u32, Vec<(Day, UnixMillis)>> = HashMap::default();
        for list in beyond {
            if let Some(&pov) = self.numbers.get(&list.pov) {
                let days = by_pov.entry(pov).or_default();
                days.push((list.day, list.checked_at));
            }
        }
        by_pov
    }

    /// The most urgent list whose confirming scan is due and within the share of such scans, or when
    /// there will be one, as things stand.
    pub(super) fn next_confirming(
        &mut self,
        now: UnixMillis,
    ) -> Result<ListKey, Option<UnixMillis>> {
        let Some(planned) = &mut self.planned else {
            return Err(None);
        };
        let running = &self.running;
        let mut opens_at: Option<UnixMillis> = None;
        for urgency in Urgency::ALL {
            let busy = |list: &ListKey| running.contains(list);
            while let Some((due, list)) = self.confirming.first_of(urgency, busy) {
                let opens = match due <= now {
                    true => planned.confirming_opens(list, urgency, now),
                    false => Opens::At(due),
                };
                match opens {
                    Opens::Now => return Ok(list),
                    Opens::At(at) => {
                        opens_at = Some(opens_at.map_or(at, |known| known.min(at)));
                        break;
                    }
                    // A mass site's list must not keep those waiting for which the rest of the day's
                    // share still reaches.
                    Opens::NotToday(tomorrow) => self.confirming.put_off(list, tomorrow),
                }
            }
        }
        Err(opens_at)
    }

    /// How many of today's suspects wait because the share of confirming scans does not reach for
    /// them now.
    pub fn todays_suspects_waiting(&mut self, now: UnixMillis) -> usize {
        let Some(planned) = &mut self.planned else {
            return 0;
        };
        let shut = Urgency::ALL.map(|urgency| !planned.confirms_now(urgency, now));
        let suspects = self.of_today.iter();
        let waiting = suspects.filter(|(urgency, from)| *from <= now && shut[*urgency as usize]);
        waiting.count()
    }
}
