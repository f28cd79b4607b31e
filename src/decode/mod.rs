//! What was measured: a frame becomes readings, or a closed error that says why not.
//! Invariant: pure; no clock, no IO, no logging, and no opinion about whose reading it is.

pub mod gatt;
pub mod mapping;
pub mod medfloat;
pub mod profile;
pub mod session;
