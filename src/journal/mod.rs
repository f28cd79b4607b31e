//! The record: one SQLite file that holds everything the hub was ever told.
//! Invariant: the only folder that speaks SQL, and the only one that knows a row from a value.
