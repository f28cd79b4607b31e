//! Screens and API: what people see, and the only way they act.
//! Invariant: no page reads the journal but through the view of the visitor who asked.

pub mod access;
pub mod settings;

pub use settings::Settings;
