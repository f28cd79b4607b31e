//! A roster as a file: centres, seats, persons with their cards, devices. Read once, loaded by a command.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::details::{RiskDrug, Weekdays};

/// What `roster load` reads (TOML), and what the demo makes from its seed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RosterFile {
    pub centre: Vec<CentreEntry>,
    pub station: Vec<StationEntry>,
    pub person: Vec<PersonEntry>,
    pub device: Vec<DeviceEntry>,
}

/// A village centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CentreEntry {
    /// Short name in topics and addresses, unique: `c1`.
    pub code: String,
    pub name: String,
    #[serde(default)]
    pub village: String,
}

/// A seat of a centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StationEntry {
    /// Unique: `c1-seat1`.
    pub code: String,
    pub centre: String,
    pub name: String,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonEntry {
    /// Only this file uses it: devices refer to persons by it.
    pub key: String,
    pub centre: String,
    pub name: String,
    /// For search; default: worked out from the name.
    #[serde(default)]
    pub pinyin: String,
    /// `female`, `male` or `unknown` (default).
    #[serde(default = "unknown")]
    pub sex: String,
    /// `YYYY-MM-DD`, quoted.
    pub birth_date: Date,
    #[serde(default)]
    pub hypertension: bool,
    #[serde(default)]
    pub diabetes: bool,
    #[serde(default)]
    pub atrial_fibrillation: bool,
    /// Words of `RiskDrug`: `insulin`, `sulfonylurea`, `glinide`.
    #[serde(default)]
    pub risk_drugs: Vec<String>,
    #[serde(default)]
    pub lives_alone: bool,
    /// Where the person lives; default: the centre's village.
    #[serde(default)]
    pub village: String,
    #[serde(default)]
    pub phone: String,
    /// Weekdays on which the person usually comes, Monday 1: `"2 5"`.
    #[serde(default)]
    pub comes_on: String,
    /// Weekdays of fasting glucose, as `comes_on`.
    #[serde(default)]
    pub fasting_on: String,
    /// Card numbers as the reader gives them; stored as keyed hash and last four only.
    #[serde(default)]
    pub cards: Vec<String>,
    /// Citizen number; stored as keyed hash and last four only.
    #[serde(default)]
    pub national_id: Option<String>,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceEntry {
    /// The name it goes by in its messages, unique.
    pub name: String,
    /// What staff call it.
    pub label: String,
    /// `cuff`, `meter` or `kiosk`.
    pub kind: String,
    pub centre: String,
    /// Code of the seat it stands at.
    #[serde(default)]
    pub station: Option<String>,
    /// Key of the one person it was given to.
    #[serde(default)]
    pub own_person: Option<String>,
    /// Source (broker account) that alone may speak for it; any when left out.
    #[serde(default)]
    pub account: Option<String>,
    /// User button to person key.
    #[serde(default)]
    pub slots: BTreeMap<String, String>,
    /// What it measured earlier is nobody's; an RFC 3339 time. Default: now.
    #[serde(default)]
    pub in_service_since: Option<jiff::Timestamp>,
    /// Spoken to by Bluetooth: `{ address = "C0:26:DA:00:00:01", profile = "generic-bp" }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bluetooth: Option<RadioEntry>,
}

/// How a device is spoken to by Bluetooth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RadioEntry {
    /// Its identity address.
    pub address: String,
    /// Stem of its profile in `config/devices`.
    pub profile: String,
}

impl RadioEntry {
    /// Six pairs of hex digits with colons between, upper case; nothing for anything else.
    pub fn identity(address: &str) -> Option<String> {
        let pairs: Vec<&str> = address.split(':').collect();
        let pair = |p: &&str| p.len() == 2 && p.bytes().all(|b| b.is_ascii_hexdigit());
        (pairs.len() == 6 && pairs.iter().all(pair)).then(|| address.to_ascii_uppercase())
    }
}

fn unknown() -> String {
    "unknown".to_owned()
}

/// An entry that cannot be loaded, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    #[error("{kind} {name:?} stands twice; keep one")]
    Twice { kind: &'static str, name: String },
    #[error(
        "{kind} {name:?} names the {what} {missing:?}, which the file does not have; add it or correct the name"
    )]
    Missing {
        kind: &'static str,
        name: String,
        what: &'static str,
        missing: String,
    },
    #[error("{kind} {name:?} has {key} = {found:?}; write one of {known}")]
    Word {
        kind: &'static str,
        name: String,
        key: &'static str,
        found: String,
        known: &'static str,
    },
}

impl RosterFile {
    /// Checks every reference and every word of the file against itself.
    pub fn check(&self) -> Result<(), RosterError> {
        let centres = unique("centre", self.centre.iter().map(|c| c.code.as_str()))?;
        let stations = unique("station", self.station.iter().map(|s| s.code.as_str()))?;
        let persons = unique("person", self.person.iter().map(|p| p.key.as_str()))?;
        unique("device", self.device.iter().map(|d| d.name.as_str()))?;
        let radios = self.device.iter().filter_map(|d| d.bluetooth.as_ref());
        unique("bluetooth address", radios.map(|r| r.address.as_str()))?;
        for s in &self.station {
            known("station", &s.code, "centre", &s.centre, &centres)?;
        }
        for p in &self.person {
            known("person", &p.key, "centre", &p.centre, &centres)?;
            word(
                "person",
                &p.key,
                "sex",
                &p.sex,
                &["female", "male", "unknown"],
                "female, male, unknown",
            )?;
            for drug in &p.risk_drugs {
                let known = "insulin, sulfonylurea, glinide";
                let words: Vec<&str> = RiskDrug::ALL.iter().map(|d| d.word()).collect();
                word("person", &p.key, "risk_drugs", drug, &words, known)?;
            }
            for (key, days) in [("comes_on", &p.comes_on), ("fasting_on", &p.fasting_on)] {
                if Weekdays::from_word(days).is_none() {
                    return Err(RosterError::Word {
                        kind: "person",
                        name: p.key.clone(),
                        key,
                        found: days.clone(),
                        known: "weekdays, Monday 1, with spaces between, such as \"2 5\"",
                    });
                }
            }
        }
        for d in &self.device {
            known("device", &d.name, "centre", &d.centre, &centres)?;
            word(
                "device",
                &d.name,
                "kind",
                &d.kind,
                &["cuff", "meter", "kiosk"],
                "cuff, meter, kiosk",
            )?;
            if let Some(station) = &d.station {
                known("device", &d.name, "station", station, &stations)?;
            }
            if let Some(radio) = &d.bluetooth
                && RadioEntry::identity(&radio.address).is_none()
            {
                return Err(RosterError::Word {
                    kind: "device",
                    name: d.name.clone(),
                    key: "bluetooth.address",
                    found: radio.address.clone(),
                    known: "the form C0:26:DA:00:00:01",
                });
            }
            for person in d.own_person.iter().chain(d.slots.values()) {
                known("device", &d.name, "person", person, &persons)?;
            }
        }
        Ok(())
    }
}

fn unique<'a>(
    kind: &'static str,
    names: impl Iterator<Item = &'a str>,
) -> Result<BTreeSet<&'a str>, RosterError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(RosterError::Twice {
                kind,
                name: name.to_owned(),
            });
        }
    }
    Ok(seen)
}

fn known(
    kind: &'static str,
    name: &str,
    what: &'static str,
    wanted: &str,
    there: &BTreeSet<&str>,
) -> Result<(), RosterError> {
    if there.contains(wanted) {
        return Ok(());
    }
    Err(RosterError::Missing {
        kind,
        name: name.to_owned(),
        what,
        missing: wanted.to_owned(),
    })
}

fn word(
    kind: &'static str,
    name: &str,
    key: &'static str,
    found: &str,
    words: &[&str],
    known: &'static str,
) -> Result<(), RosterError> {
    if words.contains(&found) {
        return Ok(());
    }
    Err(RosterError::Word {
        kind,
        name: name.to_owned(),
        key,
        found: found.to_owned(),
        known,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        centre = [{ code = "c1", name = "甲子村" }]
        station = [{ code = "s1", centre = "c1", name = "1" }]
        person = [{ key = "p1", centre = "c1", name = "赵一二", birth_date = "1943-05-01", cards = ["0012"] }]
        device = [{ name = "d1", label = "1", kind = "cuff", centre = "c1", station = "s1", slots = { 1 = "p1" } }]
    "#;

    #[test]
    fn a_file_that_agrees_with_itself_passes() {
        toml::from_str::<RosterFile>(GOOD).unwrap().check().unwrap();
    }

    #[test]
    fn each_mistake_is_named() {
        let said = |from: &str, to: &str| {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD);
            toml::from_str::<RosterFile>(&text)
                .unwrap()
                .check()
                .unwrap_err()
                .to_string()
        };
        assert!(said("centre = \"c1\", station", "centre = \"c9\", station").contains("\"c9\""));
        assert!(said("station = \"s1\"", "station = \"s9\"").contains("the station \"s9\""));
        assert!(said("1 = \"p1\"", "1 = \"p9\"").contains("the person \"p9\""));
        let radio =
            "kind = \"cuff\", bluetooth = { address = \"C0:26\", profile = \"generic-bp\" }";
        assert!(said("kind = \"cuff\"", radio).contains("C0:26:DA"));
        assert!(said("birth_date", "risk_drugs = [\"aspirin\"], birth_date").contains("glinide"));
        assert!(said("birth_date", "comes_on = \"8\", birth_date").contains("Monday 1"));
        assert!(said("kind = \"cuff\"", "kind = \"cuf\"").contains("cuff, meter, kiosk"));
        assert!(
            said(
                "[{ code = \"c1\"",
                "[{ code = \"c1\", name = \"\" }, { code = \"c1\""
            )
            .contains("twice")
        );
    }
}
