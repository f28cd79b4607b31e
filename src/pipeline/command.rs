//! The door for people's acts: one transaction, one audit line, one answer.

use tokio::sync::oneshot;

use crate::journal::{JournalError, Tx, Writer};
use crate::vitals::Moment;

/// Why a command changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the hub is stopping; try again when it is back")]
    Stopping,
}

type Run = Box<dyn FnOnce(&mut Writer, Moment) -> bool + Send>;

/// A write on its way to the one writer.
pub(super) struct Command {
    run: Run,
}

impl Command {
    /// The command, and where its answer will be. An error undoes what it wrote.
    pub fn new<T: Send + 'static, E: From<JournalError> + Send + 'static>(
        work: impl FnOnce(&Tx<'_>, Moment) -> Result<T, E> + Send + 'static,
    ) -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (answer, answered) = oneshot::channel();
        let run = Box::new(move |writer: &mut Writer, now: Moment| {
            let result = writer.transaction(|tx| work(tx, now));
            let done = result.is_ok();
            let _ = answer.send(result);
            done
        });
        (Command { run }, answered)
    }

    /// Runs it; whether it changed the journal.
    pub fn run(self, writer: &mut Writer, now: Moment) -> bool {
        (self.run)(writer, now)
    }
}
