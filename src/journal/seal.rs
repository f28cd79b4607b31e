//! Encryption of payloads that nobody understood: who knows whose number is in them.

use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};

const NONCE_BYTES: usize = 12;

/// The key of one installation, in its own file beside the journal (never inside it).
pub struct SealKey(ChaCha20Poly1305);

/// Why a sealed payload could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the payload was sealed with another key; put the key file of this journal back")]
pub struct WrongKey;

impl SealKey {
    pub fn new(key: [u8; 32]) -> Self {
        SealKey(ChaCha20Poly1305::new(&Key::from(key)))
    }

    /// Nonce and ciphertext, bound to the frame's SHA-256 so that payloads cannot be swapped.
    /// The nonce is the hash of random bytes from the operating system.
    pub fn seal(&self, payload: &[u8], sha256: &[u8], nonce: [u8; NONCE_BYTES]) -> Vec<u8> {
        let sealed = self
            .0
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: payload,
                    aad: sha256,
                },
            )
            .expect("ChaCha20-Poly1305 seals any message below 256 GiB");
        [nonce.as_slice(), &sealed].concat()
    }

    /// The payload as it came.
    pub fn open(&self, sealed: &[u8], sha256: &[u8]) -> Result<Vec<u8>, WrongKey> {
        let (nonce, body) = sealed.split_at_checked(NONCE_BYTES).ok_or(WrongKey)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| WrongKey)?;
        self.0
            .decrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: body,
                    aad: sha256,
                },
            )
            .map_err(|_| WrongKey)
    }
}

/// Reads a 32-byte key from its file (hex), or makes one with mode 0600 when there is none.
///
/// # Errors
/// When the file cannot be read or written, or does not hold 64 hex digits.
pub fn key_file(path: &Path, fresh: [u8; 32]) -> std::io::Result<[u8; 32]> {
    match read_key(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            write_key(path, &fresh)?;
            Ok(fresh)
        }
        read => read,
    }
}

/// Reads a 32-byte key from its file (hex); makes none.
///
/// # Errors
/// When there is no file, it cannot be read, or does not hold 64 hex digits.
pub fn read_key(path: &Path) -> std::io::Result<[u8; 32]> {
    let text = std::fs::read_to_string(path)?;
    from_hex(text.trim()).ok_or_else(|| {
        std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            format!("{} must hold 64 hex digits", path.display()),
        )
    })
}

fn write_key(path: &Path, key: &[u8; 32]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let hex: String = key.iter().map(|b| format!("{b:02x}")).collect();
    writeln!(file, "{hex}")?;
    file.sync_all()
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut key = [0u8; 32];
    for (i, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_with_its_key_and_its_frame() {
        let key = SealKey::new([1; 32]);
        let sealed = key.seal(b"payload", b"sha", [7; 12]);
        assert_eq!(key.open(&sealed, b"sha").unwrap(), b"payload");
        assert_eq!(key.open(&sealed, b"other"), Err(WrongKey));
        assert_eq!(SealKey::new([2; 32]).open(&sealed, b"sha"), Err(WrongKey));
        assert_eq!(key.open(&sealed[..11], b"sha"), Err(WrongKey));
        assert!(!sealed.windows(7).any(|w| w == b"payload"));
    }

    #[test]
    fn a_key_file_is_made_once_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("seal.key");
        assert_eq!(key_file(&path, [9; 32]).unwrap(), [9; 32]);
        assert_eq!(key_file(&path, [8; 32]).unwrap(), [9; 32]);
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        std::fs::write(&path, "zz").unwrap();
        assert!(key_file(&path, [8; 32]).is_err());
    }
}
