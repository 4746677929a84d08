//! NATS JetStream: each event is published with its id as `Nats-Msg-Id`, and the server's
//! acknowledgement is awaited, so that a repeat within the stream's window is dropped there.

use std::path::PathBuf;
use std::time::Duration;

use async_nats::header::NATS_MESSAGE_ID;
use async_nats::{Client, ConnectOptions, HeaderMap};
use serde::Deserialize;

use crate::envelope::Letter;
use crate::sse::Token;

/// Where events are published.
#[derive(Debug, Clone)]
pub struct NatsSettings {
    /// The servers, such as `nats://127.0.0.1:4222`; with `tls://` nothing goes unencrypted.
    pub url: String,
    /// Subjects are `PREFIX.POV.kind`.
    pub prefix: String,
    /// The token, if the server asks for one.
    pub token: Option<Token>,
    /// The certificates of those who vouch for the server (PEM), if not the system's. Then nothing
    /// goes unencrypted, whatever the URL says.
    pub authorities: Option<PathBuf>,
    /// How long the server may take to be connected to, and to acknowledge an event.
    pub timeout: Duration,
}

/// Publishes letters, over a connection that is made when it is needed.
pub(super) struct Publisher {
    settings: NatsSettings,
    client: Option<Client>,
}

/// What a stream answers to a publication.
#[derive(Deserialize)]
struct Ack {
    stream: Option<String>,
    error: Option<AckError>,
}

#[derive(Deserialize)]
struct AckError {
    description: String,
}

impl Publisher {
    pub(super) fn new(settings: NatsSettings) -> Self {
        Self {
            settings,
            client: None,
        }
    }

    /// Publishes the letters in order and awaits each acknowledgement.
    pub(super) async fn publish(&mut self, letters: &[Letter]) -> Result<(), String> {
        let client = self.client().await?;
        for letter in letters {
            let mut headers = HeaderMap::new();
            headers.insert(NATS_MESSAGE_ID, letter.id.as_str());
            headers.insert("Content-Type", "application/cloudevents+json");
            let subject = subject(&self.settings.prefix, letter);
            let publish =
                client.request_with_headers(subject.clone(), headers, letter.body.clone());
            let answer = match tokio::time::timeout(self.settings.timeout, publish).await {
                Ok(answer) => answer.map_err(|error| match error.kind() {
                    async_nats::RequestErrorKind::NoResponders => format!(
                        "no stream takes the subject {subject}: make one, such as `nats stream \
                         add --subjects '{}.>'`",
                        self.settings.prefix
                    ),
                    _ => format!("the NATS server did not acknowledge: {error}"),
                })?,
                Err(_) => {
                    let timeout = self.settings.timeout;
                    return Err(format!("no acknowledgement within {timeout:?}"));
                }
            };
            let ack: Ack = serde_json::from_slice(&answer.payload)
                .map_err(|_| "the answer of the NATS server is no acknowledgement".to_owned())?;
            if let Some(error) = ack.error {
                return Err(format!("the stream refused: {}", error.description));
            }
            if ack.stream.is_none() {
                return Err("something that is no stream answered".to_owned());
            }
        }
        Ok(())
    }

    async fn client(&mut self) -> Result<Client, String> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        let mut options = ConnectOptions::new()
            .name("povline")
            .connection_timeout(self.settings.timeout)
            // A publication is waited for as a whole where it is made.
            .request_timeout(None);
        if let Some(token) = &self.settings.token {
            options = options.token(token.as_str().to_owned());
        }
        if let Some(path) = &self.settings.authorities {
            options = options
                .add_root_certificates(path.clone())
                .require_tls(true);
        }
        let connected = options.connect(&self.settings.url).await;
        let client = connected.map_err(|error| format!("no connection to NATS: {error}"))?;
        self.client = Some(client.clone());
        Ok(client)
    }
}

/// `PREFIX.POV.kind`; what has a meaning in subjects is replaced in a POV's code.
fn subject(prefix: &str, letter: &Letter) -> String {
    let pov: String = letter
        .pov
        .as_deref()
        .unwrap_or("-")
        .chars()
        .map(|c| match c {
            '.' | '*' | '>' => '_',
            c if c.is_whitespace() => '_',
            c => c,
        })
        .collect();
    format!("{prefix}.{pov}.{}", letter.word)
}
