//! Telling the platform what was done at the desk: from the ledger, so that no crash loses it, and
//! with the instant at which it was done, by which the platform takes it once however often it is
//! told.

use std::collections::HashMap;
use std::time::Duration;

use povline_client::{Action, OrderUpdate};
use povline_domain::{OutPovId, PickStatus, UnixMillis};
use povline_store::ledger::{Desk, Pick, PickState};
use povline_sync::Told;

use crate::Clinic;

/// The first pause after a failure, at most; doubled with every further one.
const PAUSE_FIRST_MS: i64 = 1_000;
/// No pause is longer.
const PAUSE_MAX_MS: i64 = 60_000;
/// The queue is looked at so often at least: another process may have written to it.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The pause after so many failures in a row; `chance` is 0 to 255.
fn pause_ms(failures: u32, chance: u8) -> i64 {
    let longest = (PAUSE_FIRST_MS << failures.saturating_sub(1).min(16)).min(PAUSE_MAX_MS);
    longest / 2 + longest / 2 * i64::from(chance) / 255
}

/// What becomes of a pick of which was told, as `tries`th try, what came back.
fn after(told: Told, tries: u32, now: UnixMillis, chance: u8) -> PickState {
    match told {
        Told::Known(updated) => PickState::Told {
            at: updated.answered_at,
            stands: updated.stands,
        },
        Told::Refused { why } => PickState::Refused {
            at: now,
            reason: why,
        },
        Told::Later { not_before, why } => {
            let soonest = now.plus_millis(pause_ms(tries, chance));
            PickState::Waiting {
                next_try_at: not_before.map_or(soonest, |at| at.max(soonest)),
                trouble: Some(why),
            }
        }
    }
}

fn update(pick: &Pick) -> OrderUpdate {
    OrderUpdate {
        appointment_id: pick.appointment_id.clone(),
        action: match pick.status {
            PickStatus::Picked => Action::Pick,
            PickStatus::NotPicked => Action::Unpick,
        },
        action_time: pick.acted_at,
    }
}

/// The clinics whose picks cannot be told now, with how often in a row that was so and until when
/// nothing of them is tried. A clinic without a grant, or one whose app is banned, must not keep
/// another one waiting.
#[derive(Debug, Default)]
struct Aside(HashMap<OutPovId, (u32, UnixMillis)>);

impl Aside {
    fn has(&self, pov: &OutPovId, now: UnixMillis) -> bool {
        self.0.get(pov).is_some_and(|(_, until)| now < *until)
    }

    fn failures(&self, pov: &OutPovId) -> u32 {
        self.0.get(pov).map_or(0, |(failures, _)| *failures)
    }

    /// How long until the first of them is tried again.
    fn pause(&self, now: UnixMillis) -> Option<Duration> {
        let left = self.0.values().map(|(_, until)| until.millis_since(now));
        let left = left.filter(|millis| *millis > 0).min()?;
        Some(Duration::from_millis(left.unsigned_abs()))
    }
}

impl<L: Desk> Clinic<L> {
    /// Tells the platform what waits, as it comes, until the desk closes. While the platform cannot
    /// be told of a clinic's picks one of them is tried now and then, and once it is taken all
    /// others follow; other clinics' go on meanwhile.
    pub async fn write_back(&self) {
        let closing = self.0.closing.clone();
        let mut aside = Aside::default();
        loop {
            let pause = tokio::select! {
                () = closing.cancelled() => return,
                pause = self.tell_what_is_due(&mut aside) => pause,
            };
            let told = self.0.to_tell.notified();
            tokio::select! {
                () = closing.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
                // A new pick is told at once, unless its clinic stands aside.
                () = told => {}
            }
        }
    }

    /// Tells what is due and returns how long to wait for more.
    async fn tell_what_is_due(&self, aside: &mut Aside) -> Duration {
        loop {
            let due = match self.ledger().due_picks(self.now()) {
                Ok(due) => due,
                Err(error) => {
                    tracing::error!(%error, "cannot read what is to be told to the platform");
                    return LOOK_EVERY;
                }
            };
            let mut is_idle = true;
            for pick in due {
                if aside.has(&pick.pov, self.now()) {
                    continue;
                }
                is_idle = false;
                if !self.tell(&pick, aside).await {
                    return LOOK_EVERY;
                }
            }
            if is_idle {
                let again = aside.pause(self.now()).unwrap_or(LOOK_EVERY);
                return self.until_due().min(again);
            }
        }
    }

    /// Tells one, and puts its clinic aside if the platform could not be told. False if what came of
    /// it could not be kept.
    async fn tell(&self, pick: &Pick, aside: &mut Aside) -> bool {
        let told = self.0.platform.tell(&pick.pov, &update(pick)).await;
        let now = self.now();
        let chance = (self.0.chance)().map_or(128, |bytes| bytes[0]);
        let failures = match told {
            Told::Later { .. } => aside.failures(&pick.pov).saturating_add(1),
            _ => 0,
        };
        // Ten that fail with others in between wait as long as ten that fail in a row.
        let tries = pick.tries.saturating_add(1).max(failures);
        let state = after(told, tries, now, chance);
        aside.0.remove(&pick.pov);
        match &state {
            PickState::Waiting { next_try_at, .. } => {
                tracing::warn!(pov = %pick.pov, tries, "the platform was not told of a pick; it waits");
                let until = (*next_try_at).min(now.plus_millis(PAUSE_MAX_MS));
                aside.0.insert(pick.pov.clone(), (failures, until));
            }
            PickState::Refused { .. } => {
                tracing::warn!(pov = %pick.pov, "the platform refuses a pick; the desk shows it");
                // What it refuses has changed there: have a look.
                self.0.platform.read_again(&pick.pov, pick.day);
            }
            _ => {}
        }
        if let Err(error) = self.ledger().pick_told(pick.number, state).await {
            // It is told once more, which changes nothing.
            tracing::error!(%error, "cannot write what the platform was told");
            return false;
        }
        self.0.hub.touch(&pick.pov);
        true
    }

    /// How long until the next one is due. Those that are due and stand aside are waited for with
    /// their clinic.
    fn until_due(&self) -> Duration {
        let now = self.now();
        let next = self.ledger().next_due().ok().flatten();
        let millis = next
            .map(|next| next.millis_since(now))
            .filter(|millis| *millis > 0);
        millis.map_or(LOOK_EVERY, |millis| {
            Duration::from_millis(millis.unsigned_abs()).min(LOOK_EVERY)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute_and_no_two_are_alike() {
        for (failures, longest) in [
            (1, 1_000),
            (2, 2_000),
            (6, 32_000),
            (7, 60_000),
            (99, 60_000),
        ] {
            assert_eq!(pause_ms(failures, 255), longest);
            assert_eq!(pause_ms(failures, 0), longest / 2);
        }
    }

    #[test]
    fn a_ban_is_waited_for_and_a_refusal_ends_it() {
        let now = UnixMillis(1_000_000);
        let banned = Told::Later {
            not_before: Some(UnixMillis(9_000_000)),
            why: "ban".to_owned(),
        };
        let PickState::Waiting { next_try_at, .. } = after(banned, 1, now, 0) else {
            panic!("it must wait");
        };
        assert_eq!(next_try_at, UnixMillis(9_000_000));
        let refused = Told::Refused {
            why: "已取消".to_owned(),
        };
        assert!(matches!(
            after(refused, 1, now, 0),
            PickState::Refused { .. }
        ));
    }
}
