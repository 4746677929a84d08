//! How often an app may call, and how often it has.

use povline_domain::{AppKey, Day, UnixMillis};
use povline_gateway::{Gateway, LimitDefaults, PlatformBook};
use povline_protocol::methods;
use povline_store::StoreError;
use povline_store::book::{CallCount, CallRules, CallScope};
use povline_web::Language;

use crate::chart::UseBar;
use crate::names;
use crate::view;

/// What is known of limits and use.
pub(crate) struct Usage {
    pub(crate) rules: CallRules,
    counts: Vec<CallCount>,
    defaults: LimitDefaults,
    now: UnixMillis,
}

/// The use of one scope, as it is shown.
#[derive(Debug)]
pub(crate) struct AppUse {
    /// The method; of all methods together without one.
    pub(crate) method: Option<&'static str>,
    pub(crate) title: &'static str,
    pub(crate) used: String,
    /// Calls of a day; empty if there is no limit.
    pub(crate) per_day: String,
    pub(crate) per_second: String,
    pub(crate) bar: Option<UseBar>,
    /// Whether the day has no more.
    pub(crate) is_used_up: bool,
}

impl Usage {
    /// Of today.
    pub(crate) async fn read<B: PlatformBook>(gateway: &Gateway<B>) -> Result<Self, StoreError> {
        Ok(Self {
            rules: gateway.book().call_rules().await?,
            counts: gateway.calls_today().await?,
            defaults: gateway.limit_defaults(),
            now: gateway.now(),
        })
    }

    fn limits(&self, scope: &CallScope) -> [Option<u64>; 2] {
        let said = self.rules.limits.iter().find(|(of, _)| of == scope);
        let said = said.map(|(_, limits)| *limits).unwrap_or_default();
        let defaults = &self.defaults;
        let (second, day) = match scope {
            CallScope::App(_) => (defaults.app_per_second, defaults.app_per_day),
            CallScope::AppMethod(..) => {
                (defaults.app_method_per_second, defaults.app_method_per_day)
            }
            CallScope::Method(_) => (None, None),
        };
        [said.per_second.or(second), said.per_day.or(day)]
    }

    fn used(&self, scope: &CallScope) -> u64 {
        let count = self.counts.iter().find(|count| count.scope == *scope);
        count.map_or(0, |count| count.used)
    }

    fn shown(&self, language: Language, scope: &CallScope, method: Option<&'static str>) -> AppUse {
        let used = self.used(scope);
        let [per_second, per_day] = self.limits(scope);
        AppUse {
            method,
            title: method.map_or_else(
                || language.pick("全部接口", "All methods"),
                |method| names::title(language, method),
            ),
            used: view::number(used),
            per_day: per_day.map(view::number).unwrap_or_default(),
            per_second: per_second.map(view::number).unwrap_or_default(),
            bar: per_day.map(|bound| UseBar::of(language, used, bound)),
            is_used_up: per_day.is_some_and(|bound| used >= bound),
        }
    }

    /// All calls of an app.
    pub(crate) fn of_app(&self, language: Language, app: &AppKey) -> AppUse {
        self.shown(language, &CallScope::App(app.clone()), None)
    }

    /// An app's calls as a whole, and of each method that was called today or has a limit.
    pub(crate) fn by_method(&self, language: Language, app: &AppKey) -> Vec<AppUse> {
        let mut all = vec![self.of_app(language, app)];
        let whole = self.used(&CallScope::App(app.clone()));
        for spec in methods::ALL {
            let scope = CallScope::AppMethod(app.clone(), spec.method.to_owned());
            if self.used(&scope) > 0 || self.limits(&scope) != [None, None] {
                let mut one = self.shown(language, &scope, Some(spec.method));
                if one.bar.is_none() {
                    one.bar = Some(UseBar::share(language, self.used(&scope), whole));
                }
                all.push(one);
            }
        }
        all
    }

    /// The seconds until the day's calls begin anew.
    pub(crate) fn seconds_of_day_left(&self) -> u64 {
        let tomorrow = Day::at(self.now).plus_days(1);
        let midnight = tomorrow.map_or(self.now, Day::begins_at);
        let left = midnight.millis_since(self.now).max(0).unsigned_abs();
        left.div_ceil(1_000).max(1)
    }
}
