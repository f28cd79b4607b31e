//! Conversations with Bluetooth devices: what is asked, in which order, and what counts once.
//! Invariant: no IO and no clock; everything that happens is an event, time included.

pub mod clock;
pub mod driver;
pub mod event;
pub mod identity;
pub mod line;
pub mod listener;
mod plan;
pub mod record;
pub mod scan;
pub mod transfer;

pub use driver::Driver;
pub use event::{Action, Event};
pub use line::{session_line, session_lines};
pub use listener::{Heard, Listener, Report};
pub use record::{Kind, Record};
pub use scan::{AllowList, Hearing};
pub use transfer::Next;
