//! What can happen to a session, and what it can ask for.

use std::collections::BTreeSet;

use jiff::civil;

use super::listener::{Heard, Report};
use crate::decode::gatt::Characteristic;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The enrolled device was heard.
    Advertised,
    /// Connected, services resolved, with what the device offers.
    Connected {
        offers: BTreeSet<Characteristic>,
    },
    ConnectFailed,
    /// A read ended; no value where it failed.
    Read {
        characteristic: Characteristic,
        value: Option<Vec<u8>>,
    },
    Subscribed {
        ok: bool,
    },
    /// A write ended; the ATT error code where the device gave one.
    Written {
        result: Result<(), Option<u8>>,
    },
    /// A notification or indication; BlueZ does not tell which.
    Value {
        characteristic: Characteristic,
        bytes: Vec<u8>,
    },
    TimePasses {
        ms: u64,
    },
    /// The hub's local time.
    HubTime(civil::DateTime),
    /// The device left: the normal end.
    Disconnected,
}

/// What the caller must do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Connect,
    Read(Characteristic),
    Subscribe(Characteristic),
    Write {
        characteristic: Characteristic,
        bytes: Vec<u8>,
    },
    /// To a characteristic of the maker's own.
    WriteVendor {
        uuid: String,
        bytes: Vec<u8>,
    },
    /// Hand the raw value to the journal, before anything else.
    Keep {
        characteristic: Characteristic,
        bytes: Vec<u8>,
        heard: Heard,
    },
    Disconnect,
    /// The connection is over: this is what it gave.
    Ended(Box<Report>),
}
