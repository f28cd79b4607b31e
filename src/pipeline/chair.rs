//! What happens at a station: cards its reader read, acts at its screen, and time.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::act::{By, read_again};
use super::chair_reading;
use super::desk::NotSaid;
use super::place;
use crate::decode::mapping::{Fault, Prepared};
use crate::journal::{JournalError, Outcome, Scope, Tx};
use crate::people::card::{self, ReaderType};
use crate::people::check_in::{
    EndedBy, Event, LATE_CARD_S, OpenedBy, Step, deadline, late_interval, step,
};
use crate::rules::PlaceLimits;
use crate::vitals::{Frame, HintKey, HintKind, Meal, Measured, Moment, Observation, Subject};

/// A station's frame that holds no card in the one form there is.
pub const NOT_A_CARD: &str = "not_a_card";
/// Why a card did not put anybody in the chair, or that it did.
pub const CHECKED_IN: &str = "checked_in";
pub const CARD_UNKNOWN: &str = "card_unknown";
pub const CARD_AMBIGUOUS: &str = "card_ambiguous";
pub const CARD_LATE: &str = "card_late";
pub const UNKNOWN_STATION: &str = "unknown_station";

/// What a station says when its reader has read something: the payload of its frame before Keep.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Swipe {
    /// As the reader gave it.
    pub number: String,
    /// Word of [`ReaderType`].
    pub reader: String,
    /// When the card was read, where that was not just now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
}

/// The same as it is kept: keyed hashes, or why there is none.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptSwipe {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// One for each spelling, widest first.
    #[serde(default)]
    hashes: Vec<String>,
    #[serde(default)]
    last_four: String,
    /// Why the text is no card's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bad: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Moment>,
}

/// What the disk may see of a swipe: never the number, also where it is none.
pub(super) fn prepare(frame: &Frame, key: &HintKey) -> Prepared {
    let kept = serde_json::from_slice::<Swipe>(&frame.payload)
        .ok()
        .and_then(|swipe| serde_json::to_vec(&hashed(&swipe, key)?).ok());
    match kept {
        Some(payload) => Prepared {
            payload,
            understood: Ok("station".to_owned()),
        },
        None => Prepared {
            payload: frame.payload.clone(),
            understood: Err(Fault::BadJson),
        },
    }
}

fn hashed(swipe: &Swipe, key: &HintKey) -> Option<KeptSwipe> {
    let reader = ReaderType::from_word(&swipe.reader)?;
    let mut kept = KeptSwipe {
        kind: None,
        hashes: Vec::new(),
        last_four: String::new(),
        bad: None,
        at: swipe.at,
    };
    let number = match card::read(&swipe.number, reader) {
        Ok(number) => number,
        Err(bad) => {
            kept.bad = Some(bad.word().to_owned());
            return Some(kept);
        }
    };
    kept.kind = Some(number.kind.word().to_owned());
    for spelling in &number.spellings {
        let hint = key.hint(number.kind, spelling).ok()?;
        if kept.hashes.is_empty() {
            kept.last_four = hint.last_four;
        }
        kept.hashes.push(hint.hash);
    }
    Some(kept)
}

/// Whose card it is.
enum Holder {
    Person(i64),
    Nobody(&'static str),
    /// The reader misread it: nobody's evidence.
    Unread(String),
}

/// A kept swipe takes effect: what its frame is settled as.
pub(super) fn card(tx: &Tx<'_>, frame: &Frame) -> Result<(Outcome, &'static str), JournalError> {
    let Ok(swipe) = serde_json::from_slice::<KeptSwipe>(&frame.payload) else {
        return Ok((Outcome::Quarantined, NOT_A_CARD));
    };
    let Some(station) = tx.station_by_code(&frame.source)? else {
        return Ok((Outcome::Refused, UNKNOWN_STATION));
    };
    let at = swipe.at.unwrap_or(frame.received_at).min(frame.received_at);
    // What the screen sends is read just now; a gateway that was away says when.
    let late_card = swipe.at.is_some() && gone_on(tx, station.id, at, frame.received_at)?;
    let event = match holder(tx, &swipe, at)? {
        Holder::Unread(word) => return Ok((Outcome::Refused, bad_word(&word))),
        Holder::Nobody(reason) => {
            if !late_card {
                happen(tx, station.id, Event::Stranger, at)?;
            }
            return Ok((Outcome::Refused, reason));
        }
        Holder::Person(person) => enters(tx, station.id, person, OpenedBy::Card, false, at)?,
    };
    if late_card {
        if let Event::Enter { person, .. } = event {
            late(tx, station.id, person, at, frame.received_at)?;
        }
        return Ok((Outcome::Ignored, CARD_LATE));
    }
    happen(tx, station.id, event, at)?;
    Ok((Outcome::Ignored, CHECKED_IN))
}

fn bad_word(word: &str) -> &'static str {
    [
        "card_empty",
        "card_length",
        "card_character",
        "card_range",
        "card_check_digit",
        "card_masked",
    ]
    .into_iter()
    .find(|known| *known == word)
    .unwrap_or(NOT_A_CARD)
}

/// The narrower spellings count only where nobody's card has the wider one.
fn holder(tx: &Tx<'_>, swipe: &KeptSwipe, at: Moment) -> Result<Holder, JournalError> {
    if let Some(bad) = &swipe.bad {
        return Ok(Holder::Unread(bad.clone()));
    }
    let Some(kind) = swipe.kind.as_deref().and_then(HintKind::from_word) else {
        return Ok(Holder::Unread(NOT_A_CARD.to_owned()));
    };
    for hash in &swipe.hashes {
        match tx.persons_with_hint(kind, hash, at)?.as_slice() {
            [] => {}
            [person] => return Ok(Holder::Person(*person)),
            _ => return Ok(Holder::Nobody(CARD_AMBIGUOUS)),
        }
    }
    Ok(Holder::Nobody(CARD_UNKNOWN))
}

/// Whether something happened at the station after the card was read, or so much time passed that a
/// check-in from then would be over.
fn gone_on(
    tx: &Tx<'_>,
    station_id: i64,
    at: Moment,
    heard_at: Moment,
) -> Result<bool, JournalError> {
    if late_interval(at, heard_at, None).is_some_and(|(_, until)| until < heard_at) {
        return Ok(true);
    }
    let newest = tx.newest_seat(station_id)?;
    Ok(newest.is_some_and(|seat| {
        let last = seat
            .closed
            .map_or(seat.row.sitting.seen, |closed| closed.until);
        last.max(seat.row.sitting.from) > at
    }))
}

/// A card heard of long after: it claims what is still nobody's inside its interval, and changes nothing
/// that somebody else was given.
fn late(
    tx: &Tx<'_>,
    station_id: i64,
    person: i64,
    at: Moment,
    heard_at: Moment,
) -> Result<(), JournalError> {
    let next = tx.next_check_in_from(station_id, at)?;
    let Some((from, until)) = late_interval(at, heard_at, next) else {
        return Ok(());
    };
    let check_in = tx.add_late_check_in(station_id, person, from, until)?;
    chair_reading::claim_late(tx, station_id, check_in, (from, until), heard_at)
}

/// Applies an event to a station's chair at `at`, as the journal holds it.
///
/// # Errors
/// The journal's.
pub fn happen(
    tx: &Tx<'_>,
    station_id: i64,
    event: Event,
    at: Moment,
) -> Result<Step, JournalError> {
    let open = tx.open_seat(station_id)?;
    let step = step(open.as_ref().map(|row| &row.sitting), event, at);
    if let (Some(row), Some(closed)) = (&open, step.closed) {
        tx.close_check_in(row.id, closed)?;
        if closed.by == EndedBy::NotMe {
            chair_reading::take_back(tx, station_id, row.id, at)?;
        }
    }
    match (&step.open, &open) {
        (Some(sitting), _) if step.opened => {
            // One person sits in one chair.
            for other in tx.open_seats(Some(sitting.person))? {
                if other.station_id != station_id {
                    happen(tx, other.station_id, Event::Elsewhere, at)?;
                }
            }
            tx.open_check_in(station_id, sitting)?;
        }
        (Some(sitting), Some(row)) if *sitting != row.sitting => {
            tx.keep_sitting(row.id, sitting)?;
        }
        _ => {}
    }
    if let (true, Some(row)) = (step.confirmed, &open) {
        let since = row.sitting.asked.unwrap_or(at);
        chair_reading::claim_waiting(tx, station_id, since, at)?;
    }
    Ok(step)
}

/// Ends the check-ins whose time is over; whether there were any.
pub(super) fn time_passes(tx: &Tx<'_>, now: Moment) -> Result<bool, JournalError> {
    let mut any = false;
    for row in tx.open_seats(None)? {
        if deadline(&row.sitting) <= now {
            happen(tx, row.station_id, Event::Tick, now)?;
            any = true;
        }
    }
    Ok(any)
}

/// "Not me" at the screen: of the check-in that is open, or of the one whose result it shows. A dangerous
/// value that is nobody's by that is told to staff at once.
///
/// # Errors
/// The journal's.
pub fn not_me(
    tx: &Tx<'_>,
    station_id: i64,
    limits: &PlaceLimits,
    now: Moment,
) -> Result<(), JournalError> {
    let Some(seat) = tx.newest_seat(station_id)? else {
        return Ok(());
    };
    let claimed = tx.chair_readings(seat.row.id)?;
    if happen(tx, station_id, Event::NotMe, now)?.closed.is_none()
        && let Some(closed) = seat.closed
        && !seat.cleared
    {
        let withdrawn = crate::people::check_in::Closed {
            until: closed.until,
            by: EndedBy::NotMe,
        };
        tx.close_check_in(seat.row.id, withdrawn)?;
        chair_reading::take_back(tx, station_id, seat.row.id, now)?;
    }
    for observation in claimed {
        let line = tx.seen(Scope::Township, |seen| seen.reading(observation.id))?;
        if let Some(line) = line
            && matches!(line.observation.subject, Subject::Unclaimed { .. })
        {
            place::put_back(tx, limits, &line, now)?;
        }
    }
    Ok(())
}

/// A person checks in at `at`, with what the journal knows of the seat around then.
fn enters(
    tx: &Tx<'_>,
    station_id: i64,
    person: i64,
    by: OpenedBy,
    standing: bool,
    at: Moment,
) -> Result<Event, JournalError> {
    let since = at
        .checked_sub(SignedDuration::from_secs(LATE_CARD_S))
        .unwrap_or(Moment::MIN);
    Ok(Event::Enter {
        person,
        by,
        standing,
        stray: tx.stray_at(station_id, since, at)?,
    })
}

/// A person checks in by touching her name.
///
/// # Errors
/// The journal's.
pub fn enter(tx: &Tx<'_>, station_id: i64, person: i64, now: Moment) -> Result<(), JournalError> {
    let event = enters(tx, station_id, person, OpenedBy::Touch, false, now)?;
    happen(tx, station_id, event, now)?;
    Ok(())
}

/// Staff put a person in the chair. `standing`: her plan asks for readings 1 and 3 minutes after standing up.
///
/// Whoever does this has looked who sits there, so it begins in no doubt; it still claims nothing whose
/// measuring had begun before.
///
/// # Errors
/// [`NotSaid::NotHere`] when the person or the seat is not of the scope; the journal's.
pub fn seat(
    tx: &Tx<'_>,
    by: &By,
    person: i64,
    station_id: i64,
    standing: bool,
    now: Moment,
) -> Result<((), Option<String>), NotSaid> {
    let station = tx.station(station_id)?.ok_or(NotSaid::NotHere)?;
    if !by.scope.holds(station.centre_id) {
        return Err(NotSaid::NotHere);
    }
    tx.seen(by.scope, |seen| seen.person(person))?
        .ok_or(NotSaid::NotHere)?;
    let event = Event::Enter {
        person,
        by: OpenedBy::Staff,
        standing,
        stray: false,
    };
    happen(tx, station_id, event, now)?;
    Ok(((), Some(format!("person:{person} station:{station_id}"))))
}

/// When she last ate, said about a glucose value that this chair's person was just shown.
///
/// # Errors
/// The journal's.
pub fn say_meal(tx: &Tx<'_>, station_id: i64, meal: Meal, now: Moment) -> Result<(), JournalError> {
    let Some(seat) = tx.newest_seat(station_id)?.filter(|seat| !seat.cleared) else {
        return Ok(());
    };
    let glucose = |o: &Observation| matches!(o.reading.measured, Measured::Glucose(_));
    let Some(last) = tx.chair_readings(seat.row.id)?.into_iter().rfind(glucose) else {
        return Ok(());
    };
    let actor = chair_reading::actor(station_id);
    tx.note_meal(last.id, meal, &actor, now)?;
    read_again(tx, seat.row.sitting.person, last.taken.at, "meal", now)
}

/// Done at the screen: the check-in ends, and its result leaves.
///
/// # Errors
/// The journal's.
pub fn leave(tx: &Tx<'_>, station_id: i64, now: Moment) -> Result<(), JournalError> {
    happen(tx, station_id, Event::Leave, now)?;
    if let Some(seat) = tx.newest_seat(station_id)? {
        tx.clear_seat(seat.row.id, now)?;
    }
    Ok(())
}
