//! How long a sign-in must wait: per account (kept in the journal), per address (kept here).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use jiff::SignedDuration;

use crate::vitals::Moment;

/// The numbers of the per-account policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInPolicy {
    /// Wrong passwords in a row that cost nothing.
    pub free_failures: u32,
    /// Wrong passwords in a row from which on every further one locks.
    pub lock_after_failures: u32,
    pub lock_minutes: u32,
}

impl SignInPolicy {
    /// How long an account waits after its `failures`-th wrong password in a row: nothing at first,
    /// then 1 s, doubling (never longer than the lock), then the lock. A right password or a new one
    /// starts the count again.
    pub fn wait_after(&self, failures: u32) -> SignedDuration {
        let lock = SignedDuration::from_mins(i64::from(self.lock_minutes));
        if failures >= self.lock_after_failures {
            return lock;
        }
        let Some(beyond) = failures.checked_sub(self.free_failures + 1) else {
            return SignedDuration::ZERO;
        };
        SignedDuration::from_secs(1_i64 << beyond.min(30)).min(lock)
    }

    /// What to store after a wrong password at `now`: `None` when nothing has to be waited.
    pub fn locked_until(&self, failures: u32, now: Moment) -> Option<Moment> {
        let wait = self.wait_after(failures);
        (!wait.is_zero()).then(|| now.saturating_add(wait).unwrap_or(Moment::MAX))
    }
}

/// How many sign-ins each network address tried lately. An IPv6 address counts as its /64, which is
/// what one household gets.
#[derive(Debug)]
pub struct AddressThrottle {
    per_minute: u32,
    tries: HashMap<IpAddr, Tries>,
}

#[derive(Debug, Clone, Copy)]
struct Tries {
    since: Moment,
    count: u32,
}

/// Addresses remembered before old ones are swept out: bounds the memory of an attack.
const ADDRESSES_MAX: usize = 10_000;

impl AddressThrottle {
    pub fn new(per_minute: u32) -> Self {
        AddressThrottle {
            per_minute,
            tries: HashMap::new(),
        }
    }

    /// Counts a try at `now`; `false` when this address must wait. Where more addresses come in one
    /// minute than can be remembered, unknown ones wait.
    pub fn admit(&mut self, address: IpAddr, now: Moment) -> bool {
        let minute = SignedDuration::from_mins(1);
        let over = |tries: &Tries| now.duration_since(tries.since).abs() >= minute;
        if self.tries.len() >= ADDRESSES_MAX {
            self.tries.retain(|_, tries| !over(tries));
        }
        let key = network_of(address);
        if self.tries.len() >= ADDRESSES_MAX && !self.tries.contains_key(&key) {
            return false;
        }
        let tries = self.tries.entry(key).or_insert(Tries {
            since: now,
            count: 0,
        });
        if over(tries) {
            *tries = Tries {
                since: now,
                count: 0,
            };
        }
        tries.count = tries.count.saturating_add(1);
        tries.count <= self.per_minute
    }
}

fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const POLICY: SignInPolicy = SignInPolicy {
        free_failures: 3,
        lock_after_failures: 10,
        lock_minutes: 15,
    };

    fn at(second: i64) -> Moment {
        Moment::from_second(1_800_000_000 + second).unwrap()
    }

    #[rstest]
    #[case(0, 0)]
    #[case(3, 0)]
    #[case(4, 1)]
    #[case(5, 2)]
    #[case(9, 32)]
    #[case(10, 900)]
    #[case(11, 900)]
    #[case(u32::MAX, 900)]
    fn the_account_waits(#[case] failures: u32, #[case] seconds: i64) {
        assert_eq!(POLICY.wait_after(failures).as_secs(), seconds);
    }

    #[test]
    fn the_doubling_never_outgrows_the_lock() {
        let policy = SignInPolicy {
            free_failures: 0,
            lock_after_failures: 1_000,
            lock_minutes: 1,
        };
        assert_eq!(policy.wait_after(6).as_secs(), 32);
        assert_eq!(policy.wait_after(7).as_secs(), 60);
        assert_eq!(policy.wait_after(999).as_secs(), 60);
    }

    #[test]
    fn nothing_to_wait_is_stored_as_nothing() {
        assert_eq!(POLICY.locked_until(3, at(0)), None);
        assert_eq!(POLICY.locked_until(4, at(0)), Some(at(1)));
        assert_eq!(POLICY.locked_until(10, at(0)), Some(at(900)));
    }

    #[test]
    fn an_address_has_its_tries_a_minute() {
        let mut throttle = AddressThrottle::new(2);
        let (here, there) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        assert!(throttle.admit(here, at(0)));
        assert!(throttle.admit(here, at(1)));
        assert!(!throttle.admit(here, at(59)));
        assert!(throttle.admit(there, at(59)));
        assert!(throttle.admit(here, at(60)));
    }

    #[test]
    fn a_clock_set_back_does_not_lock_anyone_out() {
        let mut throttle = AddressThrottle::new(1);
        let here = "10.0.0.1".parse().unwrap();
        assert!(throttle.admit(here, at(100_000)));
        assert!(throttle.admit(here, at(0)));
    }

    #[test]
    fn one_household_is_one_address() {
        let mut throttle = AddressThrottle::new(1);
        assert!(throttle.admit("2001:db8:1:2::1".parse().unwrap(), at(0)));
        assert!(!throttle.admit("2001:db8:1:2:ffff::9".parse().unwrap(), at(0)));
        assert!(throttle.admit("2001:db8:1:3::1".parse().unwrap(), at(0)));
        assert!(throttle.admit("10.0.0.1".parse().unwrap(), at(0)));
        assert!(!throttle.admit("::ffff:10.0.0.1".parse().unwrap(), at(0)));
    }

    #[test]
    fn the_memory_is_bounded_and_comes_back() {
        let mut throttle = AddressThrottle::new(1);
        for n in 0..ADDRESSES_MAX {
            let address = Ipv6Addr::from_bits((n as u128) << 64);
            assert!(throttle.admit(IpAddr::V6(address), at(0)));
        }
        let late = "10.0.0.1".parse().unwrap();
        assert!(!throttle.admit(late, at(59)));
        assert!(throttle.admit(late, at(60)));
    }
}
