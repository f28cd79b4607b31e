//! Who may come in: passwords, sign-in, sessions, and what every answer must carry.
//! Invariant: no password and no session token is stored or logged, only what proves them.

pub mod ledger;
pub mod origin;
pub mod password;
pub mod screen;
pub mod session;
pub mod shield;
pub mod sign_in;
pub mod throttle;
