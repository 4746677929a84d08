//! Readings: who read what, gathered.
//!
//! A platform answers far more reads than it makes changes, so many readings share one record. In it
//! they stand packed, some ten bytes each; the record's hash covers them.

use std::sync::Arc;

use povline_domain::{AppKey, Day, PovId, UnixMillis};

use crate::sqlite::{Fault, Put, Take, corrupt};

/// The most readings of one record.
pub(crate) const READINGS_PER_RECORD: usize = 4096;

/// What came of a read that was admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReadResult {
    /// The caller got it.
    Answered,
    /// The platform could not answer.
    Failed,
}

impl ReadResult {
    /// The result in one word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Failed => "failed",
        }
    }
}

/// Reads of one POV-day by one app with one result, within a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Who read.
    pub app: Arc<AppKey>,
    /// Which POV.
    pub pov: PovId,
    /// Which day; `None` where a method is not about one day, and where an app read so many
    /// different days at once that only the POV was noted.
    pub day: Option<Day>,
    /// What came of it.
    pub result: ReadResult,
    /// How often.
    pub calls: u64,
    /// The first of them.
    pub first_at: UnixMillis,
    /// The last of them.
    pub last_at: UnixMillis,
}

/// Packs readings; instants are told from `at` on.
pub(crate) fn write_readings(at: UnixMillis, readings: &[Reading]) -> Vec<u8> {
    let mut apps: Vec<&AppKey> = readings.iter().map(|reading| &*reading.app).collect();
    apps.sort_unstable();
    apps.dedup();
    let mut bytes = Vec::with_capacity(16 * readings.len());
    bytes.put(apps.len() as u64);
    for app in &apps {
        bytes.put_text(app.as_str());
    }
    bytes.put(readings.len() as u64);
    let (mut pov, mut day) = (0, 0);
    for reading in readings {
        // It stands among them: they were made of these readings.
        let app = apps.binary_search(&&*reading.app).unwrap_or_default() as u64;
        let failed = u64::from(reading.result == ReadResult::Failed);
        let has_day = u64::from(reading.day.is_some());
        bytes.put(app << 2 | has_day << 1 | failed);
        bytes.put_signed(reading.pov.0.wrapping_sub(pov));
        pov = reading.pov.0;
        if let Some(number) = reading.day.map(|day| i64::from(day.number())) {
            bytes.put_signed(number - day);
            day = number;
        }
        bytes.put(reading.calls);
        bytes.put_signed(reading.first_at.0.wrapping_sub(at.0));
        bytes.put_signed(reading.last_at.0.wrapping_sub(reading.first_at.0));
    }
    bytes
}

/// Unpacks readings.
pub(super) fn read_readings(at: UnixMillis, bytes: &[u8]) -> Result<Vec<Reading>, Fault> {
    let mut take = Take(bytes);
    let count: usize = take.small()?;
    let mut apps = Vec::with_capacity(count.min(READINGS_PER_RECORD));
    for _ in 0..count {
        let app = AppKey::new(take.text()?).map_err(|_| corrupt("app of a reading"))?;
        apps.push(Arc::new(app));
    }
    let count: usize = take.small()?;
    let mut readings = Vec::with_capacity(count.min(READINGS_PER_RECORD));
    let (mut pov, mut day) = (0_i64, 0_i64);
    for _ in 0..count {
        let head = take.number()?;
        let app = usize::try_from(head >> 2)
            .ok()
            .and_then(|app| apps.get(app));
        let app = Arc::clone(app.ok_or_else(|| corrupt("app of a reading"))?);
        let result = match head & 1 {
            0 => ReadResult::Answered,
            _ => ReadResult::Failed,
        };
        pov = pov.wrapping_add(take.signed()?);
        let told_day = match head & 2 {
            0 => None,
            _ => {
                day = day.wrapping_add(take.signed()?);
                let number = i32::try_from(day).map_err(|_| corrupt("day of a reading"))?;
                Some(Day::from_number(number).map_err(|_| corrupt("day of a reading"))?)
            }
        };
        let calls = take.number()?;
        let first_at = UnixMillis(at.0.wrapping_add(take.signed()?));
        let last_at = UnixMillis(first_at.0.wrapping_add(take.signed()?));
        readings.push(Reading {
            app,
            pov: PovId(pov),
            day: told_day,
            result,
            calls,
            first_at,
            last_at,
        });
    }
    Ok(readings)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reading() -> impl Strategy<Value = Reading> {
        (
            "[0-9]{8}",
            any::<i64>(),
            prop::option::of(-700_000..2_900_000),
            any::<bool>(),
            any::<u64>(),
            any::<(i64, i64)>(),
        )
            .prop_map(|(app, pov, day, failed, calls, (first, last))| Reading {
                app: Arc::new(AppKey::new(app).unwrap()),
                pov: PovId(pov),
                day: day.map(|day| Day::from_number(day).unwrap()),
                result: if failed {
                    ReadResult::Failed
                } else {
                    ReadResult::Answered
                },
                calls,
                first_at: UnixMillis(first),
                last_at: UnixMillis(last),
            })
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(at: i64, readings in prop::collection::vec(reading(), 0..40)) {
            let at = UnixMillis(at);
            let packed = write_readings(at, &readings);
            prop_assert_eq!(read_readings(at, &packed).unwrap(), readings);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = read_readings(UnixMillis(0), &bytes);
        }
    }

    #[test]
    fn a_usual_reading_takes_few_bytes() {
        let readings: Vec<Reading> = (0..1000)
            .map(|n| Reading {
                app: Arc::new(AppKey::new("12345678").unwrap()),
                pov: PovId(n / 8),
                day: Some(Day::from_number(20_000 + (n % 8) as i32).unwrap()),
                result: ReadResult::Answered,
                calls: 1,
                first_at: UnixMillis(1_700_000_000_000 + n),
                last_at: UnixMillis(1_700_000_000_000 + n),
            })
            .collect();
        assert!(write_readings(UnixMillis(1_700_000_000_000), &readings).len() < 10_000);
    }
}
