//! A township that lives: invented people, their habits, their devices and what goes wrong.
//! Invariant: reaches the hub only through its front doors; `serve` never runs a line of it.

pub mod afflict;
pub mod body;
pub mod calendar;
mod cast;
pub mod chronicle;
mod control;
pub mod day;
pub mod device;
mod dice;
mod draw;
pub mod faults;
pub mod line;
pub mod live;
pub mod measurement;
pub mod message;
mod names;
pub mod past;
pub mod person;
pub mod roster;
mod substitute;
pub mod switch_file;
pub mod township;
pub mod trouble;
pub mod truth;
mod visit;

pub use afflict::{Afflictions, Outgoing};
pub use chronicle::{Chronicle, Plan, demo_plan, demo_start};
pub use device::{Device, DeviceIx, DeviceKind};
pub use faults::{Fault, FaultSwitch, Reach};
pub use live::{BrokerAddress, Live, Lived, Living};
pub use measurement::{Claim, Measurement, Shown, TrueValue};
pub use message::Message;
pub use person::{Person, PersonIx};
pub use township::{Centre, Size, Township};
pub use truth::{TruthFile, TruthLine, read_truth, truth_path};
