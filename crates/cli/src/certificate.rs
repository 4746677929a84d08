//! The certificate that `serve` shows, kept as its files are.

use std::convert::Infallible;
use std::time::Duration;

use povline_net::{ServerTls, TlsFiles};

use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Reads the certificate for the first time: what cannot be used then is not served.
pub(crate) fn load(files: TlsFiles) -> CliResult<ServerTls> {
    ServerTls::load(files).map_err(|error| {
        CliError::new(Exit::Usage, "cannot use the certificate for https")
            .caused_by(&error)
            .remedy("give --tls-certificate and --tls-key the two files of one certificate, in PEM")
    })
}

/// Reads the files again on SIGHUP and when one of them has changed, for as long as it is polled.
/// Files that cannot be used change nothing but the log.
pub(crate) async fn keep_current(tls: &ServerTls) -> Infallible {
    let mut asked = Asked::new();
    loop {
        let reloaded = tokio::select! {
            () = asked.next() => tls.reload().map(|()| true),
            () = tokio::time::sleep(LOOK_EVERY) => tls.reload_if_changed(),
        };
        match reloaded {
            Ok(true) => tracing::info!("read the certificate again"),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "the certificate's files cannot be used; the old one stays");
            }
        }
    }
}

/// SIGHUP, where there is one.
struct Asked {
    #[cfg(unix)]
    hangup: Option<tokio::signal::unix::Signal>,
}

impl Asked {
    fn new() -> Self {
        Self {
            #[cfg(unix)]
            hangup: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
        }
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(hangup) = &mut self.hangup
            && hangup.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
}
