//! The words every room shares: frame, reading, time, observation, and the door sources speak to.
//! Invariant: no IO, no clock and no import from any other folder of this crate.

pub mod citizen;
pub mod frame;
pub mod inlet;
pub mod observation;
pub mod person_hint;
pub mod reading;
pub mod time;

pub use citizen::citizen_numbers;
pub use frame::{Frame, Transport};
pub use inlet::{FrameRow, Inlet, Keeping, NotKept};
pub use observation::{Basis, Observation, Subject, UnclaimedReason, VoidReason};
pub use person_hint::{HintKey, HintKind, NoHint, PersonHint};
pub use reading::{
    BloodPressure, DeviceId, Glucose, GlucoseValue, Mark, Meal, Measured, Posture, Reading,
    Specimen,
};
pub use time::{Clock, DeviceTime, Moment, ScaledClock, SystemClock, TakenAt, TimeMethod};
