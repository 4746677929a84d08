//! Chance, from a seed that is handed in: equal seeds give equal runs.

/// A stream of numbers that look random (SplitMix64). For jitter and spreading, never for secrets.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The stream that this seed begins.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number in `0..end`; 0 if `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        scale(self.next_u64(), end)
    }
}

/// A place in `0..end` that depends on these bytes alone.
pub(crate) fn place(bytes: &[u8], salt: u64, end: u64) -> u64 {
    // FNV-1a, then mixed: neighbouring codes such as 00001 and 00002 must land far apart.
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    scale(mix(hash ^ mix(salt)), end)
}

fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Brings a number of the full range evenly into `0..end`.
fn scale(number: u64, end: u64) -> u64 {
    ((u128::from(number) * u128::from(end)) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_neighbouring_codes_are_spread_evenly() {
        let mut quarters = [0_u32; 4];
        for code in 0..2_000 {
            let place = place(format!("{code:05}").as_bytes(), 0, 60_000);
            quarters[(place / 15_000) as usize] += 1;
        }
        for quarter in quarters {
            assert!((420..=580).contains(&quarter), "{quarters:?}");
        }
    }
}
