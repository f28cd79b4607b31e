//! What a device says about a measurement: topic, fields, time as its own clock has it.

use jiff::civil::Date;
use serde::Serialize;

use crate::vitals::Moment;

use super::calendar::{ZONE, moment, wall_clock};
use super::device::{Device, DeviceIx, DeviceKind};
use super::measurement::{Claim, Measurement, Shown};
use super::township::Township;

/// The fields of a message, in the order they are sent. An absent field is left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Content {
    Pressure(PressureContent),
    Glucose(GlucoseContent),
}

/// A cuff's message. Pressures in mmHg; `null` where the measurement failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PressureContent {
    #[serde(serialize_with = "plainly")]
    pub sys: Option<f64>,
    #[serde(serialize_with = "plainly")]
    pub dia: Option<f64>,
    pub pulse: Option<i32>,
    pub seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub battery: Option<u8>,
    pub irregular: bool,
    pub movement: bool,
    pub loose: bool,
    /// The display's error word, such as `E2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
}

/// Whole numbers without a decimal point, as cuffs send them.
fn plainly<S: serde::Serializer>(mmhg: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    match mmhg {
        Some(whole) if whole.fract() == 0.0 => to.serialize_i64(*whole as i64),
        other => other.serialize(to),
    }
}

/// A meter's message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GlucoseContent {
    pub mmol_l: Option<f64>,
    pub meal: &'static str,
    pub seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub battery: Option<u8>,
    pub control: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
}

impl Content {
    /// The device's own time, where it sends one.
    pub fn at_mut(&mut self) -> Option<&mut String> {
        match self {
            Content::Pressure(content) => content.at.as_mut(),
            Content::Glucose(content) => content.at.as_mut(),
        }
    }

    /// The measurement failed: no values, an error word as on the display.
    pub fn fail(&mut self) {
        match self {
            Content::Pressure(content) => {
                (content.sys, content.dia, content.pulse) = (None, None, None);
                content.error = Some("E2");
            }
            Content::Glucose(content) => {
                content.mmol_l = None;
                content.error = Some("E3");
            }
        }
    }

    /// The bytes of the message.
    pub fn payload(&self) -> Vec<u8> {
        serde_json::to_vec(self)
            .expect("plain structs of text, finite numbers and booleans serialise")
    }
}

/// One message of a device, before anything goes wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub measurement: Measurement,
    pub device: DeviceIx,
    pub topic: String,
    pub content: Content,
    pub seq: u64,
    pub sent_at: Moment,
    /// The same message once more, from a device that did not believe its acknowledgement.
    pub resend: bool,
}

/// The message of a measurement, `sent_after_s` seconds after it was taken.
pub fn message(
    township: &Township,
    measurement: &Measurement,
    seq: u64,
    sent_after_s: i64,
) -> Message {
    let device = township.device(measurement.device);
    let taken = wall_clock(measurement.taken_at);
    let second =
        i64::from(taken.hour()) * 3600 + i64::from(taken.minute()) * 60 + i64::from(taken.second());
    let at = device
        .clock_shows(taken.date(), second)
        .map(|(day, second)| clock_text(moment(day, second)));
    let card = match measurement.claim {
        Claim::Card(person) => Some(township.person(person).card.clone()),
        _ => None,
    };
    let battery = device.battery_percent(taken.date(), township.end);
    let mut content = match measurement.shown {
        Shown::Pressure {
            sys_mmhg,
            dia_mmhg,
            pulse_bpm,
            irregular,
            movement,
            loose,
        } => Content::Pressure(PressureContent {
            sys: Some(f64::from(sys_mmhg)),
            dia: Some(f64::from(dia_mmhg)),
            pulse: Some(pulse_bpm),
            seq,
            at,
            user: user_button(device, measurement.claim),
            card,
            battery,
            irregular,
            movement,
            loose,
            error: None,
        }),
        Shown::Glucose {
            tenths,
            meal,
            control,
        } => Content::Glucose(GlucoseContent {
            mmol_l: Some(f64::from(tenths) / 10.0),
            meal: meal.word(),
            seq,
            at,
            card,
            battery,
            control,
            error: None,
        }),
    };
    if measurement.failed {
        content.fail();
    }
    Message {
        measurement: *measurement,
        device: measurement.device,
        topic: topic(township, device, &content),
        content,
        seq,
        sent_at: measurement
            .taken_at
            .saturating_add(jiff::SignedDuration::from_secs(sent_after_s))
            .unwrap_or(measurement.taken_at),
        resend: false,
    }
}

/// `centres/{centre}/devices/{device}/bp` or `.../glucose`.
fn topic(township: &Township, device: &Device, content: &Content) -> String {
    let what = match content {
        Content::Pressure(_) => "bp",
        Content::Glucose(_) => "glucose",
    };
    format!(
        "centres/{}/devices/{}/{what}",
        township.centres[device.centre].key, device.id
    )
}

/// A device's time as it sends it: `2026-11-23T09:05:00+08:00`.
pub fn clock_text(at: Moment) -> String {
    at.display_with_offset(ZONE).to_string()
}

/// Cuffs always send the button, also where nobody set it; kiosks and homes have none.
fn user_button(device: &Device, claim: Claim) -> Option<u8> {
    match (claim, &device.kind) {
        (Claim::Slot(button), _) => Some(button),
        (_, DeviceKind::SharedCuff) => Some(1),
        _ => None,
    }
}

/// The day a message belongs to, by the township's wall clock.
pub fn day_of(at: Moment) -> Date {
    wall_clock(at).date()
}
