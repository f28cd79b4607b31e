//! Numbered upgrades of the file, forward only. A new file takes the same road as an old one.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::write::JournalError;

/// Every step in order: the first made the first file, later ones change it. A step that has left the
/// house is never edited; what they come to together is `schema.sql`.
const STEPS: &[&str] = &[
    include_str!("upgrades/0001_first.sql"),
    include_str!("upgrades/0002_roles.sql"),
    include_str!("upgrades/0003_undo.sql"),
    include_str!("upgrades/0004_radio.sql"),
    include_str!("upgrades/0005_chair.sql"),
    include_str!("upgrades/0006_roster.sql"),
    include_str!("upgrades/0007_place.sql"),
    include_str!("upgrades/0008_desk.sql"),
    include_str!("upgrades/0009_measuring.sql"),
];

/// How many steps this program knows.
pub const KNOWN_VERSION: usize = STEPS.len();

fn upgrades() -> Migrations<'static> {
    Migrations::new(STEPS.iter().map(|sql| M::up(sql)).collect())
}

/// Brings the file to this program's schema.
///
/// References are not enforced meanwhile (a table whose constraints change is made anew and takes the
/// old one's name, which SQLite allows only so), and all of them are looked at before it counts.
///
/// # Errors
/// [`JournalError::NewerFile`] before anything is touched, when the file is ahead of the program.
pub fn bring_up(conn: &mut Connection) -> Result<(), JournalError> {
    refuse_newer(conn)?;
    if version(conn)? == KNOWN_VERSION {
        return Ok(());
    }
    let enforced: bool = conn.pragma_query_value(None, "foreign_keys", |r| r.get(0))?;
    conn.pragma_update(None, "foreign_keys", false)?;
    let raised = upgrades()
        .to_latest(conn)
        .map_err(|e| JournalError::Upgrade(e.to_string()))
        .and_then(|()| references_stand(conn));
    conn.pragma_update(None, "foreign_keys", enforced)?;
    raised
}

fn references_stand(conn: &Connection) -> Result<(), JournalError> {
    let mut statement = conn.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    match rows.next()? {
        None => Ok(()),
        Some(row) => Err(JournalError::Upgrade(format!(
            "a row of {} refers to one that is not there; put the backup back and run `check`",
            row.get::<_, String>(0)?
        ))),
    }
}

/// How many upgrades the file has had; 0: it is no journal yet.
pub fn version(conn: &Connection) -> Result<usize, JournalError> {
    let found: i64 = conn.query_row("SELECT user_version FROM pragma_user_version", [], |r| {
        r.get(0)
    })?;
    Ok(usize::try_from(found).unwrap_or(usize::MAX))
}

/// Refuses a file that is ahead of this program.
pub fn refuse_newer(conn: &Connection) -> Result<(), JournalError> {
    let found = version(conn)?;
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
    use std::collections::BTreeSet;

    use super::*;

    fn raised() -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        bring_up(&mut conn).unwrap();
        conn
    }

    #[test]
    fn the_list_is_valid_and_as_long_as_it_says() {
        upgrades().validate().unwrap();
        assert_eq!(version(&raised()).unwrap(), KNOWN_VERSION);
    }

    #[test]
    fn a_newer_file_is_refused_and_left_alone() {
        let newer = KNOWN_VERSION + 1;
        let mut conn = raised();
        conn.pragma_update(None, "user_version", newer as i64)
            .unwrap();
        let refused = |e| matches!(e, JournalError::NewerFile { found, known } if (found, known) == (newer, KNOWN_VERSION));
        assert!(refused(bring_up(&mut conn).unwrap_err()));
        let readers = super::super::read::Readers::new(vec![conn]);
        assert!(refused(
            readers.read(super::super::check::check).unwrap_err()
        ));
    }

    /// Tables, columns, references, indexes and checks, whatever their order and comments.
    fn said(conn: &Connection) -> BTreeSet<String> {
        let lines = |sql: &str| -> Vec<String> {
            let mut statement = conn.prepare(sql).unwrap();
            let rows = statement.query_map([], |r| r.get(0)).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let mut all = BTreeSet::new();
        all.extend(lines(
            "SELECT 'column ' || m.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' '
                 || coalesce(c.dflt_value, '-') || ' ' || c.pk
             FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c WHERE m.type = 'table'",
        ));
        all.extend(lines(
            "SELECT 'reference ' || m.name || '.' || f.\"from\" || ' ' || f.\"table\" || '.' || f.\"to\"
             FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'",
        ));
        all.extend(lines(
            "SELECT 'table ' || name || ' ' || strict || ' ' || wr FROM pragma_table_list
             WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'",
        ));
        for sql in lines("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL") {
            all.insert(plain(&sql));
        }
        for sql in lines("SELECT name || ':' || sql FROM sqlite_master WHERE type = 'table'") {
            let (name, sql) = sql.split_once(':').unwrap();
            for check in plain(sql).split("CHECK ").skip(1) {
                all.insert(format!("check {name} {}", bracket(check)));
            }
            for unique in plain(sql).split("UNIQUE (").skip(1) {
                all.insert(format!(
                    "unique {name} ({}",
                    unique.split(')').next().unwrap()
                ));
            }
        }
        all
    }

    /// Without comments, and with one space where there were several.
    fn plain(sql: &str) -> String {
        let lines = sql.lines().map(|l| l.split("--").next().unwrap());
        let joined = lines.collect::<Vec<_>>().join(" ");
        let words = joined.split_whitespace().collect::<Vec<_>>().join(" ");
        words.replace("( ", "(").replace(" )", ")")
    }

    /// What stands in the first pair of brackets.
    fn bracket(text: &str) -> &str {
        let mut depth = 0;
        let end = text.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        &text[..=end.unwrap()]
    }

    #[test]
    fn the_steps_come_to_what_the_document_says() {
        let document = Connection::open_in_memory().unwrap();
        document.execute_batch(include_str!("schema.sql")).unwrap();
        assert_eq!(said(&raised()), said(&document));
    }

    /// An old file with a row in each table that a later step makes anew: the rows are there afterwards.
    #[test]
    fn an_old_file_keeps_its_rows() {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(STEPS[0]).unwrap();
        conn.pragma_update(None, "user_version", 1).unwrap();
        conn.execute_batch(include_str!("upgrades/old_rows.sql"))
            .unwrap();
        conn.pragma_update(None, "foreign_keys", true).unwrap();
        bring_up(&mut conn).unwrap();
        let account: (String, String, Option<i64>) = conn
            .query_row("SELECT login, role, centre_id FROM account", [], |r| {
                Ok((r.get(0)?, r.get(1)?, r.get(2)?))
            })
            .unwrap();
        assert_eq!(account, ("admin".to_owned(), "admin".to_owned(), None));
        let mut statement = conn
            .prepare(
                "SELECT id, person_id, unclaimed_reason, revision FROM observation ORDER BY id",
            )
            .unwrap();
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)));
        let rows: Vec<(i64, Option<i64>, Option<String>, i64)> =
            rows.unwrap().map(Result::unwrap).collect();
        let expected = [
            (10, Some(1), None, 0),
            (11, None, Some("no_claim".to_owned()), 0),
        ];
        assert_eq!(rows, expected);
        // Numbers go on where they were: none is given twice.
        let next = "INSERT INTO reading (frame_id, device_id, kind, marks, from_memory, received_at_ms, identity)
                    VALUES (7, 1, 'blood_pressure', '', 0, 1, x'03');
                    INSERT INTO observation (reading_id, kind, taken_at_ms, uncertainty_s, time_method, voided)
                    VALUES (last_insert_rowid(), 'blood_pressure', 0, 0, 'stated', 'test');";
        conn.execute_batch(next).unwrap();
        assert_eq!(conn.last_insert_rowid(), 12);
        // References are enforced again, and those to a table made anew still find it.
        let orphan = "INSERT INTO session VALUES (x'00', 99, 0, 0)";
        assert!(conn.execute(orphan, []).is_err());
    }
}
