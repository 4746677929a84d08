//! A book in memory that can be made to fail, to hang, and to keep writes from its followers, and
//! that counts how often it is read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use povline_domain::{AppKey, Appointment, Day, IsvId, OutPovId, PovId, UnixMillis};
use povline_store::audit::{AuditHead, AuditTrail, ChainRecord, Reading};
use povline_store::book::{
    Access, Actor, AddressRange, AppRecord, AppStatus, AuditRecord, Book, BookChange, BookKind,
    CallClaim, CallCount, CallGrant, CallLimits, CallRules, CallScope, ChangeCursor, DayVersion,
    Feed, Grant, ImportLine, ImportMode, ImportReport, Limits, ListChanges, NewApp, PovRecord,
    RowRef, Sandbox, SecretText, SessionDigest, Write, WriteOutcome,
};
use povline_store::{StoreError, StoreErrorKind};
use tokio::sync::{Notify, Semaphore};

/// The instant at which everything was made.
const MADE_AT: UnixMillis = UnixMillis(0);

#[derive(Debug, Default)]
struct Content {
    access: Access,
    rules: CallRules,
    counts: BTreeMap<(Day, CallScope), (u64, u64)>,
    days: BTreeMap<(PovId, Day), Vec<Appointment>>,
    changes: Vec<BookChange>,
    readings: Vec<Reading>,
}

#[derive(Debug)]
pub(crate) struct MemoryBook {
    content: Mutex<Content>,
    written: Notify,
    /// Every call of the book fails.
    pub(crate) broken: AtomicBool,
    /// The book is a sandbox's.
    pub(crate) sandbox: bool,
    /// How many days have been read.
    pub(crate) reads: AtomicUsize,
    /// Each reading of a day takes a permit, if there are gates.
    pub(crate) gate: Option<Semaphore>,
    /// Told when a reading of a day arrives at the gate.
    pub(crate) at_gate: Notify,
    /// Whoever asks which lists this POV has never gets an answer.
    pub(crate) endless: Mutex<Option<PovId>>,
    /// How many wait for that answer.
    pub(crate) waiting_endlessly: AtomicUsize,
    /// Each booking takes a permit, if there are gates.
    pub(crate) write_gate: Option<Semaphore>,
    /// Told when a booking arrives at the gate.
    pub(crate) at_write_gate: Notify,
    /// Whoever reads a day or books panics.
    pub(crate) panics: AtomicBool,
    /// Each record of readings takes a permit, if there are gates.
    pub(crate) audit_gate: Option<Semaphore>,
    /// Told when a record of readings arrives at the gate.
    pub(crate) at_audit_gate: Notify,
    /// Each time that calls are reserved takes a permit, if there are gates.
    pub(crate) claim_gate: Option<Semaphore>,
    /// Told when it is asked for calls and arrives at the gate.
    pub(crate) at_claim_gate: Notify,
}

impl MemoryBook {
    pub(crate) fn new() -> Self {
        Self {
            content: Mutex::default(),
            written: Notify::new(),
            broken: AtomicBool::new(false),
            sandbox: false,
            reads: AtomicUsize::new(0),
            gate: None,
            at_gate: Notify::new(),
            endless: Mutex::new(None),
            waiting_endlessly: AtomicUsize::new(0),
            write_gate: None,
            at_write_gate: Notify::new(),
            panics: AtomicBool::new(false),
            audit_gate: None,
            at_audit_gate: Notify::new(),
            claim_gate: None,
            at_claim_gate: Notify::new(),
        }
    }

    pub(crate) fn gated() -> Self {
        Self {
            gate: Some(Semaphore::new(0)),
            ..Self::new()
        }
    }

    /// One whose bookings wait at a gate.
    pub(crate) fn write_gated() -> Self {
        Self {
            write_gate: Some(Semaphore::new(0)),
            ..Self::new()
        }
    }

    /// Lets a booking through, in its time.
    pub(crate) async fn pass_write_gate(&self) {
        if let Some(gate) = &self.write_gate {
            self.at_write_gate.notify_one();
            gate.acquire().await.unwrap().forget();
        }
    }

    pub(crate) fn panic_if_it_must(&self) {
        assert!(!self.panics.load(Ordering::Relaxed), "on purpose");
    }

    /// One whose records of readings wait at a gate.
    pub(crate) fn audit_gated() -> Self {
        Self {
            audit_gate: Some(Semaphore::new(0)),
            ..Self::new()
        }
    }

    pub(crate) fn add_app(&self, key: &str, isv: i64, secrets: &[&str], grants: &[&str]) {
        let app = AppRecord {
            key: AppKey::new(key).unwrap(),
            isv: IsvId(isv),
            isv_name: format!("ISV {isv}"),
            name: format!("app {key}"),
            status: AppStatus::Enabled,
            secrets: secrets
                .iter()
                .map(|secret| SecretText((*secret).to_owned()))
                .collect(),
            grants: grants
                .iter()
                .map(|grant| Grant::parse(grant).unwrap())
                .collect(),
            write_grants: vec![Grant::parse("*").unwrap()],
            created_at: MADE_AT,
        };
        self.change(BookChange::Access, |content| content.access.apps.push(app));
    }

    pub(crate) fn set_secrets(&self, key: &str, secrets: &[&str]) {
        self.change(BookChange::Access, |content| {
            for app in &mut content.access.apps {
                if app.key.as_str() == key {
                    let secrets = secrets.iter().map(|text| SecretText((*text).to_owned()));
                    app.secrets = secrets.collect();
                }
            }
        });
    }

    pub(crate) fn set_status(&self, key: &str, status: AppStatus) {
        self.change(BookChange::Access, |content| {
            for app in &mut content.access.apps {
                if app.key.as_str() == key {
                    app.status = status;
                }
            }
        });
    }

    /// Says how often a scope may be called.
    pub(crate) fn limit(&self, scope: CallScope, limits: CallLimits) {
        self.change(BookChange::Access, |content| {
            content.rules.limits.retain(|(of, _)| *of != scope);
            content.rules.limits.push((scope, limits));
        });
    }

    /// Says how much a method weighs.
    pub(crate) fn weigh(&self, method: &str, weight: u32) {
        self.change(BookChange::Access, |content| {
            content.rules.weights.push((method.to_owned(), weight));
        });
    }

    /// Says whence an app may call.
    pub(crate) fn allow(&self, key: &str, ranges: &[&str]) {
        let app = AppKey::new(key).unwrap();
        self.change(BookChange::Access, |content| {
            let allowed = ranges
                .iter()
                .map(|range| (app.clone(), range.parse::<AddressRange>().unwrap()));
            content.rules.allowed = allowed.collect();
        });
    }

    pub(crate) fn add_pov(&self, pov: i64, isv: i64, out_pov_id: &str) {
        let pov = PovRecord {
            pov: PovId(pov),
            isv: IsvId(isv),
            out_pov_id: OutPovId::new(out_pov_id).unwrap(),
            name: None,
        };
        self.change(BookChange::Access, |content| content.access.povs.push(pov));
    }

    /// Changes a day and tells followers.
    pub(crate) fn edit(&self, pov: i64, day: Day, edit: impl FnOnce(&mut Vec<Appointment>)) {
        self.change(BookChange::Day(PovId(pov), day), |content| {
            edit(content.days.entry((PovId(pov), day)).or_default());
        });
    }

    /// Changes days and tells no follower: only who wrote knows of it.
    pub(crate) fn edit_quietly<T>(
        &self,
        edit: impl FnOnce(&mut BTreeMap<(PovId, Day), Vec<Appointment>>) -> T,
    ) -> T {
        edit(&mut self.content.lock().days)
    }

    fn change(&self, change: BookChange, edit: impl FnOnce(&mut Content)) {
        let mut content = self.content.lock();
        edit(&mut content);
        content.changes.push(change);
        drop(content);
        self.written.notify_waiters();
    }

    /// What was audited so far.
    pub(crate) fn readings(&self) -> Vec<Reading> {
        self.content.lock().readings.clone()
    }

    /// Does not come back where it was said so; whoever gives up is not counted any longer.
    async fn answer_of(&self, povs: &[PovId]) {
        struct Waiting<'a>(&'a AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let endless = *self.endless.lock();
        if endless.is_some_and(|pov| povs.contains(&pov)) {
            self.waiting_endlessly.fetch_add(1, Ordering::Relaxed);
            let _waiting = Waiting(&self.waiting_endlessly);
            std::future::pending::<()>().await;
        }
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "read"));
        }
        Ok(())
    }
}

/// No test writes through the trait: tests write through the methods above.
pub(crate) fn read_only<T>() -> Result<T, StoreError> {
    Err(StoreError::new(StoreErrorKind::Refused, "write"))
}

impl Book for MemoryBook {
    async fn access(&self) -> Result<Access, StoreError> {
        self.check()?;
        Ok(self.content.lock().access.clone())
    }

    async fn read_day(
        &self,
        pov: PovId,
        day: Day,
        mut visit: impl FnMut(RowRef<'_>) + Send,
    ) -> Result<DayVersion, StoreError> {
        self.panic_if_it_must();
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.check()?;
        let rows = self.content.lock().days.get(&(pov, day)).cloned();
        if let Some(gate) = &self.gate {
            self.at_gate.notify_one();
            gate.acquire().await.unwrap().forget();
        }
        for row in rows.iter().flatten() {
            visit(RowRef {
                appointment_id: row.appointment_id.as_str(),
                period: row.period,
                pick_code: row.pick_code.as_str(),
                pick_status: row.pick_status,
                name: row.name.as_str(),
            });
        }
        Ok(DayVersion::NONE)
    }

    async fn changes_after(
        &self,
        cursor: ChangeCursor,
        changes_max: usize,
    ) -> Result<(Vec<BookChange>, ChangeCursor), StoreError> {
        self.check()?;
        let content = self.content.lock();
        let begin = cursor.0 as usize;
        let end = content.changes.len().min(begin + changes_max);
        Ok((
            content.changes[begin..end].to_vec(),
            ChangeCursor(end as i64),
        ))
    }

    async fn change_cursor(&self) -> Result<ChangeCursor, StoreError> {
        self.check()?;
        Ok(ChangeCursor(self.content.lock().changes.len() as i64))
    }

    fn written(&self) -> impl Future<Output = ()> + Send {
        // Counts from here on, not from the first poll.
        self.written.notified()
    }

    async fn ensure_isv(&self, _: &Actor, _: &str) -> Result<IsvId, StoreError> {
        read_only()
    }

    async fn create_app(&self, _: &Actor, _: NewApp) -> Result<(), StoreError> {
        read_only()
    }

    async fn rotate_secret(
        &self,
        _: &Actor,
        _: &AppKey,
        _: SecretText,
        _: bool,
    ) -> Result<(), StoreError> {
        read_only()
    }

    async fn set_app_status(&self, _: &Actor, _: &AppKey, _: AppStatus) -> Result<(), StoreError> {
        read_only()
    }

    async fn grant(&self, _: &Actor, _: &AppKey, _: &Grant) -> Result<(), StoreError> {
        read_only()
    }

    async fn revoke(&self, _: &Actor, _: &AppKey, _: &Grant) -> Result<bool, StoreError> {
        read_only()
    }

    async fn ensure_pov(
        &self,
        _: &Actor,
        _: IsvId,
        _: &OutPovId,
        _: Option<&str>,
    ) -> Result<PovId, StoreError> {
        read_only()
    }

    async fn write(&self, _: &Actor, _: Vec<Write>) -> Result<Vec<WriteOutcome>, StoreError> {
        read_only()
    }

    async fn import(
        &self,
        _: &Actor,
        _: IsvId,
        _: impl Iterator<Item = ImportLine> + Send + 'static,
        _: ImportMode,
        _: impl FnMut(u64) + Send + 'static,
    ) -> Result<ImportReport, StoreError> {
        read_only()
    }

    async fn audit(&self, _: i64, _: usize) -> Result<Vec<AuditRecord>, StoreError> {
        read_only()
    }
}

impl Feed for MemoryBook {
    async fn days_after(
        &self,
        povs: Vec<PovId>,
        after: Option<(PovId, Day)>,
        first_day: Day,
        days_max: usize,
    ) -> Result<Vec<(PovId, Day)>, StoreError> {
        self.check()?;
        self.answer_of(&povs).await;
        let content = self.content.lock();
        let days = content.days.keys().copied();
        Ok(days
            .filter(|(pov, day)| povs.contains(pov) && *day >= first_day)
            .filter(|key| after.is_none_or(|after| *key > after))
            .take(days_max)
            .collect())
    }

    async fn lists_changed(
        &self,
        povs: Vec<PovId>,
        first_day: Day,
        after: ChangeCursor,
        lists_max: usize,
    ) -> Result<ListChanges, StoreError> {
        self.check()?;
        self.answer_of(&povs).await;
        let content = self.content.lock();
        let (mut lists, mut told) = (Vec::new(), BTreeSet::new());
        let mut cursor = after;
        for change in content.changes.iter().skip(after.0 as usize) {
            if lists.len() == lists_max {
                break;
            }
            cursor.0 += 1;
            if let BookChange::Day(pov, day) = *change
                && povs.contains(&pov)
                && day >= first_day
                && told.insert((pov, day))
            {
                lists.push(((pov, day), cursor));
            }
        }
        Ok(ListChanges {
            lists,
            cursor,
            has_more: (cursor.0 as usize) < content.changes.len(),
        })
    }
}

impl AuditTrail for MemoryBook {
    async fn record_readings(
        &self,
        _: UnixMillis,
        readings: Vec<Reading>,
    ) -> Result<(), StoreError> {
        self.check()?;
        if let Some(gate) = &self.audit_gate {
            self.at_audit_gate.notify_one();
            gate.acquire().await.unwrap().forget();
        }
        self.content.lock().readings.extend(readings);
        Ok(())
    }

    async fn chain_after(&self, _: i64, _: usize) -> Result<Vec<ChainRecord>, StoreError> {
        read_only()
    }

    async fn chained_from(&self) -> Result<i64, StoreError> {
        read_only()
    }

    async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        read_only()
    }
}

impl Limits for MemoryBook {
    async fn kind(&self) -> Result<BookKind, StoreError> {
        Ok(if self.sandbox {
            BookKind::Sandbox
        } else {
            BookKind::Production
        })
    }

    async fn call_rules(&self) -> Result<CallRules, StoreError> {
        self.check()?;
        Ok(self.content.lock().rules.clone())
    }

    async fn admission(&self) -> Result<(Access, CallRules), StoreError> {
        Ok((self.access().await?, self.call_rules().await?))
    }

    async fn set_call_limits(
        &self,
        _: &Actor,
        _: &CallScope,
        _: CallLimits,
    ) -> Result<(), StoreError> {
        read_only()
    }

    async fn set_method_weight(&self, _: &Actor, _: &str, _: u32) -> Result<(), StoreError> {
        read_only()
    }

    async fn set_allowed(
        &self,
        _: &Actor,
        _: &AppKey,
        _: &[AddressRange],
    ) -> Result<(), StoreError> {
        read_only()
    }

    async fn add_session(
        &self,
        _: &Actor,
        _: &AppKey,
        _: SessionDigest,
        _: UnixMillis,
    ) -> Result<(), StoreError> {
        read_only()
    }

    async fn revoke_sessions(&self, _: &Actor, _: &AppKey, _: &str) -> Result<usize, StoreError> {
        read_only()
    }

    async fn claim_calls(
        &self,
        day: Day,
        claims: Vec<CallClaim>,
    ) -> Result<Vec<CallGrant>, StoreError> {
        self.check()?;
        if let Some(gate) = &self.claim_gate {
            self.at_claim_gate.notify_one();
            gate.acquire().await.unwrap().forget();
        }
        let mut content = self.content.lock();
        let claims = claims.into_iter().map(|claim| {
            let count = content.counts.entry((day, claim.scope)).or_default();
            let (used, reserved) = count;
            *used = used.saturating_add_signed(claim.used);
            *reserved = reserved.saturating_add_signed(claim.unreserved).max(*used);
            let room = claim.at_most.unwrap_or(0).saturating_sub(*reserved);
            let granted = claim.want.min(room);
            *reserved += granted;
            CallGrant {
                granted,
                reserved: *reserved,
            }
        });
        Ok(claims.collect())
    }

    async fn call_counts(&self, day: Day) -> Result<Vec<CallCount>, StoreError> {
        let content = self.content.lock();
        let counts = content.counts.iter().filter(|((of, _), _)| *of == day);
        let counts = counts.map(|((_, scope), (used, reserved))| CallCount {
            scope: scope.clone(),
            used: *used,
            reserved: *reserved,
        });
        Ok(counts.collect())
    }

    async fn calls_begin(&self, _: UnixMillis) -> Result<Option<UnixMillis>, StoreError> {
        Ok(None)
    }

    async fn calls_end(&self, _: UnixMillis) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Sandbox for MemoryBook {
    async fn reset_isv(&self, _: &Actor, _: IsvId, _: Vec<Write>) -> Result<u64, StoreError> {
        read_only()
    }
}
