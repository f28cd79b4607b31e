//! Which version of MQTT to speak, learnt from how connections end.

use super::link::Lost;
use super::settings::Protocol;

/// So many unintelligible ends in a row, and the other version of MQTT is tried once: what one
/// cannot read (properties, sizes) the other may.
const GARBLED_AT_MOST: u32 = 3;

/// Which version of MQTT to speak next.
pub(super) struct Version {
    wanted: Protocol,
    /// The broker said it does not speak MQTT 5.
    five_refused: bool,
    /// Tried once, because the last attempt ended before the broker said anything clear.
    four_once: bool,
    garbled: u32,
}

impl Version {
    pub(super) fn new(wanted: Protocol) -> Self {
        Version {
            wanted,
            five_refused: false,
            four_once: false,
            garbled: 0,
        }
    }

    pub(super) fn next(&self) -> Protocol {
        match self.wanted {
            Protocol::Auto if self.five_refused || self.four_once => Protocol::Four,
            Protocol::Auto => Protocol::Five,
            fixed => fixed,
        }
    }

    pub(super) fn lost(&mut self, why: &Lost, connected: bool) {
        let spoke_five = self.next() == Protocol::Five;
        self.garbled = if matches!(why, Lost::Garbled(_)) {
            self.garbled + 1
        } else {
            0
        };
        self.five_refused = match why {
            Lost::Version => spoke_five,
            _ => self.five_refused,
        };
        let unclear = !connected && matches!(why, Lost::Garbled(_) | Lost::Closed);
        self.four_once = spoke_five && (unclear || self.garbled >= GARBLED_AT_MOST);
        if self.garbled >= GARBLED_AT_MOST {
            self.garbled = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is spoken after each of these ends.
    fn after(wanted: Protocol, ends: &[(Lost, bool)]) -> Vec<Protocol> {
        let mut version = Version::new(wanted);
        let spoken = ends.iter().map(|(why, connected)| {
            version.lost(why, *connected);
            version.next()
        });
        spoken.collect()
    }

    #[test]
    fn a_broker_that_refuses_five_is_spoken_to_in_four() {
        let ends = [
            (Lost::Version, false),
            (Lost::Closed, true),
            (Lost::Closed, false),
        ];
        assert_eq!(after(Protocol::Auto, &ends), [Protocol::Four; 3]);
        // Unless it then refuses that, too.
        let ends = [(Lost::Version, false), (Lost::Version, false)];
        assert_eq!(
            after(Protocol::Auto, &ends),
            [Protocol::Four, Protocol::Five]
        );
    }

    #[test]
    fn an_unclear_end_is_answered_with_the_other_version_once() {
        let ends = [
            (Lost::Closed, false),
            (Lost::Closed, false),
            (Lost::Garbled(""), false),
        ];
        let want = [Protocol::Four, Protocol::Five, Protocol::Four];
        assert_eq!(after(Protocol::Auto, &ends), want);
        let away = [
            (Lost::Network(String::new()), false),
            (Lost::Refused(""), false),
        ];
        assert_eq!(after(Protocol::Auto, &away), [Protocol::Five; 2]);
        assert_eq!(
            after(Protocol::Auto, &[(Lost::Closed, true)]),
            [Protocol::Five]
        );
    }

    #[test]
    fn what_five_cannot_read_three_times_in_a_row_four_may() {
        let garbled = (Lost::Garbled(""), true);
        let ends = [
            garbled.clone(),
            garbled.clone(),
            garbled.clone(),
            garbled.clone(),
        ];
        let want = [
            Protocol::Five,
            Protocol::Five,
            Protocol::Four,
            Protocol::Five,
        ];
        assert_eq!(after(Protocol::Auto, &ends), want);
        let broken = [
            garbled.clone(),
            garbled.clone(),
            (Lost::Closed, true),
            garbled,
        ];
        assert_eq!(after(Protocol::Auto, &broken), [Protocol::Five; 4]);
    }

    #[test]
    fn a_version_that_was_asked_for_stays() {
        let ends = [
            (Lost::Version, false),
            (Lost::Closed, false),
            (Lost::Garbled(""), false),
        ];
        for fixed in [Protocol::Five, Protocol::Four] {
            assert_eq!(after(fixed, &ends), [fixed; 3]);
        }
    }
}
