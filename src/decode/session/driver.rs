//! The active half of a session: one device, connection after connection, as events in and actions out.
//!
//! The order of a connection: the clock, before anybody sets it; Device Information, battery and features
//! (after subscribing, where the device sends at once); what the maker wants written first; setting the
//! clock, where the profile says first; a rest; subscriptions; the download; setting the clock, where it is
//! off; the end. Whatever fails on the way costs its step, not the rest.
//!
//! The caller does the IO. It gives every value at once (`Keep` is always the first answer to one), also
//! those that come while it connects and after the device left, and it lets time pass by events.

use std::collections::{BTreeSet, VecDeque};

use jiff::civil;

use super::event::{Action, Event};
use super::listener::{Heard, Listener};
use super::plan::{Step, clock_of, steps};
use super::transfer::{Next, SILENCE_LIMIT_MS};
use crate::decode::gatt::Characteristic;
use crate::decode::gatt::current_time::CurrentTime;
use crate::decode::gatt::date_time::DateTime;
use crate::decode::gatt::profile::{Measures, Profile};
use crate::decode::gatt::record_access::{Ask, Records};

/// A read, a subscription or a write may take this long; connecting too (BlueZ gives up after 30 s itself).
const STEP_LIMIT_MS: u64 = 30_000;
/// A cuff that has sent is given this long for its next record.
const QUIET_AFTER_VALUE_MS: u64 = 5_000;
/// A cuff that sends nothing is let go after this.
const QUIET_WITHOUT_VALUE_MS: u64 = 60_000;
/// Numbers begin again at 0 after 65,535, and "this number and above" would leave those out: from here on the
/// whole memory is asked for. No meter holds as many records as are left above it.
const NEAR_THE_LAST_NUMBER: u16 = 0xF000;

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Idle,
    Connecting,
    /// A step is under way.
    Doing(Step),
}

/// One device.
#[derive(Debug, Clone)]
pub struct Driver {
    profile: Profile,
    listener: Listener,
    state: State,
    steps: VecDeque<Step>,
    waited_ms: u64,
    offers: BTreeSet<Characteristic>,
    value_came: bool,
    /// Records were asked for in this connection.
    asked: bool,
    resubscribed: bool,
    /// The last download reached its end, so "from the last known on" is enough.
    memory_is_whole: bool,
    /// A download of this connection did not reach its end.
    memory_was_cut: bool,
}

impl Driver {
    pub fn new(profile: Profile, hub_time: civil::DateTime) -> Self {
        Driver {
            listener: Listener::new(&profile, hub_time),
            profile,
            state: State::Idle,
            steps: VecDeque::new(),
            waited_ms: 0,
            offers: BTreeSet::new(),
            value_came: false,
            asked: false,
            resubscribed: false,
            memory_is_whole: false,
            memory_was_cut: false,
        }
    }

    pub fn listener(&self) -> &Listener {
        &self.listener
    }

    /// No connection is open or being made.
    pub fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// The connection is still being made.
    pub fn is_connecting(&self) -> bool {
        self.state == State::Connecting
    }

    pub fn on(&mut self, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            Event::Advertised if self.state == State::Idle => {
                self.state = State::Connecting;
                self.waited_ms = 0;
                self.value_came = false;
                self.asked = false;
                actions.push(Action::Connect);
            }
            Event::Connected { offers } if self.state == State::Connecting => {
                self.plan(offers);
                self.advance(&mut actions);
            }
            Event::ConnectFailed | Event::Disconnected => self.end(&mut actions),
            Event::Read {
                characteristic,
                value,
            } => {
                self.read(characteristic, value, &mut actions);
            }
            Event::Subscribed { ok } => self.subscribed(ok, &mut actions),
            Event::Written { result } => self.written(result, &mut actions),
            Event::Value {
                characteristic,
                bytes,
            } => {
                let heard = self.listener.value(characteristic, &bytes);
                actions.push(Action::Keep {
                    characteristic,
                    bytes,
                    heard,
                });
                self.value_came |= matches!(heard, Heard::New | Heard::Again);
                if self.state == State::Doing(Step::Listen) {
                    self.waited_ms = 0;
                }
                self.check_procedure(&mut actions);
            }
            Event::TimePasses { ms } => self.time_passes(ms, &mut actions),
            Event::HubTime(now) => self.listener.hub_time(now),
            // A late report of a connection that is given up, or a second advertisement.
            Event::Advertised | Event::Connected { .. } => {}
        }
        actions
    }

    fn plan(&mut self, offers: BTreeSet<Characteristic>) {
        self.resubscribed = false;
        self.memory_was_cut = false;
        self.steps = steps(&self.profile, &offers);
        self.offers = offers;
    }

    /// Which records to ask for: all, unless the last download was whole.
    fn wanted(&self) -> Records {
        match self.listener.last_sequence() {
            Some(last) if self.memory_is_whole && last < NEAR_THE_LAST_NUMBER => {
                Records::Since(last)
            }
            _ => Records::All,
        }
    }

    fn advance(&mut self, actions: &mut Vec<Action>) {
        self.waited_ms = 0;
        while let Some(step) = self.steps.pop_front() {
            if self.begin(&step, actions) {
                self.state = State::Doing(step);
                return;
            }
        }
    }

    /// Starts a step; false where there is nothing to do or to wait for.
    fn begin(&mut self, step: &Step, actions: &mut Vec<Action>) -> bool {
        match step {
            Step::Read(characteristic) => actions.push(Action::Read(*characteristic)),
            Step::Vendor { uuid, bytes } => actions.push(Action::WriteVendor {
                uuid: uuid.clone(),
                bytes: bytes.clone(),
            }),
            Step::SetClockFirst => return self.set_clock(actions),
            // What is still in the device could not be put right after its clock was set.
            Step::SetClockLast if self.memory_was_cut => return false,
            Step::SetClockLast => {
                let tolerance = self.profile.clock_tolerance_minutes;
                return self.listener.clock().needs_setting(tolerance) && self.set_clock(actions);
            }
            Step::Subscribe(characteristic) => actions.push(Action::Subscribe(*characteristic)),
            Step::Count => self.ask(Ask::Count(self.wanted()), actions),
            Step::Report(records) => self.ask(Ask::Report(*records), actions),
            Step::Abort => self.ask(Ask::Abort, actions),
            Step::Rest { .. } | Step::Listen => {}
            Step::Leave => actions.push(Action::Disconnect),
        }
        true
    }

    fn set_clock(&mut self, actions: &mut Vec<Action>) -> bool {
        let now = self.listener.hub_now();
        let write = match clock_of(&self.offers) {
            Some(Characteristic::CurrentTime) => CurrentTime::from_civil(now)
                .map(|time| (Characteristic::CurrentTime, time.to_bytes().to_vec())),
            Some(characteristic) => {
                DateTime::from_civil(now).map(|time| (characteristic, time.to_bytes().to_vec()))
            }
            None => None,
        };
        let Some((characteristic, bytes)) = write else {
            return false;
        };
        self.listener.wrote(characteristic, &bytes);
        actions.push(Action::Write {
            characteristic,
            bytes,
        });
        true
    }

    /// The listener learns of a request as it goes out: the device may answer before the write returns.
    fn ask(&mut self, ask: Ask, actions: &mut Vec<Action>) {
        self.asked = true;
        let bytes = ask.to_bytes();
        self.listener.wrote(Characteristic::RecordAccess, &bytes);
        actions.push(Action::Write {
            characteristic: Characteristic::RecordAccess,
            bytes,
        });
    }

    fn read(
        &mut self,
        characteristic: Characteristic,
        value: Option<Vec<u8>>,
        actions: &mut Vec<Action>,
    ) {
        if let Some(bytes) = value {
            let clock = Some(characteristic) == clock_of(&self.offers);
            if clock {
                self.listener.clock_read(characteristic, &bytes);
            }
            actions.push(Action::Keep {
                characteristic,
                bytes,
                heard: Heard::Ignored,
            });
        }
        if self.state == State::Doing(Step::Read(characteristic)) {
            self.advance(actions);
        }
    }

    fn subscribed(&mut self, ok: bool, actions: &mut Vec<Action>) {
        let State::Doing(Step::Subscribe(characteristic)) = self.state else {
            return;
        };
        // Without its context a record still counts; without the record itself there is nothing to wait for.
        if !ok && characteristic != Characteristic::GlucoseContext {
            self.leave_early();
        }
        self.advance(actions);
    }

    fn written(&mut self, result: Result<(), Option<u8>>, actions: &mut Vec<Action>) {
        let State::Doing(step) = self.state.clone() else {
            return;
        };
        match (step, result) {
            (Step::Vendor { .. } | Step::SetClockFirst | Step::SetClockLast, _) => {
                self.advance(actions);
            }
            // The answer comes as an indication, and may have come already.
            (Step::Count | Step::Report(_) | Step::Abort, Ok(())) => {
                self.check_procedure(actions);
            }
            (step @ (Step::Count | Step::Report(_)), Err(code)) => {
                self.listener.write_failed();
                self.refused(step, code);
                self.advance(actions);
            }
            (Step::Abort, Err(_)) => {
                self.listener.write_failed();
                self.leave_early();
                self.advance(actions);
            }
            _ => {}
        }
    }

    /// ATT errors of a control point: 0x80 and 0xFE procedure in progress, 0x81 and 0xFD not subscribed.
    fn refused(&mut self, step: Step, code: Option<u8>) {
        let again = !std::mem::replace(&mut self.resubscribed, true);
        match code {
            Some(0x81 | 0xFD) if again => {
                self.steps.push_front(step);
                self.steps
                    .push_front(Step::Subscribe(Characteristic::RecordAccess));
                self.steps
                    .push_front(Step::Subscribe(Characteristic::GlucoseMeasurement));
            }
            Some(0x80 | 0xFE) if again => {
                self.steps.push_front(step);
                self.steps.push_front(Step::Abort);
            }
            _ => self.leave_early(),
        }
    }

    fn leave_early(&mut self) {
        self.steps = VecDeque::from([Step::Leave]);
    }

    /// After a value or a write: whether the procedure under way is over, and what follows.
    fn check_procedure(&mut self, actions: &mut Vec<Action>) {
        let State::Doing(step) = &self.state else {
            return;
        };
        if self.listener.transfers().is_busy() {
            return;
        }
        match step {
            Step::Count => {
                let wanted = self.wanted();
                match (self.listener.next(), self.listener.transfers().count()) {
                    (Next::ReportAll, _) => self.steps.push_front(Step::Report(Records::All)),
                    (_, Some(1..)) => self.steps.push_front(Step::Report(wanted)),
                    _ => {}
                }
            }
            Step::Report(_) => {
                self.memory_is_whole =
                    self.listener.is_complete() && !self.listener.transfers().is_mismatched();
                self.memory_was_cut = !self.memory_is_whole;
                // What came without its meaning is asked for once more.
                self.memory_is_whole &= !self.listener.is_in_want();
                if self.listener.next() == Next::ReportAll {
                    self.steps.push_front(Step::Report(Records::All));
                }
            }
            Step::Abort => {}
            _ => return,
        }
        self.advance(actions);
    }

    fn time_passes(&mut self, ms: u64, actions: &mut Vec<Action>) {
        self.listener.time_passes(ms);
        self.waited_ms = self.waited_ms.saturating_add(ms);
        let waited = self.waited_ms;
        match self.state.clone() {
            State::Idle => {}
            State::Connecting if waited >= STEP_LIMIT_MS => {
                actions.push(Action::Disconnect);
                self.end(actions);
            }
            State::Doing(Step::Count | Step::Report(_)) => {
                if self.listener.next() == Next::Abort {
                    self.memory_is_whole = false;
                    self.leave_early();
                    self.steps.push_front(Step::Abort);
                    self.advance(actions);
                }
            }
            State::Doing(Step::Abort) if waited >= SILENCE_LIMIT_MS => {
                self.leave_early();
                self.advance(actions);
            }
            State::Doing(Step::Rest { ms }) if waited >= ms => self.advance(actions),
            State::Doing(Step::Listen) => {
                let quiet = if self.value_came {
                    QUIET_AFTER_VALUE_MS
                } else {
                    QUIET_WITHOUT_VALUE_MS
                };
                if waited >= quiet {
                    self.advance(actions);
                }
            }
            // BlueZ takes seconds to disconnect; after the limit the connection counts as gone.
            State::Doing(Step::Leave) if waited >= STEP_LIMIT_MS => self.end(actions),
            State::Doing(
                Step::Read(_) | Step::Vendor { .. } | Step::SetClockFirst | Step::SetClockLast,
            ) if waited >= STEP_LIMIT_MS => self.advance(actions),
            State::Doing(Step::Subscribe(_)) if waited >= STEP_LIMIT_MS => {
                self.subscribed(false, actions);
            }
            State::Connecting | State::Doing(_) => {}
        }
    }

    fn end(&mut self, actions: &mut Vec<Action>) {
        if self.state == State::Idle {
            return;
        }
        self.state = State::Idle;
        self.steps.clear();
        self.waited_ms = 0;
        let mut report = self.listener.disconnected();
        self.memory_is_whole &= self.listener.is_complete();
        report.complete &= self.was_heard();
        actions.push(Action::Ended(Box::new(report)));
    }

    /// Whether this connection tells what the device held: a meter was asked, and a cuff sent something. One
    /// that could not be subscribed to, or was silent, may still hold everything.
    fn was_heard(&self) -> bool {
        let is_asked = self.profile.measures == Measures::Glucose
            && self.offers.contains(&Characteristic::RecordAccess);
        if is_asked {
            self.asked
        } else {
            self.value_came
        }
    }
}

#[cfg(test)]
#[path = "driver/tests.rs"]
mod tests;
