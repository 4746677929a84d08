//! Which quotas a call falls under.

use foldhash::HashMap;
use povline_domain::AppKey;
use povline_store::book::{CallLimits, CallRules, CallScope};

/// The limits of apps of which an operator has said nothing else. Without a limit calls are
/// counted and let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LimitDefaults {
    /// All calls of one app within any one second.
    pub app_per_second: Option<u64>,
    /// All calls of one app on one day of Asia/Shanghai.
    pub app_per_day: Option<u64>,
    /// One app's calls of one method within any one second.
    pub app_method_per_second: Option<u64>,
    /// One app's calls of one method on one day of Asia/Shanghai.
    pub app_method_per_day: Option<u64>,
}

impl LimitDefaults {
    /// Whether a limit lets nothing through.
    pub(crate) fn has_zero(&self) -> bool {
        [
            self.app_per_second,
            self.app_per_day,
            self.app_method_per_second,
            self.app_method_per_day,
        ]
        .contains(&Some(0))
    }
}

/// The limits of one scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Quota {
    pub(crate) per_second: Option<u64>,
    pub(crate) per_day: Option<u64>,
}

impl Quota {
    fn of(said: Option<&CallLimits>, per_second: Option<u64>, per_day: Option<u64>) -> Self {
        let said = said.copied().unwrap_or_default();
        Self {
            per_second: said.per_second.or(per_second),
            per_day: said.per_day.or(per_day),
        }
    }
}

/// Everything that one call falls under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallQuotas {
    /// All calls of the app.
    pub(crate) app: Quota,
    /// The app's calls of the method.
    pub(crate) app_method: Quota,
    /// Everybody's calls of the method.
    pub(crate) method: Quota,
    /// What the call takes of the app's calls.
    pub(crate) weight: u64,
}

/// Everything that is known about limits, as one immutable snapshot.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    defaults: LimitDefaults,
    apps: HashMap<AppKey, CallLimits>,
    app_methods: HashMap<AppKey, HashMap<String, CallLimits>>,
    methods: HashMap<String, CallLimits>,
    /// How often each app may call a method within a second if nobody has said how often.
    seconds_of_methods: HashMap<&'static str, u64>,
    weights: HashMap<String, u64>,
}

impl Quotas {
    pub(crate) fn new(rules: &CallRules, defaults: LimitDefaults) -> Self {
        let mut quotas = Self {
            defaults,
            weights: rules
                .weights
                .iter()
                .map(|(method, weight)| (method.clone(), u64::from(*weight)))
                .collect(),
            ..Self::default()
        };
        for (scope, limits) in &rules.limits {
            match scope {
                CallScope::App(app) => {
                    quotas.apps.insert(app.clone(), *limits);
                }
                CallScope::AppMethod(app, method) => {
                    let of_app = quotas.app_methods.entry(app.clone()).or_default();
                    of_app.insert(method.clone(), *limits);
                }
                CallScope::Method(method) => {
                    quotas.methods.insert(method.clone(), *limits);
                }
            }
        }
        quotas
    }

    /// Limits each app's calls of a method within a second, unless an operator has said how.
    pub(crate) fn limit_unless_said(&mut self, method: &'static str, per_second: u64) {
        self.seconds_of_methods.insert(method, per_second);
    }

    /// What a call of this app to this method falls under.
    pub(crate) fn of(&self, app: &AppKey, method: &str) -> CallQuotas {
        let defaults = &self.defaults;
        let of_app = self.app_methods.get(app);
        let second_of_method = self.seconds_of_methods.get(method).copied();
        CallQuotas {
            app: Quota::of(
                self.apps.get(app),
                defaults.app_per_second,
                defaults.app_per_day,
            ),
            app_method: Quota::of(
                of_app.and_then(|methods| methods.get(method)),
                second_of_method.or(defaults.app_method_per_second),
                defaults.app_method_per_day,
            ),
            method: Quota::of(self.methods.get(method), None, None),
            weight: self.weights.get(method).copied().unwrap_or(1),
        }
    }
}
