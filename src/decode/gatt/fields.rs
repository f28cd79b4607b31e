//! Reading a characteristic value field by field, little-endian, and the ways it can be malformed.

use super::date_time::DateTime;
use crate::decode::medfloat::Medfloat;

/// Why a value has no meaning at all. It costs this one record, never the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Malformed {
    /// The flags promise more than there is.
    #[error("{length} bytes are fewer than the flags promise; the device must send it again")]
    Truncated { length: usize },
    /// There is more than the flags promise, and no reserved flag says that this is a later version.
    #[error("{extra} bytes follow the last field; check the device's profile")]
    TrailingBytes { extra: usize },
    /// A request code from the meter, or a code that no meter sends.
    #[error("op code {op:#04x} is none that a meter sends; check the characteristic")]
    UnexpectedOpCode { op: u8 },
    /// The answers of a meter carry the operator "null".
    #[error(
        "operator {operator:#04x} stands where a meter's answer has 0; check the characteristic"
    )]
    OperatorNotNull { operator: u8 },
}

impl Malformed {
    /// The word for it in the output of `decode`.
    pub fn word(self) -> &'static str {
        match self {
            Malformed::Truncated { .. } => "truncated",
            Malformed::TrailingBytes { .. } => "trailing_bytes",
            Malformed::UnexpectedOpCode { .. } => "unexpected_op_code",
            Malformed::OperatorNotNull { .. } => "operator_not_null",
        }
    }
}

/// The order of the two bytes of one field: some cuffs swap a few of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ByteOrder {
    /// As the specification says.
    #[default]
    Little,
    Big,
}

/// The bytes not read yet.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> Fields<'a> {
    pub fn of(value: &'a [u8]) -> Self {
        Fields {
            rest: value,
            length: value.len(),
        }
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let truncated = Malformed::Truncated {
            length: self.length,
        };
        let (head, tail) = self.rest.split_first_chunk::<N>().ok_or(truncated)?;
        self.rest = tail;
        Ok(*head)
    }

    pub fn u8(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn u16_in(&mut self, order: ByteOrder) -> Result<u16, Malformed> {
        match order {
            ByteOrder::Little => self.u16(),
            ByteOrder::Big => self.array().map(u16::from_be_bytes),
        }
    }

    pub fn i16(&mut self) -> Result<i16, Malformed> {
        self.array().map(i16::from_le_bytes)
    }

    pub fn sfloat(&mut self) -> Result<Medfloat, Malformed> {
        self.u16().map(Medfloat::sfloat)
    }

    pub fn date_time(&mut self) -> Result<DateTime, Malformed> {
        self.array().map(DateTime::from_bytes)
    }

    /// The end of the value. `later_version`: a reserved flag is set, so what follows is not ours to read.
    pub fn end(self, later_version: bool) -> Result<(), Malformed> {
        if self.rest.is_empty() || later_version {
            Ok(())
        } else {
            Err(Malformed::TrailingBytes {
                extra: self.rest.len(),
            })
        }
    }
}

/// Reads `field` where `flag` is set.
pub(super) fn if_set<T>(
    flag: bool,
    field: impl FnOnce() -> Result<T, Malformed>,
) -> Result<Option<T>, Malformed> {
    flag.then(field).transpose()
}
