//! What waited in the broker's session while the hub was away, told from what was sent just now.

use tokio::time::{Duration, Instant};

/// After a connect to a session that waited, messages may be old until this long nothing came ...
const QUIET: Duration = Duration::from_millis(500);
/// ... or this long has passed.
const BACKLOG_AT_MOST: Duration = Duration::from_secs(300);

/// Whether a message may have waited in the broker's session.
pub(super) struct Backlog {
    until: Option<Instant>,
    last_arrival: Instant,
}

impl Backlog {
    pub(super) fn none() -> Self {
        Backlog {
            until: None,
            last_arrival: Instant::now(),
        }
    }

    pub(super) fn after_connect(session_present: bool, now: Instant) -> Self {
        Backlog {
            until: session_present.then(|| now + BACKLOG_AT_MOST),
            last_arrival: now,
        }
    }

    /// Counts an arrival. The broker sends what waited without a pause, as long as its window is open.
    pub(super) fn may_be_late(&mut self, now: Instant, all_acknowledged: bool) -> bool {
        let quiet = all_acknowledged && now.saturating_duration_since(self.last_arrival) >= QUIET;
        self.last_arrival = now;
        if quiet || self.until.is_some_and(|until| now >= until) {
            self.until = None;
        }
        self.until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_without_a_pause_may_have_waited() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut backlog = Backlog::after_connect(true, start);
        assert!(backlog.may_be_late(at(499), true), "one below");
        assert!(backlog.may_be_late(at(998), true));
        assert!(
            backlog.may_be_late(at(1600), false),
            "a pause of ours, not the broker's"
        );
        assert!(!backlog.may_be_late(at(2100), true), "at the limit");
        assert!(!backlog.may_be_late(at(2101), true), "and from then on");
    }

    #[test]
    fn a_broker_that_is_never_quiet_is_believed_in_the_end() {
        let start = Instant::now();
        let mut backlog = Backlog::after_connect(true, start);
        let mut late = 0;
        for ms in (0..=300_000).step_by(100) {
            late += u64::from(backlog.may_be_late(start + Duration::from_millis(ms), true));
        }
        assert_eq!(late, 3000);
    }

    #[test]
    fn a_new_session_had_nothing_waiting() {
        let now = Instant::now();
        assert!(!Backlog::after_connect(false, now).may_be_late(now, true));
        assert!(!Backlog::none().may_be_late(now, true));
    }
}
