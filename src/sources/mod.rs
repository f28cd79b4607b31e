//! Listening: how frames get in, each source behind the `Inlet` of `vitals`.
//! Invariant: nothing here answers a device before the inlet said the frame is on disk.

pub mod bluetooth;
pub mod broker;
pub mod http;
pub mod mqtt;
pub mod rate;
mod refusal;
pub mod secret;
pub mod tls;
pub mod topic;

pub use refusal::{FOREIGN_TOPIC, OVER_LONG, OVER_RATE, PAYLOAD_LIMIT_BYTES, PayloadLimit};
