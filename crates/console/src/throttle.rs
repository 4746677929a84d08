//! How often somebody may try to sign in or to sign up. Attempts are counted in memory: they come at
//! a stranger's will, and a file that others wait for is no place for them. A platform that begins
//! anew has forgotten them.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use axum::response::Response;
use http::{HeaderValue, header};
use parking_lot::Mutex;
use povline_domain::UnixMillis;
use povline_store::book::SessionDigest;
use povline_web::{Language, Origin};

/// How long attempts are counted together, in milliseconds.
const WINDOW_MILLIS: i64 = 15 * 60_000;

/// Attempts of one name from one address within that time.
const OF_NAME_AND_ADDRESS: u32 = 5;

/// Attempts from one address, whatever the name.
const OF_ADDRESS: u32 = 30;

/// Attempts of one name, wherever from. It is the largest, so that a stranger can lock nobody out
/// without many addresses.
const OF_NAME: u32 = 100;

/// Accounts that are asked for from one address.
const SIGN_UPS_OF_ADDRESS: u32 = 10;

/// What is counted at a time; beyond it the oldest is forgotten. An address has so few attempts that
/// it takes hundreds of them to come there.
const KEYS_MAX: usize = 1 << 16;

/// Something by which attempts are counted, and how many it may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AttemptKey {
    /// A digest of what it is: somebody may have typed a password where a name belongs.
    digest: SessionDigest,
    attempts_max: u32,
}

impl AttemptKey {
    fn new(text: &str, attempts_max: u32) -> Self {
        Self {
            digest: SessionDigest::of(text),
            attempts_max,
        }
    }
}

/// The keys under which an attempt to sign in is counted: name and address together, address, name.
pub(crate) fn keys(name: &str, address: IpAddr) -> [AttemptKey; 3] {
    let name = name.trim().to_ascii_lowercase();
    let address = Origin::from(address);
    [
        AttemptKey::new(&format!("both {address} {name}"), OF_NAME_AND_ADDRESS),
        AttemptKey::new(&format!("address {address}"), OF_ADDRESS),
        AttemptKey::new(&format!("name {name}"), OF_NAME),
    ]
}

/// The key under which somebody is counted who makes an account.
pub(crate) fn sign_up_key(address: IpAddr) -> AttemptKey {
    let address = Origin::from(address);
    AttemptKey::new(&format!("sign up {address}"), SIGN_UPS_OF_ADDRESS)
}

/// The attempts of the last quarter of an hour.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    counts: HashMap<SessionDigest, Count>,
    /// Each count by the instant at which it began, the oldest first.
    begun: VecDeque<(UnixMillis, SessionDigest)>,
}

#[derive(Debug)]
struct Count {
    attempts: u32,
    began_at: UnixMillis,
}

impl Attempts {
    /// Counts an attempt under each of these keys, before anybody knows whether it succeeds, so
    /// that attempts which come at once are all counted. If a key has used up its attempts, nothing
    /// is counted and the milliseconds are told until there are more.
    pub(crate) fn count(&self, now: UnixMillis, keys: &[AttemptKey]) -> Result<(), u64> {
        let mut counted = self.0.lock();
        counted.forget_before(now.plus_millis(-WINDOW_MILLIS));
        let used_up = keys.iter().filter_map(|key| {
            let count = counted.counts.get(&key.digest)?;
            (count.attempts >= key.attempts_max).then_some(count.began_at)
        });
        if let Some(began_at) = used_up.max() {
            let again_at = began_at.plus_millis(WINDOW_MILLIS);
            return Err(again_at.millis_since(now).max(0).unsigned_abs());
        }
        for key in keys {
            counted.add(now, key);
        }
        Ok(())
    }

    /// Forgets the attempts of these keys.
    pub(crate) fn forget(&self, keys: &[AttemptKey]) {
        let mut counted = self.0.lock();
        for key in keys {
            counted.counts.remove(&key.digest);
        }
    }
}

impl Counts {
    fn add(&mut self, now: UnixMillis, key: &AttemptKey) {
        if let Some(count) = self.counts.get_mut(&key.digest) {
            count.attempts += 1;
            return;
        }
        while self.begun.len() >= KEYS_MAX {
            self.forget_oldest();
        }
        let count = Count {
            attempts: 1,
            began_at: now,
        };
        self.counts.insert(key.digest.clone(), count);
        self.begun.push_back((now, key.digest.clone()));
    }

    fn forget_before(&mut self, last: UnixMillis) {
        while self.begun.front().is_some_and(|(at, _)| *at <= last) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some((began_at, digest)) = self.begun.pop_front() else {
            return;
        };
        // A count that was forgotten may have begun anew.
        let count = self.counts.get(&digest);
        if count.is_some_and(|count| count.began_at == began_at) {
            self.counts.remove(&digest);
        }
    }
}

/// What somebody is told who has tried too often.
pub(crate) fn too_many(language: Language, millis: u64) -> String {
    let minutes = millis.div_ceil(60_000);
    language.pick(
        format!("尝试次数过多,请在{minutes}分钟后再试"),
        format!("Too many attempts: try again in {minutes} minutes"),
    )
}

/// The answer with the time after which there are more attempts.
pub(crate) fn retry_after(mut response: Response, millis: u64) -> Response {
    let seconds = HeaderValue::from(millis.div_ceil(1_000));
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_count_as_one_and_names_as_they_are_meant() {
        let of = |name: &str, address: &str| keys(name, address.parse().unwrap());
        assert_eq!(of("Ops ", "2001:db8::1"), of("ops", "2001:db8::ffff"));
        assert_ne!(of("ops", "2001:db8::1"), of("ops", "2001:db8:1::1"));
        assert_ne!(of("ops", "10.0.0.1"), of("ops", "10.0.0.2"));
        assert_eq!(of("a", "10.0.0.1")[1], of("b", "::ffff:10.0.0.1")[1]);
        assert_eq!(of("a", "10.0.0.1")[2], of("a", "10.0.0.9")[2]);
    }

    #[test]
    fn attempts_are_counted_until_their_time_is_over() {
        let attempts = Attempts::default();
        let at = |millis| UnixMillis(1_600_000_000_000 + millis);
        let both = || [AttemptKey::new("user", 3), AttemptKey::new("address", 5)];
        for _ in 0..3 {
            assert_eq!(attempts.count(at(0), &both()), Ok(()));
        }
        let left = WINDOW_MILLIS.unsigned_abs();
        assert_eq!(attempts.count(at(5), &both()), Err(left - 5));
        // What was refused is not counted under the other key.
        let other = || [AttemptKey::new("other", 3), AttemptKey::new("address", 5)];
        for _ in 0..2 {
            assert_eq!(attempts.count(at(6), &other()), Ok(()));
        }
        assert_eq!(attempts.count(at(7), &other()), Err(left - 7));
        attempts.forget(&both());
        assert_eq!(attempts.count(at(8), &both()), Ok(()));
        // Old beginnings end nothing that has begun anew.
        for _ in 0..2 {
            assert_eq!(attempts.count(at(WINDOW_MILLIS), &both()), Ok(()));
        }
        assert_eq!(attempts.count(at(WINDOW_MILLIS), &both()), Err(8));
        assert_eq!(attempts.count(at(WINDOW_MILLIS + 8), &both()), Ok(()));
    }

    #[test]
    fn no_more_is_counted_than_there_is_room_for() {
        let attempts = Attempts::default();
        let now = UnixMillis(1_600_000_000_000);
        for n in 0..=KEYS_MAX {
            let key = AttemptKey::new(&n.to_string(), 1);
            assert_eq!(attempts.count(now, &[key]), Ok(()));
        }
        let counted = attempts.0.lock();
        assert_eq!(
            (counted.counts.len(), counted.begun.len()),
            (KEYS_MAX, KEYS_MAX)
        );
    }
}
