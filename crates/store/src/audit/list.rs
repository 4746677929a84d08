//! The audit as a person reads it: one entry for each change, and one for each reading.

use povline_domain::{AppKey, Day, PovId, UnixMillis};

use super::readings::{ReadResult, read_readings};
use super::{ChainRecord, READ};
use crate::StoreError;
use crate::sqlite::corrupt;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The number of its record. Readings share one.
    pub sequence: i64,
    /// When; of several reads, the first.
    pub at: UnixMillis,
    /// The last of several reads; `at` for all else.
    pub until: UnixMillis,
    /// Who: `app:12345678`, `command:import`.
    pub actor: String,
    /// What was done: `read`, `book`, `import`, `grant`, …
    pub action: String,
    /// The POV it was done to, where it was one.
    pub pov: Option<PovId>,
    /// The day of it.
    pub day: Option<Day>,
    /// What it was done to otherwise; no patient's data.
    pub object: String,
    /// How many rows a change touched, or how often was read.
    pub count: u64,
    /// What came of it: `done` of a change, `answered` or `failed` of a read.
    pub result: &'static str,
}

/// Which entries are asked for. What is not set excludes nothing.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Not those that ended before.
    pub since: Option<UnixMillis>,
    /// Not those that began at this instant or later.
    pub until: Option<UnixMillis>,
    /// What this app did, and what was done to it.
    pub app: Option<AppKey>,
    /// What was done to these POVs.
    pub povs: Option<Vec<PovId>>,
    /// What was done to this day.
    pub day: Option<Day>,
    /// What was done so.
    pub action: Option<String>,
}

impl AuditFilter {
    /// Whether an entry is asked for.
    #[must_use]
    pub fn admits(&self, entry: &AuditEntry) -> bool {
        let of_app = |app: &AppKey| {
            entry.actor.strip_prefix("app:") == Some(app.as_str())
                || entry.object.split(' ').next() == Some(app.as_str())
        };
        self.since.is_none_or(|since| entry.until >= since)
            && self.until.is_none_or(|until| entry.at < until)
            && self.app.as_ref().is_none_or(of_app)
            && self.day.is_none_or(|day| entry.day == Some(day))
            && (self.povs.as_ref())
                .is_none_or(|povs| entry.pov.is_some_and(|pov| povs.contains(&pov)))
            && (self.action.as_ref()).is_none_or(|action| *action == entry.action)
    }
}

impl ChainRecord {
    /// What the record tells.
    ///
    /// # Errors
    /// Corrupt if it holds what this program does not write: the chain is broken there.
    pub fn entries(&self) -> Result<Vec<AuditEntry>, StoreError> {
        let at = UnixMillis(self.at);
        if self.action == READ {
            return self.read_entries(at);
        }
        let day = self.day.map(|day| {
            let day = i32::try_from(day).ok().map(Day::from_number);
            day.and_then(Result::ok)
                .ok_or_else(|| corrupt("day of an audit record").during("read the audit"))
        });
        Ok(vec![AuditEntry {
            sequence: self.sequence,
            at,
            until: at,
            actor: self.actor.clone(),
            action: self.action.clone(),
            pov: self.pov.map(PovId),
            day: day.transpose()?,
            object: self.object.clone(),
            count: u64::try_from(self.rows).unwrap_or_default(),
            result: "done",
        }])
    }

    fn read_entries(&self, at: UnixMillis) -> Result<Vec<AuditEntry>, StoreError> {
        let packed = self.readings.as_deref().unwrap_or_default();
        let readings = read_readings(at, packed).map_err(|fault| fault.during("read the audit"))?;
        let entries = readings.into_iter().map(|reading| AuditEntry {
            sequence: self.sequence,
            at: reading.first_at,
            until: reading.last_at,
            actor: format!("app:{}", reading.app),
            action: READ.to_owned(),
            pov: Some(reading.pov),
            day: reading.day,
            object: String::new(),
            count: reading.calls,
            result: ReadResult::word(reading.result),
        });
        Ok(entries.collect())
    }
}
