//! What goes wrong with a few of them, since when, and what it does to the body.

use jiff::civil::Date;

use super::calendar::day_number;

/// The kind of trouble. The word is what the truth file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ailment {
    /// Above any goal on treatment, and steadily so.
    AboveGoal,
    /// Not known as hypertensive, above 140/90 for some weeks.
    NewlyHigh,
    /// 4 mmHg a week, nobody notices a single day of it.
    SlowlyRising,
    /// A drug too many: systolic around 97.
    SuddenlyLow,
    /// One day at 184/96 that does not come down by itself.
    Surge,
    /// Under 3.9 mmol/L on a sulfonylurea, on most days it is measured.
    LowGlucose,
    /// Fasting glucose 0.35 mmol/L higher each week.
    RisingGlucose,
    /// The cuff says irregular pulse more often than not; no atrial fibrillation on record.
    IrregularPulse,
    /// Does not come any more.
    Missed,
}

impl Ailment {
    /// The word in the truth file.
    pub fn word(self) -> &'static str {
        match self {
            Ailment::AboveGoal => "above_goal",
            Ailment::NewlyHigh => "newly_high",
            Ailment::SlowlyRising => "slowly_rising",
            Ailment::SuddenlyLow => "suddenly_low",
            Ailment::Surge => "surge",
            Ailment::LowGlucose => "low_glucose",
            Ailment::RisingGlucose => "rising_glucose",
            Ailment::IrregularPulse => "irregular_pulse",
            Ailment::Missed => "missed",
        }
    }

    /// How many days before the end of the history it began.
    pub fn began_days_ago(self) -> i64 {
        match self {
            Ailment::AboveGoal => 90,
            Ailment::NewlyHigh => 24,
            Ailment::SlowlyRising => 56,
            Ailment::SuddenlyLow => 10,
            Ailment::Surge => 0,
            Ailment::LowGlucose => 13,
            Ailment::RisingGlucose => 49,
            Ailment::IrregularPulse => 21,
            Ailment::Missed => 23,
        }
    }
}

/// An ailment and its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    pub ailment: Ailment,
    pub since: Date,
}

/// What a trouble adds to a body on a day.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Shift {
    pub sys_mmhg: f64,
    pub dia_mmhg: f64,
    pub fasting_mmol_l: f64,
    /// Chance that glucose of this day is a hypoglycaemia.
    pub low_glucose_chance: f64,
    /// Chance that the cuff reports an irregular pulse.
    pub irregular_chance: f64,
    pub stays_away: bool,
}

impl Trouble {
    /// What this trouble does on `day`: nothing before its first day.
    pub fn shift(self, day: Date) -> Shift {
        let days = day_number(day) - day_number(self.since);
        if days < 0 {
            return Shift::default();
        }
        let weeks = days as f64 / 7.0;
        let none = Shift::default();
        match self.ailment {
            Ailment::AboveGoal => Shift {
                sys_mmhg: 8.0,
                dia_mmhg: 4.0,
                ..none
            },
            Ailment::NewlyHigh => Shift {
                sys_mmhg: 22.0,
                dia_mmhg: 12.0,
                ..none
            },
            Ailment::SlowlyRising => {
                let risen = (4.0 * weeks).min(48.0);
                Shift {
                    sys_mmhg: risen,
                    dia_mmhg: risen * 0.45,
                    ..none
                }
            }
            Ailment::SuddenlyLow => Shift {
                sys_mmhg: -36.0,
                dia_mmhg: -16.0,
                ..none
            },
            Ailment::Surge => Shift {
                sys_mmhg: 40.0,
                dia_mmhg: 14.0,
                ..none
            },
            Ailment::LowGlucose => Shift {
                low_glucose_chance: 0.7,
                ..none
            },
            Ailment::RisingGlucose => Shift {
                fasting_mmol_l: (0.35 * weeks).min(6.0),
                ..none
            },
            Ailment::IrregularPulse => Shift {
                irregular_chance: 0.65,
                ..none
            },
            Ailment::Missed => Shift {
                stays_away: true,
                ..none
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn trouble_begins_on_its_first_day() {
        let since = date(2026, 4, 4);
        let trouble = Trouble {
            ailment: Ailment::SuddenlyLow,
            since,
        };
        assert_eq!(trouble.shift(date(2026, 4, 3)), Shift::default());
        assert_eq!(trouble.shift(since).sys_mmhg, -36.0);
    }

    #[test]
    fn a_slow_rise_is_slow_and_ends() {
        let trouble = Trouble {
            ailment: Ailment::SlowlyRising,
            since: date(2026, 1, 1),
        };
        assert_eq!(trouble.shift(date(2026, 1, 1)).sys_mmhg, 0.0);
        assert_eq!(trouble.shift(date(2026, 1, 15)).sys_mmhg, 8.0);
        assert_eq!(trouble.shift(date(2027, 1, 1)).sys_mmhg, 48.0);
    }
}
