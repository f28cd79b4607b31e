//! The township as a roster the hub can load, and as accounts its devices sign in with.

use std::collections::BTreeMap;

use crate::people::details::RiskDrug;
use crate::people::roster::{CentreEntry, DeviceEntry, PersonEntry, RosterFile, StationEntry};
use crate::vitals::Moment;

use super::device::{Device, DeviceKind};
use super::person::{Drug, Person};
use super::township::Township;

/// Everybody and everything of the township; devices are in service since `since`.
pub fn roster(township: &Township, since: Moment) -> RosterFile {
    let centre = |ix: usize| township.centres[ix].key.to_owned();
    let person_key = |ix: super::PersonIx| format!("p{}", ix.0);
    RosterFile {
        centre: township
            .centres
            .iter()
            .map(|c| CentreEntry {
                code: c.key.to_owned(),
                name: c.name_zh.to_owned(),
                village: c.name_zh.to_owned(),
            })
            .collect(),
        station: township
            .centres
            .iter()
            .flat_map(|c| {
                c.stations.iter().enumerate().map(|(i, code)| StationEntry {
                    code: code.clone(),
                    centre: c.key.to_owned(),
                    name: format!("{} 号座", i + 1),
                })
            })
            .collect(),
        person: township
            .persons
            .iter()
            .map(|p| PersonEntry {
                key: person_key(p.ix),
                centre: centre(p.centre),
                name: p.name.clone(),
                pinyin: p.pinyin(),
                sex: p.sex.word().to_owned(),
                birth_date: p.born,
                hypertension: p.known_hypertension,
                diabetes: p.known_diabetes,
                atrial_fibrillation: false,
                risk_drugs: risk_drugs(p),
                lives_alone: false,
                village: String::new(),
                phone: p.telephone.clone(),
                comes_on: weekdays(&p.habit.weekdays),
                fasting_on: weekdays(&p.habit.glucose_weekdays),
                cards: vec![p.card.clone()],
                national_id: None,
            })
            .collect(),
        device: township
            .devices
            .iter()
            .map(|d| DeviceEntry {
                name: d.id.clone(),
                label: d.label(),
                kind: kind(d).to_owned(),
                centre: centre(d.centre),
                station: d.station.clone(),
                own_person: d.owner().map(person_key),
                account: Some(d.id.clone()),
                slots: d
                    .slots()
                    .into_iter()
                    .map(|(slot, person)| (slot, person_key(person)))
                    .collect::<BTreeMap<_, _>>(),
                in_service_since: Some(since),
                bluetooth: None,
            })
            .collect(),
    }
}

/// The drugs that can bring glucose too low, by their class.
fn risk_drugs(person: &Person) -> Vec<String> {
    let classes = person.drugs.iter().filter_map(|drug| match drug {
        Drug::Glimepiride => Some(RiskDrug::Sulfonylurea),
        Drug::InsulinGlargine => Some(RiskDrug::Insulin),
        _ => None,
    });
    classes.map(|class| class.word().to_owned()).collect()
}

/// Weekdays as the roster writes them.
fn weekdays(on: &[bool; 6]) -> String {
    let days = on.iter().enumerate().filter(|(_, on)| **on);
    let numbers: Vec<String> = days.map(|(day, _)| (day + 1).to_string()).collect();
    numbers.join(" ")
}

fn kind(device: &Device) -> &'static str {
    match device.kind {
        DeviceKind::Kiosk => "kiosk",
        DeviceKind::SharedCuff | DeviceKind::SlotCuff { .. } | DeviceKind::OwnCuff { .. } => "cuff",
        DeviceKind::SharedMeter | DeviceKind::OwnMeter { .. } => "meter",
    }
}

/// The topics a device publishes to.
pub fn topics(township: &Township, device: &Device) -> Vec<String> {
    vec![format!(
        "centres/{}/devices/{}/+",
        township.centres[device.centre].key, device.id
    )]
}
