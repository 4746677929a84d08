//! Who may call and what they may read, as one immutable snapshot in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::{HashMap, HashSet};
use parking_lot::RwLock;
use povline_domain::{AppKey, IsvId, OutPovId, PovId, UnixMillis};
use povline_protocol::Secret;
use povline_protocol::methods::sandbox_reset;
use povline_store::StoreError;
use povline_store::book::{
    Access, AddressRange, AppRecord, AppStatus, CallRules, Grant, SessionDigest,
};
use tokio::sync::Mutex;

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
    readable: Granted,
    writable: Granted,
}

impl App {
    fn new(record: AppRecord) -> Self {
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
            sessions: HashMap::default(),
            readable: Granted::new(record.grants),
            writable: Granted::new(record.write_grants),
        }
    }

    /// Whether this is a session of the app that is good now.
    pub(crate) fn has_session(&self, session: &str, now: UnixMillis) -> bool {
        let expires_at = self.sessions.get(&SessionDigest::of(session));
        expires_at.is_some_and(|expires_at| now < *expires_at)
    }

    pub(crate) fn may_read(&self, pov: &OutPovId) -> bool {
        self.readable.covers(pov)
    }

    pub(crate) fn may_write(&self, pov: &OutPovId) -> bool {
        self.writable.covers(pov)
    }
}

/// What an app's grants of one kind cover.
#[derive(Debug)]
struct Granted {
    povs: HashSet<OutPovId>,
    prefixes: Vec<String>,
}

impl Granted {
    fn new(grants: Vec<Grant>) -> Self {
        let (mut povs, mut prefixes) = (HashSet::default(), Vec::new());
        for grant in grants {
            match grant {
                Grant::Pov(pov) => {
                    povs.insert(pov);
                }
                Grant::Prefix(prefix) => prefixes.push(prefix),
            }
        }
        Self { povs, prefixes }
    }

    fn covers(&self, pov: &OutPovId) -> bool {
        let begins = |prefix: &String| pov.as_str().starts_with(prefix.as_str());
        self.povs.contains(pov) || self.prefixes.iter().any(begins)
    }
}

/// One snapshot.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    apps: HashMap<Box<str>, Arc<App>>,
    povs: HashMap<IsvId, HashMap<OutPovId, PovId>>,
    pub(crate) quotas: Quotas,
    codes: HashMap<PovId, (IsvId, OutPovId)>,
}

impl Directory {
    /// Of a sandbox only the sandbox's keys are known, and otherwise only the others.
    pub(crate) fn new(
        access: Access,
        rules: CallRules,
        defaults: LimitDefaults,
        sandbox: bool,
    ) -> Self {
        let mut povs: HashMap<IsvId, HashMap<OutPovId, PovId>> = HashMap::default();
        let mut codes = HashMap::default();
        for pov in access.povs {
            codes.insert(pov.pov, (pov.isv, pov.out_pov_id.clone()));
            povs.entry(pov.isv)
                .or_default()
                .insert(pov.out_pov_id, pov.pov);
        }
        let mut quotas = Quotas::new(&rules, defaults);
        if sandbox {
            // A reset writes thousands of rows. Each app has a limit of its own: one that is shared
            // could be used up by a stranger.
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
            codes,
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

impl Directory {
    /// The app's ISV's own code of a POV; nothing if the POV is somebody else's.
    pub(crate) fn code_of(&self, app: &App, pov: PovId) -> Option<&OutPovId> {
        let (isv, code) = self.codes.get(&pov)?;
        (*isv == app.isv).then_some(code)
    }

    /// Every POV that the app may read.
    pub(crate) fn readable_povs(&self, app: &App) -> Vec<PovId> {
        let povs = self.povs.get(&app.isv).into_iter().flatten();
        let readable = povs.filter(|(code, _)| app.may_read(code));
        readable.map(|(_, pov)| *pov).collect()
    }
}

/// The snapshot of the present.
#[derive(Debug)]
pub(crate) struct CurrentDirectory {
    snapshot: RwLock<Arc<Directory>>,
    /// How often somebody has asked for a newer one, and how many of those have got it. Readings come
    /// one after the other, so that none puts an older snapshot behind a newer one.
    asked: AtomicU64,
    served: Mutex<u64>,
    defaults: LimitDefaults,
    sandbox: bool,
}

impl CurrentDirectory {
    /// An empty one, before the book was read.
    pub(crate) fn new(defaults: LimitDefaults, sandbox: bool) -> Self {
        Self {
            snapshot: RwLock::default(),
            asked: AtomicU64::new(0),
            served: Mutex::new(0),
            defaults,
            sandbox,
        }
    }

    pub(crate) fn get(&self) -> Arc<Directory> {
        Arc::clone(&self.snapshot.read())
    }

    /// Reads it from the book. Of those who ask while it is read, one reads for all.
    pub(crate) async fn load<B: PlatformBook>(&self, book: &B) -> Result<(), StoreError> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let mut served = self.served.lock().await;
        if *served >= number {
            return Ok(());
        }
        let asked = self.asked.load(Ordering::Relaxed);
        let (access, rules) = book.admission().await?;
        let directory = Directory::new(access, rules, self.defaults, self.sandbox);
        *self.snapshot.write() = Arc::new(directory);
        *served = asked;
        Ok(())
    }
}
