//! The digest of a list, where the platform tells one.

use povline_domain::{Day, OutPovId};
use povline_protocol::decode::{ToldDigest, read_list_state};
use povline_protocol::methods::appointment_digest;

use crate::client::Client;
use crate::error::CallError;

impl Client {
    /// Asks for the digest of a POV-day's list. Only Povline's platform has this method: another one
    /// answers with code 22.
    ///
    /// # Errors
    /// [`CallError`] for everything but a digest.
    pub async fn list_digest(&self, pov: &OutPovId, day: Day) -> Result<ToldDigest, CallError> {
        let day = day.to_string();
        let arguments = [
            ("out_pov_id", pov.as_str()),
            ("appointment_time", day.as_str()),
        ];
        let raw = self.call(appointment_digest::METHOD, &arguments).await?;
        raw.flat_success()?;
        read_list_state(&raw.http.body).map_err(|error| raw.malformed(error))
    }
}
