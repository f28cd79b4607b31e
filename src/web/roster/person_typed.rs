//! A person's details as they were typed: from the roster or a form into the fields, and back into details.

use jiff::civil::Weekday;

use super::fields::{Faults, Field, Group, Sent};
use crate::people::details::{Details, HealthClass, RiskDrug, Sex, Weekdays};
use crate::people::entry::{self, Citizen, Fault};
use crate::web::ask::Ask;
use crate::web::visitor::Need;
use crate::words::Words;

/// Characters of the longer fields.
const VILLAGE_MOST: usize = 60;
const CONDITIONS_MOST: usize = 200;
const NOTES_MOST: usize = 1_000;

/// What was typed, as text: it comes back as it was.
#[derive(Default)]
pub struct Typed {
    pub centre: String,
    pub name: String,
    pub pinyin: String,
    pub sex: String,
    pub birth_date: String,
    pub village: String,
    pub phone: String,
    pub conditions: Vec<String>,
    pub other_conditions: String,
    pub risk_drugs: Vec<String>,
    pub health_class: String,
    pub lives_alone: bool,
    pub comes_on: String,
    pub fasting_on: String,
    pub notes: String,
}

impl Typed {
    /// What a form sent.
    pub fn sent(sent: &Sent) -> Self {
        let one = |name: &str| sent.one(name).to_owned();
        let all = |name: &str| sent.all(name).map(str::to_owned).collect();
        let days = |name: &str| sent.all(name).collect::<Vec<_>>().join(" ");
        Typed {
            centre: one("centre"),
            name: one("name"),
            pinyin: one("pinyin"),
            sex: one("sex"),
            birth_date: one("birth_date"),
            village: one("village"),
            phone: one("phone"),
            conditions: all("conditions"),
            other_conditions: one("other_conditions"),
            risk_drugs: all("risk_drugs"),
            health_class: one("health_class"),
            lives_alone: sent.has("lives_alone"),
            comes_on: days("comes_on"),
            fasting_on: days("fasting_on"),
            notes: one("notes"),
        }
    }

    /// What the roster has.
    pub fn of(d: &Details, centre: i64) -> Self {
        let conditions = [
            ("hypertension", d.hypertension),
            ("diabetes", d.diabetes),
            ("atrial_fibrillation", d.atrial_fibrillation),
        ];
        let known = conditions.into_iter().filter(|(_, known)| *known);
        Typed {
            centre: centre.to_string(),
            name: d.name.clone(),
            pinyin: d.pinyin.clone(),
            sex: d.sex.word().to_owned(),
            birth_date: d.birth_date.to_string(),
            village: d.village.clone(),
            phone: d.phone.clone(),
            conditions: known.map(|(word, _)| word.to_owned()).collect(),
            other_conditions: d.other_conditions.clone(),
            risk_drugs: d
                .risk_drugs
                .iter()
                .map(|drug| drug.word().to_owned())
                .collect(),
            health_class: d.health_class.map_or("", HealthClass::word).to_owned(),
            lives_alone: d.lives_alone,
            comes_on: d.comes_on.word(),
            fasting_on: d.fasting_on.word(),
            notes: d.notes.clone(),
        }
    }

    /// The details, with every fault noted. `citizen` gives what was not written and contradicts what was.
    pub fn read(&self, ask: &Ask, citizen: Option<&Citizen>, faults: &mut Faults) -> Details {
        let today = crate::web::pages::when::When::of(ask).today();
        let name = faults.take("name", entry::name(&self.name), String::new());
        let told = citizen.and_then(|citizen| citizen.birth_date);
        let birth = match (self.birth_date.trim().is_empty(), told) {
            (true, Some(told)) => told,
            _ => {
                let date = entry::birth_date(&self.birth_date, today);
                if let (Ok(date), Some(told)) = (&date, told)
                    && *date != told
                {
                    faults.note("birth_date", Fault::CitizenBirth);
                }
                faults.take("birth_date", date, today)
            }
        };
        let mut sex = faults.take("sex", entry::sex(&self.sex), Sex::Unknown);
        if let Some(citizen) = citizen {
            if sex == Sex::Unknown {
                sex = citizen.sex;
            } else if citizen.sex != Sex::Unknown && citizen.sex != sex {
                faults.note("sex", Fault::CitizenSex);
            }
        }
        let mut d = Details::new(&name, sex, birth);
        let pinyin = faults.take("pinyin", entry::pinyin(&self.pinyin), String::new());
        if !pinyin.is_empty() {
            d.pinyin = pinyin;
        }
        let short = |field, text: &str, most| entry::short_text(text, field, most);
        d.village = faults.take(
            "village",
            short("village", &self.village, VILLAGE_MOST),
            String::new(),
        );
        d.phone = faults.take("phone", entry::phone(&self.phone), String::new());
        let known = |word: &str| self.conditions.iter().any(|c| c == word);
        d.hypertension = known("hypertension");
        d.diabetes = known("diabetes");
        d.atrial_fibrillation = known("atrial_fibrillation");
        let other = short("other_conditions", &self.other_conditions, CONDITIONS_MOST);
        d.other_conditions = faults.take("other_conditions", other, String::new());
        let drugs = self
            .risk_drugs
            .iter()
            .filter_map(|word| RiskDrug::from_word(word));
        d.risk_drugs = drugs.collect();
        d.health_class = HealthClass::from_word(&self.health_class);
        d.lives_alone = self.lives_alone;
        let days = |text: &str| Weekdays::from_word(text).unwrap_or_default();
        d.comes_on = days(&self.comes_on);
        d.fasting_on = days(&self.fasting_on);
        let notes = entry::long_text(&self.notes, "notes", NOTES_MOST);
        d.notes = faults.take("notes", notes, String::new());
        d
    }

    /// The fields of the form, filled in, with their faults.
    pub fn groups(
        &self,
        ask: &Ask,
        centres: &[(String, String)],
        faults: &Faults,
        new: bool,
    ) -> Vec<Group> {
        let t = ask.words;
        let doctor = ask.visitor.as_ref().is_some_and(|v| v.may(Need::Clinic));
        let sexes = Sex::ALL
            .iter()
            .map(|sex| (sex.word().to_owned(), t.word("sex", sex.word())));
        let mut who = vec![
            Field::text(t, "name", &self.name, 40).required(),
            Field::text(t, "pinyin", &self.pinyin, 240).hint(t.say("hint-pinyin")),
            Field::select(
                t,
                "sex",
                if self.sex.is_empty() {
                    "unknown"
                } else {
                    &self.sex
                },
                sexes,
            ),
            Field::text(t, "birth_date", &self.birth_date, 20)
                .mode("numeric")
                .hint(t.say("hint-day")),
        ];
        if new {
            // Never filled in again: the number stands on no page.
            who.push(Field::text(t, "citizen", "", 24).hint(t.say("hint-citizen")));
        }
        who.extend([
            Field::select(t, "centre", &self.centre, centres.iter().cloned()),
            Field::text(t, "village", &self.village, VILLAGE_MOST).hint(t.say("hint-village")),
            Field::text(t, "phone", &self.phone, 24).mode("tel"),
            Field::ticks(
                t,
                "lives_alone",
                [("yes".to_owned(), t.say("lives-alone-yes"), self.lives_alone)],
            ),
        ]);
        let conditions = ["hypertension", "diabetes", "atrial_fibrillation"].map(|word| {
            let known = self.conditions.iter().any(|c| c == word);
            (word.to_owned(), t.word("person", word), known)
        });
        let drugs = RiskDrug::ALL.iter().map(|drug| {
            let takes = self.risk_drugs.iter().any(|d| d == drug.word());
            (drug.word().to_owned(), t.word("drug", drug.word()), takes)
        });
        let mut health = vec![
            Field::ticks(t, "conditions", conditions),
            Field::ticks(t, "risk_drugs", drugs).hint(t.say("hint-risk-drugs")),
            Field::text(
                t,
                "other_conditions",
                &self.other_conditions,
                CONDITIONS_MOST,
            ),
        ];
        if doctor {
            let none = (String::new(), t.say("health-class-none"));
            let classes = HealthClass::ALL.iter().map(|class| {
                (
                    class.word().to_owned(),
                    t.word("health-class", class.word()),
                )
            });
            let field = Field::select(
                t,
                "health_class",
                &self.health_class,
                [none].into_iter().chain(classes),
            );
            health.push(field.hint(t.say("hint-health-class")));
        }
        let habit = vec![
            Field::ticks(t, "comes_on", weekdays(t, &self.comes_on)).hint(t.say("hint-comes-on")),
            Field::ticks(t, "fasting_on", weekdays(t, &self.fasting_on)),
            Field::area(t, "notes", &self.notes, NOTES_MOST).hint(t.say("hint-notes")),
        ];
        let groups = [("who", who), ("health", health), ("habit", habit)];
        groups
            .into_iter()
            .map(|(word, fields)| Group {
                title: t.word("roster-group", word),
                fields: fields
                    .into_iter()
                    .map(|field| field.fault(t, faults))
                    .collect(),
            })
            .collect()
    }
}

fn weekdays(t: Words, ticked: &str) -> Vec<(String, String, bool)> {
    let ticked = Weekdays::from_word(ticked).unwrap_or_default();
    Weekday::Monday
        .cycle_forward()
        .take(7)
        .map(|day| {
            let number = day.to_monday_one_offset().to_string();
            (number, t.weekday(day), ticked.holds(day))
        })
        .collect()
}
