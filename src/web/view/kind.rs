//! What the page of a new kind of device may see and do: frames by their shape, and acts that are written down.

use super::operation::Running;
use crate::journal::{Outcome, Sealed, SettledFrame, Which};
use crate::pipeline::profile_folder::NotSwitchedOn;
use crate::pipeline::replay::{End, Outcomes, Rehearsed, rehearse};
use crate::vitals::{FrameRow, Moment};
use crate::web::refusal::Refusal;
use crate::web::state::State;

/// The newest frames that are tried at one touch.
const TRIED_MAX: u32 = 20;

/// A frame that was not used.
pub struct Tried {
    pub row: FrameRow,
    pub received_at: Moment,
    pub source: String,
    /// Opened; none when it was erased or cannot be opened. Shown masked unless `show_plain`.
    pub payload: Option<Vec<u8>>,
    pub outcome: &'static str,
    pub reason: String,
    /// How it would end; none when as it did.
    pub becomes: Option<End>,
    /// Somebody asked to see it, and that is in the audit log.
    pub show_plain: bool,
}

impl Tried {
    fn of(state: &State, frame: SettledFrame) -> Self {
        let kept = frame.kept;
        Tried {
            row: kept.row,
            received_at: kept.frame.received_at,
            source: kept.frame.source,
            payload: match kept.sealed {
                Sealed::Plain => Some(kept.frame.payload),
                Sealed::Encrypted => state.seal.open(&kept.frame.payload, &kept.sha256).ok(),
                Sealed::Erased => None,
            },
            outcome: Outcome::word(frame.outcome),
            reason: frame.reason,
            becomes: None,
            show_plain: false,
        }
    }
}

impl Running {
    /// The text of a profile of the folder.
    pub async fn profile_text(
        &self,
        name: String,
    ) -> Result<Result<String, NotSwitchedOn>, Refusal> {
        let folder = self.state().profiles.clone();
        self.state().blocking(move || folder.text(&name)).await
    }

    /// What the profile would make of the newest frames that were not used; nothing is written.
    pub async fn try_kept(
        &self,
        name: String,
        text: String,
    ) -> Result<Result<Vec<Tried>, NotSwitchedOn>, Refusal> {
        let state = self.state().clone();
        let folder = state.profiles.clone();
        let set = self
            .state()
            .blocking(move || folder.with(&name, &text))
            .await?;
        let decoder = match set {
            Ok(set) => state.profiles.decoder(set),
            Err(why) => return Ok(Err(why)),
        };
        let seal = state.seal.clone();
        let shown = state.clone();
        let mut tried = state
            .read(move |journal| {
                let after = journal.before_the_newest(Which::NotUsed, TRIED_MAX)?;
                let enrolled = journal.device_accounts()?;
                let wanted = Rehearsed {
                    which: Which::NotUsed,
                    after,
                    enrolled: &enrolled,
                    with_values: false,
                };
                let outcomes = rehearse(journal, &decoder, &seal, wanted)?;
                let frames = journal.settled_frames(Which::NotUsed, after, TRIED_MAX)?;
                let rows = frames.into_iter().map(|frame| {
                    let mut tried = Tried::of(&shown, frame);
                    let change = outcomes.changes.iter().find(|c| c.row == tried.row);
                    tried.becomes = change.map(|c| c.becomes.clone());
                    tried
                });
                Ok(rows.collect::<Vec<_>>())
            })
            .await?;
        tried.reverse();
        Ok(Ok(tried))
    }

    /// Writes a profile into the folder and puts it in force; one line in the audit log, before it holds.
    pub async fn switch_on(
        &self,
        name: String,
        text: String,
    ) -> Result<Result<(), NotSwitchedOn>, Refusal> {
        let state = self.state();
        let (folder, first, second) = (state.profiles.clone(), name.clone(), text.clone());
        let fits = state.blocking(move || folder.with(&first, &second)).await?;
        if let Err(why) = fits {
            return Ok(Err(why));
        }
        let object = format!("profile:{name}");
        state
            .road
            .command(&self.actor(), "profile.switch_on", move |_, _| {
                Ok(((), object))
            })
            .await?;
        let folder = state.profiles.clone();
        state.blocking(move || folder.switch_on(&name, &text)).await
    }

    /// Interprets again, for good, what was not used.
    pub async fn interpret_again(&self) -> Result<Outcomes, Refusal> {
        let road = &self.state().road;
        Ok(road.interpret_again(&self.actor(), Which::NotUsed).await?)
    }

    /// One frame with its payload as it came: the line in the audit log comes first.
    pub async fn plain_frame(&self, row: FrameRow) -> Result<Option<Tried>, Refusal> {
        let state = self.state();
        let found = state
            .road
            .command(&self.actor(), "frame.show_plain", move |tx, _| {
                let before = FrameRow(row.0.saturating_sub(1));
                let frames = tx.settled_frames(Which::NotUsed, before, 1)?;
                let found = frames.into_iter().find(|frame| frame.kept.row == row);
                Ok((found, format!("frame:{}", row.0)))
            })
            .await?;
        Ok(found.map(|frame| Tried {
            show_plain: true,
            ..Tried::of(state, frame)
        }))
    }
}
