//! What ISVs tell of their POVs, and which apps may write.

use std::future::Future;

use povline_domain::{AppKey, IsvId, OutPovId, PovId};

use super::{Actor, Grant};
use crate::StoreError;

/// What an ISV tells of its POV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PovDetails {
    /// What people call it.
    pub name: String,
    /// Where to ring.
    pub telephone: String,
    /// Where it is.
    pub address: String,
    /// More about it.
    pub description: Option<String>,
    /// When it is open.
    pub business_time: Option<String>,
}

/// A POV that was registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registered {
    /// The platform's number.
    pub pov: PovId,
    /// Whether it is new.
    pub created: bool,
}

/// The register of POVs, and the right to write, in the platform's book on any engine.
pub trait Register: Send + Sync + 'static {
    /// Makes a POV of an ISV, or alters what is known of it. Nothing is made, and nothing told, if
    /// the ISV has `povs_max` or more; however many are made at once, there are never more.
    fn register_pov(
        &self,
        actor: &Actor,
        isv: IsvId,
        out_pov_id: &OutPovId,
        details: PovDetails,
        povs_max: usize,
    ) -> impl Future<Output = Result<Option<Registered>, StoreError>> + Send;

    /// The POV that the ISV with this name has under this code. Nothing is made by looking.
    fn find_pov(
        &self,
        isv_name: &str,
        out_pov_id: &OutPovId,
    ) -> impl Future<Output = Result<Option<PovId>, StoreError>> + Send;

    /// What is known of a POV, if its ISV ever told.
    fn pov_details(
        &self,
        pov: PovId,
    ) -> impl Future<Output = Result<Option<PovDetails>, StoreError>> + Send;

    /// Grants an app POVs to read and to write. A grant that is there may write from now on.
    fn grant_writing(
        &self,
        actor: &Actor,
        app: &AppKey,
        grant: &Grant,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes the right to write back and leaves the one to read; `false` if there was none.
    fn revoke_writing(
        &self,
        actor: &Actor,
        app: &AppKey,
        grant: &Grant,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
