//! How Bluetooth stands, in plain words: what is wrong, and what to do about it.

use super::when::When;
use crate::sources::bluetooth::{BluetoothStanding, Trouble};
use crate::words::Words;

/// What is wrong.
pub fn trouble_say(t: Words, trouble: Trouble) -> String {
    t.word("radio-trouble", trouble.word())
}

/// What to do about it.
pub fn trouble_todo(t: Words, trouble: Trouble) -> String {
    t.word("radio-todo", trouble.word())
}

/// Why a device's last connection came to nothing, and what to do.
pub fn trouble_of_device(t: Words, word: &str) -> String {
    t.word_or_itself("device-trouble", word)
}

/// The state of listening, for the list of doors: one sentence, and notes on what needs to be known.
pub fn state_and_notes(
    standing: &BluetoothStanding,
    refused_pairings: u64,
    t: Words,
    when: &When,
) -> (String, Vec<String>) {
    let mut notes = Vec::new();
    let state = match (&standing.trouble, &standing.adapter) {
        (Some(trouble), _) => {
            notes.push(trouble_todo(t, *trouble));
            trouble_say(t, *trouble)
        }
        (None, Some(adapter)) => t.with1("radio-listens", "adapter", adapter),
        (None, None) => t.say("radio-looking"),
    };
    if standing.adapter.is_some() && !standing.others.is_empty() {
        notes.push(t.with1("radio-others", "adapters", standing.others.join(", ")));
    }
    if let Some(at) = standing.heard_at {
        notes.push(t.with1("radio-heard", "span", when.ago(at)));
    }
    let devices = standing.devices.values();
    let missing: u64 = devices.clone().map(|device| device.records_missing).sum();
    let waiting: u64 = devices.clone().map(|device| device.waiting_for_disk).sum();
    let not_kept: u64 = devices.clone().map(|device| device.not_kept).sum();
    let failing = devices
        .clone()
        .filter(|device| device.failed_in_a_row > 2)
        .count();
    let without = devices.filter(|device| device.without_profile).count();
    for (key, count) in [
        ("radio-strangers", standing.strangers_heard),
        ("radio-refused", refused_pairings),
        ("radio-reopened", standing.reopened),
        ("radio-scans-restarted", standing.scans_restarted),
        ("radio-missing", missing),
        ("radio-waiting", waiting),
        ("radio-not-kept", not_kept),
        ("radio-failing", failing as u64),
        ("radio-without-profile", without as u64),
    ] {
        if count > 0 {
            notes.push(t.with1(key, "n", count));
        }
    }
    (state, notes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn the_adapter_in_use_and_those_beside_it_are_named() {
        let standing = BluetoothStanding {
            adapter: Some("hci0 (00:11:22:33:44:55)".into()),
            others: vec!["hci1 (C0:00:00:00:00:01)".into()],
            ..BluetoothStanding::default()
        };
        let t = Words::of(Language::English);
        let when = When {
            t,
            zone: jiff::tz::TimeZone::UTC,
            now: crate::vitals::Moment::UNIX_EPOCH,
        };
        let (state, notes) = state_and_notes(&standing, 0, t, &when);
        assert!(state.contains("hci0"), "{state}");
        assert_eq!(notes.len(), 1);
        assert!(notes[0].contains("hci1") && notes[0].contains("bluetooth.adapter"));
        let lost = BluetoothStanding {
            adapter: None,
            trouble: Some(Trouble::NoAdapter),
            ..standing
        };
        let (state, notes) = state_and_notes(&lost, 0, t, &when);
        assert_eq!(state, trouble_say(t, Trouble::NoAdapter));
        assert_eq!(notes, [trouble_todo(t, Trouble::NoAdapter)]);
    }

    #[test]
    fn every_trouble_says_what_is_wrong_and_what_to_do() {
        for trouble in Trouble::ALL {
            for language in Language::ALL {
                let t = Words::of(language);
                for family in ["radio-trouble", "radio-todo"] {
                    let said = t.word_or_itself(family, trouble.word());
                    assert_ne!(said, trouble.word(), "{family} {language:?}");
                }
            }
        }
    }
}
