//! Stations: a seat with its card reader, and the screens that were let in to it.

use rusqlite::Row;

use super::read::Snapshot;
use super::row::{moment, word};
use super::write::{JournalError, Tx};
use crate::people::card::ReaderType;
use crate::vitals::Moment;

/// A station as its screen and its card reader need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Station {
    pub id: i64,
    pub code: String,
    pub name: String,
    pub centre_id: i64,
    pub centre_name: String,
    pub reader: ReaderType,
}

/// A screen that was let in, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    pub id: i64,
    pub made_at: Moment,
    pub made_by: String,
    pub revoked_at: Option<Moment>,
}

const STATION: &str = "SELECT s.id, s.code, s.name, s.centre_id, c.name, s.reader
    FROM station s JOIN centre c ON c.id = s.centre_id";

fn station(r: &Row<'_>) -> Result<Station, JournalError> {
    let id = r.get(0)?;
    Ok(Station {
        id,
        code: r.get(1)?,
        name: r.get(2)?,
        centre_id: r.get(3)?,
        centre_name: r.get(4)?,
        reader: word(
            r.get_ref(5)?,
            ReaderType::from_word,
            "station",
            "reader",
            id,
        )?,
    })
}

fn one_station(
    sql: &rusqlite::Connection,
    rest: &str,
    value: impl rusqlite::ToSql,
) -> Result<Option<Station>, JournalError> {
    let mut statement = sql.prepare_cached(&format!("{STATION} {rest}"))?;
    let mut rows = statement.query([value])?;
    rows.next()?.map(station).transpose()
}

impl Tx<'_> {
    /// A station by its code.
    pub fn station_by_code(&self, code: &str) -> Result<Option<Station>, JournalError> {
        one_station(&self.sql, "WHERE s.code = ?1", code)
    }

    /// A station by its number.
    pub fn station(&self, id: i64) -> Result<Option<Station>, JournalError> {
        one_station(&self.sql, "WHERE s.id = ?1", id)
    }

    /// The station that was added first.
    pub fn first_station(&self) -> Result<Option<i64>, JournalError> {
        Ok(self
            .sql
            .query_row("SELECT min(id) FROM station", [], |r| r.get(0))?)
    }

    /// Says how a station's card reader writes numbers.
    pub fn set_reader(&self, station_id: i64, reader: ReaderType) -> Result<(), JournalError> {
        self.sql
            .prepare_cached("UPDATE station SET reader = ?2 WHERE id = ?1")?
            .execute((station_id, reader.word()))?;
        Ok(())
    }

    /// Lets a screen in: the token's SHA-256 only.
    pub fn add_station_token(
        &self,
        station_id: i64,
        token_sha256: &[u8; 32],
        actor: &str,
        now: Moment,
    ) -> Result<i64, JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO station_token (station_id, token_sha256, made_at_ms, made_by)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((station_id, token_sha256, now.as_millisecond(), actor))?;
        Ok(self.sql.last_insert_rowid())
    }

    /// Shuts a station's screens out.
    pub fn revoke_station_tokens(&self, station_id: i64, now: Moment) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "UPDATE station_token SET revoked_at_ms = ?2
                 WHERE station_id = ?1 AND revoked_at_ms IS NULL",
            )?
            .execute((station_id, now.as_millisecond()))?;
        Ok(())
    }
}

impl Snapshot<'_> {
    /// The station whose screen holds this token.
    pub fn station_of_token(
        &self,
        token_sha256: &[u8; 32],
    ) -> Result<Option<Station>, JournalError> {
        one_station(
            self.sql,
            "JOIN station_token t ON t.station_id = s.id
             WHERE t.token_sha256 = ?1 AND t.revoked_at_ms IS NULL",
            token_sha256,
        )
    }

    /// Every station, by centre.
    pub fn every_station(&self) -> Result<Vec<Station>, JournalError> {
        let mut statement = self
            .sql
            .prepare_cached(&format!("{STATION} ORDER BY s.centre_id, s.id"))?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            found.push(station(r)?);
        }
        Ok(found)
    }

    /// A station by its number.
    pub fn station(&self, id: i64) -> Result<Option<Station>, JournalError> {
        one_station(self.sql, "WHERE s.id = ?1", id)
    }

    /// The screens that were let in to a station, newest first.
    pub fn screens(&self, station_id: i64) -> Result<Vec<Screen>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT id, made_at_ms, made_by, revoked_at_ms FROM station_token
             WHERE station_id = ?1 ORDER BY id DESC LIMIT 10",
        )?;
        let mut rows = statement.query([station_id])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let id: i64 = r.get(0)?;
            found.push(Screen {
                id,
                made_at: moment(r.get(1)?, "station_token", "made_at_ms", id)?,
                made_by: r.get(2)?,
                revoked_at: r
                    .get::<_, Option<i64>>(3)?
                    .map(|ms| moment(ms, "station_token", "revoked_at_ms", id))
                    .transpose()?,
            });
        }
        Ok(found)
    }
}
