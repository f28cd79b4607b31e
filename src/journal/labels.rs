//! What staff call each device.

use super::read::Snapshot;
use super::write::JournalError;

impl Snapshot<'_> {
    /// Name and label of every device. Cheap: a page asks for it beside a person's readings.
    pub fn device_labels(&self) -> Result<Vec<(String, String)>, JournalError> {
        let mut statement = self.sql.prepare_cached("SELECT name, label FROM device")?;
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
