//! The truth as a platform's book, so that the real gateway serves it.

use std::sync::Arc;

use parking_lot::RwLock;
use povline_domain::{AppKey, Day, IsvId, OutPovId, PovId, UnixMillis};
use povline_store::book::{
    Access, Actor, AppRecord, AppStatus, AuditRecord, Book, BookChange, ChangeCursor, DayVersion,
    Grant, ImportLine, ImportMode, ImportReport, NewApp, PovRecord, RowRef, SecretText, Write,
    WriteOutcome,
};
use povline_store::{StoreError, StoreErrorKind};
use tokio::sync::Notify;

use super::Truth;

/// The one ISV of a world.
const ISV: IsvId = IsvId(1);

/// A book that shows the truth and takes no writes: in a world, only people change things.
#[derive(Debug)]
pub struct TruthBook {
    truth: Arc<RwLock<Truth>>,
    app: AppKey,
    secret: SecretText,
    never: Notify,
}

impl TruthBook {
    /// A book of this truth with one app that may read every clinic.
    #[must_use]
    pub fn new(truth: Arc<RwLock<Truth>>, app: AppKey, secret: SecretText) -> Self {
        Self {
            truth,
            app,
            secret,
            never: Notify::new(),
        }
    }
}

/// The platform's number of the clinic in this place.
pub(crate) fn pov_of(place: usize) -> PovId {
    PovId(i64::try_from(place).map_or(i64::MAX, |place| place + 1))
}

fn place_of(pov: PovId) -> Option<usize> {
    usize::try_from(pov.0).ok()?.checked_sub(1)
}

pub(super) fn refused<T>() -> Result<T, StoreError> {
    Err(StoreError::new(
        StoreErrorKind::Refused,
        "a world is changed by its people alone",
    ))
}

impl Book for TruthBook {
    async fn access(&self) -> Result<Access, StoreError> {
        let truth = self.truth.read();
        let povs = truth
            .clinics()
            .iter()
            .enumerate()
            .map(|(place, clinic)| PovRecord {
                pov: pov_of(place),
                isv: ISV,
                out_pov_id: clinic.out_pov_id.clone(),
                name: Some(clinic.name.clone()),
            });
        Ok(Access {
            povs: povs.collect(),
            apps: vec![AppRecord {
                key: self.app.clone(),
                isv: ISV,
                isv_name: "world".to_owned(),
                name: "client".to_owned(),
                status: AppStatus::Enabled,
                secrets: vec![self.secret.clone()],
                grants: vec![Grant::Prefix(String::new())],
                write_grants: Vec::new(),
                created_at: UnixMillis(0),
            }],
        })
    }

    async fn read_day(
        &self,
        pov: PovId,
        day: Day,
        mut visit: impl FnMut(RowRef<'_>) + Send,
    ) -> Result<DayVersion, StoreError> {
        let truth = self.truth.read();
        let Some(clinic) = place_of(pov) else {
            return Ok(DayVersion::NONE);
        };
        for (biography, state) in truth.rows_at(clinic, day, truth.now()) {
            visit(RowRef {
                appointment_id: biography.id.as_str(),
                period: state.period,
                pick_code: state.pick_code.as_str(),
                pick_status: state.pick_status,
                name: state.name.as_str(),
            });
        }
        let (_, touched) = truth.touched_since(0);
        Ok(DayVersion(i64::try_from(touched).unwrap_or(i64::MAX)))
    }

    async fn changes_after(
        &self,
        cursor: ChangeCursor,
        changes_max: usize,
    ) -> Result<(Vec<BookChange>, ChangeCursor), StoreError> {
        let truth = self.truth.read();
        let begin = usize::try_from(cursor.0).unwrap_or(0);
        let (touched, _) = truth.touched_since(begin);
        let told = &touched[..touched.len().min(changes_max)];
        let changes = told
            .iter()
            .map(|(clinic, day)| BookChange::Day(pov_of(*clinic), *day));
        let end = i64::try_from(begin + told.len()).unwrap_or(i64::MAX);
        Ok((changes.collect(), ChangeCursor(end)))
    }

    async fn change_cursor(&self) -> Result<ChangeCursor, StoreError> {
        let (_, touched) = self.truth.read().touched_since(0);
        Ok(ChangeCursor(i64::try_from(touched).unwrap_or(i64::MAX)))
    }

    fn written(&self) -> impl Future<Output = ()> + Send {
        // Whoever advances the truth tells the gateway itself, before anybody can ask.
        self.never.notified()
    }

    async fn ensure_isv(&self, _: &Actor, _: &str) -> Result<IsvId, StoreError> {
        refused()
    }

    async fn create_app(&self, _: &Actor, _: NewApp) -> Result<(), StoreError> {
        refused()
    }

    async fn rotate_secret(
        &self,
        _: &Actor,
        _: &AppKey,
        _: SecretText,
        _: bool,
    ) -> Result<(), StoreError> {
        refused()
    }

    async fn set_app_status(&self, _: &Actor, _: &AppKey, _: AppStatus) -> Result<(), StoreError> {
        refused()
    }

    async fn grant(&self, _: &Actor, _: &AppKey, _: &Grant) -> Result<(), StoreError> {
        refused()
    }

    async fn revoke(&self, _: &Actor, _: &AppKey, _: &Grant) -> Result<bool, StoreError> {
        refused()
    }

    async fn ensure_pov(
        &self,
        _: &Actor,
        _: IsvId,
        _: &OutPovId,
        _: Option<&str>,
    ) -> Result<PovId, StoreError> {
        refused()
    }

    async fn write(&self, _: &Actor, _: Vec<Write>) -> Result<Vec<WriteOutcome>, StoreError> {
        refused()
    }

    async fn import(
        &self,
        _: &Actor,
        _: IsvId,
        _: impl Iterator<Item = ImportLine> + Send + 'static,
        _: ImportMode,
        _: impl FnMut(u64) + Send + 'static,
    ) -> Result<ImportReport, StoreError> {
        refused()
    }

    async fn audit(&self, _: i64, _: usize) -> Result<Vec<AuditRecord>, StoreError> {
        refused()
    }
}
