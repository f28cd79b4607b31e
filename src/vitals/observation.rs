//! A reading with its subject: a person and the grounds for saying so, or nobody and why.

use super::reading::{Posture, Reading};
use super::time::{Moment, TakenAt};

/// On what grounds a reading is a person's. Order: strongest first. Grounds are never rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Basis {
    /// Staff said so, by name, in the audit log.
    AssignedBy,
    /// Staff typed it for this person: there was no device to speak.
    TypedBy,
    /// The device itself read a card and sent its number with the reading.
    CardInMessage,
    /// The person was in the chair of the station this device belongs to.
    CheckedIn,
    /// The device was given to one person.
    OwnDevice,
    /// The device's user button, through that device's slot table.
    DeviceSlot,
}

impl Basis {
    pub const ALL: [Basis; 6] = [
        Basis::AssignedBy,
        Basis::TypedBy,
        Basis::CardInMessage,
        Basis::CheckedIn,
        Basis::OwnDevice,
        Basis::DeviceSlot,
    ];

    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            Basis::AssignedBy => "assigned_by",
            Basis::TypedBy => "typed_by",
            Basis::CardInMessage => "card_in_message",
            Basis::CheckedIn => "checked_in",
            Basis::OwnDevice => "own_device",
            Basis::DeviceSlot => "device_slot",
        }
    }

    /// The reverse of [`Basis::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Basis::ALL.into_iter().find(|b| b.word() == word)
    }
}

/// Why a reading is nobody's yet. Shown to staff beside the reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UnclaimedReason {
    /// No card, no check-in, no own device, no slot.
    NoClaim,
    /// Two live claims name different persons.
    ClaimsDisagree,
    /// The card's number is not in the roster.
    CardUnknown,
    /// The card's number is in the roster more than once.
    CardAmbiguous,
    /// The interval in which it was taken touches no check-in, or more than one.
    NotWithinOneCheckIn,
    /// Its time cannot be trusted, so no check-in can hold it.
    TimeUnusable,
    /// Control solution: nobody's value.
    ControlSolution,
    /// Taken before the device was put into service here.
    BeforeEnrolment,
    /// Staff waited for it at the bedside, and have not yet said that it is the person's.
    AwaitsConfirmation,
    /// Staff took it from the person it was given to, and do not know whose it is.
    PutBack,
    /// The person in the chair said "not me".
    NotMe,
    /// Taken while "still <name>?" was not answered.
    StillAsked,
    /// The check-in began while it was being measured: somebody else's card, read too early, does the same.
    BeganWhileMeasuring,
}

impl UnclaimedReason {
    pub const ALL: [UnclaimedReason; 13] = [
        UnclaimedReason::NoClaim,
        UnclaimedReason::ClaimsDisagree,
        UnclaimedReason::CardUnknown,
        UnclaimedReason::CardAmbiguous,
        UnclaimedReason::NotWithinOneCheckIn,
        UnclaimedReason::TimeUnusable,
        UnclaimedReason::ControlSolution,
        UnclaimedReason::BeforeEnrolment,
        UnclaimedReason::AwaitsConfirmation,
        UnclaimedReason::PutBack,
        UnclaimedReason::NotMe,
        UnclaimedReason::StillAsked,
        UnclaimedReason::BeganWhileMeasuring,
    ];

    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            UnclaimedReason::NoClaim => "no_claim",
            UnclaimedReason::ClaimsDisagree => "claims_disagree",
            UnclaimedReason::CardUnknown => "card_unknown",
            UnclaimedReason::CardAmbiguous => "card_ambiguous",
            UnclaimedReason::NotWithinOneCheckIn => "not_within_one_check_in",
            UnclaimedReason::TimeUnusable => "time_unusable",
            UnclaimedReason::ControlSolution => "control_solution",
            UnclaimedReason::BeforeEnrolment => "before_enrolment",
            UnclaimedReason::AwaitsConfirmation => "awaits_confirmation",
            UnclaimedReason::PutBack => "put_back",
            UnclaimedReason::NotMe => "not_me",
            UnclaimedReason::StillAsked => "still_asked",
            UnclaimedReason::BeganWhileMeasuring => "began_while_measuring",
        }
    }

    /// The reverse of [`UnclaimedReason::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        UnclaimedReason::ALL.into_iter().find(|r| r.word() == word)
    }
}

/// Why a reading is nobody's for good. There is no word for "a bad value": what a cuff measured is never
/// taken out because it is high, low or far from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VoidReason {
    /// Somebody tried the device.
    Test,
    /// A person who is not in the roster.
    Visitor,
    /// Control solution.
    ControlSolution,
    /// Typed wrongly, and typed again.
    Mistyped,
}

impl VoidReason {
    pub const ALL: [VoidReason; 4] = [
        VoidReason::Test,
        VoidReason::Visitor,
        VoidReason::ControlSolution,
        VoidReason::Mistyped,
    ];

    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            VoidReason::Test => "test",
            VoidReason::Visitor => "visitor",
            VoidReason::ControlSolution => "control_solution",
            VoidReason::Mistyped => "mistyped",
        }
    }

    /// The reverse of [`VoidReason::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        VoidReason::ALL.into_iter().find(|r| r.word() == word)
    }
}

/// Whose reading it is. `person` is the journal's row number: never a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Known {
        person: i64,
        basis: Basis,
    },
    Unclaimed {
        reason: UnclaimedReason,
    },
    /// Nobody's, for good: staff said so. It stays in the journal and counts nowhere.
    Voided {
        reason: VoidReason,
    },
}

impl Subject {
    /// The person, if it is somebody's.
    pub fn person(self) -> Option<i64> {
        match self {
            Subject::Known { person, .. } => Some(person),
            Subject::Unclaimed { .. } | Subject::Voided { .. } => None,
        }
    }
}

/// A reading about somebody (or nobody yet), as the journal keeps it.
///
/// What was said about it afterwards (the meal, a re-test) stands in `reading` like the device's own word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// The journal's row number.
    pub id: i64,
    /// How often its subject was changed.
    pub revision: u32,
    /// How the person was held; sitting when nobody said.
    pub posture: Posture,
    pub reading: Reading,
    pub taken: TakenAt,
    pub received_at: Moment,
    pub subject: Subject,
}
