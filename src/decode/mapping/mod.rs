//! Applying a profile: a payload becomes readings, halves of readings, device events, or the reasons why not.
//! Invariant: no reading without both pressures, no value guessed into another unit, no value in a reason.

mod document;
mod dropped;
mod element;
mod flag;
mod interpret;
mod joiner;
mod lines;
mod measure;
mod number;
mod outcome;
mod plausible;
mod prepare;
mod reply;
mod select;
#[cfg(test)]
mod tests;
mod time;
mod token;

pub use interpret::interpret;
pub use joiner::{Joined, Joiner};
pub use lines::map_lines;
pub use outcome::{
    DeviceEvent, Event, Fault, Interpretation, MappedReading, Part, PartKey, PlainHint, Reason,
    Refused, Sent, Status,
};
pub use plausible::plausible;
pub use prepare::{Prepared, prepare, prepare_kept};
pub use reply::{Reply, reply};
pub(in crate::decode) use select::fitting;
