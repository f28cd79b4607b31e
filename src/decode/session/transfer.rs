//! One download after another: count, report, fall back, time limit, abort.
//!
//! Procedures and their time limit: Glucose Profile 1.0, "Record Access Control Point procedures".

use crate::decode::gatt::record_access::{
    Answer, OP_ABORT, OP_COUNT, OP_REPORT, Records, Request, ResponseCode, Selection,
};

/// Without a word from the device for this long, a procedure is aborted, and then the connection ended.
pub const SILENCE_LIMIT_MS: u64 = 30_000;
/// The whole memory is asked for at most this often in one connection.
const WHOLE_MEMORY_TRIES: u8 = 2;

/// What the machine would do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    None,
    Abort,
    ReportAll,
}

impl Next {
    pub fn word(self) -> &'static str {
        match self {
            Next::None => "none",
            Next::Abort => "abort",
            Next::ReportAll => "report_all",
        }
    }
}

/// Something that went wrong without costing the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// Another number of records came than was counted.
    CountMismatch,
    /// A sequence number belongs to two records: the meter's numbers began again.
    SequenceReused,
    /// Nothing came for thirty seconds.
    Timeout,
    /// Somebody (never this hub) asked the device to delete records.
    DeleteWritten,
}

impl Warning {
    pub fn word(self) -> &'static str {
        match self {
            Warning::CountMismatch => "count_mismatch",
            Warning::SequenceReused => "sequence_reused",
            Warning::Timeout => "timeout",
            Warning::DeleteWritten => "delete_written",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Procedure {
    Count,
    Report,
}

/// How the last procedure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    NothingAsked,
    CountOpen,
    Counted(u16),
    Report { ended: bool },
}

#[derive(Debug, Clone)]
struct Running {
    procedure: Procedure,
    selection: Selection,
    silent_ms: u64,
    timed_out: bool,
    /// Records that came, each once, broken ones included: they were sent.
    records: u32,
    /// The first record asked for came: the meter still knows it.
    heard_first: bool,
}

/// The downloads of one device, over its connections.
#[derive(Debug, Clone)]
pub struct Transfers {
    running: Option<Running>,
    counted: Option<(Selection, u16)>,
    abort_silent_ms: Option<u64>,
    abort_unanswered: bool,
    last: Last,
    whole_memory_wanted: bool,
    whole_memory_tries: u8,
    sequence_reused: bool,
    /// Another number of records came than was counted, in the last transfer.
    mismatched: bool,
    /// It was said already for the count that stands: a second attempt is held to the same one.
    miscount_told: bool,
    /// Records that were counted and did not come, in the last transfer that ended.
    missing: u32,
}

impl Default for Transfers {
    fn default() -> Self {
        Transfers {
            running: None,
            counted: None,
            abort_silent_ms: None,
            abort_unanswered: false,
            last: Last::NothingAsked,
            whole_memory_wanted: false,
            whole_memory_tries: 0,
            sequence_reused: false,
            mismatched: false,
            miscount_told: false,
            missing: 0,
        }
    }
}

impl Transfers {
    /// A request was written.
    pub fn wrote(&mut self, request: Request) -> Option<Warning> {
        match request {
            Request::Count(selection) => {
                self.begin(Procedure::Count, selection);
                self.counted = None;
                self.miscount_told = false;
                self.last = Last::CountOpen;
            }
            Request::Report(selection) => {
                if selection == Selection::Records(Records::All) {
                    self.whole_memory_tries = self.whole_memory_tries.saturating_add(1);
                }
                self.begin(Procedure::Report, selection);
                self.last = Last::Report { ended: false };
            }
            Request::Abort => {
                self.running = None;
                self.whole_memory_wanted = false;
                self.abort_silent_ms = Some(0);
            }
            Request::Delete(_) => return Some(Warning::DeleteWritten),
            Request::Other { .. } => {}
        }
        None
    }

    fn begin(&mut self, procedure: Procedure, selection: Selection) {
        self.whole_memory_wanted = false;
        self.sequence_reused = false;
        self.mismatched = false;
        self.missing = 0;
        self.abort_silent_ms = None;
        self.running = Some(Running {
            procedure,
            selection,
            silent_ms: 0,
            timed_out: false,
            records: 0,
            heard_first: false,
        });
    }

    /// The last request did not reach the device.
    pub fn write_failed(&mut self) {
        self.running = None;
        self.abort_silent_ms = None;
    }

    /// Any value came: the device is alive.
    pub fn heard(&mut self) {
        if let Some(running) = &mut self.running {
            running.silent_ms = 0;
        }
    }

    /// A record came. `counts`: not one that already came in this transfer.
    pub fn record(&mut self, sequence: Option<u16>, counts: bool) {
        if let Some(running) = &mut self.running {
            running.records = running.records.saturating_add(u32::from(counts));
            if let (Selection::Records(Records::Since(first)), Some(sequence)) =
                (&running.selection, sequence)
            {
                running.heard_first |= *first == sequence;
            }
        }
    }

    /// A sequence number came again with another record behind it.
    pub fn sequence_reused(&mut self) {
        self.sequence_reused = true;
    }

    /// The device answered.
    pub fn answered(&mut self, answer: Answer) -> Option<Warning> {
        match answer {
            Answer::Response {
                request_op: OP_ABORT,
                ..
            } => {
                self.abort_silent_ms = None;
                None
            }
            Answer::Count(count) => {
                let running = self.running.take_if(|r| r.procedure == Procedure::Count)?;
                self.counted_as(running, count);
                None
            }
            Answer::Response {
                request_op: OP_COUNT,
                code,
            } => {
                let running = self.running.take_if(|r| r.procedure == Procedure::Count)?;
                if code == ResponseCode::NO_RECORDS_FOUND {
                    self.counted_as(running, 0);
                } else {
                    // Counting is a courtesy: without it the memory is asked for as it is.
                    self.whole_memory_wanted = !running.timed_out;
                }
                None
            }
            Answer::Response {
                request_op: OP_REPORT,
                code,
            } => {
                let running = self.running.take_if(|r| r.procedure == Procedure::Report)?;
                self.reported(&running, code)
            }
            Answer::Response { .. } => None,
        }
    }

    fn counted_as(&mut self, running: Running, count: u16) {
        self.last = Last::Counted(count);
        let since = matches!(running.selection, Selection::Records(Records::Since(_)));
        // "From the last known on" includes the last known: none means that the numbers began again.
        self.whole_memory_wanted = !running.timed_out && (count == 0) == since;
        self.counted = Some((running.selection, count));
    }

    fn reported(&mut self, running: &Running, code: ResponseCode) -> Option<Warning> {
        if running.timed_out {
            return None;
        }
        let all = running.selection == Selection::Records(Records::All);
        let since = matches!(running.selection, Selection::Records(Records::Since(_)));
        let ended = matches!(code, ResponseCode::SUCCESS | ResponseCode::NO_RECORDS_FOUND);
        self.last = Last::Report { ended };
        if !ended {
            self.whole_memory_wanted = code.refuses_the_form() && !all;
            return None;
        }
        let counted = self
            .counted
            .as_ref()
            .filter(|(selection, _)| *selection == running.selection)
            .map(|(_, count)| u32::from(*count));
        let mismatch = counted.is_some_and(|count| count != running.records);
        self.missing = counted.map_or(0, |count| count.saturating_sub(running.records));
        self.mismatched = mismatch;
        let began_again = since && (!running.heard_first || self.sequence_reused);
        let told = std::mem::replace(&mut self.miscount_told, mismatch);
        self.whole_memory_wanted =
            (mismatch || began_again) && self.whole_memory_tries < WHOLE_MEMORY_TRIES;
        if !self.whole_memory_wanted {
            self.counted = None;
        }
        (mismatch && !told).then_some(Warning::CountMismatch)
    }

    pub fn time_passes(&mut self, ms: u64) -> Option<Warning> {
        if let Some(silent_ms) = &mut self.abort_silent_ms {
            *silent_ms = silent_ms.saturating_add(ms);
            if *silent_ms >= SILENCE_LIMIT_MS {
                self.abort_silent_ms = None;
                self.abort_unanswered = true;
            }
        }
        let running = self.running.as_mut()?;
        running.silent_ms = running.silent_ms.saturating_add(ms);
        let over = running.silent_ms >= SILENCE_LIMIT_MS && !running.timed_out;
        running.timed_out |= over;
        over.then_some(Warning::Timeout)
    }

    /// What is running ends unfinished; what ended stays ended.
    pub fn disconnected(&mut self) {
        let last = self.last;
        *self = Transfers {
            last,
            ..Transfers::default()
        };
    }

    pub fn next(&self) -> Next {
        match &self.running {
            Some(running) if running.timed_out => Next::Abort,
            Some(_) => Next::None,
            None if self.whole_memory_wanted => Next::ReportAll,
            None => Next::None,
        }
    }

    /// A procedure or an abort waits for its answer.
    pub fn is_busy(&self) -> bool {
        self.running.is_some() || self.abort_silent_ms.is_some()
    }

    /// The device does not even answer an abort: nothing but the end of the connection is left.
    pub fn is_dead(&self) -> bool {
        self.abort_unanswered
    }

    /// The last count that was answered and not yet used up by its report.
    pub fn count(&self) -> Option<u16> {
        self.counted.as_ref().map(|(_, count)| *count)
    }

    /// The last transfer brought another number of records than was counted.
    pub fn is_mismatched(&self) -> bool {
        self.mismatched
    }

    /// Records that the device counted and did not send in the last transfer that ended.
    pub fn missing(&self) -> u32 {
        self.missing
    }

    /// The last transfer that was asked for came to its end; `left`: the device has gone.
    pub fn is_complete(&self, left: bool) -> bool {
        match self.last {
            Last::NothingAsked => left,
            Last::CountOpen => false,
            Last::Counted(count) => count == 0,
            Last::Report { ended } => ended,
        }
    }
}
