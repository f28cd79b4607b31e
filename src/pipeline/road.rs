//! The one writer: a thread that keeps frames for everybody who waits, then understands them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::sync::{oneshot, watch};

use super::command::{Command, CommandError};
use super::decoder::Decoder;
use super::keep::{Ready, ready};
use super::replay::{ForGood, Outcomes};
use super::tick;
use super::understand::Understanding;
use crate::journal::{JournalError, NewFrame, SealKey, Tx, Which, Writer};
use crate::rules::RuleTable;
use crate::vitals::{Clock, Frame, FrameRow, Inlet, Keeping, Moment, NotKept};

/// How the writer works.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Most frames written in one commit. Default 1024.
    pub frames_per_commit: u32,
    /// Longest wait before a failed write is tried again, milliseconds. Default 1000.
    pub retry_at_most_ms: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            frames_per_commit: 1024,
            retry_at_most_ms: 1000,
        }
    }
}

/// How far the journal is. Followers wait for it to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Counts commits that followers may care about.
    pub commits: u64,
    /// Every frame up to here has been interpreted once (halves may still wait for their others).
    pub understood: FrameRow,
    /// Writes that failed since the start: while it grows, devices wait and staff must look.
    pub failed_writes: u64,
}

enum Work {
    Keep(Box<Ready>, oneshot::Sender<Result<FrameRow, NotKept>>),
    Command(Command),
    Stop,
}

/// The front of the road: give frames and commands, wait for progress.
pub struct Road {
    work: Sender<Work>,
    progress: watch::Receiver<Progress>,
    decoder: Arc<dyn Decoder>,
    seal: Arc<SealKey>,
    thread: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Road {
    /// Starts the writer thread. What a former run kept and did not understand is taken up at once.
    pub fn start(
        writer: Writer,
        decoder: Arc<dyn Decoder>,
        seal: Arc<SealKey>,
        rules: Arc<RuleTable>,
        clock: Arc<dyn Clock>,
        quarantine_days: u32,
        settings: &Settings,
    ) -> std::io::Result<Self> {
        let (work, inbox) = channel();
        let start = Progress {
            commits: 0,
            understood: FrameRow(0),
            failed_writes: 0,
        };
        let (notice, progress) = watch::channel(start);
        let thread = WriterThread {
            writer,
            inbox,
            held: VecDeque::new(),
            understanding: Understanding::new(decoder.clone(), seal.clone(), rules),
            clock,
            notice,
            progress: start,
            quarantine_days,
            settings: settings.clone(),
            next_tick: Instant::now(),
            stopping: false,
        };
        let thread = std::thread::Builder::new()
            .name("journal-writer".to_owned())
            .spawn(move || thread.run())?;
        Ok(Road {
            work,
            progress,
            decoder,
            seal,
            thread: std::sync::Mutex::new(Some(thread)),
        })
    }

    /// A receiver that changes with every commit followers may care about.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Waits until every frame up to `row` was interpreted.
    pub async fn understood(&self, row: FrameRow) {
        let mut progress = self.progress();
        // The writer ends only when the road is stopped; then nobody needs to wait any more.
        let _ = progress.wait_for(|p| p.understood >= row).await;
    }

    /// Runs one act of a person (or of the program in a person's name) in one transaction, with one
    /// line in the audit log. `work` returns its answer and the object it acted on (`person:12`).
    ///
    /// # Errors
    /// [`CommandError::Journal`] when nothing was changed; [`CommandError::Stopping`].
    pub async fn command<T: Send + 'static>(
        &self,
        actor: &str,
        action: &'static str,
        work: impl FnOnce(&Tx<'_>, Moment) -> Result<(T, String), JournalError> + Send + 'static,
    ) -> Result<T, CommandError> {
        self.act(actor, action, move |tx, now| {
            let (answer, object) = work(tx, now)?;
            Ok::<_, CommandError>((answer, Some(object)))
        })
        .await
    }

    /// Like [`Road::command`] for an act that may be refused for reasons of its own, or change nothing:
    /// without an object there is no line in the audit log.
    ///
    /// # Errors
    /// What `work` returned, and then nothing was changed; or those of [`Road::command`].
    pub async fn act<T, E>(
        &self,
        actor: &str,
        action: &'static str,
        work: impl FnOnce(&Tx<'_>, Moment) -> Result<(T, Option<String>), E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<JournalError> + From<CommandError> + Send + 'static,
    {
        let actor = actor.to_owned();
        self.run(move |tx, now| {
            let (answer, object) = work(tx, now)?;
            if let Some(object) = object {
                tx.audit(now, &actor, action, &object)?;
            }
            Ok(answer)
        })
        .await
    }

    /// Runs one housekeeping write (a session, a cursor) in one transaction, without an audit line.
    ///
    /// # Errors
    /// As [`Road::command`].
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>, Moment) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, CommandError> {
        self.run(move |tx, now| Ok::<_, CommandError>(work(tx, now)?))
            .await
    }

    async fn run<T, E>(
        &self,
        work: impl FnOnce(&Tx<'_>, Moment) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<JournalError> + From<CommandError> + Send + 'static,
    {
        let (command, answer) = Command::new(work);
        self.work
            .send(Work::Command(command))
            .map_err(|_| CommandError::Stopping)?;
        answer.await.map_err(|_| CommandError::Stopping)?
    }

    /// Interprets again, for good, what was not used, in batches between which devices are answered; one
    /// line in the audit log each.
    ///
    /// # Errors
    /// As [`Road::command`]; batches that are done stay done, and asking again goes on with the rest.
    pub async fn interpret_again(
        &self,
        actor: &str,
        which: Which,
    ) -> Result<Outcomes, CommandError> {
        let mut work = ForGood::new(self.decoder.clone(), self.seal.clone(), which);
        loop {
            let (back, more) = self
                .command(actor, "frames.interpret_again", move |tx, now| {
                    let more = work.batch(tx, now)?;
                    Ok(((work, more), "frames".to_owned()))
                })
                .await?;
            work = back;
            if !more {
                return Ok(work.outcomes());
            }
        }
    }

    /// Ends the writer after what it holds is on disk. Frames that come later are not kept.
    pub fn stop(&self) {
        let _ = self.work.send(Work::Stop);
        let thread = self.thread.lock().ok().and_then(|mut t| t.take());
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the journal's writer ended in a panic");
        }
    }
}

impl Inlet for Road {
    fn keep(&self, frame: Frame) -> Keeping {
        let ready = ready(self.decoder.as_ref(), &self.seal, frame);
        let (answer, kept) = oneshot::channel();
        let sent = self.work.send(Work::Keep(Box::new(ready), answer));
        Box::pin(async move {
            if sent.is_err() {
                return Err(NotKept::Stopping);
            }
            kept.await.unwrap_or(Err(NotKept::Stopping))
        })
    }
}

struct WriterThread {
    writer: Writer,
    inbox: Receiver<Work>,
    /// Taken from the inbox and not done yet, in order.
    held: VecDeque<Work>,
    understanding: Understanding,
    clock: Arc<dyn Clock>,
    notice: watch::Sender<Progress>,
    progress: Progress,
    quarantine_days: u32,
    settings: Settings,
    next_tick: Instant,
    stopping: bool,
}

/// How often due things are looked for: waiting halves, payloads past their days.
const TICK: Duration = Duration::from_secs(1);

impl WriterThread {
    fn run(mut self) {
        loop {
            self.take_work();
            if !self.do_held() || (self.stopping && self.held.is_empty()) {
                return;
            }
            self.understand();
            if Instant::now() >= self.next_tick {
                self.tick();
                self.next_tick = Instant::now() + TICK;
            }
        }
    }

    /// Waits for work unless there is something to understand, then takes all that is there.
    fn take_work(&mut self) {
        if self.held.is_empty() && !self.understanding.has_more() {
            let wait = self.next_tick.saturating_duration_since(Instant::now());
            match self.inbox.recv_timeout(wait) {
                Ok(work) => self.held.push_back(work),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.stopping = true,
            }
        }
        let most = self.settings.frames_per_commit.max(1) as usize;
        while self.held.len() < most {
            match self.inbox.try_recv() {
                Ok(work) => self.held.push_back(work),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.stopping = true;
                    break;
                }
            }
        }
    }

    /// Does what is held, frames first; `false` when the thread must end.
    fn do_held(&mut self) -> bool {
        let mut frames = Vec::new();
        let mut others = Vec::new();
        for work in self.held.drain(..) {
            match work {
                Work::Keep(ready, answer) => frames.push((ready, answer)),
                Work::Command(command) => others.push(command),
                Work::Stop => self.stopping = true,
            }
        }
        if !frames.is_empty() && !self.keep(frames) {
            return false;
        }
        for command in others {
            self.command(command);
        }
        true
    }

    /// Writes frames until the disk has them, then answers everybody; `false` when stopped meanwhile.
    fn keep(
        &mut self,
        frames: Vec<(Box<Ready>, oneshot::Sender<Result<FrameRow, NotKept>>)>,
    ) -> bool {
        let mut wait_ms = 10;
        loop {
            let began = Instant::now();
            match self.write_frames(&frames) {
                Ok(rows) => {
                    metrics::histogram!("hub_keep_commit_seconds").record(began.elapsed());
                    metrics::counter!("hub_frames_kept_total").increment(rows.len() as u64);
                    for ((_, answer), row) in frames.into_iter().zip(rows) {
                        let _ = answer.send(Ok(row));
                    }
                    self.understanding.expect_more();
                    return true;
                }
                Err(error) => {
                    self.failed_write();
                    tracing::error!(%error, waiting = frames.len(), "the journal cannot write; devices wait");
                    if !self.wait_out(wait_ms) {
                        for (_, answer) in frames {
                            let _ = answer.send(Err(NotKept::Stopping));
                        }
                        return false;
                    }
                    wait_ms = (wait_ms * 2).min(u64::from(self.settings.retry_at_most_ms));
                }
            }
        }
    }

    fn write_frames(
        &mut self,
        frames: &[(Box<Ready>, oneshot::Sender<Result<FrameRow, NotKept>>)],
    ) -> Result<Vec<FrameRow>, JournalError> {
        self.writer.transaction(|tx| {
            frames
                .iter()
                .map(|(ready, _)| {
                    tx.insert_frame(&NewFrame {
                        frame: &ready.frame,
                        stored: &ready.stored,
                        sealed: ready.sealed,
                        sha256: ready.sha256,
                    })
                })
                .collect()
        })
    }

    /// Waits before trying again, listening for the order to stop; `false` when it came.
    fn wait_out(&mut self, wait_ms: u64) -> bool {
        let until = Instant::now() + Duration::from_millis(wait_ms);
        while !self.stopping {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            match self.inbox.recv_timeout(left) {
                Ok(Work::Stop) | Err(RecvTimeoutError::Disconnected) => self.stopping = true,
                Ok(work) => self.held.push_back(work),
                Err(RecvTimeoutError::Timeout) => return true,
            }
        }
        false
    }

    fn command(&mut self, command: Command) {
        let now = self.clock.now();
        if command.run(&mut self.writer, now) {
            self.announce();
        }
    }

    fn understand(&mut self) {
        if !self.understanding.has_more() {
            return;
        }
        let now = self.clock.now();
        match self.understanding.batch(&mut self.writer, now) {
            Ok(Some(understood)) => {
                self.progress.understood = understood;
                self.announce();
            }
            Ok(None) => {}
            Err(error) => {
                self.failed_write();
                tracing::error!(%error, "frames stay unsettled and are tried again");
                self.understanding.begin_again();
                self.wait_out(u64::from(self.settings.retry_at_most_ms));
            }
        }
    }

    fn tick(&mut self) {
        let now = self.clock.now();
        match tick::tick(
            &mut self.writer,
            &mut self.understanding,
            now,
            self.quarantine_days,
        ) {
            Ok(true) => self.announce(),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "the tick did not write and is tried again");
                self.understanding.begin_again();
            }
        }
    }

    fn failed_write(&mut self) {
        metrics::counter!("hub_journal_write_failures_total").increment(1);
        self.progress.failed_writes += 1;
        self.notice.send_replace(self.progress);
    }

    fn announce(&mut self) {
        self.progress.commits += 1;
        self.notice.send_replace(self.progress);
    }
}
