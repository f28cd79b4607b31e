//! Accounts and signed-in browsers. The rules (throttling, idle end) are `web`'s; here are the rows.

use rusqlite::{Connection, OptionalExtension};

use super::read::Snapshot;
use super::row::moment;
use super::write::{JournalError, Tx};
use crate::vitals::Moment;

/// An account as sign-in needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLine {
    pub id: i64,
    pub login: String,
    /// Whose account it is; may be empty.
    pub name: String,
    /// argon2id, PHC form.
    pub password_hash: String,
    /// A word of `web::Role`.
    pub role: String,
    /// Of centre staff.
    pub centre_id: Option<i64>,
    pub failed_count: u32,
    pub locked_until: Option<Moment>,
}

/// An account as a list of colleagues shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountName {
    pub id: i64,
    pub login: String,
    /// Whose account it is; may be empty.
    pub name: String,
    /// A word of `web::Role`.
    pub role: String,
    /// Name of the centre, of centre staff.
    pub centre: Option<String>,
}

impl Snapshot<'_> {
    /// Every account, by login.
    pub fn accounts(&self) -> Result<Vec<AccountName>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT a.id, a.login, a.name, a.role, c.name FROM account a
             LEFT JOIN centre c ON c.id = a.centre_id ORDER BY a.login",
        )?;
        let rows = statement.query_map([], |r| {
            Ok(AccountName {
                id: r.get(0)?,
                login: r.get(1)?,
                name: r.get(2)?,
                role: r.get(3)?,
                centre: r.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionLine {
    pub account_id: i64,
    pub login: String,
    /// Whose account it is; empty when nobody wrote it.
    pub name: String,
    /// A word of `web::Role`.
    pub role: String,
    /// Of centre staff.
    pub centre_id: Option<i64>,
    pub opened_at: Moment,
    pub seen_at: Moment,
}

/// An account as a command sets it.
#[derive(Debug, Clone, Copy)]
pub struct NewAccount<'a> {
    pub login: &'a str,
    /// argon2id, PHC form.
    pub password_hash: &'a str,
    /// A word of `web::Role`.
    pub role: &'a str,
    /// Of centre staff, and of nobody else.
    pub centre_id: Option<i64>,
    /// Whose account it is; may be empty.
    pub name: &'a str,
}

pub(super) fn account(conn: &Connection, login: &str) -> Result<Option<AccountLine>, JournalError> {
    let mut statement = conn.prepare_cached(
        "SELECT id, login, password_hash, role, failed_count, locked_until_ms, centre_id,
            name
         FROM account WHERE login = ?1",
    )?;
    let mut rows = statement.query([login])?;
    let Some(r) = rows.next()? else {
        return Ok(None);
    };
    let id: i64 = r.get(0)?;
    let locked: Option<i64> = r.get(5)?;
    Ok(Some(AccountLine {
        id,
        login: r.get(1)?,
        password_hash: r.get(2)?,
        role: r.get(3)?,
        centre_id: r.get(6)?,
        name: r.get(7)?,
        failed_count: r.get(4)?,
        locked_until: locked
            .map(|ms| moment(ms, "account", "locked_until_ms", id))
            .transpose()?,
    }))
}

pub(super) fn session(
    conn: &Connection,
    token_sha256: &[u8; 32],
) -> Result<Option<SessionLine>, JournalError> {
    let mut statement = conn.prepare_cached(
        "SELECT a.id, a.login, a.role, s.opened_at_ms, s.seen_at_ms, a.name, a.centre_id
         FROM session s JOIN account a ON a.id = s.account_id WHERE s.token_sha256 = ?1",
    )?;
    let mut rows = statement.query([token_sha256])?;
    let Some(r) = rows.next()? else {
        return Ok(None);
    };
    let id: i64 = r.get(0)?;
    Ok(Some(SessionLine {
        account_id: id,
        login: r.get(1)?,
        name: r.get(5)?,
        role: r.get(2)?,
        centre_id: r.get(6)?,
        opened_at: moment(r.get(3)?, "session", "opened_at_ms", id)?,
        seen_at: moment(r.get(4)?, "session", "seen_at_ms", id)?,
    }))
}

impl Tx<'_> {
    /// Adds an account, or sets an existing one anew with a clean slate (its sessions end); its number.
    pub fn put_account(&self, new: &NewAccount<'_>, now: Moment) -> Result<i64, JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO account (login, password_hash, role, centre_id, name, added_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (login) DO UPDATE SET password_hash = excluded.password_hash,
                     role = excluded.role, centre_id = excluded.centre_id, name = excluded.name,
                     failed_count = 0, locked_until_ms = NULL",
            )?
            .execute((
                new.login,
                new.password_hash,
                new.role,
                new.centre_id,
                new.name,
                now.as_millisecond(),
            ))?;
        let id = self.account(new.login)?.map(|a| a.id).unwrap_or_default();
        self.sql
            .execute("DELETE FROM session WHERE account_id = ?1", [id])?;
        Ok(id)
    }

    /// An account by its login.
    pub fn account(&self, login: &str) -> Result<Option<AccountLine>, JournalError> {
        account(&self.sql, login)
    }

    /// Writes whose account it is; whether there is such an account.
    pub fn name_account(&self, account_id: i64, name: &str) -> Result<bool, JournalError> {
        Ok(self
            .sql
            .prepare_cached("UPDATE account SET name = ?2 WHERE id = ?1")?
            .execute((account_id, name))?
            == 1)
    }

    /// Whether any account exists.
    pub fn any_account(&self) -> Result<bool, JournalError> {
        Ok(self
            .sql
            .query_row("SELECT 1 FROM account LIMIT 1", [], |_| Ok(()))
            .optional()?
            .is_some())
    }

    /// Notes a failed sign-in: how many in a row, and until when the account is closed.
    pub fn note_failed_sign_in(
        &self,
        account_id: i64,
        failed_count: u32,
        locked_until: Option<Moment>,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "UPDATE account SET failed_count = ?2, locked_until_ms = ?3 WHERE id = ?1",
            )?
            .execute((
                account_id,
                failed_count,
                locked_until.map(|m| m.as_millisecond()),
            ))?;
        Ok(())
    }

    /// Opens a session and clears the failed count.
    pub fn open_session(
        &self,
        token_sha256: &[u8; 32],
        account_id: i64,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.note_failed_sign_in(account_id, 0, None)?;
        self.sql
            .prepare_cached(
                "INSERT INTO session (token_sha256, account_id, opened_at_ms, seen_at_ms)
                 VALUES (?1, ?2, ?3, ?3)",
            )?
            .execute((token_sha256, account_id, now.as_millisecond()))?;
        Ok(())
    }

    /// Notes that a session was used.
    pub fn touch_session(&self, token_sha256: &[u8; 32], now: Moment) -> Result<(), JournalError> {
        self.sql
            .prepare_cached("UPDATE session SET seen_at_ms = ?2 WHERE token_sha256 = ?1")?
            .execute((token_sha256, now.as_millisecond()))?;
        Ok(())
    }

    /// Ends one session.
    pub fn end_session(&self, token_sha256: &[u8; 32]) -> Result<(), JournalError> {
        self.sql
            .prepare_cached("DELETE FROM session WHERE token_sha256 = ?1")?
            .execute([token_sha256])?;
        Ok(())
    }

    /// Ends every session.
    pub fn end_all_sessions(&self) -> Result<usize, JournalError> {
        Ok(self.sql.execute("DELETE FROM session", [])?)
    }

    /// Ends every session not used since `limit`; how many.
    pub fn end_sessions_idle_since(&self, limit: Moment) -> Result<usize, JournalError> {
        Ok(self
            .sql
            .prepare_cached("DELETE FROM session WHERE seen_at_ms < ?1")?
            .execute([limit.as_millisecond()])?)
    }
}
