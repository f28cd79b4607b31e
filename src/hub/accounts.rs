//! `account set`: who may sign in, as what, and where.

use crate::config::Checked;
use crate::journal::{Journal, JournalError, NewAccount, Tx};
use crate::vitals::{Clock, Moment, SystemClock};
use crate::web::{Role, access::password};

use super::Folder;

/// What `account set` is told.
#[derive(Debug, Clone, clap::Args)]
pub struct Wishes {
    /// The name to sign in with.
    pub login: String,
    /// What the account is for; left out: what it is, and `admin` for the first account of all.
    #[arg(long, value_parser = Role::WORDS)]
    pub role: Option<String>,
    /// Code of the centre that `staff` work in; they see no other.
    #[arg(long)]
    pub centre: Option<String>,
    /// Whose account it is, as colleagues read it; left out: as it was.
    #[arg(long)]
    pub name: Option<String>,
}

/// Why an account was not set, and what to write instead.
#[derive(Debug, thiserror::Error)]
pub enum AccountRefused {
    #[error("say what {login} is: --role operator, doctor, staff (with --centre CODE) or admin")]
    NoRole { login: String },
    #[error("staff work in one centre: add --centre CODE")]
    NoCentre,
    #[error("--centre is for --role staff only: the others have none")]
    CentreOfOthers,
    #[error("there is no centre {code:?}; load it with `roster load` first, or correct the code")]
    UnknownCentre { code: String },
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Makes an account, or sets one anew; signed-in browsers of it are signed out.
///
/// # Errors
/// [`AccountRefused`]; a password of the wrong length; the folder's own errors.
pub fn set(
    checked: &Checked,
    wishes: &Wishes,
    new_password: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let hash = password::hash(new_password)?;
    let folder = Folder::take(&checked.config.journal.folder)?;
    let mut journal = Journal::open(&folder.path, 1)?;
    let now = SystemClock.now();
    journal
        .writer
        .transaction(|tx| put(tx, wishes, &hash, now))?;
    Ok(())
}

fn put(tx: &Tx<'_>, wishes: &Wishes, hash: &str, now: Moment) -> Result<(), AccountRefused> {
    let before = tx.account(&wishes.login)?;
    let (role, centre_id) = match (&wishes.role, &before) {
        (Some(role), _) => (role.clone(), centre(tx, role, wishes.centre.as_deref())?),
        (None, Some(before)) if wishes.centre.is_none() => (before.role.clone(), before.centre_id),
        (None, Some(before)) => (
            before.role.clone(),
            centre(tx, &before.role, wishes.centre.as_deref())?,
        ),
        (None, None) if !tx.any_account()? => (
            "admin".to_owned(),
            centre(tx, "admin", wishes.centre.as_deref())?,
        ),
        (None, None) => {
            return Err(AccountRefused::NoRole {
                login: wishes.login.clone(),
            });
        }
    };
    let name = wishes
        .name
        .as_deref()
        .or(before.as_ref().map(|b| b.name.as_str()));
    let id = tx.put_account(
        &NewAccount {
            login: &wishes.login,
            password_hash: hash,
            role: &role,
            centre_id,
            name: name.unwrap_or_default(),
        },
        now,
    )?;
    Ok(tx.audit(now, "command-line", "account.set", &format!("account:{id}"))?)
}

fn centre(tx: &Tx<'_>, role: &str, code: Option<&str>) -> Result<Option<i64>, AccountRefused> {
    match (role == "staff", code) {
        (true, None) => Err(AccountRefused::NoCentre),
        (false, Some(_)) => Err(AccountRefused::CentreOfOthers),
        (false, None) => Ok(None),
        (true, Some(code)) => match tx.centre_by_code(code)? {
            Some(id) => Ok(Some(id)),
            None => Err(AccountRefused::UnknownCentre {
                code: code.to_owned(),
            }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(role: Option<&str>, centre: Option<&str>) -> Wishes {
        Wishes {
            login: "ma".to_owned(),
            role: role.map(str::to_owned),
            centre: centre.map(str::to_owned),
            name: None,
        }
    }

    #[test]
    fn roles_and_centres_that_fit_are_taken_and_others_explained() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), 1).unwrap();
        let mut set = |wishes: Wishes| {
            journal
                .writer
                .transaction(|tx| {
                    if tx.centre_by_code("c1")?.is_none() {
                        tx.add_centre("c1", "甲子村", "")?;
                    }
                    put(tx, &wishes, "hash", Moment::UNIX_EPOCH)?;
                    Ok::<_, AccountRefused>(tx.account("ma")?.unwrap())
                })
                .map(|a| (a.role, a.centre_id, a.name))
        };
        let is = |role: &str, centre, name: &str| (role.to_owned(), centre, name.to_owned());
        assert_eq!(set(wishes(None, None)).unwrap(), is("admin", None, ""));
        let staff = Wishes {
            name: Some("马子丑".to_owned()),
            ..wishes(Some("staff"), Some("c1"))
        };
        assert_eq!(set(staff).unwrap(), is("staff", Some(1), "马子丑"));
        // A new password alone changes nothing else.
        assert_eq!(
            set(wishes(None, None)).unwrap(),
            is("staff", Some(1), "马子丑")
        );
        let refused = |wishes| set(wishes).unwrap_err().to_string();
        let mut refused = refused;
        assert!(refused(wishes(Some("staff"), None)).contains("--centre"));
        assert!(refused(wishes(Some("doctor"), Some("c1"))).contains("staff only"));
        assert!(refused(wishes(Some("staff"), Some("c9"))).contains("c9"));
        let other = Wishes {
            login: "he".to_owned(),
            ..wishes(None, None)
        };
        assert!(refused(other).contains("--role"));
    }
}
