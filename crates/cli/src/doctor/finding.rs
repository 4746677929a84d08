//! What was found, and how bad it is.

use crate::exit::Exit;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and will not for long or not well.
    Warn,
    /// It does not work.
    Bad,
}

impl Verdict {
    /// The word for machines.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }

    /// The words for people.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Ok => "ok 正常",
            Self::Warn => "WARN 注意",
            Self::Bad => "BAD 故障",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// What was looked at, in one word.
    pub(super) check: &'static str,
    /// Whose: an app, a clinic, a directory.
    pub(super) of: String,
    pub(super) verdict: Verdict,
    /// What was found, in English and Chinese.
    pub(super) found: String,
    /// What to do about it, in English and Chinese; nothing if all is well.
    pub(super) remedy: Option<String>,
    /// How the command ends because of it, if it is bad.
    pub(super) exit: Exit,
}

impl Finding {
    /// A finding that all is well.
    pub(super) fn ok(check: &'static str, of: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            check,
            of: of.into(),
            verdict: Verdict::Ok,
            found: found.into(),
            remedy: None,
            exit: Exit::Failed,
        }
    }

    /// The same, no longer well.
    pub(super) fn but(mut self, verdict: Verdict, remedy: impl Into<String>) -> Self {
        self.verdict = verdict;
        self.remedy = Some(remedy.into());
        self
    }

    /// The same, ending the command so if it is bad.
    pub(super) fn ending(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

/// How the command ends: by the first bad finding that says more than that something failed here.
pub(super) fn exit_of(findings: &[Finding]) -> Option<Exit> {
    let bad = || {
        let bad = findings.iter();
        bad.filter(|finding| finding.verdict == Verdict::Bad)
    };
    let telling = bad().find(|finding| finding.exit != Exit::Failed);
    telling.or(bad().next()).map(|finding| finding.exit)
}
