//! What stands around every page: demo line, bar, languages, the way out.

use askama::Template;
use axum::response::Html;
use jiff::tz::TimeZone;

use super::ask::Ask;
use super::assets;
use super::refusal::Refusal;
use super::visitor::Need;
use crate::vitals::Moment;
use crate::words::{Language, Words};

/// The entry of the bar that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Centres,
    Persons,
    Day,
    Tray,
    Operator,
    /// A page outside the bar: sign-in, an error.
    Nowhere,
}

/// One entry of the bar.
#[derive(Debug)]
pub struct TabLink {
    pub href: &'static str,
    pub text: String,
    pub here: bool,
}

/// The frame of one page for one visitor.
#[derive(Debug)]
pub struct Shell {
    pub t: Words,
    /// The whole `<title>`.
    pub title: String,
    pub demo_clock: Option<String>,
    pub tabs: Vec<TabLink>,
    /// Where the hub stands: "演示镇卫生院主机".
    pub place: String,
    /// Who is signed in.
    pub login: Option<String>,
    /// Where the language switch comes back to.
    pub back: String,
    /// The paper lies on its side.
    pub landscape: bool,
}

impl Shell {
    /// The frame for a page called `title`.
    pub fn new(ask: &Ask, tab: Tab, title: &str) -> Self {
        let t = ask.words;
        let state = &ask.state;
        let demo = state.demo;
        let key = if demo.is_some() {
            "page-title-demo"
        } else {
            "page-title"
        };
        let tabs = [
            (Tab::Day, Need::Health, "/day", "nav-day"),
            (Tab::Centres, Need::Health, "/centres", "nav-centres"),
            (Tab::Persons, Need::Health, "/persons", "nav-persons"),
            (Tab::Tray, Need::Health, "/tray", "nav-tray"),
            (Tab::Operator, Need::Operation, "/operator", "nav-operator"),
        ];
        Shell {
            t,
            title: t.with1(key, "page", title),
            demo_clock: demo.map(|demo| demo_clock(t, ask.now, &state.zone, demo.speed)),
            tabs: tabs
                .into_iter()
                .filter(|(_, need, _, _)| ask.visitor.as_ref().is_some_and(|v| v.may(*need)))
                .map(|(at, _, href, key)| TabLink {
                    href,
                    text: t.say(key),
                    here: at == tab,
                })
                .collect(),
            place: state.place.clone(),
            login: ask
                .visitor
                .as_ref()
                .map(|visitor| visitor.called().to_owned()),
            back: ask.path.clone(),
            landscape: false,
        }
    }

    /// For lists and wide tables: the paper lies on its side.
    pub fn landscape(self) -> Self {
        Shell {
            landscape: true,
            ..self
        }
    }

    pub fn asset(&self, file: &str) -> String {
        assets::address(file)
    }

    pub fn other_language(&self) -> Language {
        self.t.language().other()
    }
}

/// `演示时钟 2026年4月14日 星期二 08:52`.
pub fn demo_clock(t: Words, now: Moment, zone: &TimeZone, speed: u32) -> String {
    let civil = zone.to_datetime(now);
    let when = t.with(
        "moment-full",
        [
            ("date", t.full_day(civil.date()).into()),
            ("weekday", t.weekday(civil.weekday()).into()),
            ("hour", t.hour(civil).into()),
        ],
    );
    if speed == 1 {
        t.with1("demo-clock", "when", when)
    } else {
        t.with(
            "demo-clock-fast",
            [("when", when.into()), ("speed", speed.into())],
        )
    }
}

/// Writes a page.
pub fn page(template: &impl Template) -> Result<Html<String>, Refusal> {
    Ok(Html(template.render()?))
}

/// A page that only says something: an error.
#[derive(Template)]
#[template(path = "plain.html", config = "src/web/askama.toml")]
pub struct Plain {
    pub shell: Shell,
    pub title: String,
    pub say: String,
}
