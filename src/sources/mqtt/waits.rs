//! Waits between attempts to connect: growing, and never the same for two hubs.

use std::time::Duration;

/// Doubles from `first` to `longest`.
#[derive(Debug, Clone)]
pub(super) struct Waits {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Waits {
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Waits {
            first,
            longest: longest.max(first),
            next: first,
        }
    }

    /// The next wait: between half of it and all of it, by `chance` in 0..1.
    pub(super) fn next(&mut self, chance: f64) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(self.longest);
        whole.mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0))
    }

    /// After a connection that was of use.
    pub(super) fn begin_again(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_begin_again() {
        let s = Duration::from_secs;
        let mut waits = Waits::new(s(1), s(5));
        let whole: Vec<_> = (0..5).map(|_| waits.next(1.0)).collect();
        assert_eq!(whole, [s(1), s(2), s(4), s(5), s(5)]);
        waits.begin_again();
        assert_eq!(waits.next(0.0), Duration::from_millis(500));
        assert_eq!(
            Waits::new(s(9), s(5)).next(1.0),
            s(9),
            "longest is at least first"
        );
    }
}
