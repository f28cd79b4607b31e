//! Who is in the chair of a station: one person at a time, from a claim to its end.
//!
//! A check-in puts one person in one chair. It ends on the result of what was being measured, another
//! card, "not me", leaving, or three minutes without anything; a countdown that the protocol asked for
//! keeps it open. After a first reading the claim rests until "still <name>?" is answered: what is
//! measured meanwhile is nobody's, because the next person may have sat down. The answer claims it.
//!
//! A check-in that begins in doubt claims nothing either until its person touches what she will measure:
//! somebody was in the chair without a result yet (she may be measuring still), or had said that she goes on,
//! or a reading of this seat is nobody's since a moment (it may be hers, swiped for too late, and the next one
//! sits down already).
//!
//! The state is what the journal keeps of the open check-in, so a restart in the middle changes nothing.

#[cfg(test)]
mod tests;

use jiff::SignedDuration;

use crate::vitals::Moment;

/// A check-in ends after this long without anything, seconds.
pub const IDLE_S: i64 = 180;
/// Rest before the first blood pressure, seconds (Chinese guideline for hypertension, 2024: seated five
/// minutes).
pub const REST_S: i64 = 300;

/// A card read this long after a reading that is nobody's may have been meant for that one, seconds.
pub const LATE_CARD_S: i64 = 120;

/// What put the person in the chair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OpenedBy {
    /// A card or a QR code was read.
    Card,
    /// The person touched her own name.
    Touch,
    /// Staff did it.
    Staff,
}

/// Why a check-in ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndedBy {
    /// The result of what was being measured.
    Result,
    /// A reading came that may be hers and that her claim does not hold wholly: it is nobody's.
    Doubt,
    /// Another person's card, or a card nobody has.
    Other,
    /// "Not me": the check-in claims nothing, and what it claimed is taken back.
    NotMe,
    /// The person said that she is done.
    Left,
    /// Three minutes without anything.
    Idle,
    /// The same person checked in at another station.
    Elsewhere,
    /// Read from a card long after; never open.
    Late,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    BloodPressure,
    Glucose,
}

/// Where a sitting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Just checked in.
    Greeted,
    /// Resting before the first blood pressure.
    Resting { until: Moment },
    /// Measuring, or about to.
    Measuring,
    /// The protocol asks for another reading, not before `until`.
    Again { until: Moment, standing: bool },
}

/// The open check-in of a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sitting {
    pub person: i64,
    pub from: Moment,
    pub opened_by: OpenedBy,
    /// The last time anything happened.
    pub seen: Moment,
    pub stage: Stage,
    /// Since when "still <name>?" waits for an answer. What is measured after it is not claimed.
    pub asked: Option<Moment>,
    /// What is being measured, once known.
    pub kind: Option<Kind>,
    /// Claimed readings of that kind so far.
    pub readings: u32,
    /// The plan asks for standing readings after the seated ones.
    pub standing: bool,
}

/// What the protocol asks for after a claimed reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Done,
    /// Another reading, not before this many seconds after the last.
    Again {
        after_s: i64,
        standing: bool,
    },
}

/// Whether a reading that came to the station belongs to the person in its chair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// It is hers.
    Claimed { kind: Kind, next: Next },
    /// Taken while "still <name>?" was not answered: it waits for the answer.
    Waits,
    /// It may be hers and nobody can tell.
    Doubtful,
}

/// What happens at a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A person checks in.
    Enter {
        person: i64,
        by: OpenedBy,
        standing: bool,
        /// A reading of this seat is nobody's, received at most [`LATE_CARD_S`] ago.
        stray: bool,
    },
    /// A card that nobody has, or that more than one person has: somebody else wants the chair.
    Stranger,
    /// The person in the chair chose what to measure.
    Begin(Kind),
    /// She has rested: the countdown is answered.
    Rested,
    /// "Still <name>": yes.
    Still,
    NotMe,
    Leave,
    /// She checked in at another station.
    Elsewhere,
    /// A reading arrived.
    Reading(Came),
    /// Nothing but time.
    Tick,
}

/// How a check-in ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// The claim holds until here.
    pub until: Moment,
    pub by: EndedBy,
}

/// What an event comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The check-in that was open, if it ended.
    pub closed: Option<Closed>,
    /// The check-in that is open now.
    pub open: Option<Sitting>,
    /// `open` is a new one.
    pub opened: bool,
    /// "Still <name>?" was answered with yes: readings that waited may be claimed.
    pub confirmed: bool,
}

/// When the check-in ends if nothing more happens.
pub fn deadline(sitting: &Sitting) -> Moment {
    let last = match sitting.stage {
        Stage::Resting { until } | Stage::Again { until, .. } => until.max(sitting.seen),
        Stage::Greeted | Stage::Measuring => sitting.seen,
    };
    later(last, IDLE_S)
}

/// The chair of a station after an event at `at` (for a reading: its receipt).
pub fn step(open: Option<&Sitting>, event: Event, at: Moment) -> Step {
    let Some(sitting) = open else {
        return without(None, event, at);
    };
    let end = deadline(sitting);
    if at >= end {
        // The end is where it was due, not where it was noticed.
        return without(Some(close(sitting, end, EndedBy::Idle)), event, at);
    }
    match event {
        Event::Tick => stays(*sitting),
        Event::Enter {
            person,
            by,
            standing,
            stray,
        } if person == sitting.person => {
            let asked_for = Sitting {
                standing: sitting.standing || standing,
                ..*sitting
            };
            again(&asked_for, stray || by != OpenedBy::Staff, at)
        }
        Event::Enter {
            person,
            by,
            standing,
            stray,
        } => {
            // Whoever has her result and did not say that she goes on has left, as most do.
            let goes_on = sitting.readings == 0 || sitting.asked.is_none();
            // Staff look who sits there before they say so.
            let stray = stray || goes_on && by != OpenedBy::Staff;
            let event = Event::Enter {
                person,
                by,
                standing,
                stray,
            };
            without(Some(close(sitting, at, EndedBy::Other)), event, at)
        }
        Event::Stranger => without(Some(close(sitting, at, EndedBy::Other)), event, at),
        Event::Begin(kind) => stays(Sitting {
            // Begun in doubt, the claim begins with this touch.
            from: if in_doubt(sitting) { at } else { sitting.from },
            asked: if in_doubt(sitting) {
                None
            } else {
                sitting.asked
            },
            kind: Some(kind),
            stage: match kind {
                Kind::BloodPressure => Stage::Resting {
                    until: later(at, REST_S),
                },
                Kind::Glucose => Stage::Measuring,
            },
            ..seen(sitting, at)
        }),
        Event::Rested => stays(Sitting {
            stage: Stage::Measuring,
            ..seen(sitting, at)
        }),
        Event::Still if in_doubt(sitting) && !waits(sitting) => stays(Sitting {
            from: at,
            asked: None,
            ..seen(sitting, at)
        }),
        Event::Still => confirmed(sitting, at),
        Event::NotMe => ends(Closed {
            until: at.max(sitting.from),
            by: EndedBy::NotMe,
        }),
        Event::Leave => ends(close(sitting, at, EndedBy::Left)),
        Event::Elsewhere => ends(close(sitting, at, EndedBy::Elsewhere)),
        Event::Reading(came) => reading(sitting, came, at),
    }
}

fn reading(sitting: &Sitting, came: Came, at: Moment) -> Step {
    match came {
        Came::Doubtful => ends(close(sitting, at, EndedBy::Doubt)),
        Came::Waits => stays(seen(sitting, at)),
        // One measurement of each kind: the other kind in between changes nothing.
        Came::Claimed { kind, .. } if sitting.readings > 0 && sitting.kind != Some(kind) => {
            stays(seen(sitting, at))
        }
        Came::Claimed {
            next: Next::Done, ..
        } => ends(close(sitting, at, EndedBy::Result)),
        Came::Claimed {
            kind,
            next: Next::Again { after_s, standing },
        } => stays(Sitting {
            kind: Some(kind),
            readings: sitting.readings + 1,
            stage: Stage::Again {
                until: later(at, after_s),
                standing,
            },
            asked: Some(at),
            ..seen(sitting, at)
        }),
    }
}

/// The chair is empty, and then the event.
fn without(closed: Option<Closed>, event: Event, at: Moment) -> Step {
    let open = match event {
        Event::Enter {
            person,
            by,
            standing,
            stray,
        } => Some(Sitting {
            person,
            from: at,
            opened_by: by,
            seen: at,
            stage: Stage::Greeted,
            asked: stray.then_some(at),
            kind: None,
            readings: 0,
            standing,
        }),
        _ => None,
    };
    Step {
        closed,
        opened: open.is_some(),
        open,
        confirmed: false,
    }
}

/// The claim ends where it was last sure.
fn close(sitting: &Sitting, at: Moment, by: EndedBy) -> Closed {
    Closed {
        until: sitting
            .asked
            .map_or(at, |asked| asked.min(at))
            .max(sitting.from),
        by,
    }
}

/// Whether the check-in began in doubt, and its person has touched nothing yet.
pub fn in_doubt(sitting: &Sitting) -> bool {
    sitting.readings == 0 && sitting.asked.is_some()
}

/// Whether a reading has come that waits for an answer at the screen.
pub fn waits(sitting: &Sitting) -> bool {
    sitting.asked.is_some_and(|asked| sitting.seen > asked)
}

/// The same card once more. It says that she is here now, and nothing of a reading that came before. A doubt
/// stays (`stray`) unless staff say who sits there: a reader that reads one card twice, or somebody who waits
/// and swipes twice, says no more than one swipe, and whoever had the chair may still be about to measure.
fn again(sitting: &Sitting, stray: bool, at: Moment) -> Step {
    if in_doubt(sitting) {
        let stray = stray || waits(sitting);
        return stays(Sitting {
            from: at,
            seen: at,
            asked: stray.then_some(at),
            ..*sitting
        });
    }
    if waits(sitting) {
        return stays(seen(sitting, at));
    }
    stays(Sitting {
        asked: None,
        ..seen(sitting, at)
    })
}

fn confirmed(sitting: &Sitting, at: Moment) -> Step {
    Step {
        confirmed: sitting.asked.is_some(),
        ..stays(Sitting {
            asked: None,
            ..seen(sitting, at)
        })
    }
}

fn stays(sitting: Sitting) -> Step {
    Step {
        closed: None,
        open: Some(sitting),
        opened: false,
        confirmed: false,
    }
}

fn ends(closed: Closed) -> Step {
    Step {
        closed: Some(closed),
        open: None,
        opened: false,
        confirmed: false,
    }
}

fn seen(sitting: &Sitting, at: Moment) -> Sitting {
    Sitting {
        seen: at.max(sitting.seen),
        ..*sitting
    }
}

fn later(at: Moment, seconds: i64) -> Moment {
    at.saturating_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Moment::MAX)
}

/// The interval of a card that was read at `at` and heard of so much later that the station has gone on:
/// until the next check-in there, and never longer than a check-in without anything. `None` when nothing
/// is left of it.
pub fn late_interval(
    at: Moment,
    heard_at: Moment,
    next_from: Option<Moment>,
) -> Option<(Moment, Moment)> {
    let until = later(at, IDLE_S)
        .min(heard_at)
        .min(next_from.unwrap_or(Moment::MAX));
    (until > at).then_some((at, until))
}

macro_rules! words {
    ($type:ident { $($variant:ident => $word:literal),* $(,)? }) => {
        impl $type {
            pub const ALL: &'static [$type] = &[$($type::$variant),*];

            /// The stored word.
            pub fn word(self) -> &'static str {
                match self { $($type::$variant => $word),* }
            }

            /// The reverse of `word`.
            pub fn from_word(word: &str) -> Option<Self> {
                $type::ALL.iter().copied().find(|w| w.word() == word)
            }
        }
    };
}

words!(OpenedBy { Card => "card", Touch => "touch", Staff => "staff" });
words!(EndedBy {
    Result => "result",
    Doubt => "doubt",
    Other => "other",
    NotMe => "not_me",
    Left => "left",
    Idle => "idle",
    Elsewhere => "elsewhere",
    Late => "late",
});
words!(Kind { BloodPressure => "blood_pressure", Glucose => "glucose" });
