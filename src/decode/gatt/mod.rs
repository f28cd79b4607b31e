//! Bluetooth values: one characteristic value in, its exact meaning and a verdict on it out.
//! Invariant: stateless; a value is judged by its own bytes and its device's profile alone.

pub mod battery_level;
pub mod blood_pressure;
pub mod blood_pressure_feature;
pub mod current_time;
pub mod date_time;
pub mod device_information;
pub mod fields;
pub mod glucose;
pub mod glucose_context;
pub mod glucose_feature;
pub mod hex;
pub mod intermediate_cuff;
pub mod line;
pub mod profile;
pub mod reading;
pub mod record_access;
pub mod value;
pub mod verdict;

pub use fields::Malformed;
pub use line::{decode_line, decode_lines};
pub use profile::{Measures, Memory, Profile, ProfileError, Profiles, Quirks};
pub use value::{Characteristic, Value};
pub use verdict::{Class, Reason, StoreAs, Verdict};
