//! What this visitor may see of the journal. Every page reads through here.
//!
//! A view of health comes only with a scope, and its queries carry that scope: a page cannot ask for what
//! its visitor may not see, and no page has to remember to look.

mod chair;
mod day;
mod health;
mod kind;
mod operation;
mod radio;
mod staff;

use jiff::ToSpan;
use jiff::civil::Date;

pub use chair::{Chair, InChair, Names, RESULT_S};
pub use day::{BedsideRecord, Came, DayRecord, Missing};
pub use health::{CENTRE_DAYS, CentreRecord, Health, Listed, PersonRecord};
pub use kind::Tried;
pub use operation::{Operation, Running};
pub use radio::{Ledger, Places};
pub use staff::{Changed, ReadingRecord, TRAY_OLD, TRAY_WHOLE, TrayRecord, Waiting};

use super::ask::Ask;
use super::refusal::Refusal;
use super::state::State;
use super::visitor::{Need, Visitor};
use crate::vitals::Moment;

/// Rows of the table of numbers.
pub const NUMBERS_MAX: u32 = 30;
/// Rows of the operator's lists.
pub const FRAMES_MAX: u32 = 20;

/// The journal as one visitor may see it, at one moment.
#[derive(Clone)]
pub struct View {
    state: State,
    visitor: Visitor,
    now: Moment,
}

impl View {
    /// The view of whoever asks.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`] when nobody is signed in: no view without a visitor.
    pub fn of(ask: &Ask) -> Result<Self, Refusal> {
        let visitor = ask.visitor.clone().ok_or(Refusal::SignedOut)?;
        Ok(View {
            state: ask.state.clone(),
            visitor,
            now: ask.now,
        })
    }

    /// Persons and what was measured, as far as this visitor's scope goes.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for whoever may see no health at all.
    pub fn health(&self) -> Result<Health, Refusal> {
        let scope = self.visitor.scope().ok_or(Refusal::NotFound)?;
        Ok(Health::new(self.clone(), scope))
    }

    /// How the hub runs, without health.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for whoever does not run it.
    pub fn running(&self) -> Result<Running, Refusal> {
        if self.visitor.may(Need::Operation) {
            Ok(Running::new(self.clone()))
        } else {
            Err(Refusal::NotFound)
        }
    }

    /// Today, where the hub stands.
    pub fn today(&self) -> Date {
        self.state.zone.to_datetime(self.now).date()
    }

    /// The first moment of the day `days` before today.
    pub fn days_ago(&self, days: i64) -> Moment {
        let day = self.today().saturating_sub(days.days());
        let midnight = self
            .state
            .zone
            .to_ambiguous_timestamp(day.at(0, 0, 0, 0))
            .compatible();
        midnight.unwrap_or(Moment::MIN)
    }
}
