//! Every event on every stage, and each limit one below, at, one above.

use super::*;

const A: i64 = 1;
const B: i64 = 2;

fn at(second: i64) -> Moment {
    Moment::from_second(1_790_000_000 + second).unwrap()
}

fn enter(person: i64) -> Event {
    Event::Enter {
        person,
        by: OpenedBy::Card,
        standing: false,
        stray: false,
    }
}

/// A sat down at 0.
fn seated() -> Sitting {
    step(None, enter(A), at(0)).open.unwrap()
}

const AGAIN: Event = Event::Reading(Came::Claimed {
    kind: Kind::BloodPressure,
    next: Next::Again {
        after_s: 60,
        standing: false,
    },
});
const DONE: Event = Event::Reading(Came::Claimed {
    kind: Kind::BloodPressure,
    next: Next::Done,
});

fn closed(sitting: &Sitting, event: Event, second: i64) -> (i64, EndedBy) {
    let step = step(Some(sitting), event, at(second));
    let closed = step.closed.unwrap();
    (closed.until.as_second() - at(0).as_second(), closed.by)
}

#[test]
fn a_card_opens_and_another_card_closes() {
    let first = step(None, enter(A), at(0));
    assert!(first.opened && first.closed.is_none());
    let second = step(first.open.as_ref(), enter(B), at(30));
    assert_eq!(
        second.closed,
        Some(Closed {
            until: at(30),
            by: EndedBy::Other
        })
    );
    assert_eq!(second.open.map(|s| (s.person, s.from)), Some((B, at(30))));
    // A card nobody has is somebody else's too. B began in doubt and had touched nothing: she claims nothing.
    let stranger = step(second.open.as_ref(), Event::Stranger, at(40));
    assert_eq!(
        stranger.closed,
        Some(Closed {
            until: at(30),
            by: EndedBy::Other
        })
    );
    assert_eq!(stranger.open, None);
}

#[test]
fn the_same_card_again_keeps_the_check_in() {
    let again = step(Some(&seated()), enter(A), at(100));
    assert!(!again.opened && again.closed.is_none());
    assert_eq!(again.open.map(|s| (s.from, s.seen)), Some((at(0), at(100))));
}

#[test]
fn three_minutes_without_anything_end_it_where_they_were_due() {
    let sitting = seated();
    assert_eq!(
        step(Some(&sitting), Event::Tick, at(IDLE_S - 1)).open,
        Some(sitting)
    );
    for noticed in [IDLE_S, IDLE_S + 1, 9999] {
        assert_eq!(
            closed(&sitting, Event::Tick, noticed),
            (IDLE_S, EndedBy::Idle)
        );
    }
    // A card after that finds an empty chair.
    let next = step(Some(&sitting), enter(A), at(IDLE_S));
    assert_eq!(
        next.closed,
        Some(Closed {
            until: at(IDLE_S),
            by: EndedBy::Idle
        })
    );
    assert!(next.opened && next.open.unwrap().from == at(IDLE_S));
}

#[test]
fn a_countdown_of_the_protocol_keeps_it_open() {
    let resting = step(Some(&seated()), Event::Begin(Kind::BloodPressure), at(10))
        .open
        .unwrap();
    let end = 10 + REST_S + IDLE_S;
    assert!(
        step(Some(&resting), Event::Tick, at(end - 1))
            .open
            .is_some()
    );
    assert_eq!(closed(&resting, Event::Tick, end), (end, EndedBy::Idle));
    let rested = step(Some(&resting), Event::Rested, at(20)).open.unwrap();
    assert_eq!(rested.stage, Stage::Measuring);
    assert_eq!(
        closed(&rested, Event::Tick, 20 + IDLE_S),
        (20 + IDLE_S, EndedBy::Idle)
    );
}

#[test]
fn the_result_closes_it_at_receipt() {
    assert_eq!(closed(&seated(), DONE, 50), (50, EndedBy::Result));
    let doubtful = Event::Reading(Came::Doubtful);
    assert_eq!(closed(&seated(), doubtful, 50), (50, EndedBy::Doubt));
}

#[test]
fn after_the_first_reading_the_claim_rests_until_it_is_confirmed() {
    let asked = step(Some(&seated()), AGAIN, at(50)).open.unwrap();
    assert_eq!(asked.asked, Some(at(50)));
    assert_eq!(asked.readings, 1);
    assert_eq!(
        asked.stage,
        Stage::Again {
            until: at(110),
            standing: false
        }
    );
    // Not answered: however it ends, the claim ends where it was sure.
    let end = 110 + IDLE_S;
    assert_eq!(closed(&asked, Event::Tick, end), (50, EndedBy::Idle));
    assert_eq!(closed(&asked, enter(B), 70), (50, EndedBy::Other));
    assert_eq!(closed(&asked, Event::Leave, 70), (50, EndedBy::Left));
    assert_eq!(
        closed(&asked, Event::Elsewhere, 70),
        (50, EndedBy::Elsewhere)
    );
    // A reading that came meanwhile waits, and keeps it open.
    let waits = step(Some(&asked), Event::Reading(Came::Waits), at(200))
        .open
        .unwrap();
    assert_eq!((waits.asked, waits.seen), (Some(at(50)), at(200)));
    let yes = step(Some(&waits), Event::Still, at(210));
    assert!(yes.confirmed);
    assert_eq!(yes.open.unwrap().asked, None);
    assert_eq!(
        closed(&yes.open.unwrap(), DONE, 210),
        (210, EndedBy::Result)
    );
    // Her card says that she is here, and answers nothing for a reading that waits.
    let card = step(Some(&asked), enter(A), at(70));
    assert_eq!((card.confirmed, card.open.unwrap().asked), (false, None));
    let card = step(Some(&waits), enter(A), at(205));
    assert_eq!(
        (card.confirmed, card.open.unwrap().asked),
        (false, Some(at(50)))
    );
    assert!(!step(yes.open.as_ref(), Event::Still, at(211)).confirmed);
}

fn enter_after_stray(person: i64) -> Event {
    Event::Enter {
        person,
        by: OpenedBy::Card,
        standing: false,
        stray: true,
    }
}

/// B's card while A has no result yet, or soon after a reading that is nobody's: B claims nothing until she
/// touches what she will measure, and then from that touch on.
#[test]
fn begun_in_doubt_it_claims_nothing_until_a_touch() {
    let early = step(Some(&seated()), enter(B), at(30)).open.unwrap();
    let stray = step(None, enter_after_stray(B), at(30)).open.unwrap();
    assert_eq!(early, stray);
    assert!(in_doubt(&early) && early.asked == Some(at(30)));
    // Nothing touched: however it ends, it claimed nothing.
    assert_eq!(closed(&early, enter(A), 70), (30, EndedBy::Other));
    let end = 30 + IDLE_S;
    assert_eq!(closed(&early, Event::Tick, end), (30, EndedBy::Idle));
    // A reading that comes meanwhile waits for an answer; her card is none.
    let waiting = step(Some(&early), Event::Reading(Came::Waits), at(60))
        .open
        .unwrap();
    assert!(waits(&waiting) && !waits(&early));
    let card = step(Some(&waiting), enter(B), at(70));
    let anew = card.open.unwrap();
    assert_eq!((card.confirmed, anew.from), (false, at(70)));
    assert_eq!(anew.asked, Some(at(70)), "still in doubt");
    // Her card once more, as a reader that reads twice sends it, ends no doubt; staff who put her there do.
    let card = step(Some(&early), enter(B), at(70)).open.unwrap();
    assert_eq!((card.from, card.asked), (at(70), Some(at(70))));
    let staff = Event::Enter {
        person: B,
        by: OpenedBy::Staff,
        standing: false,
        stray: false,
    };
    let put = step(Some(&early), staff, at(70)).open.unwrap();
    assert_eq!((put.from, put.asked), (at(70), None));
    // The touch begins the claim, and takes no reading that waits.
    for doubtful in [early, waiting] {
        let touch = step(Some(&doubtful), Event::Begin(Kind::Glucose), at(75));
        let open = touch.open.unwrap();
        assert_eq!((touch.confirmed, open.from), (false, at(75)));
        assert!(!in_doubt(&open));
    }
    // "It was me" takes what waits; with nothing waiting it only begins the claim.
    assert!(step(Some(&waiting), Event::Still, at(75)).confirmed);
    let yes = step(Some(&early), Event::Still, at(75));
    assert_eq!((yes.confirmed, yes.open.unwrap().from), (false, at(75)));
    // Who has a result already is not in the way: the next card is sure at once. Unless she said "still me".
    let measured = step(Some(&seated()), AGAIN, at(50)).open.unwrap();
    let next = step(Some(&measured), enter(B), at(60)).open.unwrap();
    assert_eq!(next.asked, None);
    let goes_on = step(Some(&measured), Event::Still, at(55)).open.unwrap();
    let next = step(Some(&goes_on), enter(B), at(60)).open.unwrap();
    assert_eq!(next.asked, Some(at(60)));
}

#[test]
fn staff_put_somebody_in_the_chair_without_doubt_and_may_ask_for_standing() {
    let staff = |person, standing| Event::Enter {
        person,
        by: OpenedBy::Staff,
        standing,
        stray: false,
    };
    let put = step(Some(&seated()), staff(B, true), at(30));
    let open = put.open.unwrap();
    assert_eq!((put.opened, open.from, open.asked), (true, at(30), None));
    assert!(open.standing);
    // Said once more of who sits there already.
    let again = step(Some(&seated()), staff(A, true), at(30));
    assert!(!again.opened && again.open.unwrap().standing);
    let card = step(again.open.as_ref(), enter(A), at(40)).open.unwrap();
    assert!(card.standing, "her card does not take it back");
}

#[test]
fn not_me_and_leaving_end_it_at_once() {
    assert_eq!(closed(&seated(), Event::NotMe, 20), (20, EndedBy::NotMe));
    assert_eq!(closed(&seated(), Event::Leave, 20), (20, EndedBy::Left));
    assert_eq!(
        closed(&seated(), Event::Elsewhere, 20),
        (20, EndedBy::Elsewhere)
    );
}

#[test]
fn the_other_kind_in_between_ends_nothing() {
    let asked = step(Some(&seated()), AGAIN, at(50)).open.unwrap();
    let sure = step(Some(&asked), Event::Still, at(55)).open.unwrap();
    let glucose = Event::Reading(Came::Claimed {
        kind: Kind::Glucose,
        next: Next::Done,
    });
    let after = step(Some(&sure), glucose, at(60));
    assert_eq!(
        after.open.map(|s| (s.kind, s.readings)),
        Some((Some(Kind::BloodPressure), 1))
    );
    // As the first reading it is what is measured, whatever was chosen before.
    let chose = step(Some(&seated()), Event::Begin(Kind::BloodPressure), at(5))
        .open
        .unwrap();
    assert_eq!(closed(&chose, glucose, 60), (60, EndedBy::Result));
}

#[test]
fn an_empty_chair_hears_nothing_but_a_person() {
    for event in [
        Event::Stranger,
        Event::Begin(Kind::Glucose),
        Event::Rested,
        Event::Still,
        Event::NotMe,
        Event::Leave,
        Event::Elsewhere,
        DONE,
        AGAIN,
        Event::Tick,
    ] {
        let nothing = Step {
            closed: None,
            open: None,
            opened: false,
            confirmed: false,
        };
        assert_eq!(step(None, event, at(0)), nothing);
    }
}

#[test]
fn a_late_card_holds_until_the_next_and_never_longer_than_three_minutes() {
    let until = |heard, next: Option<i64>| {
        late_interval(at(0), at(heard), next.map(at))
            .map(|(_, until)| until.as_second() - at(0).as_second())
    };
    assert_eq!(until(9999, None), Some(IDLE_S));
    assert_eq!(until(9999, Some(100)), Some(100));
    assert_eq!(until(9999, Some(181)), Some(IDLE_S));
    assert_eq!(until(60, Some(100)), Some(60));
    assert_eq!(until(9999, Some(0)), None);
    assert_eq!(until(0, None), None);
}

/// Stopped after every event and begun again from the stored state: the same end.
#[test]
fn time_that_passed_while_the_hub_was_down_is_counted() {
    let sitting = seated();
    let ticked = (1..IDLE_S).fold(sitting, |s, second| {
        step(Some(&s), Event::Tick, at(second)).open.unwrap()
    });
    assert_eq!(ticked, sitting);
    assert_eq!(
        closed(&ticked, Event::Tick, IDLE_S),
        closed(&sitting, Event::Tick, 100_000)
    );
}
