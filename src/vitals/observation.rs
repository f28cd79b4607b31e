//! A reading with its subject: a person and the grounds for saying so, or nobody and why.

use super::reading::Reading;
use super::time::{Moment, TakenAt};

/// On what grounds a reading is a person's. Order: strongest first. Grounds are never rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Basis {
    /// Staff said so, by name, in the audit log.
    AssignedBy,
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
    pub const ALL: [Basis; 5] = [
        Basis::AssignedBy,
        Basis::CardInMessage,
        Basis::CheckedIn,
        Basis::OwnDevice,
        Basis::DeviceSlot,
    ];

    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            Basis::AssignedBy => "assigned_by",
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
}

impl UnclaimedReason {
    pub const ALL: [UnclaimedReason; 8] = [
        UnclaimedReason::NoClaim,
        UnclaimedReason::ClaimsDisagree,
        UnclaimedReason::CardUnknown,
        UnclaimedReason::CardAmbiguous,
        UnclaimedReason::NotWithinOneCheckIn,
        UnclaimedReason::TimeUnusable,
        UnclaimedReason::ControlSolution,
        UnclaimedReason::BeforeEnrolment,
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
        }
    }

    /// The reverse of [`UnclaimedReason::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        UnclaimedReason::ALL.into_iter().find(|r| r.word() == word)
    }
}

/// Whose reading it is. `person` is the journal's row number: never a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Known { person: i64, basis: Basis },
    Unclaimed { reason: UnclaimedReason },
}

/// A reading about somebody (or nobody yet), as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// The journal's row number.
    pub id: i64,
    pub reading: Reading,
    pub taken: TakenAt,
    pub received_at: Moment,
    pub subject: Subject,
}
