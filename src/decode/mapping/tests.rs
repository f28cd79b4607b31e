//! Tests of the mapping language: shipped profiles, bad input, preparing, joining, properties.

mod bad_input;
mod joining;
mod language;
mod needs;
mod preparing;
mod properties;
mod shipped;

use jiff::tz::{Offset, TimeZone};

use super::{Interpretation, interpret};
use crate::decode::profile::{ProfileFile, ProfileSet};
use crate::vitals::{Frame, Transport};

/// One profile named `p`.
fn profile(text: &str) -> ProfileSet {
    let file = ProfileFile {
        name: "p.toml".into(),
        text: text.into(),
    };
    ProfileSet::parse(&[file]).unwrap_or_else(|e| panic!("{e}"))
}

/// Received 2026-11-23T09:05:10+08:00.
fn frame(topic: &str, payload: &[u8]) -> Frame {
    Frame {
        transport: Transport::EmbeddedMqtt,
        source: "account-1".into(),
        topic: topic.into(),
        payload: payload.to_vec(),
        received_at: "2026-11-23T01:05:10Z".parse().unwrap(),
        retained: false,
        may_be_late: false,
        refused: None,
    }
}

fn site() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

fn read(set: &ProfileSet, topic: &str, payload: &str) -> Interpretation {
    interpret(set, &frame(topic, payload.as_bytes()), &site())
}

fn reasons(out: &Interpretation) -> Vec<String> {
    out.reasons.iter().map(ToString::to_string).collect()
}
