//! Telling the platform of a number that was taken.

use povline_domain::UnixMillis;
use povline_protocol::methods::order_update::{self, OrderUpdate};

use crate::client::Client;
use crate::error::CallError;
use crate::flat::FlatSuccess;

/// What the platform made of an action that it was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderUpdated {
    /// Whether the action stands now: `false` if the platform knew of a later one and ignored it.
    /// Nothing if the platform does not say (only Povline's does).
    pub stands: Option<bool>,
    /// The id under which the platform has logged the call.
    pub request_id: Option<String>,
    /// When the whole answer was there.
    pub answered_at: UnixMillis,
}

impl Client {
    /// Tells of a number that was taken or given back, or of somebody who was not vaccinated. It
    /// may be told again, with the same time of action, for as long as it takes: the platform
    /// takes it once.
    ///
    /// # Errors
    /// [`CallError`] for everything but a success.
    pub async fn update_order(&self, update: &OrderUpdate) -> Result<OrderUpdated, CallError> {
        let params = update.to_params();
        let arguments: Vec<(&str, &str)> = params
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let raw = self.call(order_update::METHOD, &arguments).await?;
        let FlatSuccess { stands, request_id } = raw.flat_success()?;
        Ok(OrderUpdated {
            stands,
            request_id,
            answered_at: raw.answered_at,
        })
    }
}
