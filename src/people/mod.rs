//! Whose it is: when a reading was taken and which claim makes it whose.
//! Invariant: pure, and never looks at the value of a reading.
