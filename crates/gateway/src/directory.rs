//! Who may call and what they may read, as one immutable snapshot in memory.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::RwLock;
use povline_domain::{AppKey, IsvId, OutPovId, PovId};
use povline_protocol::Secret;
use povline_store::book::{Access, AppStatus, Grant};

/// An app as the gateway needs it.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) key: Arc<AppKey>,
    pub(crate) isv: IsvId,
    pub(crate) enabled: bool,
    /// The live secrets, newest first.
    pub(crate) secrets: Vec<Secret>,
    readable: Granted,
    writable: Granted,
}

impl App {
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
        let (mut povs, mut prefixes) = (HashSet::new(), Vec::new());
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
    codes: HashMap<PovId, (IsvId, OutPovId)>,
}

impl Directory {
    pub(crate) fn new(access: Access) -> Self {
        let mut povs: HashMap<IsvId, HashMap<OutPovId, PovId>> = HashMap::new();
        let mut codes = HashMap::new();
        for pov in access.povs {
            codes.insert(pov.pov, (pov.isv, pov.out_pov_id.clone()));
            povs.entry(pov.isv)
                .or_default()
                .insert(pov.out_pov_id, pov.pov);
        }
        let apps = access.apps.into_iter().map(|record| {
            let name = Box::from(record.key.as_str());
            let app = App {
                key: Arc::new(record.key),
                isv: record.isv,
                enabled: record.status == AppStatus::Enabled,
                secrets: record
                    .secrets
                    .into_iter()
                    .map(|secret| Secret::new(secret.0))
                    .collect(),
                readable: Granted::new(record.grants),
                writable: Granted::new(record.write_grants),
            };
            (name, Arc::new(app))
        });
        Self {
            apps: apps.collect(),
            povs,
            codes,
        }
    }

    pub(crate) fn app(&self, key: &str) -> Option<&Arc<App>> {
        self.apps.get(key)
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
#[derive(Debug, Default)]
pub(crate) struct CurrentDirectory(RwLock<Arc<Directory>>);

impl CurrentDirectory {
    pub(crate) fn get(&self) -> Arc<Directory> {
        Arc::clone(&self.0.read())
    }

    pub(crate) fn set(&self, directory: Directory) {
        *self.0.write() = Arc::new(directory);
    }
}
