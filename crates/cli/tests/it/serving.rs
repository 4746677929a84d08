//! A platform served by the binary, with an app that may read everything.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::binary::{Place, Run, ended};

pub(crate) struct Serving {
    child: Child,
    pub(crate) url: String,
    pub(crate) admin: String,
    /// The portal's host and port, if one was asked for.
    pub(crate) portal: String,
}

impl Serving {
    /// Serves the book in `platform` of a place.
    pub(crate) fn start(place: &Place) -> Self {
        Self::start_with(place, "--data platform")
    }

    /// The same with these flags.
    pub(crate) fn start_with(place: &Place, flags: &str) -> Self {
        Self::start_as(place, "127.0.0.1:0", flags)
    }

    /// The same at this address, such as that of a platform that was killed.
    pub(crate) fn start_at(place: &Place, listen: &str) -> Self {
        Self::start_as(place, listen, "--data platform")
    }

    fn start_as(place: &Place, listen: &str, flags: &str) -> Self {
        let mut child = place
            .command(&format!(
                "serve {flags} --listen {listen} --admin 127.0.0.1:0"
            ))
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let url = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let url = line.find("http").map(|at| line[at..].to_owned())?;
                url.ends_with("/router/rest").then_some(url)
            })
            .expect("the platform tells its address");
        let admin = lines.next().unwrap().unwrap();
        let admin = admin.split("http://").nth(1).unwrap();
        let admin = admin.split('/').next().unwrap().to_owned();
        let portal = match flags.contains("--portal") {
            true => lines.next().unwrap().unwrap(),
            false => String::new(),
        };
        let portal = portal.split("://").nth(1).unwrap_or_default().to_owned();
        // What it logs later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            child,
            url,
            admin,
            portal,
        }
    }

    /// Ends it as an operator does, and waits until everything is written.
    pub(crate) fn stop(&mut self) {
        let id = self.child.id().to_string();
        let mut asked = std::process::Command::new("kill");
        assert!(asked.args(["-TERM", &id]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }

    #[cfg(unix)]
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Makes an app of the ISV `test` that may read everything; its secret goes into `secret`.
pub(crate) fn make_app(place: &Place) -> String {
    let made = place
        .run("app create --data platform --isv test --name all --grant * --format json")
        .ends_with(0)
        .json();
    place.write("secret", made["secret"].as_str().unwrap());
    made["app_key"].as_str().unwrap().to_owned()
}

/// Runs a command that calls a platform as an app.
pub(crate) fn calling(place: &Place, url: &str, app_key: &str, args: &str, more: &[&str]) -> Run {
    ended(
        place
            .command(args)
            .args(more)
            .env("POVLINE_URL", url)
            .env("POVLINE_APP_KEY", app_key)
            .env("POVLINE_SECRET_FILE", "secret"),
    )
}
