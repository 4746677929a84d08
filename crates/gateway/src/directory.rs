//! Who may call and what they may read, as one immutable snapshot in memory.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::RwLock;
use povline_domain::{AppKey, IsvId, OutPovId, PovId, UnixMillis};
use povline_protocol::Secret;
use povline_protocol::methods::sandbox_reset;
use povline_store::StoreError;
use povline_store::book::{
    Access, AddressRange, AppRecord, AppStatus, CallRules, Grant, SessionDigest,
};

use crate::PlatformBook;
use crate::limit::{LimitDefaults, Quotas};

/// An app as the gateway needs it.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) key: Arc<AppKey>,
    pub(crate) isv: IsvId,
    pub(crate) enabled: bool,
    /// The live secrets, newest first.
    pub(crate) secrets: Vec<Secret>,
    /// Whence it may call; from anywhere if there is nothing.
    pub(crate) allowed: Vec<AddressRange>,
    /// Its sessions, and from when on each is no longer good.
    sessions: HashMap<SessionDigest, UnixMillis>,
    granted_povs: HashSet<OutPovId>,
    granted_prefixes: Vec<String>,
}

impl App {
    fn new(record: AppRecord) -> Self {
        let mut granted_povs = HashSet::new();
        let mut granted_prefixes = Vec::new();
        for grant in record.grants {
            match grant {
                Grant::Pov(pov) => {
                    granted_povs.insert(pov);
                }
                Grant::Prefix(prefix) => granted_prefixes.push(prefix),
            }
        }
        Self {
            key: Arc::new(record.key),
            isv: record.isv,
            enabled: record.status == AppStatus::Enabled,
            secrets: record
                .secrets
                .into_iter()
                .map(|secret| Secret::new(secret.0))
                .collect(),
            allowed: Vec::new(),
            sessions: HashMap::new(),
            granted_povs,
            granted_prefixes,
        }
    }

    /// Whether this is a session of the app that is good now.
    pub(crate) fn has_session(&self, session: &str, now: UnixMillis) -> bool {
        let expires_at = self.sessions.get(&SessionDigest::of(session));
        expires_at.is_some_and(|expires_at| now < *expires_at)
    }

    fn may_read(&self, pov: &OutPovId) -> bool {
        self.granted_povs.contains(pov)
            || self
                .granted_prefixes
                .iter()
                .any(|prefix| pov.as_str().starts_with(prefix.as_str()))
    }
}

/// One snapshot.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    apps: HashMap<Box<str>, Arc<App>>,
    povs: HashMap<IsvId, HashMap<OutPovId, PovId>>,
    pub(crate) quotas: Quotas,
}

impl Directory {
    /// Of a sandbox only the sandbox's keys are known, and otherwise only the others.
    pub(crate) fn new(
        access: Access,
        rules: CallRules,
        defaults: LimitDefaults,
        sandbox: bool,
    ) -> Self {
        let mut povs: HashMap<IsvId, HashMap<OutPovId, PovId>> = HashMap::new();
        for pov in access.povs {
            povs.entry(pov.isv)
                .or_default()
                .insert(pov.out_pov_id, pov.pov);
        }
        let mut quotas = Quotas::new(&rules, defaults);
        if sandbox {
            // A reset writes thousands of rows, and a sandbox has no other quota unless asked.
            quotas.limit_unless_said(sandbox_reset::METHOD, 1);
        }
        let mut apps: HashMap<Box<str>, App> = access
            .apps
            .into_iter()
            .filter(|record| record.key.is_of_sandbox() == sandbox)
            .map(|record| (Box::from(record.key.as_str()), App::new(record)))
            .collect();
        for (app, range) in rules.allowed {
            if let Some(app) = apps.get_mut(app.as_str()) {
                app.allowed.push(range);
            }
        }
        for session in rules.sessions {
            if let Some(app) = apps.get_mut(session.app.as_str()) {
                app.sessions.insert(session.digest, session.expires_at);
            }
        }
        Self {
            apps: apps
                .into_iter()
                .map(|(key, app)| (key, Arc::new(app)))
                .collect(),
            povs,
            quotas,
        }
    }

    pub(crate) fn app(&self, key: &str) -> Option<&Arc<App>> {
        self.apps.get(key)
    }

    /// Every app.
    pub(crate) fn apps(&self) -> impl Iterator<Item = &Arc<App>> {
        self.apps.values()
    }

    /// The key of an app that there is.
    pub(crate) fn key_of(&self, key: &str) -> Option<Arc<AppKey>> {
        self.app(key).map(|app| Arc::clone(&app.key))
    }

    /// The POV that this app means by this code. A POV that its ISV does not have and one that the
    /// app has no grant for are the same answer, so that a caller cannot find out which exist.
    pub(crate) fn readable_pov(&self, app: &App, code: &OutPovId) -> Option<PovId> {
        let pov = self.povs.get(&app.isv)?.get(code)?;
        app.may_read(code).then_some(*pov)
    }
}

/// The snapshot of the present.
#[derive(Debug)]
pub(crate) struct CurrentDirectory {
    snapshot: RwLock<Arc<Directory>>,
    defaults: LimitDefaults,
    sandbox: bool,
}

impl CurrentDirectory {
    /// An empty one, before the book was read.
    pub(crate) fn new(defaults: LimitDefaults, sandbox: bool) -> Self {
        Self {
            snapshot: RwLock::default(),
            defaults,
            sandbox,
        }
    }

    pub(crate) fn get(&self) -> Arc<Directory> {
        Arc::clone(&self.snapshot.read())
    }

    /// Reads it from the book.
    pub(crate) async fn load<B: PlatformBook>(&self, book: &B) -> Result<(), StoreError> {
        let (access, rules) = (book.access().await?, book.call_rules().await?);
        let directory = Directory::new(access, rules, self.defaults, self.sandbox);
        *self.snapshot.write() = Arc::new(directory);
        Ok(())
    }
}
