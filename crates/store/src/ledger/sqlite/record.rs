//! The record of a scan: its changes in history and outbox, its certificate, its day.

use povline_domain::{Change, UnixMillis, Window};

use super::encode::{write_evidence, write_states, write_windows};
use super::sql;
use super::tally::Tally;
use super::trouble::Outcome;
use super::write::Writer;
use crate::ledger::Observed;

impl Writer<'_> {
    pub(super) fn begun_at(&self) -> i64 {
        let begun_at = self.observation.certificate.begun_at();
        begun_at.unwrap_or(self.observation.tried_at).0
    }

    /// Writes the changes to the history and to the outbox.
    pub(super) fn tell(&self, changes: &[Change], tally: &mut Tally) -> Outcome<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let pov = self.loaded.pov.0;
        let mut history = self.connection.prepare_cached(sql::HISTORY_ADD)?;
        let mut event = self.connection.prepare_cached(sql::EVENT_ADD)?;
        let mut states = Vec::new();
        for change in changes {
            states.clear();
            let (before, after) = (change.before.as_ref(), change.after.as_ref());
            write_states(&self.observation.pov, before, after, &mut states);
            let id = change.appointment_id.as_str();
            history.execute((
                pov,
                id,
                change.version,
                // Its place in `ChangeKind::ALL`.
                change.kind as i64,
                self.certificate,
                change.observed_at.0,
                &states,
            ))?;
            tally.cursor += 1;
            tally.told[change.kind as usize] += 1;
            event.execute((tally.cursor, pov, id, change.version))?;
        }
        Ok(())
    }

    /// Keeps the certificate if it is evidence of anything: of a change, of an absence, or of an
    /// answer that differs from the one before. A repeated answer only moves the day's instants.
    pub(super) fn keep_certificate(&mut self, told: bool, tally: &mut Tally) -> Outcome<()> {
        let evidence = &self.evidence;
        let differs = || {
            let digests = |windows: &[Window]| -> Vec<_> {
                windows.iter().map(|window| window.digest).collect()
            };
            let known = &self.loaded.day;
            !known.stands
                || digests(&known.windows) != digests(&self.observation.certificate.windows)
        };
        let evident = told
            || !evidence.suspected.is_empty()
            || !evidence.confirmed.is_empty()
            || !evidence.returned.is_empty()
            || (self.stands && differs());
        if !evident {
            return Ok(());
        }
        let mut bytes = Vec::new();
        write_evidence(&self.observation.certificate, evidence, &mut bytes);
        let ended_at = self.observation.certificate.ended_at();
        self.connection
            .prepare_cached(sql::CERTIFICATE_ADD)?
            .execute((
                self.certificate,
                self.loaded.pov.0,
                self.observation.day.number(),
                ended_at.unwrap_or(self.observation.tried_at).0,
                bytes,
            ))?;
        tally.certificate = self.certificate;
        Ok(())
    }

    pub(super) fn write_day(&mut self, told: bool) -> Outcome<()> {
        let begun_at = UnixMillis(self.begun_at());
        let certificate = &self.observation.certificate;
        let read_whole = certificate.is_complete()
            && (self.stands || matches!(self.observation.observed, Observed::Rows(_)));
        let day = &mut self.loaded.day;
        if read_whole {
            day.checked_at = day.checked_at.max(Some(begun_at));
        }
        if told || !self.evidence.suspected.is_empty() || !self.evidence.returned.is_empty() {
            day.valid_at = day.valid_at.max(Some(begun_at));
        }
        day.tried_at = day.tried_at.max(Some(self.observation.tried_at));
        if self.stands {
            day.windows.clone_from(&certificate.windows);
        }
        // Where nothing of the day was touched, it stands for what it stood for.
        day.stands = self.stands || (day.stands && !self.touched);
        let mut windows = Vec::new();
        write_windows(&day.windows, &mut windows);
        self.connection.prepare_cached(sql::DAY_WRITE)?.execute((
            self.loaded.pov.0,
            self.observation.day.number(),
            day.stands,
            day.checked_at.map(|instant| instant.0),
            day.valid_at.map(|instant| instant.0),
            day.tried_at.map(|instant| instant.0),
            day.live,
            day.picked,
            day.suspected,
            certificate.verdict.code(),
            windows,
        ))?;
        Ok(())
    }
}
