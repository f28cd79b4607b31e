//! The road a frame travels: keep, understand, and the commands people give.
//! Invariant: one thread writes the journal; nothing else in the program does.

pub mod act;
mod apart;
mod attributed;
pub mod bedside;
mod bluetooth;
pub mod chair;
pub mod chair_reading;
pub mod command;
pub mod decoder;
pub mod desk;
mod device_events;
pub mod enrol;
pub mod enter;
pub mod export;
mod halves;
mod identity;
pub mod import;
mod in_force;
mod keep;
pub mod notice;
mod place;
pub mod profile_folder;
pub mod record;
pub mod replay;
mod road;
pub mod roster;
mod settle;
mod tick;
pub mod typed;
mod understand;
pub mod whose;

pub use act::By;
pub use command::CommandError;
pub use decoder::{Decoder, Profiles};
pub use identity::{identity, is_bare};
pub use in_force::InForce;
pub use road::{Progress, Road, Settings};
