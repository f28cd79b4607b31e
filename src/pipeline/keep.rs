//! Keep, the first step: what the disk may see of a frame, made before the writer takes it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sha2::{Digest, Sha256};

use super::decoder::Decoder;
use crate::journal::SealKey;
use crate::vitals::Frame;

/// A frame ready for the disk.
pub(super) struct Ready {
    pub frame: Frame,
    pub stored: Vec<u8>,
    pub sealed: bool,
    pub sha256: [u8; 32],
}

/// Applies the profile's drop paths and hashes its hints; what nobody understands, and what a profile
/// or the program fails on, is sealed whole.
pub(super) fn ready(decoder: &dyn Decoder, seal: &SealKey, frame: Frame) -> Ready {
    let sha256: [u8; 32] = Sha256::digest(&frame.payload).into();
    let prepared = catch_unwind(AssertUnwindSafe(|| decoder.prepare(&frame)));
    let (stored, sealed) = match prepared {
        Ok(prepared) if prepared.understood.is_ok() => (prepared.payload, false),
        Ok(_) | Err(_) => (seal.seal(&frame.payload, &sha256, nonce()), true),
    };
    Ready {
        frame,
        stored,
        sealed,
        sha256,
    }
}

/// Fresh random bytes for one sealing.
pub(super) fn nonce() -> [u8; 12] {
    rand::random()
}
