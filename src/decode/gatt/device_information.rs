//! Characteristics 2A24 to 2A29, the Device Information strings, and 2A23 System ID and 2A50 PnP ID beside them.
//!
//! Source: GATT Specification Supplement, "Manufacturer Name String" and its like: UTF-8. Devices pad
//! them with NUL, leave them empty, or send the placeholder of their sample code ("Model Number").

use super::fields::{Fields, Malformed};

/// The longest string taken over.
const LONGEST_CHARS: usize = 64;
/// The longest value an attribute may have (Core specification, volume 3, part F, 3.2.9).
const LONGEST_BYTES: usize = 512;
/// What sample code leaves in a field that nobody filled.
const PLACEHOLDERS: [&str; 6] = [
    "manufacturer name",
    "model number",
    "serial number",
    "firmware revision",
    "hardware revision",
    "software revision",
];

/// A Device Information string for a page and for the inventory: no control characters, at most 64
/// characters; none when it is empty or a placeholder.
pub fn device_string(value: &[u8]) -> Option<String> {
    let end = value
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(value.len());
    let text = String::from_utf8_lossy(value.get(..end.min(LONGEST_BYTES))?);
    let printable: String = text
        .chars()
        .filter(|char| !char.is_control())
        .take(LONGEST_CHARS)
        .collect();
    let trimmed = printable.trim();
    let placeholder = PLACEHOLDERS
        .iter()
        .any(|name| trimmed.eq_ignore_ascii_case(name));
    (!trimmed.is_empty() && !placeholder).then(|| trimmed.to_owned())
}

/// 2A50 PnP ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PnpId {
    /// 1 Bluetooth SIG company, 2 USB vendor.
    pub vendor_source: u8,
    pub vendor: u16,
    pub product: u16,
    pub version: u16,
}

impl PnpId {
    pub fn decode(value: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value);
        let id = PnpId {
            vendor_source: fields.u8()?,
            vendor: fields.u16()?,
            product: fields.u16()?,
            version: fields.u16()?,
        };
        fields.end(false)?;
        Ok(id)
    }
}

/// 2A23 System ID: eight bytes as sent, in hex, most significant first.
pub fn system_id(value: &[u8]) -> Result<String, Malformed> {
    let mut fields = Fields::of(value);
    let bytes = fields.array::<8>()?;
    fields.end(false)?;
    Ok(format!("{:016x}", u64::from_le_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_trimmed() {
        assert_eq!(device_string(b"BM96\0\0\0").as_deref(), Some("BM96"));
        assert_eq!(
            device_string(b"  UA-651BLE \r\n").as_deref(),
            Some("UA-651BLE")
        );
        assert_eq!(
            device_string("鱼跃 YE680B".as_bytes()).as_deref(),
            Some("鱼跃 YE680B")
        );
        assert_eq!(device_string(b"A\xFFB").as_deref(), Some("A\u{FFFD}B"));
        assert_eq!(
            device_string(b"YE\x1b[31m680\0junk").as_deref(),
            Some("YE[31m680")
        );
    }

    #[test]
    fn nothing_and_placeholders_are_none() {
        for value in [
            &b""[..],
            b"\0\0",
            b"   ",
            b"Model Number",
            b"serial number\0",
        ] {
            assert_eq!(device_string(value), None, "{value:?}");
        }
    }

    #[test]
    fn length_has_a_limit() {
        for length in [63, 64, 65] {
            let text = device_string("é".repeat(length).as_bytes()).unwrap();
            assert_eq!(text.chars().count(), length.min(64));
        }
    }

    #[test]
    fn ids() {
        let id = PnpId::decode(&[1, 0x59, 0x00, 0x02, 0x01, 0x10, 0x00]).unwrap();
        assert_eq!(
            (id.vendor_source, id.vendor, id.product, id.version),
            (1, 0x59, 0x102, 0x10)
        );
        assert_eq!(PnpId::decode(&[1]), Err(Malformed::Truncated { length: 1 }));
        assert_eq!(
            system_id(&[8, 7, 6, 5, 4, 3, 2, 1]).as_deref(),
            Ok("0102030405060708")
        );
        assert_eq!(
            system_id(&[0; 9]),
            Err(Malformed::TrailingBytes { extra: 1 })
        );
    }
}
