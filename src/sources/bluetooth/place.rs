//! Where a Bluetooth frame belongs: device, connection, and what was heard. It is the frame's topic.
//!
//! `C0:26:DA:00:00:01/1768371000123/2A18`: identity address, connection, characteristic. The connection is
//! the millisecond in which it began, so that what is read back after a crash still finds its neighbours.
//! Two more things of a connection are kept in its order: the clock as the hub wrote it (`.../2A2B/set`),
//! and its end (`.../ended`, an [`Ended`] as JSON).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::decode::gatt::Characteristic;

/// The source of every Bluetooth frame.
pub const SOURCE: &str = "bluetooth";

/// What was heard, or done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A value of a characteristic, read or sent.
    Value(Characteristic),
    /// A value of a characteristic that the hub does not know, by its UUID.
    Unknown(String),
    /// The hub wrote the device's clock.
    ClockSet(Characteristic),
    /// The connection is over.
    Ended,
}

/// Device, connection, what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Identity address, upper case with colons.
    pub address: String,
    /// Milliseconds since 1970 at which the connection began: later ones are larger.
    pub connection: i64,
    pub what: What,
}

impl Place {
    /// Reads a frame's topic.
    pub fn parse(topic: &str) -> Option<Self> {
        let mut parts = topic.split('/');
        let address = parts.next()?.to_owned();
        let connection = parts.next()?.parse().ok()?;
        let what = parts.next()?;
        let what = match (what, Characteristic::from_code(what), parts.next()) {
            ("ended", _, None) => What::Ended,
            (_, Some(known), None) => What::Value(known),
            (_, Some(known), Some("set")) => What::ClockSet(known),
            (uuid, None, None) if uuid.len() == 36 => What::Unknown(uuid.to_owned()),
            _ => return None,
        };
        parts.next().is_none().then_some(Place {
            address,
            connection,
            what,
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/", self.address, self.connection)?;
        match &self.what {
            What::Value(characteristic) => f.write_str(characteristic.code()),
            What::Unknown(uuid) => f.write_str(uuid),
            What::ClockSet(characteristic) => write!(f, "{}/set", characteristic.code()),
            What::Ended => f.write_str("ended"),
        }
    }
}

/// How a connection ended: the payload of its last frame.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ended {
    /// It came to services that could be asked.
    pub connected: bool,
    /// Records that did not come before in this run of the hub.
    pub new: u64,
    /// Records that did.
    pub again: u64,
    /// Values without structure.
    pub broken: u64,
    /// Records that the device counted and did not send.
    pub missing: u32,
    /// Everything that was asked for came.
    pub complete: bool,
    /// Whether hub and device have a bond, where that could be asked.
    pub bonded: Option<bool>,
    /// Why it came to nothing; a word of `Trouble`.
    pub trouble: Option<String>,
    /// Words of the session's warnings.
    pub warnings: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_read_back() {
        for what in [
            What::Value(Characteristic::GlucoseMeasurement),
            What::ClockSet(Characteristic::CurrentTime),
            What::Unknown("00001026-0002-11e2-9e96-0800200c9a66".into()),
            What::Ended,
        ] {
            let place = Place {
                address: "C0:26:DA:00:00:01".into(),
                connection: 1_768_371_000_123,
                what,
            };
            assert_eq!(Place::parse(&place.to_string()), Some(place));
        }
    }

    #[test]
    fn other_topics_are_no_place() {
        for topic in [
            "",
            "a/1",
            "a/x/2A18",
            "a/1/2A99",
            "a/1/ended/more",
            "a/1/2A18/set/more",
            "a/1/2A18/else",
        ] {
            assert_eq!(Place::parse(topic), None, "{topic}");
        }
    }
}
