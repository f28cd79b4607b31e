//! A file of persons held against the roster: what would be added, what is refused and why, who may be there
//! already; and the adding, in one transaction.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;

use super::enter::hints;
use crate::journal::{JournalError, Scope, Snapshot, Tx};
use crate::people::card::{CardNumber, ReaderType};
use crate::people::details::Details;
use crate::people::entry::Fault;
use crate::people::import::{Column, Encoding, Person, Sheet, person};
use crate::vitals::{HintKey, HintKind, Moment, PersonHint};

/// How a file is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes {
    /// As far as the importing person may reach.
    pub scope: Scope,
    /// The centre of lines that name none.
    pub centre: Option<i64>,
    /// How the card reader wrote the numbers of the card column.
    pub reader: ReaderType,
    pub today: Date,
}

/// A line that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedLine {
    pub line: u64,
    /// As the line has it, so that it is found again; may be empty.
    pub name: String,
    pub faults: Vec<Fault>,
}

/// Who may be the same person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Other {
    /// Somebody of the roster whom the importing person may see.
    Person(i64),
    /// Somebody of another centre.
    Elsewhere,
    /// An earlier line of the file.
    Line(u64),
}

/// A line whose person may be there already: same name and birth date, and no citizen numbers that tell
/// them apart. Never merged with anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Double {
    pub line: u64,
    pub name: String,
    pub birth_date: Date,
    pub others: Vec<Other>,
}

/// A person on the way in.
#[derive(Debug, Clone)]
struct Planned {
    centre_id: i64,
    details: Details,
    cards: Vec<(Vec<PersonHint>, ReaderType)>,
}

/// What a file would do to the roster as it is now.
#[derive(Debug, Clone)]
pub struct Plan {
    pub encoding: Encoding,
    /// Heads of columns that are not read.
    pub unknown: Vec<String>,
    /// Lines with something in them, the head not counted.
    pub lines: usize,
    pub refused: Vec<RefusedLine>,
    pub doubles: Vec<Double>,
    /// By line.
    good: BTreeMap<u64, Planned>,
    perhaps: BTreeMap<u64, Planned>,
}

impl Plan {
    /// Lines that can be added without a question.
    pub fn good(&self) -> usize {
        self.good.len()
    }

    /// Whether the same choice means the same as it did in `other`: nothing in the roster came between.
    pub fn agrees_with(&self, other: &Plan) -> bool {
        self.refused == other.refused
            && self.doubles == other.doubles
            && self.good.keys().eq(other.good.keys())
    }

    /// The persons that would be added, by line: centre and details.
    pub fn persons(&self) -> impl Iterator<Item = (u64, i64, &Details)> {
        self.good
            .iter()
            .map(|(line, planned)| (*line, planned.centre_id, &planned.details))
    }
}

/// Holds a file against the roster. Changes nothing.
pub fn plan(
    journal: &Snapshot<'_>,
    sheet: &Sheet,
    wishes: &Wishes,
    key: &HintKey,
) -> Result<Plan, JournalError> {
    let mut planning = Planning {
        journal,
        wishes,
        key,
        centres: HashMap::new(),
        citizens: journal.citizen_hashes()?,
        numbers: HashMap::new(),
        lines: HashMap::new(),
    };
    let mut plan = Plan {
        encoding: sheet.encoding,
        unknown: sheet.columns.unknown.clone(),
        lines: sheet.lines.len(),
        refused: Vec::new(),
        doubles: Vec::new(),
        good: BTreeMap::new(),
        perhaps: BTreeMap::new(),
    };
    for line in &sheet.lines {
        let read = match sheet.open_quote {
            Some(open) if open == line.number => Err(vec![Fault::OpenQuote]),
            _ => person(line, &sheet.columns, wishes.reader, wishes.today),
        };
        let planned = match read {
            Ok(person) => planning.line(person)?,
            Err(faults) => Err(faults),
        };
        match planned {
            Err(faults) => plan.refused.push(RefusedLine {
                line: line.number,
                name: sheet
                    .columns
                    .cell(&line.cells, Column::Name)
                    .trim()
                    .chars()
                    .take(40)
                    .collect(),
                faults,
            }),
            Ok((planned, others)) if others.is_empty() => {
                plan.good.insert(line.number, planned);
            }
            Ok((planned, others)) => {
                plan.doubles.push(Double {
                    line: line.number,
                    name: planned.details.name.clone(),
                    birth_date: planned.details.birth_date,
                    others,
                });
                plan.perhaps.insert(line.number, planned);
            }
        }
    }
    Ok(plan)
}

struct Planning<'a> {
    journal: &'a Snapshot<'a>,
    wishes: &'a Wishes,
    key: &'a HintKey,
    /// What a file calls a centre, looked up once.
    centres: HashMap<String, Option<i64>>,
    /// Hashed citizen numbers of the roster, by person.
    citizens: BTreeMap<i64, String>,
    /// Numbers of earlier lines: kind and hash to line.
    numbers: HashMap<(HintKind, String), u64>,
    /// Names and birth dates of earlier lines, with the hashed citizen number where there was one.
    lines: HashMap<(String, Date), Vec<(u64, Option<String>)>>,
}

impl Planning<'_> {
    fn line(
        &mut self,
        person: Person,
    ) -> Result<Result<(Planned, Vec<Other>), Vec<Fault>>, JournalError> {
        let mut faults = Vec::new();
        let centre = match self.centre(&person.centre)? {
            Ok(id) => Some(id),
            Err(fault) => {
                faults.push(fault);
                None
            }
        };
        let mut cards = Vec::new();
        let mut citizen = None;
        if let Some(number) = &person.citizen {
            let number = CardNumber {
                kind: HintKind::NationalId,
                spellings: vec![number.number.clone()],
            };
            match self.number(
                &number,
                person.line,
                Fault::CitizenTwice,
                Fault::CitizenTaken,
            )? {
                Ok(spellings) => {
                    citizen = spellings.first().map(|hint| hint.hash.clone());
                    cards.push((spellings, ReaderType::AsTyped));
                }
                Err(fault) => faults.push(fault),
            }
        }
        if let Some(number) = &person.card {
            match self.number(number, person.line, Fault::CardTwice, Fault::CardTaken)? {
                Ok(spellings) => cards.push((spellings, self.wishes.reader)),
                Err(fault) => faults.push(fault),
            }
        }
        let (Some(centre_id), true) = (centre, faults.is_empty()) else {
            return Ok(Err(faults));
        };
        let others = self.others(&person, citizen)?;
        let planned = Planned {
            centre_id,
            details: person.details,
            cards,
        };
        Ok(Ok((planned, others)))
    }

    fn centre(&mut self, called: &str) -> Result<Result<i64, Fault>, JournalError> {
        if called.is_empty() {
            return Ok(self.wishes.centre.ok_or(Fault::CentreMissing));
        }
        let known = match self.centres.get(called) {
            Some(known) => *known,
            None => {
                let found = self.journal.centre_called(called)?;
                self.centres.insert(called.to_owned(), found);
                found
            }
        };
        Ok(match known {
            Some(id) if self.wishes.scope.holds(id) => Ok(id),
            Some(_) => Err(Fault::CentreForeign),
            None => Err(Fault::CentreUnknown),
        })
    }

    fn number(
        &mut self,
        number: &CardNumber,
        line: u64,
        twice: fn(u64) -> Fault,
        taken: Fault,
    ) -> Result<Result<Vec<PersonHint>, Fault>, JournalError> {
        let Ok(spellings) = hints(self.key, number) else {
            return Ok(Err(Fault::Card("card_character")));
        };
        for hint in &spellings {
            if let Some(earlier) = self.numbers.get(&(hint.kind, hint.hash.clone())) {
                return Ok(Err(twice(*earlier)));
            }
            if self.journal.holder(hint)?.is_some() {
                return Ok(Err(taken));
            }
        }
        for hint in &spellings {
            self.numbers.insert((hint.kind, hint.hash.clone()), line);
        }
        Ok(Ok(spellings))
    }

    /// Who may be this person already. Two different citizen numbers are two people.
    fn others(
        &mut self,
        person: &Person,
        citizen: Option<String>,
    ) -> Result<Vec<Other>, JournalError> {
        let (name, birth) = (&person.details.name, person.details.birth_date);
        let apart =
            |other: Option<&String>| matches!((&citizen, other), (Some(a), Some(b)) if a != b);
        let mut others = Vec::new();
        for namesake in self.journal.namesakes(name, birth)? {
            if apart(self.citizens.get(&namesake.person)) {
                continue;
            }
            others.push(if self.wishes.scope.holds(namesake.centre) {
                Other::Person(namesake.person)
            } else {
                Other::Elsewhere
            });
        }
        let earlier = self.lines.entry((name.clone(), birth)).or_default();
        let lines = earlier.iter().filter(|(_, number)| !apart(number.as_ref()));
        others.extend(lines.map(|(line, _)| Other::Line(*line)));
        earlier.push((person.line, citizen));
        Ok(others)
    }
}

/// What was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    pub persons: usize,
    /// The numbers of the first and the last; all between are of this file too.
    pub span: Option<(i64, i64)>,
}

impl Imported {
    /// For the audit log; nothing when nobody was added.
    pub fn object(&self) -> Option<String> {
        let (first, last) = self.span?;
        Some(format!("person:{first}..{last}"))
    }
}

/// Adds the persons of a plan that was made in this transaction. `doubles`: also those who may be there
/// already, as further persons.
pub fn carry_out(
    tx: &Tx<'_>,
    plan: &Plan,
    doubles: bool,
    now: Moment,
) -> Result<Imported, JournalError> {
    let mut imported = Imported::default();
    let perhaps = plan.perhaps.values().filter(|_| doubles);
    for planned in plan.good.values().chain(perhaps) {
        let id = tx.add_roster_entry(planned.centre_id, &planned.details, now)?;
        for (spellings, reader) in &planned.cards {
            tx.give_card(id, spellings, *reader, false, now)?;
        }
        let first = imported.span.map_or(id, |(first, _)| first);
        imported.span = Some((first, id));
        imported.persons += 1;
    }
    Ok(imported)
}
