//! Secrets that worked a while ago.

use std::collections::HashMap;
use std::sync::Arc;

use povline_domain::AppKey;
use povline_protocol::Secret;

use crate::directory::Directory;

/// Retired secrets that are remembered of one app.
const SECRETS_MAX: usize = 2;

/// The secrets that apps had since this process began and have no longer. Nothing of them is
/// written down.
#[derive(Debug, Default)]
pub(super) struct Retired {
    known: Option<Arc<Directory>>,
    secrets: HashMap<Arc<AppKey>, Vec<Secret>>,
}

impl Retired {
    /// Compares the directory with the one that was known.
    pub(super) fn learn(&mut self, directory: &Arc<Directory>) {
        let known = self.known.replace(Arc::clone(directory));
        let Some(known) = known.filter(|known| !Arc::ptr_eq(known, directory)) else {
            return;
        };
        for old in known.apps() {
            let Some(new) = directory.app(old.key.as_str()) else {
                self.secrets.remove(&old.key);
                continue;
            };
            let is_gone = |secret: &&Secret| {
                let mut live = new.secrets.iter();
                live.all(|live| live.reveal() != secret.reveal())
            };
            for gone in old.secrets.iter().filter(is_gone) {
                let secrets = self.secrets.entry(Arc::clone(&old.key)).or_default();
                secrets.insert(0, gone.clone());
                secrets.truncate(SECRETS_MAX);
            }
        }
    }

    pub(super) fn of(&self, app: &AppKey) -> Vec<Secret> {
        self.secrets.get(app).cloned().unwrap_or_default()
    }
}
