//! Checks settings and tells every fault at once, each with the setting's name and place.

use std::fmt::Display;
use std::path::Path;

use super::setting::{Setting, Source};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// Gathers faults.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    faults: Vec<String>,
    /// The file that is checked, if it is one file alone.
    file: Option<String>,
}

impl Checker {
    /// Checks what stands in this file.
    pub(super) fn of_file(path: &Path) -> Self {
        Self {
            faults: Vec::new(),
            file: Some(path.display().to_string()),
        }
    }

    /// A setting as the file has it. What was written is not told: it may be a secret.
    pub(super) fn written(
        &mut self,
        section: &str,
        name: &str,
        value: toml::Value,
    ) -> Option<Setting> {
        let setting = value.try_into::<Setting>();
        if setting.is_err() {
            self.fault(format!(
                "{section}.{name}: must be a text, a number, or a list of texts without commas"
            ));
        }
        setting.ok()
    }

    /// Tells of a name that no setting has.
    pub(super) fn unknown(&mut self, name: &str) {
        self.fault(match name.rsplit('.').next() {
            Some("secret") => format!(
                "{name}: the secret itself must not stand here; put it into a file of its own and \
                 name that as caller.secret_file, or set POVLINE_SECRET"
            ),
            _ => format!("{name}: there is no such setting"),
        });
    }

    /// A setting that must be there.
    pub(crate) fn required<T, E: Display>(
        &mut self,
        name: &str,
        setting: Option<&Setting>,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if setting.is_none() {
            self.missing(name);
        }
        self.optional(name, setting, read)
    }

    /// A setting that may be left out.
    pub(crate) fn optional<T, E: Display>(
        &mut self,
        name: &str,
        setting: Option<&Setting>,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let Setting { text, source } = setting?;
        match read(text.trim()) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.faults
                    .push(format!("{name} ({}): {fault}", place(name, *source)));
                None
            }
        }
    }

    /// A whole number within bounds, or its default.
    pub(crate) fn number(
        &mut self,
        name: &str,
        setting: Option<&Setting>,
        bounds: std::ops::RangeInclusive<i64>,
        default: i64,
    ) -> i64 {
        self.optional(name, setting, |text| {
            text.parse::<i64>()
                .ok()
                .filter(|number| bounds.contains(number))
                .ok_or_else(|| {
                    format!(
                        "must be a whole number from {} to {}",
                        bounds.start(),
                        bounds.end()
                    )
                })
        })
        .unwrap_or(default)
    }

    /// Tells of a setting that is not there.
    pub(crate) fn missing(&mut self, name: &str) {
        self.faults.push(format!(
            "{name} is missing: give {}, or {name} in the configuration file",
            flag(name)
        ));
    }

    /// Tells of another fault.
    pub(crate) fn fault(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }

    /// Every fault as one error.
    pub(crate) fn finish(self) -> CliResult<()> {
        if self.faults.is_empty() {
            return Ok(());
        }
        let list = self.faults.join("\n    ");
        let (whose, remedy) = match &self.file {
            Some(file) => (
                format!("the settings in {file}"),
                "the sections and their settings stand in `povline --help`",
            ),
            None => (
                "the settings".to_owned(),
                "`--help` of the command tells each setting's flag and variable",
            ),
        };
        let what = format!("{whose} cannot be used:\n    {list}");
        Err(CliError::new(Exit::Usage, what).remedy(remedy))
    }
}

fn flag(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    format!("--{}", last.replace('_', "-"))
}

fn place(name: &str, source: Source) -> String {
    match source {
        Source::File => "in the configuration file".to_owned(),
        Source::Environment(variable) => format!("from {variable}"),
        Source::Flag => format!("from {}", flag(name)),
    }
}
