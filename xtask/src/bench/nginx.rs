//! The anchor: nginx serving the same bytes as a static file.
//!
//! It is set up as Debian sets it up, but for one worker, connections that are never closed, and
//! no access log.

use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::http;
use super::machine::{SERVER_CORE, is_root, pinned};
use super::scratch::Scratch;

/// What the anchor is called in the figures.
pub(super) const NAME: &str = "nginx, static file of the same bytes, sendfile";

/// The path of the file.
pub(super) const PATH: &str = "/page";

/// A running nginx; it ends with this value.
#[derive(Debug)]
pub(super) struct Nginx {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Nginx {
    /// Serves `bytes` at [`PATH`] with one worker on the server's core.
    pub(super) fn start(bytes: &[u8], scratch: &Scratch) -> Result<Self> {
        scratch.write("page", bytes)?;
        let address = http::free_address()?;
        let root = scratch.path().display();
        let user = if is_root()? { "user root;" } else { "" };
        let configuration = scratch.write(
            "nginx.conf",
            format!(
                "{user}
daemon off;
worker_processes 1;
pid {root}/nginx.pid;
error_log {root}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  default_type text/javascript;
  client_body_temp_path {root}/nginx-body;
  proxy_temp_path {root}/nginx-proxy;
  fastcgi_temp_path {root}/nginx-fastcgi;
  uwsgi_temp_path {root}/nginx-uwsgi;
  scgi_temp_path {root}/nginx-scgi;
  server {{ listen {address}; root {root}; }}
}}
"
            ),
        )?;
        let child = pinned(SERVER_CORE, "nginx")
            .args(["-e", "stderr", "-c"])
            .arg(configuration)
            .stdin(Stdio::null())
            .spawn()
            .context("cannot start nginx")?;
        let nginx = Self { child, address };
        nginx.wait_until_it_answers()?;
        Ok(nginx)
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    fn wait_until_it_answers(&self) -> Result<()> {
        for _ in 0..100 {
            if http::get(self.address, PATH).is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            super::pause(Duration::from_millis(50));
        }
        bail!("nginx does not answer at {}{PATH}", self.address)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // The master ends its worker when it is asked to end; killed, it would leave it behind.
        let asked = std::process::Command::new("kill")
            .arg(self.pid().to_string())
            .status();
        if !asked.is_ok_and(|status| status.success()) {
            drop(self.child.kill());
        }
        drop(self.child.wait());
    }
}
