//! The digest of a list, where the platform tells one.

use povline_domain::{Day, OutPovId};
use povline_protocol::decode::{FlatAnswer, ToldDigest, read_flat, read_list_state};
use povline_protocol::methods::appointment_digest;

use crate::client::Client;
use crate::error::{CallError, MalformedAnswer};

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
        let reply = match read_flat(&raw.http.body) {
            Ok(reply) => reply,
            Err(_) if raw.http.status != 200 => {
                return Err(MalformedAnswer::Status(raw.http.status).into());
            }
            Err(error) => return Err(raw.malformed(error)),
        };
        let request_id = reply.request_id;
        match reply.answer {
            FlatAnswer::PlatformError(error) => Err(CallError::Platform { error, request_id }),
            _ if raw.http.status != 200 => Err(MalformedAnswer::Status(raw.http.status).into()),
            FlatAnswer::BusinessFailure(failure) => Err(CallError::Business {
                failure,
                request_id,
            }),
            FlatAnswer::Success(_) => {
                read_list_state(&raw.http.body).map_err(|error| raw.malformed(error))
            }
        }
    }
}
