//! What was learned, as bytes that survive a restart.
//!
//! A snapshot holds what polls have taught and nothing of any appointment. POVs stand in it by
//! their codes, so that it serves a configuration with others as well; the lists' ages are not in
//! it, because the ledger knows them.

use std::collections::HashMap;
use std::fmt;

use povline_domain::{OutPovId, UnixMillis};

use super::clock::{day_of, local};
use super::config::PlanConfig;
use super::learned::{Learned, Parameters};
use super::planner::Planner;
use super::rates::Rates as _;

/// Bytes that are no snapshot of this planner: they are of another version, or damaged. Nothing
/// is lost by going on without; the planner learns anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotError;

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is no state of this version's planner")
    }
}

impl std::error::Error for SnapshotError {}

/// "PvPl", and the version of what follows.
const MARK: [u8; 5] = *b"PvPl\x01";
/// After so many days what was learned is hardly worth anything.
const DAYS_MAX: i32 = 30;

impl Planner<Learned> {
    /// What this planner has learned. `codes` are those of its POVs, in the order of the
    /// configuration.
    #[must_use]
    pub fn snapshot(&self, codes: &[OutPovId]) -> Vec<u8> {
        let mut out = Out(MARK.to_vec());
        out.i32(self.today);
        out.u32(self.apps.len() as u32);
        for app in &self.apps {
            out.f32(app.price as f32);
        }
        for days in self.days_planned {
            out.f32(days);
        }
        self.rates.write(&mut out);
        out.u32(codes.len().min(self.config.povs.len()) as u32);
        for (pov, code) in codes.iter().enumerate().take(self.config.povs.len()) {
            out.text(code.as_str());
            self.rates.write_pov(pov, &mut out);
            let lists = super::planner::siblings(pov as u32, self.config.horizon());
            for place in lists {
                out.i32(self.lists[place].id.day);
                self.rates.write_list(place, &mut out);
            }
        }
        out.0
    }

    /// A planner that has learned what this snapshot holds, less what the days since then have
    /// made of it. POVs that are not in it begin anew.
    ///
    /// # Errors
    /// [`SnapshotError`] if these bytes are no snapshot of this version.
    pub fn restore(
        config: PlanConfig,
        parameters: Parameters,
        codes: &[OutPovId],
        bytes: &[u8],
        now: UnixMillis,
    ) -> Result<Self, SnapshotError> {
        let rates = Learned::new(&config, parameters);
        let mut planner = Self::new(config, rates, now);
        let mut read = In(bytes);
        if read.take(MARK.len())? != MARK {
            return Err(SnapshotError);
        }
        let taken_on = read.i32()?;
        let apps = read.u32()?;
        for app in 0..apps {
            let price = f64::from(read.f32()?);
            if let Some(state) = planner.apps.get_mut(app as usize).filter(|_| price > 0.0) {
                state.price = price;
            }
        }
        for days in &mut planner.days_planned {
            *days = read.f32()?;
        }
        let rows = planner.rates.read(&mut read)?;
        let numbers: HashMap<&OutPovId, usize> = codes
            .iter()
            .enumerate()
            .map(|(number, code)| (code, number))
            .collect();
        for _ in 0..read.u32()? {
            let code = OutPovId::new(read.text()?).map_err(|_| SnapshotError)?;
            let pov = numbers.get(&code).copied();
            planner.rates.read_pov(pov, &mut read)?;
            for _ in 0..rows {
                let day = read.i32()?;
                let id = pov.map(|pov| super::ListId {
                    pov: pov as u32,
                    day,
                });
                let place = id.and_then(|id| planner.place(id));
                planner.rates.read_list(place, &mut read)?;
            }
        }
        if !read.0.is_empty() {
            return Err(SnapshotError);
        }
        let today = day_of(local(now));
        for day in taken_on.max(today - DAYS_MAX)..today {
            planner.rates.turn_day(day + 1, &[]);
        }
        for app in 0..planner.apps.len() {
            planner.requeue_all(app, local(now));
        }
        Ok(planner)
    }
}

/// Bytes that are being written.
pub(super) struct Out(Vec<u8>);

impl Out {
    pub(super) fn u32(&mut self, number: u32) {
        self.0.extend(number.to_le_bytes());
    }

    fn i32(&mut self, number: i32) {
        self.0.extend(number.to_le_bytes());
    }

    pub(super) fn f32(&mut self, number: f32) {
        self.0.extend(number.to_le_bytes());
    }

    pub(super) fn f64(&mut self, number: f64) {
        self.0.extend(number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.u32(text.len() as u32);
        self.0.extend(text.as_bytes());
    }
}

/// Bytes that are being read.
pub(super) struct In<'a>(&'a [u8]);

impl<'a> In<'a> {
    fn take(&mut self, bytes: usize) -> Result<&'a [u8], SnapshotError> {
        let (taken, rest) = self.0.split_at_checked(bytes).ok_or(SnapshotError)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], SnapshotError> {
        self.take(N)?.try_into().map_err(|_| SnapshotError)
    }

    pub(super) fn u32(&mut self) -> Result<u32, SnapshotError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn i32(&mut self) -> Result<i32, SnapshotError> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    /// A number that is neither negative nor infinite.
    pub(super) fn f32(&mut self) -> Result<f32, SnapshotError> {
        let number = f32::from_le_bytes(self.array()?);
        (number.is_finite() && number >= 0.0)
            .then_some(number)
            .ok_or(SnapshotError)
    }

    pub(super) fn f64(&mut self) -> Result<f64, SnapshotError> {
        let number = f64::from_le_bytes(self.array()?);
        number.is_finite().then_some(number).ok_or(SnapshotError)
    }

    fn text(&mut self) -> Result<&'a str, SnapshotError> {
        let bytes = self.u32()? as usize;
        std::str::from_utf8(self.take(bytes)?).map_err(|_| SnapshotError)
    }
}
