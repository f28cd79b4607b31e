//! Every address the hub answers, and who may come in there: the one table of routes.

use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};

use super::access::sign_in;
use super::kiosk;
use super::pages::stations;
use super::pages::{
    add_device, bedside, centre, centres, day, desk, device, kind, notice, observation, operator,
    pairing, person, persons, picture, tray, typed,
};
use super::state::State;
use super::visitor::Need;
use super::{assets, language, live, probe, roster};

/// One address.
pub struct Door {
    pub path: &'static str,
    pub need: Need,
    pub methods: MethodRouter<State>,
    /// Asked for by a script, not by a person's hand: does not keep a session from its idle end, and is
    /// answered with a status where a person would be sent to the sign-in page.
    pub by_script: bool,
}

pub(super) fn door(path: &'static str, need: Need, methods: MethodRouter<State>) -> Door {
    Door {
        path,
        need,
        methods,
        by_script: false,
    }
}

fn script_door(path: &'static str, need: Need, methods: MethodRouter<State>) -> Door {
    Door {
        path,
        need,
        methods,
        by_script: true,
    }
}

/// The table.
pub fn doors() -> Vec<Door> {
    let mut all = vec![
        script_door("/healthz", Need::Nothing, get(probe::healthz)),
        script_door("/metrics", Need::Metrics, get(probe::metrics)),
        script_door("/static/{file}", Need::Nothing, get(assets::serve)),
        door("/language", Need::Nothing, post(language::choose)),
        door(
            "/sign-in",
            Need::Nothing,
            get(sign_in::show).post(sign_in::attempt),
        ),
        door("/sign-out", Need::SignedIn, post(sign_in::leave)),
        door("/", Need::SignedIn, get(centres::home)),
        door("/centres", Need::Health, get(centres::show)),
        door("/centres/{centre}", Need::Health, get(centre::show)),
        door("/persons", Need::Health, get(persons::show)),
        door("/persons/{person}", Need::Health, get(person::show)),
        script_door(
            "/persons/{person}/board",
            Need::Health,
            get(person::board_only),
        ),
        script_door("/persons/{person}/live", Need::Health, get(live::person)),
        door(
            "/persons/{person}/pictures/{picture}",
            Need::Health,
            get(picture::show),
        ),
        door(
            "/persons/{person}/readings.csv",
            Need::Health,
            get(picture::readings),
        ),
        door("/persons/{person}/desk", Need::Health, get(desk::show)),
        door("/persons/{person}/signs", Need::Health, post(desk::tick)),
        door("/persons/{person}/meals", Need::Health, post(desk::eat)),
        door(
            "/persons/{person}/check-in",
            Need::Health,
            post(desk::check_in),
        ),
        door(
            "/persons/{person}/typed",
            Need::Health,
            get(typed::show).post(typed::give),
        ),
        door("/day", Need::Health, get(day::own)),
        door("/day/{centre}", Need::Health, get(day::show)),
        script_door("/day/{centre}/board", Need::Health, get(day::board_only)),
        script_door("/day/{centre}/live", Need::Health, get(live::centre)),
        door(
            "/bedside",
            Need::Health,
            get(bedside::choose).post(bedside::begin),
        ),
        door("/bedside/{bedside}", Need::Health, get(bedside::wait)),
        script_door(
            "/bedside/{bedside}/board",
            Need::Health,
            get(bedside::board_only),
        ),
        door(
            "/bedside/{bedside}/confirm",
            Need::Health,
            post(bedside::accept),
        ),
        door(
            "/bedside/{bedside}/give-up",
            Need::Health,
            post(bedside::leave),
        ),
        door("/tray", Need::Health, get(tray::show)),
        script_door("/tray/board", Need::Health, get(tray::board_only)),
        script_door("/tray/live", Need::Health, get(live::centres)),
        door(
            "/observations/{observation}",
            Need::Health,
            get(observation::show),
        ),
        door(
            "/observations/{observation}/subject",
            Need::Health,
            post(observation::give),
        ),
        door(
            "/observations/{observation}/remarks",
            Need::Health,
            post(desk::remark),
        ),
        door(
            "/notices/{notice}/answer",
            Need::Health,
            post(notice::have_it),
        ),
        door("/devices/{device}", Need::Operation, get(device::show)),
        door(
            "/devices/{device}/forget",
            Need::Operation,
            post(pairing::forget),
        ),
        door("/devices/add", Need::Operation, get(add_device::show)),
        script_door(
            "/devices/add/board",
            Need::Operation,
            get(add_device::board_only),
        ),
        door("/devices/add/pair", Need::Operation, post(pairing::pair)),
        door(
            "/devices/add/digits",
            Need::Operation,
            post(pairing::digits),
        ),
        door(
            "/devices/add/cancel",
            Need::Operation,
            post(pairing::cancel),
        ),
        door("/operator", Need::Operation, get(operator::show)),
        door(
            "/operator/kind",
            Need::Operation,
            get(kind::show)
                .post(kind::act)
                .layer(DefaultBodyLimit::max(kind::KIND_FORM_BYTES_MAX)),
        ),
        script_door(
            "/operator/board",
            Need::Operation,
            get(operator::board_only),
        ),
        script_door("/operator/live", Need::Operation, get(live::any)),
        door(
            "/operator/stations",
            Need::Operation,
            get(stations::show).post(stations::act),
        ),
        door("/kiosk/{station}/open", Need::Nothing, get(kiosk::open)),
        door("/kiosk/{station}", Need::Seat, get(kiosk::show)),
        script_door("/kiosk/{station}/face", Need::Seat, get(kiosk::face)),
        script_door("/kiosk/{station}/names", Need::Seat, get(kiosk::names)),
        script_door(
            "/kiosk/{station}/photo/{person}",
            Need::Seat,
            get(kiosk::photo),
        ),
        script_door("/kiosk/{station}/live", Need::Seat, get(kiosk::live)),
        script_door("/kiosk/{station}/card", Need::Seat, post(kiosk::card)),
        script_door("/kiosk/{station}/act", Need::Seat, post(kiosk::act)),
        script_door("/demo-clock", Need::SignedIn, get(probe::demo_clock)),
    ];
    all.extend(roster::doors());
    all
}
