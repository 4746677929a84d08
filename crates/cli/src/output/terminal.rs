//! Whether somebody is looking.

use std::io::{IsTerminal as _, stderr};

pub(crate) fn stderr_is_terminal() -> bool {
    stderr().is_terminal()
}

/// Colour only on a terminal, and not for those who asked for none (<https://no-color.org>).
pub(crate) fn colour_on_stderr() -> bool {
    stderr_is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
