//! An app's secret, from the environment or a file, never shown.

use std::path::Path;

use povline_protocol::Secret;

use super::{Checker, RawConfig, Setting};

/// The secret that the settings name: a file goes before the environment's variable, because
/// whoever names one means it.
pub(super) fn check(raw: &RawConfig, checker: &mut Checker) -> Option<Secret> {
    if raw.caller.secret_file.is_some() {
        return of_file(
            "caller.secret_file",
            raw.caller.secret_file.as_ref(),
            checker,
        );
    }
    let secret = raw.secret.as_ref();
    if secret.is_none() {
        checker.fault(
            "the app's secret is missing: put it into a file and give --secret-file, or set \
             POVLINE_SECRET",
        );
    }
    secret.map(|secret| Secret::new(secret.text.trim()))
}

/// The secret in the file that a setting of this name names.
pub(super) fn of_file(name: &str, file: Option<&Setting>, checker: &mut Checker) -> Option<Secret> {
    checker.required(name, file, |path| read(Path::new(path)))
}

fn read(path: &Path) -> Result<Secret, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read the secret's file: {error}"))?;
    match text.trim() {
        "" => Err("the secret's file is empty".to_owned()),
        secret => Ok(Secret::new(secret)),
    }
}
