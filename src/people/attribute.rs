//! Whose reading it is: claims in, a subject and its grounds out. "Nobody" is a normal answer.

use jiff::SignedDuration;

use crate::vitals::{
    Basis, Measured, Moment, Specimen, Subject, TakenAt, TimeMethod, UnclaimedReason,
};

/// How long a cuff measures, from the start of inflation to the result, seconds, where its profile does not
/// say. Inflating takes 10 to 15 s, letting off 2 to 3 mmHg a second 30 s and more (AHA, "Measurement of
/// Blood Pressure in Humans", 2019): a whole one takes 30 to 45 s, and the longest counts.
pub const CUFF_MEASURES_S: u32 = 45;
/// The same for a glucose meter: the strip stands in it, the drop is taken, and it counts 5 to 10 s.
pub const METER_MEASURES_S: u32 = 15;

/// How long measuring this takes, seconds, where the device's profile does not say.
pub fn measuring_s(measured: &Measured) -> u32 {
    match measured {
        Measured::BloodPressure(_) => CUFF_MEASURES_S,
        Measured::Glucose(_) => METER_MEASURES_S,
    }
}

/// What the card number in the message matched in the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CardClaim {
    /// The message carries no card.
    #[default]
    None,
    /// A number that no card of the roster has.
    Unknown,
    /// A number that cards of more than one person have.
    Ambiguous,
    /// Exactly one person's card.
    Person(i64),
}

/// A person in the chair of one station. Open while `until` is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckIn {
    /// The journal's row number.
    pub id: i64,
    pub person: i64,
    pub from: Moment,
    pub until: Option<Moment>,
    /// "Still <name>?" waits for its answer since then: after it the check-in claims nothing yet.
    pub asked: Option<Moment>,
    /// The person in the chair said "not me": somebody sat there, and nobody knows who.
    pub withdrawn: bool,
}

/// Everything that speaks for somebody, about one reading.
#[derive(Debug, Clone, Copy, Default)]
pub struct Claims<'a> {
    /// Staff assigned it, by name, in the audit log.
    pub assigned: Option<i64>,
    pub card: CardClaim,
    /// Check-ins of the device's station around the reading; empty when it stands nowhere.
    pub check_ins: &'a [CheckIn],
    /// The one person this device was given to.
    pub own_device: Option<i64>,
    /// The person of the pressed user button, by this device's slot table.
    pub slot: Option<i64>,
}

/// When and how one reading came, for attribution.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    pub taken: TakenAt,
    pub received_at: Moment,
    /// When this device was put into service here: what it measured before is nobody's.
    pub in_service_since: Moment,
    /// Its device time, as far as one was sent, does not rule out that it lay in the device's memory
    /// since before `in_service_since`. Counts only where the time taken is unusable.
    pub may_be_old: bool,
    /// How long measuring it took at most, seconds: a check-in that began meanwhile claims nothing, because
    /// whoever swiped may have been the next in line.
    pub measuring_s: u32,
    pub specimen: Specimen,
}

/// Gives a reading its subject (design, part 5, "Claims"). Never looks at a value.
///
/// Staff's word stands alone. Every other live claim must name the same person; the strongest
/// of them becomes the basis.
pub fn attribute(reading: &Taken, claims: &Claims<'_>) -> Subject {
    if let Some(person) = claims.assigned {
        return Subject::Known {
            person,
            basis: Basis::AssignedBy,
        };
    }
    match unassigned(reading, claims) {
        Ok((person, basis)) => Subject::Known { person, basis },
        Err(reason) => Subject::Unclaimed { reason },
    }
}

fn unassigned(reading: &Taken, claims: &Claims<'_>) -> Result<(i64, Basis), UnclaimedReason> {
    if reading.specimen == Specimen::Control {
        return Err(UnclaimedReason::ControlSolution);
    }
    let usable = reading.taken.method != TimeMethod::Unusable;
    if usable && reading.taken.at < reading.in_service_since {
        return Err(UnclaimedReason::BeforeEnrolment);
    }
    let card = match claims.card {
        CardClaim::None => None,
        CardClaim::Person(person) => Some((person, Basis::CardInMessage)),
        CardClaim::Unknown => return Err(UnclaimedReason::CardUnknown),
        CardClaim::Ambiguous => return Err(UnclaimedReason::CardAmbiguous),
    };
    let chair = chair(reading, claims.check_ins);
    let live: Vec<(i64, Basis)> = [
        card,
        chair
            .ok()
            .flatten()
            .map(|person| (person, Basis::CheckedIn)),
        claims.own_device.map(|person| (person, Basis::OwnDevice)),
        claims.slot.map(|person| (person, Basis::DeviceSlot)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let Some(&(person, basis)) = live.first() else {
        return Err(chair.err().unwrap_or(UnclaimedReason::NoClaim));
    };
    if live.iter().any(|(other, _)| *other != person) {
        return Err(UnclaimedReason::ClaimsDisagree);
    }
    // Old memory downloaded at a first pairing: the device was somebody else's then. A card came with
    // the reading itself; a chair needs a usable time.
    if !usable && reading.may_be_old && basis != Basis::CardInMessage {
        return Err(UnclaimedReason::BeforeEnrolment);
    }
    // Somebody else may have been in the chair for part of the interval: only a card outweighs that.
    match chair {
        Err(reason) if basis != Basis::CardInMessage && others_near(reading, claims, person) => {
            Err(reason)
        }
        _ => Ok((person, basis)),
    }
}

/// The person in the chair over the whole interval, `None` when the chair was empty all along,
/// or why the chair says nothing.
fn chair(reading: &Taken, check_ins: &[CheckIn]) -> Result<Option<i64>, UnclaimedReason> {
    if check_ins.is_empty() {
        return Ok(None);
    }
    let Some((from, until)) = interval(reading) else {
        return Err(UnclaimedReason::TimeUnusable);
    };
    let mut touched = check_ins.iter().filter(|c| touches(c, from, until));
    match (touched.next(), touched.next()) {
        (None, _) => Ok(None),
        (Some(only), None) if only.withdrawn => Err(UnclaimedReason::NotMe),
        (Some(only), None) if !holds(only, from, until) => {
            Err(UnclaimedReason::NotWithinOneCheckIn)
        }
        (Some(only), None) if !held_from_the_start(only, from, reading.measuring_s) => {
            Err(UnclaimedReason::BeganWhileMeasuring)
        }
        (Some(only), None) if only.asked.is_some_and(|asked| asked < until) => {
            Err(UnclaimedReason::StillAsked)
        }
        (Some(only), None) => Ok(Some(only.person)),
        _ => Err(UnclaimedReason::NotWithinOneCheckIn),
    }
}

fn interval(reading: &Taken) -> Option<(Moment, Moment)> {
    if reading.taken.method == TimeMethod::Unusable {
        return None;
    }
    let around = SignedDuration::from_secs(i64::from(reading.taken.uncertainty_s));
    let from = reading.taken.at.saturating_sub(around).ok()?;
    let until = reading
        .taken
        .at
        .saturating_add(around)
        .ok()?
        .min(reading.received_at);
    Some((from, until))
}

/// Whether a reading may have been taken during this check-in, wholly or in part. A time that cannot be
/// used says nothing against it.
pub fn may_be_of(reading: &Taken, check_in: &CheckIn) -> bool {
    interval(reading).is_none_or(|(from, until)| touches(check_in, from, until))
}

fn touches(check_in: &CheckIn, from: Moment, until: Moment) -> bool {
    check_in.from <= until && check_in.until.is_none_or(|end| end >= from)
}

fn holds(check_in: &CheckIn, from: Moment, until: Moment) -> bool {
    check_in.from <= from && check_in.until.is_none_or(|end| end >= until)
}

/// Whether the person was in the chair before the measuring can have begun. The result is the end of it, and
/// `from` is the earliest at which the result can have stood there.
fn held_from_the_start(check_in: &CheckIn, from: Moment, measuring_s: u32) -> bool {
    from.saturating_sub(SignedDuration::from_secs(i64::from(measuring_s)))
        .is_ok_and(|began| check_in.from <= began)
}

fn others_near(reading: &Taken, claims: &Claims<'_>, person: i64) -> bool {
    match interval(reading) {
        Some((from, until)) => claims
            .check_ins
            .iter()
            .any(|c| (c.person != person || c.withdrawn) && touches(c, from, until)),
        None => claims
            .check_ins
            .iter()
            .any(|c| c.person != person || c.withdrawn),
    }
}
