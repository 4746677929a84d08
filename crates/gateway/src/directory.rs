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
    granted_povs: HashSet<OutPovId>,
    granted_prefixes: Vec<String>,
}

impl App {
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
}

impl Directory {
    pub(crate) fn new(access: Access) -> Self {
        let mut povs: HashMap<IsvId, HashMap<OutPovId, PovId>> = HashMap::new();
        for pov in access.povs {
            povs.entry(pov.isv)
                .or_default()
                .insert(pov.out_pov_id, pov.pov);
        }
        let apps = access.apps.into_iter().map(|record| {
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
                granted_povs,
                granted_prefixes,
            };
            (name, Arc::new(app))
        });
        Self {
            apps: apps.collect(),
            povs,
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
