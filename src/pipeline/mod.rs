//! The road a frame travels: keep, understand, and the commands people give.
//! Invariant: one thread writes the journal; nothing else in the program does.

pub mod act;
mod apart;
mod attributed;
mod bluetooth;
pub mod command;
pub mod decoder;
mod device_events;
pub mod enrol;
pub mod export;
mod identity;
pub mod import;
mod keep;
pub mod record;
mod road;
pub mod roster;
mod tick;
mod understand;
pub mod whose;

pub use act::By;
pub use command::CommandError;
pub use decoder::{Decoder, Profiles};
pub use identity::{identity, is_bare};
pub use road::{Progress, Road, Settings};
