//! A township that lives: invented people, their habits, their devices and what goes wrong.
//! Invariant: reaches the hub only through its front doors; `serve` never runs a line of it.
