//! Accounts of staff: who they are called. Passwords and roles are set on the command line.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};

use super::fields::Sent;
use crate::journal::JournalError;
use crate::people::entry;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::View;

struct AccountRow {
    id: i64,
    login: String,
    name: String,
    role: String,
    centre: String,
}

#[derive(Template)]
#[template(path = "accounts.html", config = "src/web/askama.toml")]
struct AccountsPage {
    shell: Shell,
    trouble: Option<String>,
    rows: Vec<AccountRow>,
}

/// `GET /accounts`.
pub async fn show(ask: Ask) -> Result<Response, Refusal> {
    shown(&ask, None).await
}

async fn shown(ask: &Ask, trouble: Option<String>) -> Result<Response, Refusal> {
    let t = ask.words;
    let lines = View::of(ask)?.running()?.accounts().await?;
    let mut shell = Shell::new(ask, Tab::Operator, &t.say("accounts-title"));
    shell.back = "/accounts".to_owned();
    Ok(page(&AccountsPage {
        shell,
        trouble,
        rows: lines
            .into_iter()
            .map(|line| AccountRow {
                id: line.id,
                login: line.login,
                name: line.name,
                role: t.word("role", &line.role),
                centre: line.centre.unwrap_or_default(),
            })
            .collect(),
    })?
    .into_response())
}

/// `POST /accounts`: another name for one account.
pub async fn rename(ask: Ask, sent: Sent) -> Result<Response, Refusal> {
    let account: i64 = sent.number("account")?;
    let Ok(name) = entry::short_text(sent.one("name"), "name", 40) else {
        let say = ask.words.with1("fault-name-long", "most", 40);
        return shown(&ask, Some(say)).await;
    };
    let actor = ask.visitor.as_ref().ok_or(Refusal::SignedOut)?.actor();
    let known = ask
        .state
        .road
        .act(&actor, "account.name", move |tx, _| {
            let known = tx.name_account(account, &name)?;
            Ok::<_, NotNamed>((known, known.then(|| format!("account:{account}"))))
        })
        .await;
    match known {
        Ok(true) => Ok(Redirect::to("/accounts").into_response()),
        Ok(false) => Err(Refusal::NotFound),
        Err(NotNamed(refusal)) => Err(refusal),
    }
}

/// Why a name was not written: the journal, or a hub that is stopping.
struct NotNamed(Refusal);

impl From<JournalError> for NotNamed {
    fn from(error: JournalError) -> Self {
        NotNamed(error.into())
    }
}

impl From<crate::pipeline::CommandError> for NotNamed {
    fn from(error: crate::pipeline::CommandError) -> Self {
        NotNamed(error.into())
    }
}
