//! When to worry: sessions, windows, facts and the published rules over them.
//! Invariant: pure and total; no rule fires without a source, a limit and the readings behind it.

mod admit;
mod assess;
mod cases;
mod cel;
mod course;
mod explain;
mod facts;
mod glucose;
mod judge;
mod place;
mod prompts;
mod record;
mod repeat;
mod session;
mod shipped;
mod table;
mod targets;
mod windows;

#[cfg(test)]
mod tests;

pub use admit::{Refusal, Suspicion};
pub use cases::{CaseFault, CaseLine, judge_cases};
pub use cel::ConditionFault;
pub use course::{Course, SessionMean, WindowMean, course};
pub use explain::{Explanation, ReadingUsed, SourceShown};
pub use facts::{CATALOGUE, FactEntry, FactKind, FactValue, Facts};
pub use judge::{Confirmation, Finding, Judgement, judge};
pub use place::PlaceAlarm;
pub use prompts::{Prompt, PromptKind};
pub use record::{
    Care, CuffRange, GlucoseReading, GlucoseShown, GlucoseUnit, Health, MeterRange, Now, Person,
    PressureReading, Record, round_half_up,
};
pub use repeat::{Repeat, repeat, seated_session};
pub use session::{Session, sessions};
pub use shipped::shipped;
pub use table::{
    Bilingual, BpProfile, BpRow, Class, DeviceDefault, GlucoseProfile, GlucoseRow, Meta, Params,
    PlaceLimits, QuietHours, QuietPolicy, Rule, RuleTable, Seen, Signs, Source, SuspectLimits,
    TableFault, Tier, TierPolicy,
};
pub use targets::{BpTarget, GlucoseTarget, Whose};
