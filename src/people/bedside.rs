//! Staff wait at the bedside for the next reading of a device. What came is shown to them first: until they
//! say that it is hers it is nobody's, and nobody else's either.

use crate::vitals::{Subject, UnclaimedReason};

/// For whom staff wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitedFor {
    Person(i64),
    /// Control solution: nobody's value.
    Control,
}

/// The subject of the reading that was waited for, given what every other claim says of it.
///
/// The waiting is a claim like the others: where they name the same person it stands on their grounds,
/// where they name somebody else they disagree. Alone it only keeps the reading for the confirmation.
pub fn weigh(waited_for: WaitedFor, otherwise: Subject) -> Subject {
    use UnclaimedReason::{
        AwaitsConfirmation, BeganWhileMeasuring, ClaimsDisagree, ControlSolution, NoClaim,
        NotWithinOneCheckIn, TimeUnusable,
    };
    let unclaimed = |reason| Subject::Unclaimed { reason };
    match (otherwise, waited_for) {
        (Subject::Known { person, .. }, WaitedFor::Person(waited)) if person == waited => otherwise,
        (Subject::Known { .. }, _) => unclaimed(ClaimsDisagree),
        // The chair says nothing of a cuff that was carried to a bed; the meter itself knows its solution.
        (
            Subject::Unclaimed {
                reason: NoClaim | NotWithinOneCheckIn | BeganWhileMeasuring | TimeUnusable,
            },
            _,
        ) => unclaimed(AwaitsConfirmation),
        (
            Subject::Unclaimed {
                reason: ControlSolution,
            },
            WaitedFor::Control,
        ) => unclaimed(AwaitsConfirmation),
        (other, _) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vitals::Basis;

    fn known(person: i64) -> Subject {
        Subject::Known {
            person,
            basis: Basis::CardInMessage,
        }
    }

    #[test]
    fn what_others_claim_is_never_taken_over_silently() {
        let is = |reason| Subject::Unclaimed { reason };
        let (hers, control) = (WaitedFor::Person(1), WaitedFor::Control);
        assert_eq!(weigh(hers, known(1)), known(1));
        assert_eq!(weigh(hers, known(2)), is(UnclaimedReason::ClaimsDisagree));
        assert_eq!(
            weigh(control, known(1)),
            is(UnclaimedReason::ClaimsDisagree)
        );
        for reason in UnclaimedReason::ALL {
            let kept = weigh(hers, is(reason));
            let waits = [
                UnclaimedReason::NoClaim,
                UnclaimedReason::NotWithinOneCheckIn,
                UnclaimedReason::BeganWhileMeasuring,
                UnclaimedReason::TimeUnusable,
                UnclaimedReason::AwaitsConfirmation,
            ]
            .contains(&reason);
            let expected = match waits {
                true => is(UnclaimedReason::AwaitsConfirmation),
                false => is(reason),
            };
            assert_eq!(kept, expected, "{reason:?}");
        }
    }
}
