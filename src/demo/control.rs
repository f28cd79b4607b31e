//! Control solution: staff try the shared meters before the first guests of a week come.

use jiff::civil::Date;

use crate::vitals::Meal;

use super::calendar::{OPENS_MINUTE, closed, day_after, day_number, moment};
use super::device::{Device, DeviceKind};
use super::dice::{Dice, For};
use super::measurement::{Claim, Measurement, Shown, TrueValue};
use super::township::Township;

/// What the two bottles hold, mmol/L: a normal and a high one, opened in turn.
pub const BOTTLES_MMOL_L: [f64; 2] = [6.4, 16.5];

/// The control tests of a day, one per shared meter and kiosk: on the first open day of each week.
pub fn control_tests(township: &Township, day: Date) -> Vec<Measurement> {
    if !opens_the_week(day) {
        return Vec::new();
    }
    let shared =
        |device: &&Device| matches!(device.kind, DeviceKind::SharedMeter | DeviceKind::Kiosk);
    let devices = township.devices.iter().filter(shared);
    devices.map(|device| test(township, device, day)).collect()
}

fn test(township: &Township, device: &Device, day: Date) -> Measurement {
    let key = [device.ix.0 as u64, day_number(day) as u64];
    let mut dice = Dice::keyed(township.seed, For::Control, &key);
    let bottle = (day_number(day).div_euclid(7) + device.ix.0 as i64).rem_euclid(2);
    let mmol_l = BOTTLES_MMOL_L[bottle as usize];
    Measurement {
        person: None,
        device: device.ix,
        taken_at: moment(day, (OPENS_MINUTE - 12) * 60 + dice.between(0, 300)),
        truth: TrueValue::GlucoseMmolL(mmol_l),
        shown: Shown::Glucose {
            tenths: (mmol_l * (10.0 + 0.3 * dice.normal())).round() as i32,
            meal: Meal::Unknown,
            control: true,
        },
        claim: Claim::None,
        failed: false,
    }
}

/// Open, and no day since Monday was.
fn opens_the_week(day: Date) -> bool {
    let since_monday = i64::from(day.weekday().to_monday_zero_offset());
    closed(day).is_none() && (1..=since_monday).all(|back| closed(day_after(day, -back)).is_some())
}
