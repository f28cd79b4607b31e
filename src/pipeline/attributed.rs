//! One reading on its way into the journal: its device, its time, its subject.

use jiff::SignedDuration;

use super::bedside;
use super::decoder::Decoder;
use super::identity::{identity, is_bare};
use super::place::Stored;
use super::{chair, chair_reading};
use crate::decode::mapping::MappedReading;
use crate::decode::profile::{DeviceRules, Memory};
use crate::journal::{DeviceRow, Inserted, JournalError, NewReading, Outcome, Tx};
use crate::people::attribute::measuring_s;
use crate::people::bedside::weigh;
use crate::people::check_in::Event;
use crate::people::{
    CardClaim, Circumstances, Claims, LiveOffset, attribute, attribute::Taken, taken_at,
};
use crate::vitals::{
    DeviceTime, Frame, FrameRow, Glucose, Measured, Moment, Reading, Specimen, Subject, TakenAt,
    TimeMethod,
};

/// What one frame came to.
#[derive(Default)]
pub(super) struct Tally {
    pub new: u32,
    pub duplicates: u32,
    pub device_id: Option<i64>,
    pub problem: Option<&'static str>,
    /// The frame is interpreted again: what it says was said long ago, and the device and its seat have gone on.
    pub again: bool,
    /// The new ones, as they were stored.
    pub stored: Vec<Stored>,
}

impl Tally {
    pub fn outcome(&self) -> Outcome {
        match (self.new, self.duplicates, self.problem) {
            (1.., _, _) => Outcome::Readings,
            (0, 1.., _) => Outcome::Duplicate,
            (0, 0, _) => Outcome::Refused,
        }
    }
}

/// One reading: its device, its time, its subject.
pub(super) fn reading(
    decoder: &dyn Decoder,
    tx: &Tx<'_>,
    row: FrameRow,
    frame: &Frame,
    profile: &str,
    mapped: &MappedReading,
    tally: &mut Tally,
) -> Result<(), JournalError> {
    let reading = &mapped.reading;
    let Some(device) = tx.device_by_name(&reading.device)? else {
        tally.problem = Some("unknown_device");
        return Ok(());
    };
    tally.device_id = Some(device.id);
    if device
        .account
        .as_deref()
        .is_some_and(|account| account != frame.source)
    {
        tally.problem = Some("device_of_another_account");
        return Ok(());
    }
    let device = if tally.again {
        tx.as_of(device, frame.received_at)?
    } else {
        device
    };
    let Some(rules) = decoder.device_rules(profile) else {
        tally.problem = Some("no_profile");
        return Ok(());
    };
    let incoming = Incoming {
        row,
        frame,
        device: &device,
        reading,
        rules: &rules,
        spoken: None,
    };
    store(tx, &incoming, tally)
}

/// A reading with everything around it.
pub(super) struct Incoming<'a> {
    pub row: FrameRow,
    pub frame: &'a Frame,
    pub device: &'a DeviceRow,
    pub reading: &'a Reading,
    pub rules: &'a DeviceRules,
    /// It came in a conversation with the device.
    pub spoken: Option<Spoken>,
}

/// What a conversation adds to a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spoken {
    pub clock: ClockOfRecord,
    /// All that the device held when it was enrolled had come before this connection.
    pub newer_than_enrolment: bool,
}

/// What is known of the clock a record was measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClockOfRecord {
    NotRead,
    /// Milliseconds to add.
    Off(i64),
    /// It was set in between, and no offset fits this record.
    Unusable,
}

/// Puts a reading into the journal, unless it is there already.
pub(super) fn store(
    tx: &Tx<'_>,
    incoming: &Incoming<'_>,
    tally: &mut Tally,
) -> Result<(), JournalError> {
    let Incoming {
        frame,
        device,
        reading,
        rules,
        ..
    } = *incoming;
    let inserted = tx.insert_reading(&NewReading {
        frame: incoming.row,
        device_id: device.id,
        reading,
        received_at: frame.received_at,
        identity: identity(reading),
        bare: is_bare(reading) || incoming.spoken.is_some() && has_no_usable_mark(reading),
        resend_window_s: rules.resend_window_s,
        measuring_s: measuring(incoming),
    })?;
    let Inserted::New {
        reading: reading_id,
    } = inserted
    else {
        tally.duplicates += 1;
        return Ok(());
    };
    tally.new += 1;
    let taken = taken(tx, incoming, tally.again)?;
    if let Some(station_id) = incoming.device.station_id
        && !tally.again
    {
        chair::happen(tx, station_id, Event::Tick, incoming.frame.received_at)?;
    }
    let as_taken = as_taken(incoming, taken);
    let mut subject = subject(tx, incoming, &as_taken)?;
    let awaited = match tally.again {
        true => None,
        false => bedside::awaited(tx, device, frame, reading, &taken)?,
    };
    if let Some(awaited) = &awaited {
        subject = weigh(bedside::waited_for(awaited), subject);
    }
    let id = tx.insert_observation(reading_id, reading.measured.kind(), &taken, subject)?;
    if let Some(awaited) = awaited {
        tx.answer_bedside(awaited.id, id)?;
    }
    tally.stored.push(Stored {
        observation: id,
        device: device.clone(),
        measured: reading.measured.clone(),
        taken,
        subject,
    });
    if let Some(station_id) = incoming.device.station_id
        && !tally.again
    {
        let late = frame.retained || frame.may_be_late || reading.from_memory;
        chair_reading::came(tx, station_id, id, reading, &as_taken, late, subject)?;
    }
    Ok(())
}

/// A cuff whose clock was never set sends the same impossible time with every measurement: that tells
/// a second one from a repeat no better than no time at all.
fn has_no_usable_mark(reading: &Reading) -> bool {
    reading.sequence.is_none() && !matches!(reading.device_time, DeviceTime::Given { .. })
}

/// When it was taken, from what the device's clock showed so far; and what this reading adds to that.
///
/// A frame that is interpreted again says nothing about how the device stands now.
fn taken(tx: &Tx<'_>, incoming: &Incoming<'_>, again: bool) -> Result<TakenAt, JournalError> {
    let Incoming {
        frame,
        device,
        reading,
        rules,
        ..
    } = *incoming;
    let clock = incoming
        .spoken
        .map_or(ClockOfRecord::NotRead, |spoken| spoken.clock);
    let late = frame.retained || frame.may_be_late;
    let live: Vec<LiveOffset> = tx
        .clock_evidence(
            device.id,
            frame.received_at,
            crate::people::taken_at::LIVE_NEEDED,
        )?
        .into_iter()
        .map(|(received_at, offset_ms)| LiveOffset {
            received_at,
            offset_ms,
        })
        .collect();
    let order = order(device, reading);
    let taken = taken_at(
        &reading.device_time,
        &Circumstances {
            received_at: frame.received_at,
            offset_read_ms: match clock {
                ClockOfRecord::Off(offset_ms) => Some(offset_ms),
                ClockOfRecord::NotRead | ClockOfRecord::Unusable => None,
            },
            live_offsets: &live,
            clock_resolution_s: rules.clock_resolution_s,
            sends_live_within_s: rules.sends_live.then_some(rules.delay_s),
            keeps_memory: rules.memory == Memory::Keeps,
            from_memory: reading.from_memory,
            may_be_late: late,
            clock_went_back: order == Order::ClockWentBack || clock == ClockOfRecord::Unusable,
        },
    );
    if again {
        return Ok(taken);
    }
    let mut newest = None;
    if let DeviceTime::Given { at, .. } = &reading.device_time
        && order != Order::Older
    {
        newest = Some((reading.sequence.as_deref().unwrap_or(""), *at));
        if !late && !reading.from_memory && clock == ClockOfRecord::NotRead {
            let offset_ms = frame.received_at.as_millisecond() - at.as_millisecond();
            tx.note_clock(device.id, frame.received_at, offset_ms)?;
        }
    }
    tx.note_heard(device.id, frame.received_at, None, newest)?;
    Ok(taken)
}

/// Whether the reading may have lain in the device since before it was put into service here.
fn may_be_old(incoming: &Incoming<'_>) -> bool {
    let Incoming {
        device,
        reading,
        rules,
        ..
    } = *incoming;
    let number = |text: &Option<String>| text.as_deref().and_then(|t| t.parse::<u64>().ok());
    let (last, this) = (number(&device.last_sequence), number(&reading.sequence));
    // A clock that was reset: the number says it was measured after one that is here already. In a whole
    // memory that comes at once, each is after one that is here, and all may be old.
    let newer = match incoming.spoken {
        Some(spoken) => spoken.newer_than_enrolment,
        None => last.zip(this).is_some_and(|(last, this)| this > last),
    };
    if newer {
        return false;
    }
    let keeps = rules.memory == Memory::Keeps;
    match &reading.device_time {
        DeviceTime::Given { at, .. } => {
            (keeps || reading.from_memory) && *at < device.in_service_since
        }
        DeviceTime::Absent | DeviceTime::Unusable { .. } => reading.from_memory,
    }
}

/// How a reading stands to the newest one of its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Newer,
    /// An earlier running number: sent again, or late.
    Older,
    /// The running number went on (or there is none) and the clock went back.
    ClockWentBack,
}

fn order(device: &DeviceRow, reading: &Reading) -> Order {
    let number = |text: &str| text.parse::<u64>().ok();
    let last = device.last_sequence.as_deref().and_then(number);
    let this = reading.sequence.as_deref().and_then(number);
    if let (Some(last), Some(this)) = (last, this)
        && this <= last
        // Numbers that begin again after a reset are far below; a late one is near.
        && this.saturating_add(1000) > last
    {
        return Order::Older;
    }
    match (&reading.device_time, device.last_device_time) {
        (DeviceTime::Given { at, .. }, Some(last)) if *at < last => Order::ClockWentBack,
        _ => Order::Newer,
    }
}

/// How long measuring this took at most, seconds: what the device's profile says, or its kind.
fn measuring(incoming: &Incoming<'_>) -> u32 {
    let own = incoming.rules.measuring_s;
    own.unwrap_or_else(|| measuring_s(&incoming.reading.measured))
}

fn as_taken(incoming: &Incoming<'_>, taken: TakenAt) -> Taken {
    Taken {
        taken,
        received_at: incoming.frame.received_at,
        in_service_since: incoming.device.in_service_since,
        may_be_old: may_be_old(incoming),
        measuring_s: measuring(incoming),
        specimen: specimen(&incoming.reading.measured),
    }
}

/// Whose it is, by every claim that the journal holds now.
fn subject(
    tx: &Tx<'_>,
    incoming: &Incoming<'_>,
    as_taken: &Taken,
) -> Result<Subject, JournalError> {
    let device = incoming.device;
    claimed(
        tx,
        (device.id, device.station_id, device.own_person_id),
        incoming.reading,
        as_taken,
    )
}

/// The same for a reading of the device with this number, station and owner.
pub(super) fn claimed(
    tx: &Tx<'_>,
    (device_id, station_id, own_device): (i64, Option<i64>, Option<i64>),
    reading: &Reading,
    as_taken: &Taken,
) -> Result<Subject, JournalError> {
    let taken = &as_taken.taken;
    let around = SignedDuration::from_secs(i64::from(taken.uncertainty_s));
    let from = taken.at.saturating_sub(around).unwrap_or(taken.at);
    // When it was taken is not known: then not whose the card was either, if it ever was somebody else's.
    let since = match taken.method {
        TimeMethod::Unusable => Moment::MIN,
        _ => from,
    };
    let card = match &reading.hint {
        None => CardClaim::None,
        Some(hint) => match tx
            .persons_with_hint(hint.kind, &hint.hash, since)?
            .as_slice()
        {
            [] => CardClaim::Unknown,
            [person] => CardClaim::Person(*person),
            _ => CardClaim::Ambiguous,
        },
    };
    let slot = match &reading.slot {
        Some(slot) => tx.slot_person(device_id, slot)?,
        None => None,
    };
    let check_ins = match station_id {
        Some(station_id) => tx.check_ins(station_id, from, as_taken.received_at)?,
        None => Vec::new(),
    };
    let claims = Claims {
        assigned: None,
        card,
        check_ins: &check_ins,
        own_device,
        slot,
    };
    Ok(attribute(as_taken, &claims))
}

pub(super) fn specimen(measured: &Measured) -> Specimen {
    match measured {
        Measured::Glucose(Glucose { specimen, .. }) => *specimen,
        Measured::BloodPressure(_) => Specimen::Blood,
    }
}
