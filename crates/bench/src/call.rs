//! The calls of the bench's app.

use anyhow::{Context, Result};
use bytes::Bytes;
use povline_domain::{AppKey, PageRequest};
use povline_protocol::methods::appointment_query::{AppointmentQuery, METHOD, REQUEST_PARAM};
use povline_protocol::request::{Credentials, PATH};
use povline_protocol::{AnswerForm, Secret};

use crate::sample;

/// The secret of the bench's app.
pub(crate) const SECRET: &str = "a secret of the bench";

/// A call ready to be sent.
#[derive(Clone)]
pub(crate) struct Call {
    /// Path and query.
    pub(crate) path: String,
    /// The urlencoded form.
    pub(crate) body: Bytes,
}

impl Call {
    /// The call for the first page of this POV.
    pub(crate) fn signed(pov: usize) -> Result<Self> {
        let query = AppointmentQuery {
            day: sample::day(),
            out_pov_id: sample::pov(pov)?,
            page: PageRequest::FIRST,
        };
        let signed = Credentials::new(app_key()?, Secret::new(SECRET)).sign(
            METHOD,
            &[(REQUEST_PARAM, &query.to_param())],
            AnswerForm::Json,
            sample::NOW,
        )?;
        Ok(Self {
            path: format!("{PATH}?{}", signed.query),
            body: signed.body.into(),
        })
    }
}

/// The key of the bench's app.
pub(crate) fn app_key() -> Result<AppKey> {
    AppKey::new("bench").context("the bench's app key")
}
