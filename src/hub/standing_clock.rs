//! A clock that does not run while the demo's past is told, so that the past ends where the present begins.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crate::vitals::{Clock, Moment, ScaledClock};

/// The demo's clock: stands at its beginning while the past is told, then runs.
pub struct StandingClock {
    start: Moment,
    speed: u32,
    running: OnceLock<Arc<ScaledClock>>,
}

impl StandingClock {
    /// Shows `start` until it is started.
    pub fn new(start: Moment, speed: u32) -> Self {
        StandingClock {
            start,
            speed,
            running: OnceLock::new(),
        }
    }

    /// Lets it run from now on; a second call changes nothing.
    pub fn start(&self) {
        self.running
            .get_or_init(|| ScaledClock::new(self.start, Instant::now(), self.speed));
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Moment {
        self.running.get().map_or(self.start, |clock| clock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_until_it_is_started() {
        let start: Moment = "2026-04-14T00:05:00Z".parse().unwrap();
        let clock = StandingClock::new(start, 3600);
        assert_eq!((clock.now(), clock.now()), (start, start));
        clock.start();
        let first = clock.now();
        assert!(first >= start);
        while clock.now() == first {
            std::hint::spin_loop();
        }
        assert!(clock.now() > first);
    }
}
