//! TLS: whose certificate is shown, what cannot be one, and who cannot keep others waiting.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use povline_net::{Limits, ServerTls, TlsError, TlsFiles};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::peer::{Peer, Server, until};

const AUTHORITY: &[u8] = include_bytes!("authority.pem");
const FIRST: (&str, &str) = (include_str!("first.pem"), include_str!("first.key.pem"));
const SECOND: (&str, &str) = (include_str!("second.pem"), include_str!("second.key.pem"));

const SHORT: Duration = Duration::from_millis(50);
const HOURS: Duration = Duration::from_secs(36_000);

/// A directory with a certificate's files.
struct Files {
    directory: TempDir,
}

impl Files {
    fn with(pair: (&str, &str)) -> Self {
        let files = Self {
            directory: TempDir::new().unwrap(),
        };
        files.write(pair);
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, (certificate, key): (&str, &str)) {
        fs::write(self.path("cert.pem"), certificate).unwrap();
        fs::write(self.path("key.pem"), key).unwrap();
    }

    fn load(&self) -> Result<ServerTls, TlsError> {
        ServerTls::load(TlsFiles {
            certificate: self.path("cert.pem"),
            key: self.path("key.pem"),
        })
    }
}

async fn connect(server: &Server) -> TlsStream<tokio::net::TcpStream> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(AUTHORITY).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let Peer(stream) = server.connect().await;
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, stream).await.unwrap()
}

async fn echo(stream: &mut TlsStream<tokio::net::TcpStream>, text: &str) {
    let request = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(text.as_bytes()) {
        seen.push(stream.read_u8().await.unwrap());
    }
    assert!(seen.starts_with(b"HTTP/1.1 200"));
}

/// Which certificate the server has shown.
fn shown(stream: &TlsStream<tokio::net::TcpStream>) -> CertificateDer<'static> {
    let (_, connection) = stream.get_ref();
    connection.peer_certificates().unwrap()[0]
        .clone()
        .into_owned()
}

fn certificate((pem, _): (&str, &str)) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

#[tokio::test]
async fn a_new_certificate_counts_for_new_connections_and_old_ones_go_on() {
    let files = Files::with(FIRST);
    let tls = files.load().unwrap();
    let server = Server::start_with_tls(Limits::default(), tls.clone()).await;
    let mut old = connect(&server).await;
    echo(&mut old, "before").await;
    assert_eq!(shown(&old), certificate(FIRST));
    assert!(!tls.reload_if_changed().unwrap());

    files.write(SECOND);
    assert!(tls.reload_if_changed().unwrap());
    let mut new = connect(&server).await;
    echo(&mut new, "after").await;
    assert_eq!(shown(&new), certificate(SECOND));
    echo(&mut old, "still").await;

    files.write(FIRST);
    tls.reload().unwrap();
    assert_eq!(shown(&connect(&server).await), certificate(FIRST));
}

#[tokio::test]
async fn a_bad_file_leaves_the_good_certificate_in_use() {
    let files = Files::with(FIRST);
    let tls = files.load().unwrap();
    let server = Server::start_with_tls(Limits::default(), tls.clone()).await;
    fs::write(files.path("cert.pem"), SECOND.0).unwrap();
    assert!(matches!(
        tls.reload_if_changed(),
        Err(TlsError::NotAPair { .. })
    ));
    // It is told once, and tried again when a file changes.
    assert!(!tls.reload_if_changed().unwrap());
    assert_eq!(shown(&connect(&server).await), certificate(FIRST));
    fs::write(files.path("key.pem"), format!("{}\n", SECOND.1)).unwrap();
    assert!(tls.reload_if_changed().unwrap());
    assert_eq!(shown(&connect(&server).await), certificate(SECOND));
    fs::remove_file(files.path("key.pem")).unwrap();
    let error = tls.reload_if_changed().unwrap_err();
    assert!(error.to_string().contains("key.pem"), "{error}");
    assert_eq!(shown(&connect(&server).await), certificate(SECOND));
}

#[test]
fn errors_name_the_file_and_the_remedy() {
    let told = |pair: (&str, &str)| Files::with(pair).load().unwrap_err().to_string();
    let cases = [
        (
            ("", FIRST.1),
            "cert.pem holds no certificate",
            "must be PEM",
        ),
        (
            ("nonsense", FIRST.1),
            "cert.pem holds no certificate",
            "must be PEM",
        ),
        (
            (FIRST.1, FIRST.1),
            "cert.pem holds no certificate",
            "must be PEM",
        ),
        (
            (FIRST.0, FIRST.0),
            "key.pem holds no private key",
            "must be PEM",
        ),
        (
            (FIRST.0, ""),
            "key.pem holds no private key",
            "not encrypted",
        ),
        (
            (FIRST.0, SECOND.1),
            "cannot be used together",
            "of one pair",
        ),
    ];
    for (pair, what, remedy) in cases {
        let told = told(pair);
        assert!(told.contains(what) && told.contains(remedy), "{told}");
    }
    let files = Files::with(FIRST);
    fs::remove_file(files.path("cert.pem")).unwrap();
    let told = files.load().unwrap_err().to_string();
    assert!(
        told.contains("cannot read") && told.contains("cert.pem"),
        "{told}"
    );
    // The key itself is told nowhere.
    let debug = format!("{:?}", Files::with(FIRST).load().unwrap());
    assert!(
        debug.contains("key.pem") && !debug.contains("BEGIN"),
        "{debug}"
    );
}

#[tokio::test]
async fn a_handshake_has_its_time_and_counts_as_a_connection() {
    let files = Files::with(FIRST);
    let limits = Limits {
        handshake_time_max: SHORT,
        head_time_max: HOURS,
        idle_time_max: HOURS,
        ..Limits::default()
    };
    let server = Server::start_with_tls(limits, files.load().unwrap()).await;
    let mut silent = server.connect().await;
    until(|| server.open.count() > 0).await;
    let mut good = connect(&server).await;
    echo(&mut good, "meanwhile").await;
    assert_eq!(silent.read_to_close().await, 0);
    echo(&mut good, "afterwards").await;
}

#[tokio::test]
async fn what_is_no_handshake_is_closed_and_hurts_nobody() {
    let files = Files::with(FIRST);
    let server = Server::start_with_tls(Limits::default(), files.load().unwrap()).await;
    let mut plain = server.connect().await;
    plain.try_send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    plain.read_to_close().await;
    echo(&mut connect(&server).await, "good").await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_handshakes() {
    let files = Files::with(FIRST);
    let limits = Limits {
        handshake_time_max: HOURS,
        drain_time_max: HOURS,
        ..Limits::default()
    };
    let mut server = Server::start_with_tls(limits, files.load().unwrap()).await;
    let mut silent = server.connect().await;
    until(|| server.open.count() > 0).await;
    server.ask_to_stop();
    assert_eq!(silent.read_to_close().await, 0);
    assert_eq!(server.stopped().await.cut_off, 0);
}
