//! The exit codes of `povline`: a promise to scripts.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything that was asked for was done.
    Done,
    /// Something failed here: a file, a database, a port.
    Failed,
    /// The command line or the configuration is wrong; nothing was done.
    Usage,
    /// Rows were refused by an import.
    RowsRefused,
    /// The platform answered with an error, or with `success=false`.
    PlatformRefused,
    /// A list could not be read whole, so nothing is proved about what is absent.
    Incomplete,
    /// The platform could not be reached, or did not answer as a TOP gateway does.
    Unreachable,
    /// Two sides that must be equal are not.
    Different,
}

impl Exit {
    /// Every one, in the order of its code.
    pub(crate) const ALL: [Self; 8] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::RowsRefused,
        Self::PlatformRefused,
        Self::Incomplete,
        Self::Unreachable,
        Self::Different,
    ];

    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::RowsRefused => 3,
            Self::PlatformRefused => 4,
            Self::Incomplete => 5,
            Self::Unreachable => 6,
            Self::Different => 7,
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "something failed here: a file, a database, a port",
            Self::Usage => "the command line or the configuration is wrong; nothing was done",
            Self::RowsRefused => "import: rows were refused",
            Self::PlatformRefused => "the platform answered with an error or success=false",
            Self::Incomplete => "a list could not be read whole; nothing is proved of it",
            Self::Unreachable => "the platform could not be reached or gave no TOP answer",
            Self::Different => "sides differ, or the audit chain or a stream of events is broken",
        }
    }

    /// The table of all codes, for `--help`.
    pub(crate) fn table() -> String {
        let mut table = String::from("Exit codes:\n");
        for exit in Self::ALL {
            table.push_str(&format!("  {}  {}\n", exit.code(), exit.meaning()));
        }
        table
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
