//! Pictures: trends, the hours of a day, sparklines, a centre at a glance.
//! Invariant: pure; values in, SVG text out; no colour is written that a theme could not change.
