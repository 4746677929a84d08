//! How a client is set up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use povline_domain::{AppKey, Clock};
use povline_protocol::methods::appointment_query::QueryForm;
use povline_protocol::request::Credentials;
use povline_protocol::{AnswerForm, Secret, SignMethod};
use thiserror::Error;

use crate::client::{Client, Settings};
#[cfg(feature = "tls")]
use crate::network::TrustStore;
use crate::network::{HttpSettings, HttpTransport};
use crate::transport::Transport;

/// Settings of a [`Client`] to be. Get one from [`Client::builder`].
pub struct ClientBuilder {
    url: String,
    credentials: Credentials,
    form: AnswerForm,
    clock: Arc<dyn Clock>,
    call_timeout: Duration,
    http: HttpSettings,
    #[cfg(feature = "tls")]
    trust: Option<TrustStore>,
    transport: Option<Arc<dyn Transport>>,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("app_key", &self.credentials.app_key)
            .finish_non_exhaustive()
    }
}

/// Why a client cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BuildError {
    /// The URL of the gateway is not one.
    #[error(
        "the gateway's URL is not of the form http[s]://host[:port]/path, \
         such as https://gw.api.taobao.com/router/rest"
    )]
    Url,
    /// https was asked for, and this program was built without TLS.
    #[error("this program was built without TLS, so it cannot call a https gateway")]
    NoTls,
    /// https was asked for, and nobody is trusted.
    #[error(
        "no trusted certificates were found on this system, so no https gateway can be called; \
         name a file with the certificates to trust"
    )]
    NobodyTrusted,
}

impl ClientBuilder {
    pub(crate) fn new(url: &str, app_key: AppKey, secret: Secret, clock: Arc<dyn Clock>) -> Self {
        Self {
            url: url.to_owned(),
            credentials: Credentials {
                partner_id: Some(concat!("povline-", env!("CARGO_PKG_VERSION")).to_owned()),
                ..Credentials::new(app_key, secret)
            },
            form: AnswerForm::Json,
            clock,
            call_timeout: Duration::from_secs(30),
            http: HttpSettings::default(),
            #[cfg(feature = "tls")]
            trust: None,
            transport: None,
        }
    }

    /// How calls are signed; hmac-sha256 unless set.
    #[must_use]
    pub fn sign_method(mut self, sign_method: SignMethod) -> Self {
        self.credentials.sign_method = sign_method;
        self
    }

    /// In which form answers are asked for; JSON unless set.
    #[must_use]
    pub fn form(mut self, form: AnswerForm) -> Self {
        self.form = form;
        self
    }

    /// The user's session, for methods that need one.
    #[must_use]
    pub fn session(mut self, session: Secret) -> Self {
        self.credentials.session = Some(session);
        self
    }

    /// How long a call may take, from the first byte sent to the last one read; 30 s unless set.
    #[must_use]
    pub fn call_timeout(mut self, call_timeout: Duration) -> Self {
        self.call_timeout = call_timeout;
        self
    }

    /// How connections are made and kept.
    #[must_use]
    pub fn http(mut self, http: HttpSettings) -> Self {
        self.http = http;
        self
    }

    /// Whose certificates are believed; the system's unless set.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn trust(mut self, trust: TrustStore) -> Self {
        self.trust = Some(trust);
        self
    }

    /// Goes another way than the network: for tests and simulations.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    /// [`BuildError`] if the URL is not one, or is https and cannot be trusted.
    pub fn build(self) -> Result<Client, BuildError> {
        let url: Uri = self.url.parse().map_err(|_| BuildError::Url)?;
        let https = match url.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(BuildError::Url),
        };
        if url.host().is_none_or(str::is_empty) || url.query().is_some() {
            return Err(BuildError::Url);
        }
        let transport = match self.transport {
            Some(transport) => transport,
            #[cfg(feature = "tls")]
            None => {
                let trust = match self.trust {
                    Some(trust) => trust,
                    // Reading the system's store takes a while, and http does not need it.
                    None if https => TrustStore::of_the_system(),
                    None => TrustStore::nobody(),
                };
                if https && trust.is_empty() {
                    return Err(BuildError::NobodyTrusted);
                }
                Arc::new(HttpTransport::new(self.http, trust))
            }
            #[cfg(not(feature = "tls"))]
            None if https => return Err(BuildError::NoTls),
            #[cfg(not(feature = "tls"))]
            None => Arc::new(HttpTransport::new(self.http)),
        };
        let path = match url.path() {
            "" => "/",
            path => path,
        };
        Ok(Client::new(
            Settings {
                target: [path, "?"].concat(),
                query_form: QueryForm::new(&self.credentials, self.form),
                url,
                credentials: self.credentials,
                form: self.form,
                call_timeout: self.call_timeout,
                clock: self.clock,
            },
            transport,
        ))
    }
}
