//! `check`: is the file whole, and does it keep its promises?

use rusqlite::Connection;

use super::read::Snapshot;
use super::upgrade;
use super::write::JournalError;

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A word for the promise that is broken.
    pub promise: &'static str,
    /// How many rows break it, or SQLite's own words.
    pub detail: String,
}

/// Each promise and the rows that would break it.
const PROMISES: &[(&str, &str)] = &[
    (
        "every reading has one observation",
        "SELECT count(*) FROM reading r LEFT JOIN observation o ON o.reading_id = r.id WHERE o.id IS NULL",
    ),
    (
        "every reading came from a frame that says so",
        "SELECT count(*) FROM reading r JOIN frame f ON f.id = r.frame_id
         WHERE f.outcome IS NOT 'readings'",
    ),
    (
        "a frame that says readings has one",
        "SELECT count(*) FROM frame f WHERE f.outcome = 'readings'
         AND NOT EXISTS (SELECT 1 FROM reading r WHERE r.frame_id = f.id)",
    ),
    (
        "what nobody understood is sealed or erased",
        "SELECT count(*) FROM frame WHERE outcome IN ('quarantined', 'unreadable') AND sealed = 0",
    ),
    (
        "control solution is nobody's value",
        "SELECT count(*) FROM reading r JOIN observation o ON o.reading_id = r.id
         WHERE r.specimen = 'control' AND o.basis IS NOT NULL AND o.basis <> 'assigned_by'",
    ),
    (
        "nothing was taken after it was received",
        "SELECT count(*) FROM observation o JOIN reading r ON r.id = o.reading_id
         WHERE o.taken_at_ms > r.received_at_ms",
    ),
    (
        "every settled frame is counted",
        "SELECT abs((SELECT count(*) FROM frame WHERE outcome IS NOT NULL)
                  - (SELECT coalesce(sum(frames), 0) FROM frame_count))",
    ),
];

/// Verifies the file and the journal's promises; an empty list means all is well. Of a file that an older
/// program wrote only the file is looked at: the promises speak of columns it may not have.
pub fn check(snapshot: &Snapshot<'_>) -> Result<Vec<Finding>, JournalError> {
    // Promises are this program's: of a newer file it cannot say that they hold.
    upgrade::refuse_newer(snapshot.sql)?;
    let mut findings = whole(snapshot.sql)?;
    if upgrade::version(snapshot.sql)? < upgrade::KNOWN_VERSION {
        return Ok(findings);
    }
    for (promise, rows) in PROMISES {
        let broken: i64 = snapshot.sql.query_row(rows, [], |r| r.get(0))?;
        if broken != 0 {
            findings.push(Finding {
                promise,
                detail: format!("{broken} rows"),
            });
        }
    }
    Ok(findings)
}

fn whole(sql: &Connection) -> Result<Vec<Finding>, JournalError> {
    let mut findings = Vec::new();
    let mut statement = sql.prepare("PRAGMA integrity_check")?;
    let mut rows = statement.query([])?;
    while let Some(r) = rows.next()? {
        let line: String = r.get(0)?;
        if line != "ok" {
            findings.push(Finding {
                promise: "the file is whole",
                detail: line,
            });
        }
    }
    let mut statement = sql.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(r) = rows.next()? {
        let table: String = r.get(0)?;
        findings.push(Finding {
            promise: "every reference has its row",
            detail: table,
        });
    }
    Ok(findings)
}
