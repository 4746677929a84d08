//! What a sandbox begins with.

use std::fmt;
use std::sync::Arc;

use povline_domain::{Day, IsvId, OutPovId};
use povline_store::book::{PovRecord, Write};

type Appointments = dyn Fn(IsvId, &[PovRecord], Day) -> Vec<Write> + Send + Sync;

/// Makes the appointments with which an ISV's POVs begin in a sandbox, around a day. The same ISV,
/// POVs and day make the same appointments.
#[derive(Clone)]
pub struct SandboxSeed {
    appointments: Arc<Appointments>,
    clinics: Arc<[(OutPovId, String)]>,
}

impl SandboxSeed {
    /// A seed of this function.
    pub fn new(
        appointments: impl Fn(IsvId, &[PovRecord], Day) -> Vec<Write> + Send + Sync + 'static,
    ) -> Self {
        Self {
            appointments: Arc::new(appointments),
            clinics: Arc::new([]),
        }
    }

    /// The same with the clinics that a new ISV gets.
    #[must_use]
    pub fn with_clinics(self, clinics: impl IntoIterator<Item = (OutPovId, String)>) -> Self {
        Self {
            clinics: clinics.into_iter().collect(),
            ..self
        }
    }

    /// The codes and names of the clinics that a new ISV gets.
    #[must_use]
    pub fn clinics(&self) -> &[(OutPovId, String)] {
        &self.clinics
    }

    /// The appointments of an ISV's POVs around a day.
    #[must_use]
    pub fn appointments(&self, isv: IsvId, povs: &[PovRecord], today: Day) -> Vec<Write> {
        (self.appointments)(isv, povs, today)
    }
}

impl fmt::Debug for SandboxSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SandboxSeed")
    }
}
