//! The MQTT broker inside the hub: a PUBACK from here means the frame is on disk.
//! Invariant: no publish of a signed-in client is dropped behind an acknowledgement, and nothing is routed to others.
//!
//! A device connects ([`listen`]), the library speaks MQTT ([`wire`], the only file that names it),
//! and asks a [`session::Session`] about everything that is ours to decide: who may sign in, what may
//! be subscribed, and when a publish may be acknowledged ([`device`]).

mod accounts;
mod device;
mod listen;
mod overheard;
mod session;
mod settings;
mod standing;
mod wire;

pub use accounts::{Account, AccountError};
pub use listen::{Broker, Parts, StartError, check};
pub use settings::{AccountSettings, Settings, TlsSettings};
pub use standing::{AccountStanding, BrokerStanding, Connection, Event, Notices, Refusals};
