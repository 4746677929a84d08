//! Calls of which it is known what is the right answer.

use anyhow::{Context, Result, ensure};

use super::answer::{Format, Right};
use super::http;
use super::load::FORM;
use super::platform::{Caller, Platform, SignedCall};
use super::rows;

/// A call, ready to be sent over a kept connection, and its answer.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) request: Vec<u8>,
    pub(super) right: Right,
}

impl Ask {
    /// For the first page of a POV, by the bench's own app.
    pub(super) fn of(platform: &Platform, pov: (&str, usize), page_size: usize) -> Result<Self> {
        let call = platform.sign(pov.0, 1, page_size, Format::Json)?;
        Self::new(platform, &call, pov, page_size)
    }

    /// The same by another app, for which nothing is called now.
    pub(super) fn of_app(
        platform: &Platform,
        app: &Caller,
        pov: (&str, usize),
        page_size: usize,
    ) -> Result<Self> {
        let call = platform.sign_as(app, pov.0, 1, page_size, Format::Json)?;
        Self::new(platform, &call, pov, page_size)
    }

    fn new(
        platform: &Platform,
        call: &SignedCall,
        pov: (&str, usize),
        page_size: usize,
    ) -> Result<Self> {
        // Whoever asks, the answer is the same.
        let asked = platform.sign(pov.0, 1, page_size, Format::Json)?;
        let answer = http::post(platform.address, &asked)?;
        ensure!(answer.status == 200, "HTTP {}", answer.status);
        let rows = rows::page(pov, 1, page_size);
        let right = Right::of(&answer.body, &rows, pov.1);
        Ok(Self {
            request: request(&platform.address.to_string(), call).into_bytes(),
            right: right.with_context(|| format!("the first page of {}", pov.0))?,
        })
    }
}

fn request(host: &str, call: &SignedCall) -> String {
    format!(
        "POST {} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n\r\n{}",
        call.path,
        call.body.len(),
        call.body
    )
}
