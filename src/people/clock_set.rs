//! Which offset a device's record needs when the hub has set that device's clock in between.

use jiff::SignedDuration;

use crate::vitals::Moment;

/// Clocks are read and set to the second, and some show minutes only: what seems this much too early for
/// the clock as it was set counts as after it.
const AROUND: SignedDuration = SignedDuration::from_secs(60);

/// The hub set a device's clock: when, and what had to be added to its times until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockSet {
    pub at: Moment,
    pub offset_ms: i64,
}

/// The offset for a record of this device time, `read_ms` being the clock's offset now. `None`: no offset
/// fits, so its time says nothing.
///
/// A record that seems to lie before the last setting was measured by the clock as it stood until then,
/// and needs the offset read there. A clock that was fast leaves no such trace: therefore the hub sets a
/// clock only when everything the device held has come. `set`: newest first.
pub fn offset_of_record(device_at: Moment, read_ms: i64, set: &[ClockSet]) -> Option<i64> {
    let mut offset_ms = read_ms;
    let mut until: Option<Moment> = None;
    for setting in set {
        let at = device_at
            .checked_add(SignedDuration::from_millis(offset_ms))
            .ok()?;
        if until.is_some_and(|until| at > until.saturating_add(AROUND).unwrap_or(until)) {
            return None;
        }
        if at >= setting.at.saturating_sub(AROUND).unwrap_or(setting.at) {
            return Some(offset_ms);
        }
        offset_ms = setting.offset_ms;
        until = Some(setting.at);
    }
    let at = device_at
        .checked_add(SignedDuration::from_millis(offset_ms))
        .ok()?;
    let late = until.is_some_and(|until| at > until.saturating_add(AROUND).unwrap_or(until));
    (!late).then_some(offset_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn at(s: i64) -> Moment {
        Moment::from_second(1_700_000_000 + s).unwrap()
    }

    /// The clock was two hours slow until it was set at 0; now it is right.
    #[test]
    fn a_record_from_before_the_setting_needs_the_offset_read_then() {
        let set = [ClockSet {
            at: at(0),
            offset_ms: 2 * HOUR_MS,
        }];
        let offset = |device_s| offset_of_record(at(device_s), 0, &set);
        assert_eq!(offset(-7200 - 600), Some(2 * HOUR_MS), "ten minutes before");
        assert_eq!(offset(-7200), Some(2 * HOUR_MS), "just before");
        assert_eq!(offset(-7200 + 60), Some(2 * HOUR_MS));
        assert_eq!(offset(-7200 + 61), None, "no clock showed this");
        assert_eq!(offset(-61), None);
        assert_eq!(offset(-60), Some(0), "within a minute");
        assert_eq!(offset(-59), Some(0));
        assert_eq!(offset(600), Some(0), "after it");
        assert_eq!(offset_of_record(at(5), 7, &[]), Some(7), "never set");
    }

    #[test]
    fn settings_are_gone_back_through() {
        let set = [
            ClockSet {
                at: at(0),
                offset_ms: HOUR_MS,
            },
            ClockSet {
                at: at(-86_400),
                offset_ms: 24 * 365 * HOUR_MS,
            },
        ];
        let year_before = -365 * 86_400;
        assert_eq!(offset_of_record(at(-7200), 0, &set), Some(HOUR_MS));
        assert_eq!(
            offset_of_record(at(year_before - 90_000), 0, &set),
            Some(24 * 365 * HOUR_MS)
        );
    }
}
