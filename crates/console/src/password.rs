//! Passwords: argon2id, with the costs that OWASP recommends (19 MiB, two passes, one lane). The
//! costs stand in each hash, so raising them here leaves older passwords good.

use std::ops::RangeInclusive;
use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use povline_store::book::PasswordHash;
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::state::Randomness;

/// How many characters a password has. The upper bound keeps the work bounded.
pub const PASSWORD_CHARS: RangeInclusive<usize> = 12..=128;

/// A hash that no password has, with the costs of a real one: an attempt with the name of nobody
/// takes as long as one with a user's.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password that cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// It has too few or too many characters.
    #[error("a password has {} to {} characters", PASSWORD_CHARS.start(), PASSWORD_CHARS.end())]
    Length,
    /// It could not be hashed.
    #[error("the password cannot be hashed: is there enough memory?")]
    Failed,
}

/// How long a password is, in Chinese and in English.
pub(crate) fn length_rule() -> (String, String) {
    let (least, most) = (PASSWORD_CHARS.start(), PASSWORD_CHARS.end());
    (
        format!("密码须为{least}到{most}个字符"),
        format!("A password has {least} to {most} characters"),
    )
}

/// The hash of a password, with a salt drawn at random. Takes some ten milliseconds.
///
/// # Errors
/// [`PasswordError`] if it is too short or too long.
pub fn hash_password(password: &str, salt: [u8; 16]) -> Result<PasswordHash, PasswordError> {
    if !PASSWORD_CHARS.contains(&password.chars().count()) {
        return Err(PasswordError::Length);
    }
    let hash: Phc = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|_| PasswordError::Failed)?;
    Ok(PasswordHash(hash.to_string()))
}

/// Whether a password is the one that was hashed; nobody's never is, and takes as long.
fn verify(password: &str, hash: Option<&PasswordHash>) -> bool {
    let phc = hash.map_or(NOBODY, |hash| hash.0.as_str());
    let is_right = Phc::new(phc).is_ok_and(|phc| {
        Argon2::default()
            .verify_password(password.as_bytes(), &phc)
            .is_ok()
    });
    hash.is_some() && is_right
}

/// Passwords that are being hashed or wait for it. Whoever comes beyond them is refused at once:
/// fifteen before one are less than a second.
const PLACES: usize = 16;

/// The one place where passwords are hashed, one at a time: each takes 19 MiB and some ten
/// milliseconds of a core, and whoever wants to sign in must not be able to take more from those
/// who call.
#[derive(Debug)]
pub(crate) struct Hashing {
    places: Arc<Semaphore>,
    turn: Arc<Semaphore>,
}

impl Default for Hashing {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(PLACES)),
            turn: Arc::new(Semaphore::new(1)),
        }
    }
}

/// A place in the queue of those who wait for a hash.
#[derive(Debug)]
pub(crate) struct Place {
    place: OwnedSemaphorePermit,
    turn: Arc<Semaphore>,
}

impl Hashing {
    /// A place in the queue, unless it is full.
    pub(crate) fn enter(&self) -> Option<Place> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let turn = Arc::clone(&self.turn);
        Some(Place { place, turn })
    }
}

impl Place {
    /// Does this in its turn, on a thread that may block. Who leaves meanwhile takes neither place
    /// nor turn away from the work that has begun.
    async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let turn = self.turn.acquire_owned().await.ok()?;
        let held = (self.place, turn);
        let work = tokio::task::spawn_blocking(move || {
            let _held = held;
            work()
        });
        work.await.ok()
    }

    /// [`verify`] in its turn.
    pub(crate) async fn verify(self, password: String, hash: Option<PasswordHash>) -> bool {
        if password.chars().count() > *PASSWORD_CHARS.end() {
            return false;
        }
        let verified = self.run(move || verify(&password, hash.as_ref()));
        verified.await.unwrap_or(false)
    }

    /// [`hash_password`] in its turn.
    pub(crate) async fn hash_password(
        self,
        password: String,
        randomness: &dyn Randomness,
    ) -> Result<PasswordHash, PasswordError> {
        let drawn = randomness.draw();
        let (salt, _) = drawn
            .as_ref()
            .and_then(|drawn| drawn.split_first_chunk::<16>())
            .ok_or(PasswordError::Failed)?;
        let salt = *salt;
        let hashed = self.run(move || hash_password(&password, salt)).await;
        hashed.unwrap_or(Err(PasswordError::Failed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_by_its_hash_and_nobody_by_none() {
        let hash = hash_password("correct horse", [7; 16]).unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("correct horse", Some(&hash)));
        assert!(!verify("correct horsf", Some(&hash)));
        assert_ne!(hash, hash_password("correct horse", [8; 16]).unwrap());
        assert!(!verify("correct horse", None));
        assert!(Phc::new(NOBODY).is_ok());
        // Of everything that costs time nobody's hash has as much: algorithm, memory, passes, and
        // the lengths of salt and hash.
        let costs = |hash: &str| {
            let parts = hash.split('$').map(str::to_owned);
            let (costs, drawn): (Vec<_>, Vec<_>) = parts.enumerate().partition(|(n, _)| *n < 4);
            let lengths: Vec<usize> = drawn.iter().map(|(_, part)| part.len()).collect();
            (costs, lengths)
        };
        assert_eq!(costs(NOBODY), costs(&hash.0));
        assert_eq!(hash_password("short", [7; 16]), Err(PasswordError::Length));
    }

    #[tokio::test]
    async fn one_is_hashed_at_a_time_also_if_nobody_waits_for_it() {
        let hashing = Hashing::default();
        let mut places: Vec<Place> = (0..PLACES).filter_map(|_| hashing.enter()).collect();
        assert_eq!(places.len(), PLACES);
        assert!(hashing.enter().is_none());
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (end, may_end) = std::sync::mpsc::channel();
        let place = places.pop().unwrap();
        let first = tokio::spawn(place.run(move || {
            begun.send(()).unwrap();
            may_end.recv()
        }));
        has_begun.await.unwrap();
        // Whoever asked leaves, and all the others do.
        first.abort();
        assert!(first.await.is_err());
        drop(places);
        assert_eq!(hashing.places.available_permits(), PLACES - 1);
        assert_eq!(hashing.turn.available_permits(), 0);
        end.send(()).unwrap();
        let second = hashing.enter().unwrap().run(|| "in its turn").await;
        assert_eq!(second, Some("in its turn"));
    }
}
