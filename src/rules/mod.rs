//! When to worry: sessions, windows, facts and the published rules over them.
//! Invariant: pure and total; no rule fires without a source, a limit and the readings behind it.
