//! What makes a reading one: the same reading sent again is the same, another one never is.

use sha2::{Digest, Sha256};

use crate::vitals::{GlucoseValue, Measured, Reading, Specimen};

/// Device, running number, device time as sent, user slot and values (design, part 5, "Identity");
/// where there is neither number nor time, also the person hint and the meal.
///
/// 16 bytes of SHA-256 over fields that are each preceded by their length, so that no two field
/// lists run together. A meter whose numbers began again loses nothing: its times differ.
pub fn identity(reading: &Reading) -> [u8; 16] {
    let mut hash = Sha256::new();
    let mut field = |text: &str| {
        hash.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(text.as_bytes());
    };
    field(&reading.device.0);
    field(reading.sequence.as_deref().unwrap_or(""));
    field(reading.device_time.sent().unwrap_or(""));
    field(reading.slot.as_deref().unwrap_or(""));
    field(reading.measured.kind());
    match &reading.measured {
        Measured::BloodPressure(bp) => {
            field(&bp.systolic_mmhg.normalize().to_string());
            field(&bp.diastolic_mmhg.normalize().to_string());
            field(
                &bp.pulse_bpm
                    .map(|p| p.normalize().to_string())
                    .unwrap_or_default(),
            );
        }
        Measured::Glucose(glucose) => {
            field(&match &glucose.value {
                GlucoseValue::MmolL(value) => value.normalize().to_string(),
                GlucoseValue::Low => "LO".to_owned(),
                GlucoseValue::High => "HI".to_owned(),
            });
            field(match glucose.specimen {
                Specimen::Blood => "blood",
                Specimen::Control => "control",
            });
        }
    }
    if is_bare(reading) {
        // Only an equal message is the same reading then: another card within the resend window is
        // another person with the same values.
        let hint = reading.hint.as_ref();
        field(hint.map_or("", |h| h.kind.word()));
        field(hint.map_or("", |h| h.hash.as_str()));
        if let Measured::Glucose(glucose) = &reading.measured {
            field(glucose.meal.word());
        }
    }
    let digest = hash.finalize();
    let mut first = [0u8; 16];
    first.copy_from_slice(&digest[..16]);
    first
}

/// Whether a reading carries neither running number nor device time: one only in its resend window.
pub fn is_bare(reading: &Reading) -> bool {
    reading.sequence.is_none() && reading.device_time.sent().is_none()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rust_decimal::Decimal;

    use super::*;
    use crate::vitals::{BloodPressure, DeviceId, DeviceTime};

    fn reading() -> Reading {
        Reading {
            device: DeviceId("cuff-1".into()),
            measured: Measured::BloodPressure(BloodPressure {
                systolic_mmhg: Decimal::from(132),
                diastolic_mmhg: Decimal::from(82),
                map_mmhg: None,
                pulse_bpm: Some(Decimal::from(68)),
            }),
            device_time: DeviceTime::Unusable {
                sent: "2018-01-01".into(),
            },
            slot: None,
            sequence: Some("7".into()),
            hint: None,
            marks: BTreeSet::new(),
            from_memory: false,
        }
    }

    #[test]
    fn the_same_reading_written_differently_is_one() {
        let mut other = reading();
        other.from_memory = true;
        if let Measured::BloodPressure(bp) = &mut other.measured {
            bp.systolic_mmhg = "132.0".parse().unwrap();
        }
        assert_eq!(identity(&reading()), identity(&other));
    }

    #[test]
    fn each_part_of_the_identity_makes_another() {
        let change: [fn(&mut Reading); 6] = [
            |r| r.device = DeviceId("cuff-2".into()),
            |r| r.sequence = Some("8".into()),
            |r| r.sequence = None,
            |r| {
                r.device_time = DeviceTime::Unusable {
                    sent: "2018-01-02".into(),
                }
            },
            |r| r.slot = Some("1".into()),
            |r| {
                if let Measured::BloodPressure(bp) = &mut r.measured {
                    bp.pulse_bpm = None;
                }
            },
        ];
        for change in change {
            let mut other = reading();
            change(&mut other);
            assert_ne!(identity(&reading()), identity(&other));
        }
    }

    #[test]
    fn fields_do_not_run_together() {
        let (mut a, mut b) = (reading(), reading());
        (a.sequence, a.slot) = (Some("12".into()), Some("3".into()));
        (b.sequence, b.slot) = (Some("1".into()), Some("23".into()));
        assert_ne!(identity(&a), identity(&b));
    }
}
