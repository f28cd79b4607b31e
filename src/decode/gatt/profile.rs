//! What is known of one make of Bluetooth device: `config/devices/*.toml` with `kind = "gatt"`.
//!
//! Quirks are data: a new cuff is a new file, never a branch in a decoder. The name of a profile is the
//! stem of its file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::fields::ByteOrder;
use crate::decode::profile::{self, DeviceRules, Sources};

/// Whether a cuff puts the user id behind its flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserId {
    /// As the specification says: present when flag bit 3 is set.
    #[default]
    Flagged,
    /// The byte is there whatever the flag says.
    Always,
}

/// What a reserved meal code means on this meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReservedMeal {
    #[default]
    Reserved,
    /// The record is a ketone value: never glucose.
    Ketone,
}

/// What a device measures, and so which characteristics a session subscribes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measures {
    BloodPressure,
    Glucose,
}

/// When the hub sets a device's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockSet {
    /// After the download: until then older records can still be corrected.
    #[default]
    Last,
    /// Before subscribing, read first: the device sends and leaves.
    First,
    Never,
}

/// What a device does with a record it has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Memory {
    /// Keeps it, and may send it again at every connection.
    #[default]
    Keeps,
    /// Forgets it once confirmed: what the hub does not catch is gone.
    Erases,
}

/// The part of a profile that decoding one value needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Quirks {
    pub pulse_byte_order: ByteOrder,
    pub status_byte_order: ByteOrder,
    pub user_id: UserId,
    pub meal_6: ReservedMeal,
}

/// A value of the maker's own that has to be written before the session goes on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorWrite {
    /// The characteristic's UUID, 36 characters.
    pub characteristic: String,
    /// The value in hex.
    pub hex: String,
}

/// Everything known of one make. Each key but `kind`, `title` and `measures` has a default.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Always "gatt" here.
    pub kind: String,
    /// Maker and models, as the page of devices shows them.
    pub title: String,
    pub measures: Measures,
    /// Beginnings of advertised names that suggest this profile. Default: none.
    #[serde(default)]
    pub names: Vec<String>,
    /// Beginnings of model numbers (2A24) that suggest this profile. Default: none.
    #[serde(default)]
    pub models: Vec<String>,
    /// Byte order of the pulse in 2A35. Default: "little".
    #[serde(default)]
    pub pulse_byte_order: ByteOrder,
    /// Byte order of the status in 2A35. Default: "little".
    #[serde(default)]
    pub status_byte_order: ByteOrder,
    /// "flagged" or "always". Default: "flagged".
    #[serde(default)]
    pub user_id: UserId,
    /// The number the device sends for its first user button: 0 or 1. Default: 1.
    #[serde(default = "one")]
    pub slot_base: u8,
    /// "reserved" or "ketone". Default: "reserved".
    #[serde(default)]
    pub meal_6: ReservedMeal,
    /// "last", "first" or "never". Default: "last".
    #[serde(default)]
    pub clock_set: ClockSet,
    /// The clock is set when it is off by more than this many minutes. Default: 5.
    #[serde(default = "five")]
    pub clock_tolerance_minutes: u16,
    /// Rest between discovery and subscribing, milliseconds. Default: 0.
    #[serde(default)]
    pub rest_before_subscribe_ms: u16,
    /// "keeps" or "erases". Default: nobody knows; readings are then told apart as if it keeps them.
    #[serde(default)]
    pub memory: Option<Memory>,
    /// Sends at once after connecting and does not wait to be subscribed to. Default: false.
    #[serde(default)]
    pub sends_at_once: bool,
    /// Without a device time: was measured when it is received. Default: false, so its time is unusable.
    #[serde(default)]
    pub sends_live: bool,
    /// With `sends_live`: measured at most this many seconds before it is received. Default: 60.
    #[serde(default = "sixty")]
    pub delay_s: u16,
    /// Without a device time, equal values within this many seconds of one connection are one. Default: 10.
    #[serde(default = "ten")]
    pub resend_window_s: u16,
    /// Longest time from the start of measuring to the result, seconds. Default: 45 for a cuff, 15 for a meter.
    pub measuring_s: Option<u16>,
    /// Vendor values to write before the clock is set. Default: none.
    #[serde(default)]
    pub write_first: Vec<VendorWrite>,
}

fn one() -> u8 {
    1
}

fn five() -> u16 {
    5
}

fn sixty() -> u16 {
    60
}

fn ten() -> u16 {
    10
}

/// Why a profile file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// No TOML, an unknown key, a wrong type or value. The text of the parser names line and key.
    #[error("{stem}.toml: {reason}")]
    Syntax { stem: String, reason: String },
    #[error("{stem}.toml: slot_base is {slot_base}; write 0 or 1")]
    SlotBase { stem: String, slot_base: u8 },
    #[error(
        "{stem}.toml: write_first has \"{value}\"; write a 36-character UUID and whole bytes in hex"
    )]
    VendorWrite { stem: String, value: String },
}

impl Profile {
    /// Reads one file. `Ok(None)`: a profile of another kind (JSON, form, text), which is not read here.
    pub fn from_toml(stem: &str, text: &str) -> Result<Option<Self>, ProfileError> {
        let syntax = |error: toml::de::Error| ProfileError::Syntax {
            stem: stem.to_owned(),
            reason: error.to_string(),
        };
        let table: toml::Table = text.parse().map_err(syntax)?;
        if table.get("kind").and_then(toml::Value::as_str) != Some("gatt") {
            return Ok(None);
        }
        // From the text again, not from the table: only so does an error name its line.
        let profile: Profile = toml::from_str(text).map_err(syntax)?;
        profile.check(stem)?;
        Ok(Some(profile))
    }

    fn check(&self, stem: &str) -> Result<(), ProfileError> {
        if self.slot_base > 1 {
            let slot_base = self.slot_base;
            return Err(ProfileError::SlotBase {
                stem: stem.to_owned(),
                slot_base,
            });
        }
        for write in &self.write_first {
            let refused = |value: &str| {
                Err(ProfileError::VendorWrite {
                    stem: stem.to_owned(),
                    value: value.to_owned(),
                })
            };
            if write.characteristic.len() != 36 {
                return refused(&write.characteristic);
            }
            if super::hex::bytes(&write.hex).is_none() {
                return refused(&write.hex);
            }
        }
        Ok(())
    }

    /// A device of which nothing is known but what it measures.
    pub fn generic(measures: Measures) -> Self {
        Profile {
            kind: "gatt".to_owned(),
            title: String::new(),
            measures,
            names: Vec::new(),
            models: Vec::new(),
            pulse_byte_order: ByteOrder::default(),
            status_byte_order: ByteOrder::default(),
            user_id: UserId::default(),
            slot_base: one(),
            meal_6: ReservedMeal::default(),
            clock_set: ClockSet::default(),
            clock_tolerance_minutes: five(),
            rest_before_subscribe_ms: 0,
            memory: None,
            sends_at_once: false,
            sends_live: false,
            delay_s: sixty(),
            resend_window_s: ten(),
            measuring_s: None,
            write_first: Vec::new(),
        }
    }

    /// What the pipeline must know of such a device, in the words of the other profiles.
    pub fn device_rules(&self) -> DeviceRules {
        DeviceRules {
            id: Sources(Vec::new()),
            battery: None,
            from_memory: None,
            sends_live: self.sends_live,
            delay_s: u32::from(self.delay_s),
            memory: match self.memory.unwrap_or_default() {
                Memory::Keeps => profile::Memory::Keeps,
                Memory::Erases => profile::Memory::Erases,
            },
            clock_resolution_s: 1,
            resend_window_s: u32::from(self.resend_window_s),
            measuring_s: self.measuring_s.map(u32::from),
        }
    }

    pub fn quirks(&self) -> Quirks {
        Quirks {
            pulse_byte_order: self.pulse_byte_order,
            status_byte_order: self.status_byte_order,
            user_id: self.user_id,
            meal_6: self.meal_6,
        }
    }
}

/// All Bluetooth profiles of the hub, by stem.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profiles {
    by_stem: BTreeMap<String, Profile>,
}

impl Profiles {
    /// Reads the files given as (stem, text). Files of another kind are passed over.
    pub fn from_files<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, ProfileError> {
        let mut by_stem = BTreeMap::new();
        for (stem, text) in files {
            if let Some(profile) = Profile::from_toml(stem, text)? {
                by_stem.insert(stem.to_owned(), profile);
            }
        }
        Ok(Profiles { by_stem })
    }

    pub fn get(&self, stem: &str) -> Option<&Profile> {
        self.by_stem.get(stem)
    }

    /// In the order of their stems.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Profile)> {
        self.by_stem
            .iter()
            .map(|(stem, profile)| (stem.as_str(), profile))
    }

    /// The profile to suggest for a device by its advertised name and its model number (2A24): the one
    /// with the longest matching beginning. A person confirms it when the device is enrolled.
    pub fn suggest(&self, name: Option<&str>, model: Option<&str>) -> Option<&str> {
        let longest = |beginnings: &[String], text: Option<&str>| {
            let text = text.unwrap_or_default();
            beginnings
                .iter()
                .filter(|start| text.starts_with(*start))
                .map(String::len)
                .max()
        };
        self.iter()
            .filter_map(|(stem, profile)| {
                let by_name = longest(&profile.names, name);
                let by_model = longest(&profile.models, model);
                by_name.max(by_model).map(|length| (length, stem))
            })
            .max_by_key(|&(length, stem)| (length, std::cmp::Reverse(stem)))
            .map(|(_, stem)| stem)
    }
}

#[cfg(test)]
#[path = "profile/tests.rs"]
mod tests;
