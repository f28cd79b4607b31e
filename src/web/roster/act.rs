//! From a visitor to an act on the road, and from its refusal to what the page says.

use crate::journal::Tx;
use crate::pipeline::By;
use crate::pipeline::enter::{Entered, NotEntered};
use crate::vitals::Moment;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;

/// Who acts, and how far she may reach.
///
/// # Errors
/// [`Refusal::NotFound`] for whoever may see no person.
pub fn by(ask: &Ask) -> Result<By, Refusal> {
    let visitor = ask.visitor.as_ref().ok_or(Refusal::SignedOut)?;
    Ok(By {
        actor: visitor.actor(),
        scope: visitor.scope().ok_or(Refusal::NotFound)?,
    })
}

/// Runs an act in the visitor's name.
pub async fn run<T: Send + 'static>(
    ask: &Ask,
    action: &'static str,
    work: impl FnOnce(&Tx<'_>, &By, Moment) -> Entered<T> + Send + 'static,
) -> Result<T, Stopped> {
    let by = by(ask)?;
    let actor = by.actor.clone();
    let done = ask
        .state
        .road
        .act(&actor, action, move |tx, now| work(tx, &by, now))
        .await;
    Ok(done?)
}

/// Why an act came to nothing.
pub enum Stopped {
    /// No page for this visitor.
    Refused(Refusal),
    /// Something the visitor can put right.
    Say(NotEntered),
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Stopped::Refused(refusal)
    }
}

impl From<NotEntered> for Stopped {
    fn from(not: NotEntered) -> Self {
        match not {
            NotEntered::NotHere => Stopped::Refused(Refusal::NotFound),
            NotEntered::Journal(error) => Stopped::Refused(error.into()),
            NotEntered::Command(error) => Stopped::Refused(error.into()),
            other => Stopped::Say(other),
        }
    }
}

impl Stopped {
    /// For acts that nothing can stop but a refusal.
    pub fn refusal(self) -> Refusal {
        match self {
            Stopped::Refused(refusal) => refusal,
            Stopped::Say(error) => {
                tracing::error!(%error, "an act was stopped where none can be");
                Refusal::Unreadable
            }
        }
    }

    /// What to tell the visitor.
    ///
    /// # Errors
    /// The refusal, when there is no page for her.
    pub fn sentence(self, ask: &Ask) -> Result<String, Refusal> {
        let t = ask.words;
        match self {
            Stopped::Refused(refusal) => Err(refusal),
            Stopped::Say(NotEntered::Taken) => Ok(t.say("roster-number-taken")),
            Stopped::Say(NotEntered::Since) => Ok(t.say("roster-since")),
            Stopped::Say(NotEntered::Namesakes(_)) => Ok(t.say("roster-namesakes")),
            Stopped::Say(_) => Ok(t.say("roster-number-unreadable")),
        }
    }
}
