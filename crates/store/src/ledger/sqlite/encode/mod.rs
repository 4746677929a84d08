//! The compact forms in which the ledger keeps what is never searched by: windows, evidence, and
//! the states that a change leads between. Each is read back only by the code beside it.

mod evidence;
mod states;
mod windows;

pub(super) use evidence::{Evidence, KeptEvidence, read_evidence, write_evidence};
pub(super) use states::{read_states, write_states};
pub(super) use windows::{read_windows, write_windows};
