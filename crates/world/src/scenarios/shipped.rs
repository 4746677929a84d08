//! The scenarios that come with the binary.

use super::{ScenarioError, ScenarioFile};

/// A scenario that comes with the binary.
#[derive(Debug, Clone, Copy)]
pub struct Shipped {
    /// Its name.
    pub name: &'static str,
    /// Its file as it was written.
    pub text: &'static str,
}

impl Shipped {
    /// Reads it.
    ///
    /// # Errors
    /// [`ScenarioError`]; a test reads every one.
    pub fn read(&self) -> Result<ScenarioFile, ScenarioError> {
        ScenarioFile::parse(self.text)
    }
}

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(Shipped {
            name: $name,
            text: include_str!(concat!("../../scenarios/", $name, ".toml")),
        }),*]
    };
}

const SHIPPED: &[Shipped] = shipped![
    "village",
    "town",
    "mass-site",
    "release",
    "storm",
    "crush",
    "closures",
    "foreign-period",
    "foreign-newest",
    "foreign-unstable",
    "foreign-no-total",
    "foreign-small-pages",
    "lingering",
    "faults",
    "bans",
    "stale",
    "emptied",
    "midnight",
    "horizon",
];

/// Every scenario that comes with the binary.
#[must_use]
pub fn shipped() -> &'static [Shipped] {
    SHIPPED
}

/// The one of this name.
#[must_use]
pub fn shipped_named(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|shipped| shipped.name == name)
}
