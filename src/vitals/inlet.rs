//! The door that sources speak to. A source gives a frame and learns when the disk has it.

use std::future::Future;
use std::pin::Pin;

use super::frame::Frame;

/// The journal's row number of a kept frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameRow(pub i64);

/// Why a frame was not kept. The source must not acknowledge it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    /// The hub is stopping; the device will send again.
    #[error("the hub is stopping; send again")]
    Stopping,
}

/// Resolves once the frame is on disk. While the journal cannot write, it stays pending:
/// a source that waits for it before answering its device never acknowledges what is not stored.
pub type Keeping = Pin<Box<dyn Future<Output = Result<FrameRow, NotKept>> + Send>>;

/// Where sources put frames. One implementation stands in `pipeline`, others in tests.
pub trait Inlet: Send + Sync {
    /// Hands the frame to the writer. The order of calls from one task is the order in the journal.
    fn keep(&self, frame: Frame) -> Keeping;
}
