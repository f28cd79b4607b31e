//! Keep, the first step: what the disk may see of a frame, made before the writer takes it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sha2::{Digest, Sha256};

use super::decoder::Decoder;
use crate::decode::mapping::Fault;
use crate::journal::{JournalError, SealKey, Tx};
use crate::vitals::{Frame, FrameRow};

/// A frame ready for the disk.
pub(super) struct Ready {
    pub frame: Frame,
    pub stored: Vec<u8>,
    pub sealed: bool,
    /// Of what is stored; for what is sealed, random bytes that bind it to its row. Never of what came: a card's
    /// or a citizen's number is found from such a hash by trying the few that there are.
    pub sha256: [u8; 32],
}

/// Applies the profile's drop paths and hashes its hints; what nobody understands is sealed
/// (without the dropped paths of a profile that fits it), and what the program fails on is sealed whole.
pub(super) fn ready(decoder: &dyn Decoder, seal: &SealKey, frame: Frame) -> Ready {
    let prepared = catch_unwind(AssertUnwindSafe(|| decoder.prepare(&frame)));
    let bound: [u8; 32] = rand::random();
    let (stored, sealed, sha256) = match prepared {
        Ok(prepared) if prepared.understood.is_ok() => {
            let sha256 = Sha256::digest(&prepared.payload).into();
            (prepared.payload, false, sha256)
        }
        Ok(prepared) => (seal.seal(&prepared.payload, &bound, nonce()), true, bound),
        Err(_) => (seal.seal(&frame.payload, &bound, nonce()), true, bound),
    };
    Ready {
        frame,
        stored,
        sealed,
        sha256,
    }
}

/// Prepares a frame once more that was kept when other profiles held: a number that those did not look for is
/// hashed before it is used, on the disk too. The fault when it cannot be.
pub(super) fn prepared_anew(
    decoder: &dyn Decoder,
    tx: &Tx<'_>,
    row: FrameRow,
    frame: &mut Frame,
) -> Result<Option<Fault>, JournalError> {
    let prepared = decoder.prepare_kept(frame);
    match prepared.understood {
        Ok(_) => {
            frame.payload = prepared.payload;
            tx.store_prepared(row, &frame.payload)?;
            Ok(None)
        }
        Err(fault) => Ok(Some(fault)),
    }
}

/// Fresh random bytes for one sealing.
pub(super) fn nonce() -> [u8; 12] {
    rand::random()
}
