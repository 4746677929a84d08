//! What a sandbox begins with.

use std::fmt;
use std::sync::Arc;

use povline_domain::{Day, IsvId};
use povline_store::book::{PovRecord, Write};

type Appointments = dyn Fn(IsvId, &[PovRecord], Day) -> Vec<Write> + Send + Sync;

/// Makes the appointments with which an ISV's POVs begin in a sandbox, around a day. The same ISV,
/// POVs and day make the same appointments.
#[derive(Clone)]
pub struct SandboxSeed(Arc<Appointments>);

impl SandboxSeed {
    /// A seed of this function.
    pub fn new(
        appointments: impl Fn(IsvId, &[PovRecord], Day) -> Vec<Write> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(appointments))
    }

    /// The appointments of an ISV's POVs around a day.
    #[must_use]
    pub fn appointments(&self, isv: IsvId, povs: &[PovRecord], today: Day) -> Vec<Write> {
        (self.0)(isv, povs, today)
    }
}

impl fmt::Debug for SandboxSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SandboxSeed")
    }
}
