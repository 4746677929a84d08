//! TLS from certificate files, which may be replaced while connections are open.

use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::{Mutex, RwLock};
use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;

/// The files of one certificate, both in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate first, then those that vouch for it, the root left out.
    pub certificate: PathBuf,
    /// The certificate's private key.
    pub key: PathBuf,
}

/// Why a certificate's files cannot be used. Each names the file and what to do.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}: it must be there and readable for this process", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The certificate's file holds no certificate.
    #[error(
        "{} holds no certificate: it must be PEM, with the server's certificate first and then \
         its chain",
        path.display()
    )]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The key's file holds no private key.
    #[error("{} holds no private key: it must be PEM, and not encrypted", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key cannot be used together.
    #[error(
        "{} and {} cannot be used together ({reason}): take certificate and key of one pair",
        files.certificate.display(),
        files.key.display()
    )]
    NotAPair {
        /// The files.
        files: TlsFiles,
        /// What is wrong with them.
        reason: rustls::Error,
    },
}

/// How a file looked when it was last seen.
type Stamp = Option<(SystemTime, u64)>;

/// A server's certificate, as its files have it. Clones are the same certificate: a reload counts
/// for all of them, and for connections that are accepted from then on.
#[derive(Clone)]
pub struct ServerTls(Arc<Inner>);

struct Inner {
    files: TlsFiles,
    current: RwLock<Arc<ServerConfig>>,
    seen: Mutex<[Stamp; 2]>,
}

/// The key stays out of logs.
impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServerTls").field(&self.0.files).finish()
    }
}

impl ServerTls {
    /// Reads a certificate and its key.
    ///
    /// # Errors
    /// [`TlsError`] says which file is at fault.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let seen = stamps(&files);
        let config = read(&files)?;
        Ok(Self(Arc::new(Inner {
            files,
            current: RwLock::new(config),
            seen: Mutex::new(seen),
        })))
    }

    /// Reads the files again, for connections accepted from now on.
    ///
    /// # Errors
    /// [`TlsError`] says which file is at fault; the certificate that was good goes on being used.
    pub fn reload(&self) -> Result<(), TlsError> {
        // Looked at before they are read: what is written in between is read once more.
        *self.0.seen.lock() = stamps(&self.0.files);
        let config = read(&self.0.files)?;
        *self.0.current.write() = config;
        Ok(())
    }

    /// Reads the files again if one of them has changed since they were last looked at; whether it
    /// had. Files that cannot be used are tried again at their next change.
    ///
    /// # Errors
    /// [`TlsError`] says which file is at fault; the certificate that was good goes on being used.
    pub fn reload_if_changed(&self) -> Result<bool, TlsError> {
        if *self.0.seen.lock() == stamps(&self.0.files) {
            return Ok(false);
        }
        self.reload()?;
        Ok(true)
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0.current.read()))
    }
}

fn stamps(files: &TlsFiles) -> [Stamp; 2] {
    let stamp = |metadata: Metadata| Some((metadata.modified().ok()?, metadata.len()));
    [&files.certificate, &files.key].map(|path| fs::metadata(path).ok().and_then(stamp))
}

fn read(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let certificates = certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&bytes(&files.key)?).map_err(|_| TlsError::NoKey {
        path: files.key.clone(),
    })?;
    // The provider is named here, so that no process-wide default decides which one it is.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(certificates, key)
        });
    let mut config = config.map_err(|reason| TlsError::NotAPair {
        files: files.clone(),
        reason,
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = bytes(path)?;
    let certificates: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(TlsError::NoCertificate {
            path: path.to_path_buf(),
        }),
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Unreadable {
        path: path.to_path_buf(),
        source,
    })
}
