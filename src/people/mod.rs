//! Whose it is: when a reading was taken and which claim makes it whose.
//! Invariant: pure, and never looks at the value of a reading.

pub mod attribute;
pub mod bedside;
pub mod card;
pub mod check_in;
pub mod clock_set;
pub mod details;
pub mod entry;
pub mod import;
pub mod name;
pub mod photo;
pub mod roster;
pub mod taken_at;

#[cfg(test)]
mod table;

pub use attribute::{CardClaim, CheckIn, Claims, attribute, may_be_of};
pub use taken_at::{Circumstances, LiveOffset, taken_at};
