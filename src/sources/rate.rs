//! How often one sender may send: a bucket that fills with time.

use std::sync::{Mutex, PoisonError};

use tokio::time::{Duration, Instant};

/// A token bucket: `burst` at once, `per_s` in the long run. Shared by all connections of a sender.
#[derive(Debug)]
pub struct Bucket {
    per_s: f64,
    burst: f64,
    level: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    /// A full bucket. `per_s` 0: no limit.
    pub fn new(per_s: u32, burst: u32, now: Instant) -> Self {
        let burst = f64::from(burst.max(1));
        Bucket {
            per_s: f64::from(per_s),
            burst,
            level: Mutex::new(Level {
                tokens: burst,
                filled: now,
            }),
        }
    }

    /// Counts one.
    ///
    /// # Errors
    /// One too many: how long until the next may come.
    pub fn take(&self, now: Instant) -> Result<(), Duration> {
        if self.per_s == 0.0 {
            return Ok(());
        }
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(level.filled);
        level.filled = now;
        level.tokens = (level.tokens + passed.as_secs_f64() * self.per_s).min(self.burst);
        if level.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - level.tokens) / self.per_s));
        }
        level.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_as_many_as_time_gives() {
        let start = Instant::now();
        let bucket = Bucket::new(2, 5, start);
        assert_eq!((0..20).filter(|_| bucket.take(start).is_ok()).count(), 5);
        let wait = bucket.take(start).unwrap_err();
        assert_eq!(wait, Duration::from_millis(500));
        let just_before = start + wait - Duration::from_millis(1);
        assert!(bucket.take(just_before).is_err());
        assert!(bucket.take(start + wait).is_ok());
        assert!(bucket.take(start + wait).is_err());
    }

    #[test]
    fn zero_is_no_limit() {
        let start = Instant::now();
        let free = Bucket::new(0, 0, start);
        assert!((0..10_000).all(|_| free.take(start).is_ok()));
    }
}
