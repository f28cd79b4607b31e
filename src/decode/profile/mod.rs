//! What a device's messages mean, as data: the files of `config/devices`, read and proved before use.
//! Invariant: a profile that loads names only known keys, paths, units and words, and no two match one frame.

mod fields;
mod model;
mod overlap;
mod parse;
mod reading;
mod reply;
mod section;
mod set;
mod source;
#[cfg(test)]
mod tests;
mod topic;
mod unit;

pub(super) use model::{
    Condition, Flag, Measure, NumberRule, ReadingRule, Test, TextRule, TimeForm, TimeRule,
    UnitRule, Zone,
};
pub use model::{DeviceRules, IgnoreWord, Kind, Limits, Memory, Profile, ReplyRule};
pub use section::ProfileError;
pub use set::{ProfileFile, ProfileSet};
pub(super) use source::{Path, Source, Sources};
pub(super) use topic::Segments;
pub use topic::TopicFilter;
pub(super) use unit::Unit;
