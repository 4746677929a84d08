//! Who may write where.
//!
//! A [`Writer`] is made here and nowhere else, and no handler changes the book without one.

use std::sync::Arc;

use povline_domain::{IsvId, OutPovId, PovId, UnixMillis};
use povline_protocol::PlatformError;
use povline_store::book::{Actor, PovRecord};

use super::SignedParams;
use crate::directory::{App, Directory};

/// An app that may write at a POV.
#[derive(Debug)]
pub(crate) struct Writer {
    app: Arc<App>,
    pov: PovId,
}

impl Writer {
    /// The app that writes.
    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// Where it may.
    pub(crate) fn pov(&self) -> PovId {
        self.pov
    }

    /// Who the audit shall say that did it.
    pub(crate) fn actor(&self, now: UnixMillis) -> Actor {
        actor(&self.app, now)
    }
}

/// An app that may tell of a POV that may not be there yet.
#[derive(Debug)]
pub(crate) struct Registrar {
    app: Arc<App>,
}

impl Registrar {
    /// The ISV whose POV it is.
    pub(crate) fn isv(&self) -> IsvId {
        self.app.isv
    }

    /// Who the audit shall say that did it.
    pub(crate) fn actor(&self, now: UnixMillis) -> Actor {
        actor(&self.app, now)
    }
}

/// An app that may write at every POV of its ISV, and so put all that stands there back.
#[derive(Debug)]
pub(crate) struct Resetter {
    app: Arc<App>,
}

impl Resetter {
    /// The ISV whose POVs they are.
    pub(crate) fn isv(&self) -> IsvId {
        self.app.isv
    }

    /// Who the audit shall say that did it.
    pub(crate) fn actor(&self, now: UnixMillis) -> Actor {
        actor(&self.app, now)
    }
}

fn actor(app: &App, now: UnixMillis) -> Actor {
    Actor {
        name: format!("app:{}", app.key),
        at: now,
    }
}

/// Checks whether the app may write at the POV that it means by a code.
pub(crate) fn admit_write(
    signed: &SignedParams<'_>,
    directory: &Directory,
    code: &OutPovId,
) -> Result<Writer, PlatformError> {
    let app = &signed.app;
    let pov = directory
        .readable_pov(app, code)
        .ok_or_else(|| PlatformError::unknown_pov(code.as_str()))?;
    writer(app, pov, code)
}

/// Checks whether the app may write at the POV of an appointment. `None` is an appointment that is
/// as good as unknown: the app must not learn whether somebody else has it.
pub(crate) fn admit_appointment(
    signed: &SignedParams<'_>,
    directory: &Directory,
    pov: Option<PovId>,
) -> Result<Option<Writer>, PlatformError> {
    let app = &signed.app;
    let known = pov.and_then(|pov| Some((pov, directory.code_of(app, pov)?)));
    match known {
        Some((pov, code)) if app.may_read(code) => writer(app, pov, code).map(Some),
        _ => Ok(None),
    }
}

/// Checks whether the app may register a POV under a code, or alter it. Without the right the
/// answer does not tell whether there is one.
pub(crate) fn admit_registration(
    signed: &SignedParams<'_>,
    directory: &Directory,
    code: &OutPovId,
) -> Result<Registrar, PlatformError> {
    let app = &signed.app;
    if app.may_write(code) {
        let app = Arc::clone(app);
        return Ok(Registrar { app });
    }
    Err(match directory.readable_pov(app, code) {
        Some(_) => PlatformError::pov_read_only(code.as_str()),
        None => PlatformError::unknown_pov(code.as_str()),
    })
}

/// Checks whether the app may write at each of its ISV's POVs, which these are. The answer names
/// none of them: of some the app may not even know that they are there.
pub(crate) fn admit_reset(
    signed: &SignedParams<'_>,
    povs: &[PovRecord],
) -> Result<Resetter, PlatformError> {
    let app = &signed.app;
    if povs.iter().all(|pov| app.may_write(&pov.out_pov_id)) {
        let app = Arc::clone(app);
        return Ok(Resetter { app });
    }
    Err(PlatformError::reset_read_only())
}

fn writer(app: &Arc<App>, pov: PovId, code: &OutPovId) -> Result<Writer, PlatformError> {
    if !app.may_write(code) {
        return Err(PlatformError::pov_read_only(code.as_str()));
    }
    Ok(Writer {
        app: Arc::clone(app),
        pov,
    })
}
