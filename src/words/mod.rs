//! Chinese and English for people: pages, charts, messages.
//! Invariant: every text a person reads stands in a Fluent file here, in both languages.

pub mod dates;
pub mod language;
pub mod phrase;

pub use language::Language;
pub use phrase::{Value, Words};
