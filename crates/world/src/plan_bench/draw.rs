//! Numbers drawn from the distributions that a world is made of.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// In 0..1, never 0.
pub(super) fn unit(chance: &mut ChaCha8Rng) -> f64 {
    1.0 - chance.random::<f64>()
}

/// Evenly between two numbers.
pub(super) fn between(chance: &mut ChaCha8Rng, from: f64, to: f64) -> f64 {
    from + (to - from) * chance.random::<f64>()
}

/// Evenly on a scale of factors.
pub(super) fn between_by_factor(chance: &mut ChaCha8Rng, from: f64, to: f64) -> f64 {
    between(chance, from.ln(), to.ln()).exp()
}

/// Exponential with mean 1.
pub(super) fn waiting(chance: &mut ChaCha8Rng) -> f64 {
    -unit(chance).ln()
}

/// Normal with mean 0 and standard deviation 1.
pub(super) fn normal(chance: &mut ChaCha8Rng) -> f64 {
    let radius = (2.0 * waiting(chance)).sqrt();
    radius * (std::f64::consts::TAU * chance.random::<f64>()).cos()
}

/// Gamma with mean 1 and this coefficient of variation, below 1 (Marsaglia and Tsang).
pub(super) fn level(chance: &mut ChaCha8Rng, variation: f64) -> f64 {
    if variation <= 0.0 {
        return 1.0;
    }
    let shape = 1.0 / (variation * variation);
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(chance);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && unit(chance).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v / shape;
        }
    }
}

/// A Poisson count.
pub(super) fn count(chance: &mut ChaCha8Rng, mean: f64) -> u32 {
    if mean <= 0.0 {
        return 0;
    }
    if mean > 60.0 {
        // The difference cannot be seen at this size.
        return (mean + mean.sqrt() * normal(chance)).round().max(0.0) as u32;
    }
    let limit = (-mean).exp();
    let mut product = unit(chance);
    let mut count = 0;
    while product > limit {
        product *= unit(chance);
        count += 1;
    }
    count
}
