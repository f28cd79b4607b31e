//! Characteristic 2A52 Record Access Control Point: how a client asks a meter for its records, and what it answers.
//!
//! Source: GATT Specification Supplement, "Record Access Control Point"; operands as Glucose Service 1.0
//! defines them (filter type 1: sequence number, 2: user facing time).
//!
//! What the hub may write is [`Ask`], which has no way to say "delete": the meter belongs to a person,
//! and another program may still want its records. [`Request`] is what a captured session may contain.

use super::fields::{Fields, Malformed};
use super::verdict::{StoreAs, Verdict};

pub const OP_REPORT: u8 = 1;
pub const OP_DELETE: u8 = 2;
pub const OP_ABORT: u8 = 3;
pub const OP_COUNT: u8 = 4;
const OP_COUNT_RESPONSE: u8 = 5;
const OP_RESPONSE: u8 = 6;

const OPERATOR_NULL: u8 = 0;
const OPERATOR_ALL: u8 = 1;
const OPERATOR_AT_LEAST: u8 = 3;
const FILTER_SEQUENCE: u8 = 1;

/// Which records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Records {
    All,
    /// This sequence number and above.
    Since(u16),
}

impl Records {
    fn push_to(self, bytes: &mut Vec<u8>) {
        match self {
            // Without an operand: "all" with one is answered with "invalid operand".
            Records::All => bytes.push(OPERATOR_ALL),
            Records::Since(sequence) => {
                bytes.extend([OPERATOR_AT_LEAST, FILTER_SEQUENCE]);
                bytes.extend(sequence.to_le_bytes());
            }
        }
    }
}

/// What the hub asks. Deleting is not among it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ask {
    Count(Records),
    Report(Records),
    Abort,
}

impl Ask {
    /// The value to write.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(5);
        match self {
            Ask::Count(records) => {
                bytes.push(OP_COUNT);
                records.push_to(&mut bytes);
            }
            Ask::Report(records) => {
                bytes.push(OP_REPORT);
                records.push_to(&mut bytes);
            }
            Ask::Abort => bytes.extend([OP_ABORT, OPERATOR_NULL]),
        }
        bytes
    }
}

/// Which records a captured request names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Selection {
    Records(Records),
    /// Another operator or filter, as written: compared, never interpreted.
    Other(Vec<u8>),
}

/// A request as somebody wrote it to a meter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Request {
    Report(Selection),
    Count(Selection),
    Abort,
    /// Never written by this hub; seen in a capture, it is reported.
    Delete(Selection),
    Other {
        op: u8,
    },
}

impl Request {
    /// Reads what was written. Only an empty value, or one without an operator, is malformed.
    pub fn decode(value: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value);
        let op = fields.u8()?;
        let operator = fields.u8()?;
        let operand = value.get(2..).unwrap_or_default();
        let selection = match (operator, operand) {
            (OPERATOR_ALL, []) => Selection::Records(Records::All),
            (OPERATOR_AT_LEAST, &[FILTER_SEQUENCE, low, high]) => {
                Selection::Records(Records::Since(u16::from_le_bytes([low, high])))
            }
            _ => Selection::Other(value.get(1..).unwrap_or_default().to_vec()),
        };
        Ok(match op {
            OP_REPORT => Request::Report(selection),
            OP_COUNT => Request::Count(selection),
            OP_ABORT => Request::Abort,
            OP_DELETE => Request::Delete(selection),
            op => Request::Other { op },
        })
    }
}

/// How a meter answered a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResponseCode(pub u8);

impl ResponseCode {
    pub const SUCCESS: ResponseCode = ResponseCode(1);
    pub const NO_RECORDS_FOUND: ResponseCode = ResponseCode(6);

    /// The word for it; every code not defined is a failure called `reserved`.
    pub fn word(self) -> &'static str {
        match self.0 {
            1 => "success",
            2 => "opcode_not_supported",
            3 => "invalid_operator",
            4 => "operator_not_supported",
            5 => "invalid_operand",
            6 => "no_records_found",
            7 => "abort_unsuccessful",
            8 => "procedure_not_completed",
            9 => "operand_not_supported",
            10 => "server_busy",
            _ => "reserved",
        }
    }

    /// The meter cannot do what was asked in this form, but may in a simpler one.
    pub fn refuses_the_form(self) -> bool {
        matches!(self.0, 2..=5 | 9)
    }
}

/// A 2A52 value from the meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    Count(u16),
    Response { request_op: u8, code: ResponseCode },
}

impl Answer {
    /// Exactly four bytes, operator "null"; a request code from a meter is malformed.
    pub fn decode(value: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value);
        let op = fields.u8()?;
        if !matches!(op, OP_COUNT_RESPONSE | OP_RESPONSE) {
            return Err(Malformed::UnexpectedOpCode { op });
        }
        let operator = fields.u8()?;
        if operator != OPERATOR_NULL {
            return Err(Malformed::OperatorNotNull { operator });
        }
        let answer = if op == OP_COUNT_RESPONSE {
            Answer::Count(fields.u16()?)
        } else {
            Answer::Response {
                request_op: fields.u8()?,
                code: ResponseCode(fields.u8()?),
            }
        };
        fields.end(false)?;
        Ok(answer)
    }

    /// Every well-formed answer is valid, whatever it says.
    pub fn verdict(&self) -> Verdict {
        Verdict::from_reasons(Vec::new(), StoreAs::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_hub_writes() {
        assert_eq!(Ask::Count(Records::All).to_bytes(), [0x04, 0x01]);
        assert_eq!(Ask::Report(Records::All).to_bytes(), [0x01, 0x01]);
        assert_eq!(
            Ask::Report(Records::Since(0x1234)).to_bytes(),
            [0x01, 0x03, 0x01, 0x34, 0x12]
        );
        assert_eq!(
            Ask::Count(Records::Since(42)).to_bytes(),
            [0x04, 0x03, 0x01, 0x2A, 0x00]
        );
        assert_eq!(Ask::Abort.to_bytes(), [0x03, 0x00]);
    }

    #[test]
    fn what_was_written_reads_back() {
        let since = Selection::Records(Records::Since(0x1234));
        assert_eq!(
            Request::decode(&[0x01, 0x03, 0x01, 0x34, 0x12]),
            Ok(Request::Report(since))
        );
        let all = Selection::Records(Records::All);
        assert_eq!(
            Request::decode(&[0x04, 0x01]),
            Ok(Request::Count(all.clone()))
        );
        assert_eq!(Request::decode(&[0x02, 0x01]), Ok(Request::Delete(all)));
        assert_eq!(Request::decode(&[0x03, 0x00]), Ok(Request::Abort));
        assert_eq!(Request::decode(&[0x07, 0x01]), Ok(Request::Other { op: 7 }));
        let last = Selection::Other(vec![0x06]);
        assert_eq!(Request::decode(&[0x01, 0x06]), Ok(Request::Report(last)));
        assert_eq!(
            Request::decode(&[0x01]),
            Err(Malformed::Truncated { length: 1 })
        );
        assert_eq!(
            Request::decode(&[]),
            Err(Malformed::Truncated { length: 0 })
        );
    }

    #[test]
    fn seven_records() {
        assert_eq!(
            Answer::decode(&[0x05, 0x00, 0x07, 0x00]),
            Ok(Answer::Count(7))
        );
        assert_eq!(
            Answer::decode(&[0x05, 0x00, 0xFF, 0xFF]),
            Ok(Answer::Count(65_535))
        );
    }

    #[test]
    fn every_response_is_valid_and_named() {
        let names = [
            "reserved",
            "success",
            "opcode_not_supported",
            "invalid_operator",
            "operator_not_supported",
            "invalid_operand",
            "no_records_found",
            "abort_unsuccessful",
            "procedure_not_completed",
            "operand_not_supported",
            "server_busy",
            "reserved",
        ];
        for (code, name) in (0u8..).zip(names) {
            let answer = Answer::decode(&[0x06, 0x00, 0x01, code]).unwrap();
            assert_eq!(
                answer,
                Answer::Response {
                    request_op: 1,
                    code: ResponseCode(code)
                }
            );
            assert_eq!(ResponseCode(code).word(), name);
        }
        assert_eq!(ResponseCode(255).word(), "reserved");
    }

    #[test]
    fn what_no_meter_sends() {
        for op in [0x00, 0x01, 0x02, 0x03, 0x04, 0x07, 0x08, 0xFF] {
            let refused = Err(Malformed::UnexpectedOpCode { op });
            assert_eq!(Answer::decode(&[op, 0x00, 0x01, 0x01]), refused);
        }
        assert_eq!(
            Answer::decode(&[0x06, 0x01, 0x01, 0x01]),
            Err(Malformed::OperatorNotNull { operator: 1 })
        );
        for length in 0..4 {
            let short = &[0x06, 0x00, 0x01, 0x01][..length];
            assert_eq!(Answer::decode(short), Err(Malformed::Truncated { length }));
        }
        let long = [0x05, 0x00, 0x07, 0x00, 0x00];
        assert_eq!(
            Answer::decode(&long),
            Err(Malformed::TrailingBytes { extra: 1 })
        );
    }
}
