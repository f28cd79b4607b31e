//! The units a device may send, and the exact factors into mmHg and mmol/L.

use rust_decimal::Decimal;

/// A unit of pressure or of glucose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    MmHg,
    KPa,
    Pa,
    MgDl,
    MmolL,
    KgL,
    MolL,
}

impl Unit {
    pub const ALL: [Unit; 7] = [
        Unit::MmHg,
        Unit::KPa,
        Unit::Pa,
        Unit::MgDl,
        Unit::MmolL,
        Unit::KgL,
        Unit::MolL,
    ];

    /// The name as it is written in a profile.
    pub fn name(self) -> &'static str {
        match self {
            Unit::MmHg => "mmHg",
            Unit::KPa => "kPa",
            Unit::Pa => "Pa",
            Unit::MgDl => "mg/dL",
            Unit::MmolL => "mmol/L",
            Unit::KgL => "kg/L",
            Unit::MolL => "mol/L",
        }
    }

    /// The unit of a name in any case: devices write `mmhg` and `MG/DL` too.
    pub fn from_name(name: &str) -> Option<Self> {
        Unit::ALL
            .into_iter()
            .find(|u| u.name().eq_ignore_ascii_case(name.trim()))
    }

    pub fn is_pressure(self) -> bool {
        matches!(self, Unit::MmHg | Unit::KPa | Unit::Pa)
    }

    /// `value` in mmHg (1 kPa = 7.500616 mmHg) or in mmol/L (1 mmol/L = 18.016 mg/dL of glucose).
    /// `None` when the exact decimal overflows.
    pub fn convert(self, value: Decimal) -> Option<Decimal> {
        match self {
            Unit::MmHg | Unit::MmolL => Some(value),
            Unit::KPa => value.checked_mul(Decimal::new(7_500_616, 6)),
            Unit::Pa => value.checked_mul(Decimal::new(7_500_616, 9)),
            Unit::MgDl => value.checked_div(Decimal::new(18_016, 3)),
            Unit::KgL => value
                .checked_mul(Decimal::new(100_000, 0))?
                .checked_div(Decimal::new(18_016, 3)),
            Unit::MolL => value.checked_mul(Decimal::new(1_000, 0)),
        }
    }
}
