//! Listening by Bluetooth: enrolled cuffs and meters are heard, connected to, asked, and left.
//! Invariant: nothing here connects to a device that is not enrolled, and every value goes to the inlet
//! before anybody looks at it.
//!
//! BlueZ confirms an indication before the hub has seen it, so a value between BlueZ and the disk can be
//! lost; the way from the one to the other is kept as short as it can be, and what a device still holds is
//! asked for at every connection.

pub mod agent;
pub mod bluez;
mod conversation;
mod pairing;
mod place;
pub mod radio;
mod settings;
mod standing;
mod watch;

pub use agent::{Gate, Wanted};
pub use pairing::{Desk, Pairing, PairingStanding};
pub use place::{Ended, Place, SOURCE, What};
pub use radio::{Adapter, Heard, Link, LinkTrouble, Nearby, Opened, PairTrouble, Radio, Trouble};
pub use settings::Settings;
pub use standing::{BluetoothStanding, DeviceStanding, Doing};
pub use watch::{Enrolled, Parts, Watch};
