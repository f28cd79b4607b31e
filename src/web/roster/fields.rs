//! Forms: what a browser sent, and the fields of a form with what was typed and what is wrong with it.

use axum::Form;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::people::entry::Fault;
use crate::web::refusal::Refusal;
use crate::web::state::State;
use crate::words::Words;

/// What a form sent, in its order; a field may stand several times.
#[derive(Debug, Clone, Default)]
pub struct Sent(Vec<(String, String)>);

impl Sent {
    /// The field's value; empty when it was not sent.
    pub fn one(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Every value of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a box was ticked.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// A number that a page put there itself.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`]: no page sends anything else.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T, Refusal> {
        self.one(name).parse().map_err(|_| Refusal::Unreadable)
    }
}

impl FromRequest<State> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, state: &State) -> Result<Self, Response> {
        let form = Form::<Vec<(String, String)>>::from_request(request, state).await;
        match form {
            Ok(Form(pairs)) => Ok(Sent(pairs)),
            Err(rejection) => {
                let response = rejection.into_response();
                // Too large keeps its own status; anything else was no form of ours.
                if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
                    return Err(response);
                }
                Err(Refusal::Unreadable.into_response())
            }
        }
    }
}

/// One of several values to choose from.
#[derive(Debug, Clone)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

/// How a field is filled in.
#[derive(Debug, Clone)]
pub enum Kind {
    /// `mode` is the keyboard of a phone (`inputmode`): text, numeric, tel, decimal, email.
    Text {
        mode: &'static str,
        most: usize,
    },
    Area {
        most: usize,
    },
    Select(Vec<Choice>),
    /// Any number of them.
    Ticks(Vec<Choice>),
}

/// A field of a form, as a template writes it.
#[derive(Debug, Clone)]
pub struct Field {
    pub name: &'static str,
    pub label: String,
    pub value: String,
    pub kind: Kind,
    /// How to write it.
    pub hint: Option<String>,
    /// What is wrong with what was typed.
    pub fault: Option<String>,
    pub required: bool,
    /// Takes the whole width.
    pub wide: bool,
}

impl Field {
    fn of(t: Words, name: &'static str, kind: Kind) -> Self {
        Field {
            name,
            label: t.word("field", name),
            value: String::new(),
            kind,
            hint: None,
            fault: None,
            required: false,
            wide: false,
        }
    }

    /// One line of text, labelled `field-{name}`.
    pub fn text(t: Words, name: &'static str, value: impl Into<String>, most: usize) -> Self {
        Field {
            value: value.into(),
            ..Field::of(t, name, Kind::Text { mode: "text", most })
        }
    }

    /// Several lines.
    pub fn area(t: Words, name: &'static str, value: impl Into<String>, most: usize) -> Self {
        Field {
            value: value.into(),
            wide: true,
            ..Field::of(t, name, Kind::Area { most })
        }
    }

    /// One of a list; `words` are (stored word, label).
    pub fn select(
        t: Words,
        name: &'static str,
        chosen: &str,
        words: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let choices = words.into_iter().map(|(value, label)| Choice {
            chosen: value == chosen,
            value,
            label,
        });
        Field::of(t, name, Kind::Select(choices.collect()))
    }

    /// Any of a list; `words` are (stored word, label, ticked).
    pub fn ticks(
        t: Words,
        name: &'static str,
        words: impl IntoIterator<Item = (String, String, bool)>,
    ) -> Self {
        let choices = words.into_iter().map(|(value, label, chosen)| Choice {
            value,
            label,
            chosen,
        });
        Field {
            wide: true,
            ..Field::of(t, name, Kind::Ticks(choices.collect()))
        }
    }

    pub fn mode(mut self, keyboard: &'static str) -> Self {
        if let Kind::Text { mode, .. } = &mut self.kind {
            *mode = keyboard;
        }
        self
    }

    pub fn required(self) -> Self {
        Field {
            required: true,
            ..self
        }
    }

    pub fn hint(self, hint: String) -> Self {
        Field {
            hint: Some(hint),
            ..self
        }
    }

    pub fn fault(self, t: Words, faults: &Faults) -> Self {
        let fault = faults.of(self.name).map(|fault| fault.say(t));
        Field { fault, ..self }
    }

    /// What describes it to a screen reader: the ids of its hint and its fault, `None` when there is neither.
    pub fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.name));
        let fault = self.fault.as_ref().map(|_| format!("{}-fault", self.name));
        let ids: Vec<String> = [hint, fault].into_iter().flatten().collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

/// The faults of a form, by field.
#[derive(Debug, Clone, Default)]
pub struct Faults(Vec<(&'static str, Fault)>);

impl Faults {
    /// The value, or the usual one with the fault noted.
    pub fn take<T>(&mut self, field: &'static str, read: Result<T, Fault>, usual: T) -> T {
        read.unwrap_or_else(|fault| {
            self.0.push((field, fault));
            usual
        })
    }

    pub fn note(&mut self, field: &'static str, fault: Fault) {
        self.0.push((field, fault));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    fn of(&self, field: &str) -> Option<&Fault> {
        self.0
            .iter()
            .find(|(name, _)| *name == field)
            .map(|(_, fault)| fault)
    }
}

/// A group of fields with its heading.
#[derive(Debug, Clone)]
pub struct Group {
    pub title: String,
    pub fields: Vec<Field>,
}
