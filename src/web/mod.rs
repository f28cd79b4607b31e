//! Screens and API: what people see, and the only way they act.
//! Invariant: no page reads the journal but through the view of the visitor who asked.
