//! The road a frame travels: keep, understand, and the commands people give.
//! Invariant: one thread writes the journal; nothing else in the program does.
