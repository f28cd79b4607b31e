//! A journal that is none: keeps frames in memory, and can be held back, opened and stopped.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use eldercare_hub::vitals::{Frame, FrameRow, Inlet, Keeping, NotKept};
use tokio::sync::watch;
use tokio::time::{Duration, timeout};

/// No event in these tests takes this long unless something is broken.
pub const SOON: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Frames are kept at once.
    Open,
    /// The journal cannot write: frames wait.
    Held,
    /// The hub stops: frames are refused.
    Stopping,
}

pub struct FakeInlet {
    gate: watch::Sender<Gate>,
    asked: watch::Sender<usize>,
    kept: Arc<Mutex<Vec<Frame>>>,
    kept_count: watch::Sender<usize>,
}

impl FakeInlet {
    pub fn new(gate: Gate) -> Arc<Self> {
        Arc::new(FakeInlet {
            gate: watch::Sender::new(gate),
            asked: watch::Sender::new(0),
            kept: Arc::default(),
            kept_count: watch::Sender::new(0),
        })
    }

    pub fn set(&self, gate: Gate) {
        self.gate.send_replace(gate);
    }

    pub fn asked(&self) -> usize {
        *self.asked.borrow()
    }

    pub fn kept(&self) -> Vec<Frame> {
        self.kept.lock().unwrap().clone()
    }

    /// How often each payload was kept.
    pub fn payload_counts(&self) -> BTreeMap<Vec<u8>, usize> {
        let mut counts = BTreeMap::new();
        for frame in self.kept.lock().unwrap().iter() {
            *counts.entry(frame.payload.clone()).or_default() += 1;
        }
        counts
    }

    /// Waits until `count` frames were handed in (kept or not).
    pub async fn until_asked(&self, count: usize) {
        let mut asked = self.asked.subscribe();
        timeout(SOON, asked.wait_for(|n| *n >= count))
            .await
            .expect("frames were handed in")
            .unwrap();
    }

    /// Waits until `count` frames were kept.
    pub async fn until_kept(&self, count: usize) {
        let mut kept = self.kept_count.subscribe();
        timeout(SOON, kept.wait_for(|n| *n >= count))
            .await
            .expect("frames were kept")
            .unwrap();
    }
}

impl Inlet for FakeInlet {
    fn keep(&self, frame: Frame) -> Keeping {
        self.asked.send_modify(|n| *n += 1);
        let mut gate = self.gate.subscribe();
        let kept = Arc::clone(&self.kept);
        let kept_count = self.kept_count.clone();
        Box::pin(async move {
            let opened = gate.wait_for(|g| *g != Gate::Held).await.map(|g| *g);
            if !matches!(opened, Ok(Gate::Open)) {
                return Err(NotKept::Stopping);
            }
            let row = {
                let mut kept = kept.lock().unwrap();
                kept.push(frame);
                kept.len()
            };
            kept_count.send_replace(row);
            Ok(FrameRow(i64::try_from(row).unwrap()))
        })
    }
}
