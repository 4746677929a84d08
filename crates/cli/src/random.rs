//! Numbers that nobody can guess, from the operating system.

use rand::TryRng as _;
use rand::rngs::SysRng;

use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// Some bytes.
pub(crate) fn bytes<const N: usize>() -> CliResult<[u8; N]> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| {
        CliError::new(Exit::Failed, "the operating system gives no randomness").caused_by(&error)
    })?;
    Ok(bytes)
}

/// A seed for what must differ from process to process.
pub(crate) fn seed() -> CliResult<u64> {
    bytes().map(u64::from_le_bytes)
}
