//! https: whose certificates are believed.

use std::sync::Arc;

use povline_client::{CallError, Client, Fault, TrustError, TrustStore};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::server::{Act, http, serve};
use crate::{PAGE, builder, query};

const AUTHORITY: &[u8] = include_bytes!("authority.pem");
const GATEWAY: &[u8] = include_bytes!("gateway.pem");
const GATEWAY_KEY: &[u8] = include_bytes!("gateway.key.pem");

/// A https gateway named `localhost`; its port.
async fn gateway() -> u16 {
    let certificate = CertificateDer::from_pem_slice(GATEWAY).unwrap();
    let key = PrivateKeyDer::from_pem_slice(GATEWAY_KEY).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // A client that does not trust us breaks off here.
            if let Ok(stream) = acceptor.accept(stream).await {
                let script = Arc::new(|_| Act::Write(http("200 OK", PAGE)));
                serve(stream, Arc::default(), script).await;
            }
        }
    });
    port
}

async fn ask(host: &str, port: u16, trust: TrustStore) -> Result<usize, CallError> {
    let url = format!("https://{host}:{port}/router/rest");
    let client: Client = builder(&url).trust(trust).build().unwrap();
    let answered = client.appointments(&query()).await?;
    Ok(answered.page.page.rows.len())
}

#[tokio::test]
async fn a_gateway_is_believed_if_its_authority_and_its_name_are_right() {
    let ours = TrustStore::from_pem(AUTHORITY).unwrap();
    assert_eq!(ours.to_string(), "1 certificates of the file named");
    let port = gateway().await;
    assert_eq!(ask("localhost", port, ours.clone()).await.unwrap(), 1);

    let error = ask("127.0.0.1", port, ours).await.unwrap_err();
    assert_eq!((error.class(), error.fault()), ("connect", Fault::Network));

    // Another authority does not vouch for it.
    let stranger = TrustStore::from_pem(include_bytes!("stranger.pem")).unwrap();
    let error = ask("localhost", port, stranger).await.unwrap_err();
    assert_eq!(error.class(), "connect");
}

#[test]
fn a_certificate_file_must_hold_certificates() {
    let of = |pem: &str| TrustStore::from_pem(pem.as_bytes()).unwrap_err();
    let pem = |content: &str| {
        format!("-----BEGIN CERTIFICATE-----\n{content}\n-----END CERTIFICATE-----\n")
    };
    assert_eq!(of(""), TrustError::Empty);
    assert_eq!(of(&pem("!!!")), TrustError::NotPem);
    assert_eq!(of(&pem("AAAA")), TrustError::NotACertificate);
}
