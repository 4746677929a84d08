//! What a command says when it fails: what, why, and what to do about it.

use std::error::Error;
use std::fmt::Write as _;
use std::io;

use povline_store::{StoreError, StoreErrorKind};

use crate::exit::Exit;

/// A failed command.
#[derive(Debug)]
pub(crate) struct CliError {
    exit: Exit,
    what: String,
    causes: Vec<String>,
    remedy: Option<String>,
    quiet: bool,
}

pub(crate) type CliResult<T> = Result<T, CliError>;

impl CliError {
    /// An error; `what` is a whole phrase such as `cannot read orders.csv`.
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            causes: Vec::new(),
            remedy: None,
            quiet: false,
        }
    }

    /// An end with this code about which everything has been said already.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self {
            quiet: true,
            ..Self::new(exit, "")
        }
    }

    /// With the error that caused it, and its own causes.
    pub(crate) fn caused_by(mut self, error: &(dyn Error + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            self = self.because(error.to_string());
            cause = error.source();
        }
        self
    }

    /// With this cause.
    pub(crate) fn because(mut self, cause: String) -> Self {
        // Some errors repeat their source's text in their own.
        if !self.causes.iter().any(|told| told.contains(&cause)) {
            self.causes.push(cause);
        }
        self
    }

    /// With what to do about it.
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// A store that failed while doing `what`.
    pub(crate) fn store(what: impl Into<String>, error: &StoreError) -> Self {
        let remedy = match error.kind() {
            StoreErrorKind::Busy => "another process holds the database: try again in a moment",
            StoreErrorKind::Unavailable => {
                "look at the directory: does it exist, may you write to it, is the disk full?"
            }
            StoreErrorKind::Corrupt => {
                "this program or an older one did not write it: take another --data, a newer \
                 povline, or a backup"
            }
            StoreErrorKind::Refused => "change what was asked for",
        };
        // A store's error says what it failed to do.
        let told = Self::new(Exit::Failed, what).because(format!("failed to {error}"));
        match error.source() {
            Some(source) => told.caused_by(source),
            None => told,
        }
        .remedy(remedy)
    }

    /// How the process ends.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// What is written to standard error; nothing if there is nothing to say.
    pub(crate) fn report(&self, colour: bool) -> String {
        if self.quiet {
            return String::new();
        }
        let (red, bold, plain) = match colour {
            true => ("\x1b[1;31m", "\x1b[1m", "\x1b[0m"),
            false => ("", "", ""),
        };
        let mut report = format!("{red}error 错误:{plain} {}\n", self.what);
        for cause in &self.causes {
            let _ = writeln!(report, "  {bold}cause 原因:{plain} {cause}");
        }
        if let Some(remedy) = &self.remedy {
            let _ = writeln!(report, "  {bold}remedy 办法:{plain} {remedy}");
        }
        report
    }
}

/// What failed to be written to standard output. A reader that went away, as `head` does, wants no
/// more and no complaint.
impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::silent(Exit::Done)
        } else {
            Self::new(Exit::Failed, "cannot write the output").caused_by(&error)
        }
    }
}
