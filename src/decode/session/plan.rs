//! The order of a connection, by what a device offers and its profile wants.

use std::collections::{BTreeSet, VecDeque};

use crate::decode::gatt::profile::{ClockSet, Measures, Profile};
use crate::decode::gatt::record_access::Records;
use crate::decode::gatt::{Characteristic, hex};

/// One thing to do in a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Read(Characteristic),
    Vendor { uuid: String, bytes: Vec<u8> },
    SetClockFirst,
    Rest { ms: u64 },
    Subscribe(Characteristic),
    Count,
    Report(Records),
    Abort,
    Listen,
    SetClockLast,
    Leave,
}

/// Read at every connection, where offered: before subscribing, or after it where the device sends at once.
const INFORMATION: [Characteristic; 9] = [
    Characteristic::ManufacturerName,
    Characteristic::ModelNumber,
    Characteristic::SerialNumber,
    Characteristic::FirmwareRevision,
    Characteristic::HardwareRevision,
    Characteristic::SoftwareRevision,
    Characteristic::BatteryLevel,
    Characteristic::BloodPressureFeature,
    Characteristic::GlucoseFeature,
];

/// The steps of a connection, in order.
pub(super) fn steps(profile: &Profile, offers: &BTreeSet<Characteristic>) -> VecDeque<Step> {
    let offered = |wanted: &[Characteristic]| -> Vec<Characteristic> {
        wanted
            .iter()
            .copied()
            .filter(|one| offers.contains(one))
            .collect()
    };
    let information = offered(&INFORMATION).into_iter().map(Step::Read);
    // The clock before all: records wait for it, and BlueZ has subscribed again before anything was asked.
    let mut steps: VecDeque<Step> = clock_of(offers).map(Step::Read).into_iter().collect();
    // A device that sends and leaves would be gone before nine answers.
    let mut later: Vec<Step> = Vec::new();
    if profile.sends_at_once {
        later.extend(information);
    } else {
        steps.extend(information);
    }
    for write in &profile.write_first {
        if let Some(bytes) = hex::bytes(&write.hex) {
            steps.push_back(Step::Vendor {
                uuid: write.characteristic.clone(),
                bytes,
            });
        }
    }
    if profile.clock_set == ClockSet::First {
        steps.push_back(Step::SetClockFirst);
    }
    if profile.rest_before_subscribe_ms > 0 {
        steps.push_back(Step::Rest {
            ms: u64::from(profile.rest_before_subscribe_ms),
        });
    }
    match profile.measures {
        Measures::BloodPressure => {
            let value = offered(&[Characteristic::BloodPressureMeasurement]);
            steps.extend(value.into_iter().map(Step::Subscribe));
            steps.extend(later);
            steps.push_back(Step::Listen);
        }
        Measures::Glucose => {
            let values = offered(&[
                Characteristic::GlucoseMeasurement,
                Characteristic::GlucoseContext,
                Characteristic::RecordAccess,
            ]);
            steps.extend(values.into_iter().map(Step::Subscribe));
            steps.extend(later);
            if offers.contains(&Characteristic::RecordAccess) {
                steps.push_back(Step::Count);
            } else {
                steps.push_back(Step::Listen);
            }
        }
    }
    if profile.clock_set == ClockSet::Last {
        steps.push_back(Step::SetClockLast);
    }
    steps.push_back(Step::Leave);
    steps
}

/// The clock a device offers: Current Time before Date Time.
pub(super) fn clock_of(offers: &BTreeSet<Characteristic>) -> Option<Characteristic> {
    [Characteristic::CurrentTime, Characteristic::DateTime]
        .into_iter()
        .find(|clock| offers.contains(clock))
}
