//! What a person typed into a field (of a form, of a line of a file), as a value or as a fault that names itself.

mod citizen;
mod fault;
mod field;

pub use citizen::{Citizen, citizen};
pub use fault::Fault;
pub use field::{
    OLDEST_YEARS, birth_date, day, email, half_width, health_class, long_text, name, phone, pinyin,
    risk_drugs, sex, short_text, weekdays, yes_no,
};
