//! Logs on standard error: text on a terminal, JSON elsewhere.

use tracing_subscriber::EnvFilter;

use crate::args::Command;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{colour_on_stderr, stderr_is_terminal};

/// Starts logging with this filter, or with what suits the command.
pub(crate) fn start(filter: Option<&str>, command: &Command) -> CliResult<()> {
    let suits = match command {
        Command::Serve(_) | Command::Sync(_) => "info",
        _ => "warn",
    };
    let filter = EnvFilter::try_new(filter.unwrap_or(suits)).map_err(|error| {
        CliError::new(Exit::Usage, "cannot understand what --log asks for")
            .caused_by(&error)
            .remedy("write a level (warn, info, debug) or module=level, with commas between")
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour_on_stderr());
    if stderr_is_terminal() {
        builder.compact().init();
    } else {
        builder.json().init();
    }
    Ok(())
}
