//! What only a sandbox's book does.

use std::future::Future;

use povline_domain::IsvId;

use super::{Actor, Write};
use crate::StoreError;

/// A book that can be put back to where it began, on any engine.
pub trait Sandbox: Send + Sync + 'static {
    /// Takes every appointment and used pick code of an ISV's POVs away and applies these writes
    /// instead, all in one transaction: nobody sees a half of it. The POVs, apps and grants stay.
    /// How many rows there were before.
    ///
    /// # Errors
    /// Refused, and nothing is changed, if the book is not a sandbox's, the ISV is unknown, or a
    /// write is refused.
    fn reset_isv(
        &self,
        actor: &Actor,
        isv: IsvId,
        writes: Vec<Write>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}
