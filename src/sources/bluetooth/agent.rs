//! Who may pair with the hub: a device that staff are pairing now, or an enrolled one without a bond yet.
//!
//! The hub's agent must be there for its whole life: without one, BlueZ lets reads and subscriptions of
//! an encrypted device hang for half a minute and fail. It answers for everybody who tries, so here it is
//! decided whom it answers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

/// What BlueZ asks the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Question {
    /// May it pair without digits (Just Works)?
    Authorize,
    /// Which six digits does the device show?
    Passkey,
    /// Does the device show these same digits?
    Compare(u32),
    /// These digits are to be typed on the device.
    Show(u32),
    /// A PIN of the time before Low Energy.
    Pin,
    /// May it use a service?
    Service,
}

/// Who is asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Asker {
    Stranger,
    /// `bonded`: it already has a bond with the hub.
    Enrolled {
        bonded: bool,
    },
    /// Staff are pairing it now.
    InHand,
}

/// What the agent answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    Yes,
    No,
    /// A person must say.
    Staff,
}

/// The policy.
///
/// An enrolled device without a bond may make one by itself where no digits are needed: most cuffs pair
/// when they are first read. One that has a bond and wants another has lost it, and looks the same as a
/// stranger with its address: a person decides.
pub fn decide(question: Question, asker: Asker) -> Answer {
    match (asker, question) {
        (_, Question::Pin) | (Asker::Stranger, _) => Answer::No,
        (Asker::InHand, Question::Passkey | Question::Compare(_)) => Answer::Staff,
        (Asker::InHand, _) => Answer::Yes,
        (Asker::Enrolled { .. }, Question::Service) => Answer::Yes,
        (Asker::Enrolled { bonded: false }, Question::Authorize) => Answer::Yes,
        (Asker::Enrolled { .. }, _) => Answer::No,
    }
}

/// What staff see of the pairing in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing yet.
    Nothing,
    /// The six digits on the device's display.
    Passkey { until: Instant },
    /// Whether the device shows these.
    Same { digits: u32, until: Instant },
    /// To type these on the device.
    Type { digits: u32 },
}

struct InHand {
    address: String,
    wanted: Wanted,
    answer: Option<oneshot::Sender<u32>>,
}

#[derive(Default)]
struct Inside {
    /// By identity address; whether there is a bond.
    enrolled: BTreeMap<String, bool>,
    in_hand: Option<InHand>,
}

/// The agent's knowledge, shared by the watch, the page and the D-Bus object.
#[derive(Default)]
pub struct Gate {
    inside: Mutex<Inside>,
    refused: AtomicU64,
    passkey_limit_s: AtomicU64,
}

/// Ends the pairing in hand when dropped.
pub struct Hand<'a>(&'a Gate);

impl Drop for Hand<'_> {
    fn drop(&mut self) {
        self.0.lock().in_hand = None;
    }
}

impl Gate {
    /// `passkey_s`: how long staff have for the digits.
    pub fn new(passkey_s: u64) -> Self {
        let gate = Gate::default();
        gate.passkey_limit_s.store(passkey_s, Ordering::Relaxed);
        gate
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The enrolled devices, and whether each has a bond.
    pub fn set_enrolled(&self, enrolled: BTreeMap<String, bool>) {
        self.lock().enrolled = enrolled;
    }

    /// Staff begin to pair this device; nothing when another is in hand.
    pub fn take_in_hand(&self, address: &str) -> Option<Hand<'_>> {
        let mut inside = self.lock();
        if inside.in_hand.is_some() {
            return None;
        }
        inside.in_hand = Some(InHand {
            address: address.to_owned(),
            wanted: Wanted::Nothing,
            answer: None,
        });
        Some(Hand(self))
    }

    /// The device in hand, and what is wanted of staff.
    pub fn in_hand(&self) -> Option<(String, Wanted)> {
        let inside = self.lock();
        let hand = inside.in_hand.as_ref()?;
        Some((hand.address.clone(), hand.wanted))
    }

    /// Staff typed the digits (or agreed to those shown); whether somebody was waiting for them.
    pub fn answer(&self, digits: u32) -> bool {
        let mut inside = self.lock();
        let waiting = inside.in_hand.as_mut().and_then(|hand| hand.answer.take());
        waiting.is_some_and(|waiting| waiting.send(digits).is_ok())
    }

    /// Staff gave up: a question that waits for them is answered with no.
    pub fn cancel(&self) {
        if let Some(hand) = &mut self.lock().in_hand {
            hand.answer = None;
        }
    }

    /// Pairings refused since the start.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// BlueZ asks for the device with this identity address. The digits, where digits were wanted.
    ///
    /// # Errors
    /// Refused, by the policy or because staff did not answer in time.
    pub async fn ask(&self, address: &str, question: Question) -> Result<Option<u32>, Refused> {
        let answer = decide(question, self.asker(address));
        match answer {
            Answer::Yes => {
                if let Question::Show(digits) = question {
                    self.want(Wanted::Type { digits });
                }
                Ok(None)
            }
            Answer::No => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                metrics::counter!("bluetooth_pairings_refused_total").increment(1);
                tracing::warn!(?question, "a pairing was refused");
                Err(Refused)
            }
            Answer::Staff => self.ask_staff(question).await.map(Some),
        }
    }

    fn asker(&self, address: &str) -> Asker {
        let inside = self.lock();
        let in_hand = inside.in_hand.as_ref();
        if in_hand.is_some_and(|hand| hand.address == address) {
            return Asker::InHand;
        }
        match inside.enrolled.get(address) {
            Some(&bonded) => Asker::Enrolled { bonded },
            None => Asker::Stranger,
        }
    }

    fn want(&self, wanted: Wanted) {
        if let Some(hand) = &mut self.lock().in_hand {
            hand.wanted = wanted;
        }
    }

    async fn ask_staff(&self, question: Question) -> Result<u32, Refused> {
        let limit = Duration::from_secs(self.passkey_limit_s.load(Ordering::Relaxed));
        let until = Instant::now() + limit;
        let (answer, answered) = oneshot::channel();
        if let Some(hand) = &mut self.lock().in_hand {
            hand.answer = Some(answer);
            hand.wanted = match question {
                Question::Compare(digits) => Wanted::Same { digits, until },
                _ => Wanted::Passkey { until },
            };
        }
        let digits = timeout_at(until, answered).await;
        self.want(Wanted::Nothing);
        match (digits, question) {
            (Ok(Ok(digits)), Question::Compare(shown)) if digits == shown => Ok(digits),
            (Ok(Ok(digits)), Question::Passkey) => Ok(digits),
            _ => Err(Refused),
        }
    }
}

/// The agent's no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Question; 6] = [
        Question::Authorize,
        Question::Passkey,
        Question::Compare(7),
        Question::Show(7),
        Question::Pin,
        Question::Service,
    ];

    #[test]
    fn a_stranger_gets_nothing() {
        for question in ALL {
            assert_eq!(
                decide(question, Asker::Stranger),
                Answer::No,
                "{question:?}"
            );
        }
    }

    #[test]
    fn every_asker_and_question() {
        use Answer::{No, Staff, Yes};
        let row = |asker| ALL.map(|question| decide(question, asker));
        assert_eq!(row(Asker::InHand), [Yes, Staff, Staff, Yes, No, Yes]);
        let new = Asker::Enrolled { bonded: false };
        assert_eq!(row(new), [Yes, No, No, No, No, Yes]);
        let bonded = Asker::Enrolled { bonded: true };
        assert_eq!(row(bonded), [No, No, No, No, No, Yes]);
    }

    #[tokio::test(start_paused = true)]
    async fn staff_have_their_time_for_the_digits() {
        let gate = std::sync::Arc::new(Gate::new(30));
        let _hand = gate.take_in_hand("A").unwrap();
        assert!(gate.take_in_hand("B").is_none(), "one at a time");
        let asked = tokio::spawn({
            let gate = gate.clone();
            async move { gate.ask("A", Question::Passkey).await }
        });
        tokio::time::sleep(Duration::from_millis(29_999)).await;
        assert!(matches!(gate.in_hand(), Some((_, Wanted::Passkey { .. }))));
        assert!(gate.answer(123_456));
        assert_eq!(asked.await.unwrap(), Ok(Some(123_456)));
        assert!(!gate.answer(1), "nobody waits any more");

        let began = Instant::now();
        assert_eq!(gate.ask("A", Question::Passkey).await, Err(Refused));
        assert_eq!(began.elapsed().as_secs(), 30);
        assert_eq!(gate.refused(), 0, "an unanswered question is no refusal");
    }

    #[tokio::test]
    async fn a_stranger_is_counted_while_another_is_in_hand() {
        let gate = Gate::new(30);
        gate.set_enrolled(BTreeMap::from([("E".to_owned(), true)]));
        {
            let _hand = gate.take_in_hand("A").unwrap();
            assert_eq!(gate.ask("B", Question::Authorize).await, Err(Refused));
            assert_eq!(gate.ask("E", Question::Authorize).await, Err(Refused));
            assert_eq!(gate.ask("A", Question::Authorize).await, Ok(None));
        }
        assert_eq!(gate.ask("A", Question::Authorize).await, Err(Refused));
        assert_eq!(gate.refused(), 3);
        assert!(gate.in_hand().is_none());
    }
}
