//! Numbered upgrades of the file, forward only, each in one transaction.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations, SchemaVersion};

use super::write::JournalError;

/// Every upgrade in order. The first is the schema as a document; later ones are never edited.
fn upgrades() -> Migrations<'static> {
    Migrations::new(vec![M::up(include_str!("schema.sql"))])
}

/// How many upgrades this program knows.
pub const KNOWN_VERSION: usize = 1;

/// Brings the file to this program's schema.
///
/// # Errors
/// [`JournalError::NewerFile`] before anything is touched, when the file is ahead of the program.
pub fn bring_up(conn: &mut Connection) -> Result<(), JournalError> {
    let upgrades = upgrades();
    refuse_newer(conn)?;
    upgrades
        .to_latest(conn)
        .map_err(|e| JournalError::Upgrade(e.to_string()))?;
    debug_assert!(matches!(
        upgrades.current_version(conn),
        Ok(SchemaVersion::Inside(_))
    ));
    Ok(())
}

/// Refuses a file that is ahead of this program.
pub fn refuse_newer(conn: &Connection) -> Result<(), JournalError> {
    let found: usize = conn.query_row("SELECT user_version FROM pragma_user_version", [], |r| {
        r.get::<_, i64>(0)
            .map(|v| usize::try_from(v).unwrap_or(usize::MAX))
    })?;
    if found > KNOWN_VERSION {
        return Err(JournalError::NewerFile {
            found,
            known: KNOWN_VERSION,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_valid_and_as_long_as_it_says() {
        upgrades().validate().unwrap();
        let mut conn = Connection::open_in_memory().unwrap();
        bring_up(&mut conn).unwrap();
        let version: i64 = conn
            .query_row("SELECT user_version FROM pragma_user_version", [], |r| {
                r.get(0)
            })
            .unwrap();
        assert_eq!(version, i64::try_from(KNOWN_VERSION).unwrap());
    }

    #[test]
    fn a_newer_file_is_refused_and_left_alone() {
        let mut conn = Connection::open_in_memory().unwrap();
        bring_up(&mut conn).unwrap();
        conn.pragma_update(None, "user_version", 2).unwrap();
        assert!(matches!(
            bring_up(&mut conn),
            Err(JournalError::NewerFile { found: 2, known: 1 })
        ));
        let readers = super::super::read::Readers::new(vec![conn]);
        assert!(matches!(
            readers.read(super::super::check::check),
            Err(JournalError::NewerFile { found: 2, known: 1 })
        ));
    }
}
