//! Giving out ids and pick codes, without looking at those that are out.
//!
//! A POV's day counts the codes that it gives. The count goes through a shuffle of its own, which
//! gives each of the million codes once: none repeats, and who knows his own code does not know
//! his neighbour's. Codes that came in by other ways are passed over.

use povline_domain::{AppointmentId, Day, PickCode, PovId};
use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::sql::write_side as sql;
use super::{appointment, sql as book_sql};
use crate::sqlite::{Fault, corrupt};
use crate::{StoreError, StoreErrorKind};

/// A code is two halves of three digits.
const HALF: u32 = 1_000;
const CODES: i64 = HALF as i64 * HALF as i64;

/// After so many rounds every digit depends on every other and on the seed.
const ROUNDS: u8 = 6;

/// How many codes or ids that came in by other ways are passed over at most.
const PASSED_OVER_MAX: usize = 1_000;

/// An id that no appointment has or had, and its number.
pub(super) fn next_id(connection: &Connection) -> Result<(i64, AppointmentId), Fault> {
    for _ in 0..PASSED_OVER_MAX {
        let number: i64 = connection
            .prepare_cached(sql::NEXT_NUMBER)?
            .query_row((), |row| row.get(0))?;
        let id = format!("PL{number:010}");
        let taken: bool = connection
            .prepare_cached(book_sql::EXISTS)?
            .query_row([&id], |row| row.get(0))?;
        if !taken {
            let id = AppointmentId::new(id).map_err(|_| corrupt("number of appointments"))?;
            return Ok((number, id));
        }
    }
    Err(used_up("find a free appointment id"))
}

/// A pick code that was never given out on this POV's day.
pub(super) fn next_code(
    connection: &Connection,
    (pov, day): (PovId, Day),
) -> Result<PickCode, Fault> {
    for _ in 0..PASSED_OVER_MAX {
        let (seed, given): (i64, i64) = connection
            .prepare_cached(sql::NEXT_CODE)?
            .query_row((pov.0, day.number()), |row| Ok((row.get(0)?, row.get(1)?)))?;
        if given > CODES {
            break;
        }
        let code = PickCode::new(shuffled(seed, given)).map_err(|_| corrupt("count of codes"))?;
        let taken = appointment::is_held(connection, (pov, day), &code)?
            || appointment::is_retired(connection, (pov, day), &code)?;
        if !taken {
            return Ok(code);
        }
    }
    Err(used_up("find a free pick code"))
}

fn used_up(what: &str) -> Fault {
    Fault::Store(StoreError::new(StoreErrorKind::Refused, what))
}

/// The code of this count, 1 to [`CODES`]: a Feistel network over the two halves.
fn shuffled(seed: i64, count: i64) -> String {
    let index = (count - 1).rem_euclid(CODES) as u32;
    let (mut left, mut right) = (index / HALF, index % HALF);
    for round in 0..ROUNDS {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update([round]);
        hash.update(right.to_le_bytes());
        let digest = hash.finalize();
        let mixed = digest
            .iter()
            .take(8)
            .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let next = (u64::from(left) + mixed % u64::from(HALF)) % u64::from(HALF);
        (left, right) = (right, next as u32);
    }
    format!("{left:03}{right:03}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_code_comes_twice_and_seeds_differ() {
        let codes: Vec<String> = (1..=20_000).map(|count| shuffled(7, count)).collect();
        assert!(codes.iter().all(|code| code.len() == 6));
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len());
        let alike = (1..=1_000).filter(|count| shuffled(8, *count) == codes[*count as usize - 1]);
        assert!(alike.count() < 10);
        assert_ne!(codes.first(), Some(&"000000".to_owned()));
    }

    #[test]
    fn halves_are_swapped_and_never_merged() {
        // Two counts that share a half stay apart: the network can be undone.
        let codes: HashSet<String> = (0..1_000).map(|n| shuffled(1, n * 1_000 + 1)).collect();
        assert_eq!(codes.len(), 1_000);
    }
}
