//! The console of apps: an ISV's own, or all of them for an operator.

mod change;
mod limits;
mod list;
mod one;

pub(crate) use change::{allow, grant, limit, revoke, rotate, set_status};
pub(crate) use limits::{AppUse, Usage};
pub(crate) use list::{create, list};
pub(crate) use one::page;
