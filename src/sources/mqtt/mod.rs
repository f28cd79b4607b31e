//! The client line to an MQTT broker somewhere else: what it confirmed to devices comes to the disk.
//! Invariant: nothing is acknowledged before the inlet said it is on disk, nor out of the order it came in.
//!
//! The broker answered the device before it wrote anything; what it loses itself, the hub cannot see.
//! What it hands to this line stays in its persistent session until acknowledged.

mod backlog;
mod five;
mod four;
mod line;
mod link;
mod run;
mod settings;
mod standing;
mod trust;
mod version;
mod waits;

pub use line::{Line, Parts, StartError};
pub use settings::{Protocol, Settings, TlsSettings};
pub use standing::LineStanding;
