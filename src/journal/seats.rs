//! The seats of a centre as staff see them, and what was measured there without a claim.

use super::scope::Seen;
use super::write::{JournalError, Tx};
use crate::vitals::Moment;

/// A seat, and whether somebody is in its chair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatLine {
    pub station_id: i64,
    pub name: String,
    /// Who is in the chair, and since when.
    pub taken: Option<(i64, Moment)>,
}

impl Seen<'_> {
    /// The seats of a centre of the scope.
    pub fn seats(&self, centre_id: i64) -> Result<Vec<SeatLine>, JournalError> {
        if !self.scope.holds(centre_id) {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for station in self.journal.stations()? {
            if station.centre_id != centre_id {
                continue;
            }
            let seat = self.journal.newest_seat(station.id)?;
            let open = seat.filter(|seat| seat.closed.is_none());
            found.push(SeatLine {
                station_id: station.id,
                name: station.name,
                taken: open.map(|seat| (seat.row.sitting.person, seat.row.sitting.from)),
            });
        }
        Ok(found)
    }
}

impl Tx<'_> {
    /// Whether a reading of a station's devices, received in `[from, until]` and not out of a memory, is
    /// nobody's for want of a claim that holds.
    pub fn stray_at(
        &self,
        station_id: i64,
        from: Moment,
        until: Moment,
    ) -> Result<bool, JournalError> {
        Ok(self
            .sql
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM device d
                     JOIN reading r ON r.device_id = d.id AND r.received_at_ms BETWEEN ?2 AND ?3
                     JOIN observation o ON o.reading_id = r.id
                     WHERE d.station_id = ?1 AND NOT r.from_memory AND o.unclaimed_reason NOT IN
                         ('control_solution', 'before_enrolment', 'awaits_confirmation', 'put_back'))",
            )?
            .query_row(
                (station_id, from.as_millisecond(), until.as_millisecond()),
                |r| r.get(0),
            )?)
    }
}
