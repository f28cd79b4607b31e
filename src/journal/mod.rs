//! The record: one SQLite file that holds everything the hub was ever told.
//! Invariant: the only folder that speaks SQL, and the only one that knows a row from a value.

pub mod access;
pub mod again;
pub mod arrived;
pub mod backup;
pub mod card;
pub mod chair;
pub mod changed;
pub mod check;
pub mod kept;
pub mod labels;
pub mod ledger;
pub mod listed;
pub mod observed;
pub mod open;
pub mod person;
pub mod radio;
pub mod read;
pub mod relative;
pub mod roster;
pub mod row;
pub mod scope;
pub mod seal;
pub mod settled;
pub mod station;
pub mod subject;
pub mod target;
#[cfg(test)]
mod tests;
pub mod understood;
pub mod upgrade;
pub mod write;

pub use access::{AccountLine, AccountName, NewAccount, SessionLine};
pub use again::{SettledFrame, Which};
pub use arrived::Arrival;
pub use card::CardLine;
pub use chair::{ChairReading, Seat, SeatRow};
pub use changed::{ChangePosition, Changes, RecordChange};
pub use check::{Finding, check};
pub use kept::{KeptFrame, NewFrame, Outcome, Sealed, Settled};
pub use ledger::{Failure, RadioLedger};
pub use listed::{CentreLine, DeviceLine, LastPressure, PersonLine, StationLine};
pub use open::{Journal, Settings, open_readers};
pub use person::{Namesake, Photo, RosterEntry};
pub use radio::{Bond, ClockRead, ConnectionEnd, Fact, RadioLine, RadioRow};
pub use read::{Readers, Snapshot};
pub use relative::{Consent, Relative, RelativeLine};
pub use roster::{DeviceKind, DeviceRow, NewDevice, NewPerson, Sex};
pub use scope::{Scope, Seen};
pub use seal::SealKey;
pub use settled::{CursorLine, FrameCount, FrameLine};
pub use station::{Screen, Station};
pub use subject::{NewSubject, ReadingLine, SubjectChange};
pub use target::{Limits, TargetLine};
pub use understood::{Inserted, NewReading};
pub use write::{JournalError, Tx, Writer};
