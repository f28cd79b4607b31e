//! The past of the township, through the road like everything else.

use std::io;
use std::sync::Arc;

use super::chronicle::{Chronicle, Plan};
use super::message::Message;
use super::township::Township;
use super::truth::{TruthFile, measured_line};
use crate::pipeline::Road;
use crate::vitals::{Frame, FrameRow, Inlet, Moment, NotKept, Transport};

/// How many messages are handed over before their commit is waited for.
const AT_ONCE: usize = 1024;

/// Why the past could not be told to its end.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    #[error(transparent)]
    NotKept(#[from] NotKept),
    #[error("the truth file: {0}; make room, or name another folder")]
    Truth(#[from] io::Error),
}

/// The messages sent before `until`, in their order.
pub fn past(township: &Arc<Township>, plan: Plan, until: Moment) -> Vec<Message> {
    Chronicle::new(township.clone(), plan)
        .take_while(|message| message.sent_at < until)
        .collect()
}

/// Has the messages kept and understood as if each had come when it was sent, and the truth written down.
/// `told` hears of every lot.
///
/// # Errors
/// When the road stops, or the truth file cannot be written.
pub async fn tell(
    road: &Road,
    township: &Township,
    messages: &[Message],
    truth: &mut TruthFile,
    mut told: impl FnMut(usize),
) -> Result<(), PastError> {
    let mut last = FrameRow(0);
    for lot in messages.chunks(AT_ONCE) {
        let keeping: Vec<_> = lot.iter().map(|m| road.keep(frame(township, m))).collect();
        for kept in keeping {
            last = kept.await?;
        }
        for message in lot {
            truth.write(measured_line(township, message, []).as_ref())?;
        }
        road.understood(last).await;
        told(lot.len());
    }
    Ok(truth.flush()?)
}

/// The frame the embedded broker would have made of a message.
fn frame(township: &Township, message: &Message) -> Frame {
    Frame {
        transport: Transport::EmbeddedMqtt,
        source: township.device(message.device).id.clone(),
        topic: message.topic.clone(),
        payload: message.content.payload(),
        received_at: message.sent_at,
        retained: false,
        may_be_late: false,
        refused: None,
    }
}
