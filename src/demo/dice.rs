//! Chance that can be had again: the same seed and key give the same throws, on every machine and version.
//!
//! `rand` promises no stable sequence between releases, and a truth file is only worth keeping when the
//! township can be made again from its seed. So the generator is written out: SplitMix64
//! (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).

/// What a throw is for. A new purpose gets a new number, so that it disturbs no older throw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    Person = 1,
    Attendance = 2,
    Body = 3,
    Cuff = 4,
    Device = 5,
    Sending = 6,
    Round = 7,
    Fault = 8,
    Secret = 9,
    Home = 10,
    Failure = 11,
    Control = 12,
}

/// One stream of throws.
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// The stream of `seed` for one purpose and one key (person, day, ...).
    pub fn keyed(seed: u64, purpose: For, key: &[u64]) -> Self {
        let mut state = mix(seed ^ mix(purpose as u64));
        for part in key {
            state = mix(state.rotate_left(23) ^ mix(part.wrapping_add(0x632B_E59B_D9B4_E019)));
        }
        Dice { state }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.state)
    }

    /// Uniform in 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Mean 0, standard deviation 1, never beyond ±6: the sum of twelve uniform throws.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform in 0 to below `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.bits() % end }
    }

    /// Uniform in `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low).unsigned_abs() + 1) as i64
    }

    /// Uniform in `low` to below `high`.
    pub fn range(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// The same things in another order.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            things.swap(last, other);
        }
    }
}

/// SplitMix64's finaliser: every input bit reaches every output bit.
fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        // SplitMix64 from state 1234567: first outputs of the reference implementation.
        let mut dice = Dice { state: 1_234_567 };
        assert_eq!(dice.bits(), 6_457_827_717_110_365_317);
        assert_eq!(dice.bits(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn another_purpose_or_key_is_another_stream() {
        let first = |purpose, key: &[u64]| Dice::keyed(7, purpose, key).bits();
        assert_eq!(first(For::Body, &[1, 2]), first(For::Body, &[1, 2]));
        assert_ne!(first(For::Body, &[1, 2]), first(For::Body, &[2, 1]));
        assert_ne!(first(For::Body, &[1, 2]), first(For::Cuff, &[1, 2]));
        assert_ne!(first(For::Body, &[]), first(For::Body, &[0]));
    }

    #[test]
    fn normal_throws_have_mean_zero_and_deviation_one() {
        let mut dice = Dice::keyed(1, For::Body, &[]);
        let throws: Vec<f64> = (0..20_000).map(|_| dice.normal()).collect();
        let mean = throws.iter().sum::<f64>() / throws.len() as f64;
        let variance = throws.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / throws.len() as f64;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }

    #[test]
    fn bounds_are_met_and_kept() {
        let mut dice = Dice::keyed(3, For::Body, &[]);
        let throws: Vec<i64> = (0..2_000).map(|_| dice.between(-2, 2)).collect();
        assert_eq!(throws.iter().min(), Some(&-2));
        assert_eq!(throws.iter().max(), Some(&2));
        assert_eq!(dice.below(0), 0);
    }
}
