//! Builds every part, starts them in order, stops them in the reverse order, owns the clock.
//! Invariant: the only place that makes a clock or a thread of the program.
