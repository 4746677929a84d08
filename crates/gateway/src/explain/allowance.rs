//! How many wrong signatures are looked into.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use povline_domain::AppKey;
use tokio::time::Instant;

/// Of one app: so many at once, and one more in each such time.
const APP_AT_ONCE: u32 = 10;
const APP_EVERY: Duration = Duration::from_millis(500);

/// Of all apps together: an explanation takes some hundred microseconds.
const ALL_AT_ONCE: u32 = 50;
const ALL_EVERY: Duration = Duration::from_millis(20);

/// What is left for each app and for all.
#[derive(Debug, Default)]
pub(super) struct Allowances {
    all: Allowance,
    apps: HashMap<Arc<AppKey>, Allowance>,
}

impl Allowances {
    /// Whether one more may be looked into.
    pub(super) fn take(&mut self, app: &Arc<AppKey>, now: Instant) -> bool {
        // Only apps that exist come here, so there are no more entries than apps.
        let of_app = self.apps.entry(Arc::clone(app)).or_default();
        of_app.has(now, APP_AT_ONCE, APP_EVERY)
            && self.all.take(now, ALL_AT_ONCE, ALL_EVERY)
            && of_app.take(now, APP_AT_ONCE, APP_EVERY)
    }
}

/// When everything that was taken will have come back.
#[derive(Debug, Default)]
struct Allowance {
    full_at: Option<Instant>,
}

impl Allowance {
    fn has(&self, now: Instant, at_once: u32, every: Duration) -> bool {
        let taken = self
            .full_at
            .map_or(Duration::ZERO, |full| full.saturating_duration_since(now));
        taken + every <= every * at_once
    }

    fn take(&mut self, now: Instant, at_once: u32, every: Duration) -> bool {
        let has = self.has(now, at_once, every);
        if has {
            self.full_at = Some(self.full_at.map_or(now, |full| full.max(now)) + every);
        }
        has
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_app_has_its_share_and_all_have_a_bound() {
        let app = |n: u32| Arc::new(AppKey::new(format!("{n}")).unwrap());
        #[expect(clippy::disallowed_methods, reason = "any instant will do")]
        let now = Instant::from_std(std::time::Instant::now());
        let mut allowances = Allowances::default();
        let taken = |allowances: &mut Allowances, n: u32, now: Instant| {
            (0..100).filter(|_| allowances.take(&app(n), now)).count() as u32
        };
        assert_eq!(taken(&mut allowances, 1, now), APP_AT_ONCE);
        // Another app is not hurt, until all together are.
        let others: u32 = (2..20).map(|n| taken(&mut allowances, n, now)).sum();
        assert_eq!(others, ALL_AT_ONCE - APP_AT_ONCE);
        assert_eq!(taken(&mut allowances, 1, now + APP_EVERY * 2), 2);
        let later = now + Duration::from_secs(3600);
        assert_eq!(taken(&mut allowances, 1, later), APP_AT_ONCE);
    }
}
