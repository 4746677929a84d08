//! Rates and factors learned from counts.
//!
//! A count is Poisson given its rate, and the rate is Gamma: what is known is a number of counts
//! and the exposure (or expectation) over which they came.

/// Counts, and how many were expected or over how much exposure they came.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Gamma {
    pub(super) counts: f32,
    pub(super) exposure: f32,
}

impl Gamma {
    /// The factor by which counts differ from what was expected, drawn to 1 as if by `kappa`
    /// counts seen before.
    pub(super) fn factor(self, kappa: f64) -> f64 {
        (kappa + f64::from(self.counts)) / (kappa + f64::from(self.exposure))
    }

    /// The rate, drawn to `prior` as if that had been seen over `prior_exposure`.
    pub(super) fn rate(self, prior: f64, prior_exposure: f64) -> f64 {
        (prior * prior_exposure + f64::from(self.counts))
            / (prior_exposure + f64::from(self.exposure))
    }

    pub(super) fn add(&mut self, counts: f64, exposure: f64) {
        self.counts += counts as f32;
        self.exposure += exposure as f32;
    }

    /// Lets what is known weigh only this part of what it weighed.
    pub(super) fn fade(&mut self, part: f64) {
        self.counts *= part as f32;
        self.exposure *= part as f32;
    }
}

/// A factor that is forgotten within hours.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Fading {
    pub(super) gamma: Gamma,
    /// When `gamma` was true.
    pub(super) at: f64,
}

impl Fading {
    /// The factor at this time, or what is left of it then.
    pub(super) fn factor(&self, kappa: f64, at: f64, half_life: f64) -> f64 {
        if self.gamma.exposure < 1e-3 && self.gamma.counts < 1e-3 {
            return 1.0;
        }
        let mut then = self.gamma;
        then.fade(left(at - self.at, half_life));
        then.factor(kappa)
    }

    pub(super) fn add(&mut self, counts: f64, exposure: f64, at: f64, half_life: f64) {
        self.gamma.fade(left(at - self.at, half_life));
        self.at = self.at.max(at);
        self.gamma.add(counts, exposure);
    }
}

/// What is left of something after so many seconds.
pub(super) fn left(seconds: f64, half_life: f64) -> f64 {
    (-seconds.max(0.0) / half_life).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_begins_at_one_and_goes_to_what_is_seen() {
        let mut gamma = Gamma::default();
        assert_eq!(gamma.factor(3.0), 1.0);
        gamma.add(200.0, 100.0);
        assert!((gamma.factor(3.0) - 2.0).abs() < 0.05);
    }

    #[test]
    fn a_fading_factor_returns_to_one() {
        let mut fading = Fading::default();
        fading.add(100.0, 10.0, 1_000.0, 60.0);
        assert!(fading.factor(10.0, 1_000.0, 60.0) > 5.0);
        let later = fading.factor(10.0, 1_000.0 + 600.0, 60.0);
        assert!((later - 1.0).abs() < 0.02, "{later}");
    }
}
