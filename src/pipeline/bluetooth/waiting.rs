//! What cannot be understood by itself yet: glucose records and their contexts, which come apart and in any
//! order, and a cuff's records that came before its clock was read.

use jiff::SignedDuration;

use crate::decode::gatt::glucose::GlucoseMeasurement;
use crate::decode::gatt::glucose_context::GlucoseContext;
use crate::journal::KeptFrame;
use crate::sources::bluetooth::Place;
use crate::vitals::Moment;

/// It waits this long: a meter that is silent for so long has stopped sending (Glucose Profile 1.0,
/// time limit of the record access procedures).
const WINDOW: SignedDuration = SignedDuration::from_secs(30);

/// What waits.
#[derive(Debug, Clone)]
pub(in crate::pipeline) enum Half {
    Record(Box<GlucoseMeasurement>),
    Context(Box<GlucoseContext>),
    /// A cuff's record: its other half is the clock.
    Pressure,
}

impl Half {
    fn is(&self, wanted: Wanted, sequence: u16) -> bool {
        match self {
            Half::Record(record) => wanted == Wanted::Record && record.sequence == sequence,
            Half::Context(context) => wanted == Wanted::Context && context.sequence == sequence,
            Half::Pressure => false,
        }
    }
}

/// A half with its frame.
#[derive(Debug, Clone)]
pub(in crate::pipeline) struct Held {
    pub kept: KeptFrame,
    pub place: Place,
    pub half: Half,
}

/// Halves by arrival. Lost with the process: their frames are not settled, and come again at the start.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Waiting {
    held: Vec<Held>,
}

impl Waiting {
    pub fn hold(&mut self, held: Held) {
        self.held.push(held);
    }

    /// Takes the newest half of this connection that is not `context`-like itself and has this number.
    pub fn partner(&mut self, place: &Place, sequence: u16, wanted: Wanted) -> Option<Held> {
        let at = self.held.iter().rposition(|held| {
            held.half.is(wanted, sequence)
                && held.place.address == place.address
                && held.place.connection == place.connection
        })?;
        Some(self.held.remove(at))
    }

    /// Everything of this connection.
    pub fn of_connection(&mut self, place: &Place) -> Vec<Held> {
        self.take(|held| {
            held.place.address == place.address && held.place.connection == place.connection
        })
    }

    /// What waits for the clock of this connection.
    pub fn for_clock(&mut self, place: &Place) -> Vec<Held> {
        self.take(|held| {
            matches!(held.half, Half::Pressure)
                && held.place.address == place.address
                && held.place.connection == place.connection
        })
    }

    /// Everything of other connections of this device.
    pub fn of_other_connection(&mut self, place: &Place) -> Vec<Held> {
        self.take(|held| {
            held.place.address == place.address && held.place.connection != place.connection
        })
    }

    /// Everything whose window is over.
    pub fn expire(&mut self, now: Moment) -> Vec<Held> {
        self.take(|held| now.duration_since(held.kept.frame.received_at) >= WINDOW)
    }

    fn take(&mut self, wanted: impl Fn(&Held) -> bool) -> Vec<Held> {
        self.held.extract_if(.., |held| wanted(held)).collect()
    }
}

/// Which half is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pipeline) enum Wanted {
    Record,
    Context,
}
