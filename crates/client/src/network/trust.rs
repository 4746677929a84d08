//! Whose certificates are believed.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

/// Certificate authorities that a https gateway may be vouched for by.
#[derive(Clone)]
pub struct TrustStore {
    roots: Arc<RootCertStore>,
    origin: &'static str,
}

impl fmt::Debug for TrustStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustStore({self})")
    }
}

/// Where the certificates came from and how many there are, for the log.
impl fmt::Display for TrustStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} certificates of {}", self.roots.len(), self.origin)
    }
}

/// A file of certificates that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TrustError {
    /// It is not PEM.
    #[error("the certificate file is not PEM")]
    NotPem,
    /// It holds no certificate.
    #[error("the certificate file holds no certificate")]
    Empty,
    /// One of its certificates is not an X.509 certificate.
    #[error("the certificate file holds something that is not a certificate")]
    NotACertificate,
}

impl TrustStore {
    /// What the operating system trusts. In a bare container that may be nothing: then every https
    /// call fails to connect, and [`TrustStore::is_empty`] says so beforehand.
    #[must_use]
    pub fn of_the_system() -> Self {
        let mut roots = RootCertStore::empty();
        // Systems carry certificates that rustls cannot use; the rest still count.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self {
            roots: Arc::new(roots),
            origin: "the system's store",
        }
    }

    /// Nobody: for http alone.
    #[must_use]
    pub fn nobody() -> Self {
        Self {
            roots: Arc::new(RootCertStore::empty()),
            origin: "nobody",
        }
    }

    /// Exactly the certificates of a PEM file's content.
    ///
    /// # Errors
    /// [`TrustError`] if it holds none or anything else.
    pub fn from_pem(pem: &[u8]) -> Result<Self, TrustError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| TrustError::NotPem)?;
            roots
                .add(certificate)
                .map_err(|_| TrustError::NotACertificate)?;
        }
        if roots.is_empty() {
            return Err(TrustError::Empty);
        }
        Ok(Self {
            roots: Arc::new(roots),
            origin: "the file named",
        })
    }

    /// Whether nobody is trusted, so that no https gateway can be called.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// The settings of a TLS client that trusts exactly these.
    #[must_use]
    pub fn into_config(self) -> ClientConfig {
        // The provider is named here, so that no process-wide default decides which one it is.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        #[expect(
            clippy::expect_used,
            reason = "ring supports both of rustls's default protocol versions"
        )]
        ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring supports the default versions")
            .with_root_certificates(self.roots)
            .with_no_client_auth()
    }
}
