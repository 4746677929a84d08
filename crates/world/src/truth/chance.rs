//! Chance in whole numbers, so that it falls alike on every machine.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A stream of chance that a seed begins.
#[derive(Debug, Clone)]
pub struct Chance(pub(crate) ChaCha8Rng);

impl Chance {
    /// The stream of this seed; `salt` keeps streams of one scenario apart.
    #[must_use]
    pub fn new(seed: u64, salt: u64) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        chance.set_stream(salt);
        Self(chance)
    }

    /// A number in `0..end`; 0 if `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(end)) >> 64) as u64
    }

    /// A place in a sequence of this length; `None` if it is empty.
    pub fn place(&mut self, length: usize) -> Option<usize> {
        match length {
            0 => None,
            _ => usize::try_from(self.below(length as u64)).ok(),
        }
    }

    /// Whether something happens that happens so often in a hundred.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < u64::from(percent)
    }

    /// How often something happens that is expected so many millionths of a time: anything from
    /// never to twice as often.
    pub fn times(&mut self, millionths: u64) -> u64 {
        const MILLION: u64 = 1_000_000;
        let spread = self.below(2 * MILLION);
        let expected = u128::from(millionths) * u128::from(spread) / u128::from(MILLION);
        let rest = u128::from(self.below(MILLION));
        u64::try_from((expected + rest) / u128::from(MILLION)).unwrap_or(u64::MAX)
    }

    /// A number between two neighbours among these, which ascend: each gap is as likely.
    pub fn between_steps(&mut self, steps: &[u32]) -> u64 {
        const UNIT: u64 = 1 << 20;
        let Some(gaps) = steps.len().checked_sub(1).filter(|gaps| *gaps > 0) else {
            return steps.first().copied().map_or(0, u64::from);
        };
        let gap = self.below(gaps as u64) as usize;
        let (low, high) = (u64::from(steps[gap]), u64::from(steps[gap + 1]));
        low + (high.saturating_sub(low) * self.below(UNIT)) / UNIT
    }

    /// A delay that is distributed lognormally around this median. Made of additions and
    /// multiplications alone, which every machine rounds alike.
    pub fn lognormal_ms(&mut self, median_ms: u32, sigma_percent: u32) -> u64 {
        // Twelve even numbers make a normal one that is good enough for delays.
        const UNIT: u64 = 1 << 20;
        let sum: u64 = (0..12).map(|_| self.below(UNIT)).sum();
        let normal = sum as f64 / UNIT as f64 - 6.0;
        let exponent = normal * f64::from(sigma_percent) / 100.0;
        (f64::from(median_ms) * power_of_e(exponent)) as u64
    }
}

/// e to the power of `x`, by its series for a small part of it and squaring.
fn power_of_e(x: f64) -> f64 {
    const HALVINGS: i32 = 8;
    let small = x / f64::from(1 << HALVINGS);
    let mut power = 1.0 + small * (1.0 + small / 2.0 * (1.0 + small / 3.0));
    for _ in 0..HALVINGS {
        power *= power;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_happen_as_often_as_expected() {
        let mut chance = Chance::new(7, 0);
        let sum: u64 = (0..100_000).map(|_| chance.times(300_000)).sum();
        assert!((29_000..31_000).contains(&sum), "{sum}");
        let sum: u64 = (0..10_000).map(|_| chance.times(7_500_000)).sum();
        assert!((74_000..76_000).contains(&sum), "{sum}");
    }

    #[test]
    fn delays_spread_around_their_median() {
        let mut chance = Chance::new(7, 1);
        let mut delays: Vec<u64> = (0..10_001).map(|_| chance.lognormal_ms(200, 60)).collect();
        delays.sort_unstable();
        assert!((190..210).contains(&delays[5_000]), "{}", delays[5_000]);
        // The 99th percentile of sigma 0.6 is e^(2.33*0.6), four times the median.
        assert!((720..900).contains(&delays[9_900]), "{}", delays[9_900]);
    }
}
