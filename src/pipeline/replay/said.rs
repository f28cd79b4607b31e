//! One kept frame, opened and interpreted by the profiles that hold now.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::decoder::Decoder;
use crate::decode::mapping::{Fault, Interpretation, Status};
use crate::journal::{KeptFrame, Outcome, SealKey, Sealed};
use crate::vitals::Frame;

/// What can be said of a kept frame.
pub(super) enum Said {
    /// Its payload was erased after its days.
    Erased,
    /// No interpretation changes how it ends: the source forbade it, it cannot be opened, or the program
    /// fails on it.
    Stands(Outcome, &'static str),
    Interpreted(Box<Again>),
}

/// A frame as its payload may lie on the disk now, and what it says.
pub(super) struct Again {
    /// The payload is the prepared one.
    pub frame: Frame,
    pub said: Interpretation,
}

pub(super) fn said(decoder: &dyn Decoder, seal: &SealKey, kept: &KeptFrame) -> Said {
    if let Some(reason) = kept.frame.refused {
        return Said::Stands(Outcome::Quarantined, reason);
    }
    let mut frame = kept.frame.clone();
    match kept.sealed {
        Sealed::Erased => return Said::Erased,
        Sealed::Plain => {}
        Sealed::Encrypted => match seal.open(&frame.payload, &kept.sha256) {
            Ok(payload) => frame.payload = payload,
            Err(_) => return Said::Stands(Outcome::Quarantined, "wrong_key"),
        },
    }
    catch_unwind(AssertUnwindSafe(|| again(decoder, frame, kept.sealed)))
        .unwrap_or(Said::Stands(Outcome::Unreadable, "decoder_panicked"))
}

fn again(decoder: &dyn Decoder, mut frame: Frame, sealed: Sealed) -> Said {
    // A plain payload was prepared by the profile that held then: this one may find a number elsewhere.
    let prepared = match sealed {
        Sealed::Plain => decoder.prepare_kept(&frame),
        Sealed::Encrypted | Sealed::Erased => decoder.prepare(&frame),
    };
    let fault = match prepared.understood {
        Ok(_) => {
            frame.payload = prepared.payload;
            None
        }
        Err(fault) => Some(fault),
    };
    let said = decoder.interpret(&frame);
    match fault {
        // Its number cannot be hashed, so nothing may be made of it.
        Some(fault) if said.status == Status::Ok => {
            Said::Stands(Outcome::Quarantined, Fault::word(fault))
        }
        _ => Said::Interpreted(Box::new(Again { frame, said })),
    }
}
