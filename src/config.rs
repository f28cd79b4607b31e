//! Settings of every folder, read once from one file.
//! Invariant: an unknown key, a wrong type or a contradiction stops the start, with file and line.
