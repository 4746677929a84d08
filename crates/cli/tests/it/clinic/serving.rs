//! An agent that serves the desk, through the binary.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::binary::Place;
use crate::kill::chance::pause;

pub(super) struct Desk {
    child: Child,
    pub(super) address: String,
    /// What it has said.
    log: Arc<Mutex<String>>,
}

impl Desk {
    /// With the flags that tests of one clinic share.
    pub(super) fn start(place: &Place, url: &str, app_key: &str) -> Self {
        let flags = "--data agent --povs 00001 --first-day 0 --last-day 1 --today-seconds 1 \
                     --other-days-seconds 1";
        Self::start_with(place, flags, url, app_key)
    }

    pub(super) fn start_with(place: &Place, flags: &str, url: &str, app_key: &str) -> Self {
        let mut command = place.command(&format!("sync {flags} --clinic 127.0.0.1:0"));
        command
            .env("POVLINE_URL", url)
            .env("POVLINE_APP_KEY", app_key)
            .env("POVLINE_SECRET_FILE", "secret");
        Self::started(command)
    }

    /// As `povline.toml` says.
    pub(super) fn start_by_file(place: &Place) -> Self {
        Self::started(place.command("sync --clinic 127.0.0.1:0"))
    }

    fn started(mut command: Command) -> Self {
        let mut child = command
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                *log.lock().unwrap() += &format!("{line}\n");
                let (_, rest) = line.split_once("clinics 前台: http")?;
                let rest = rest.split_once("://")?.1;
                Some(rest.split('/').next()?.to_owned())
            })
            .expect("the desk tells its address");
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                *kept.lock().unwrap() += &format!("{line}\n");
            }
        });
        Self {
            child,
            address,
            log,
        }
    }

    /// Everything it has said so far.
    pub(super) fn said(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Posts to the desk; what it answers.
    pub(super) fn post(&self, path: &str, bearer: &str, body: &Value) -> Value {
        serde_json::from_str(&self.posted(path, bearer, body)).unwrap()
    }

    /// Has today's list read anew: in the evening it would be read every ten minutes only.
    pub(super) fn pull(&self, token: &str) {
        self.posted("/v1/pull", token, &json!({}));
    }

    fn posted(&self, path: &str, bearer: &str, body: &Value) -> String {
        let body = body.to_string();
        exchange(
            &self.address,
            &format!(
                "POST {path} HTTP/1.1\r\nAuthorization: Bearer {bearer}\r\nContent-Type: \
                 application/json\r\nContent-Length: {}\r\n",
                body.len()
            ),
            &body,
        )
    }

    /// What the desk answers to this bearer.
    pub(super) fn get(&self, path: &str, bearer: &str) -> String {
        let head = format!("GET {path} HTTP/1.1\r\nAuthorization: Bearer {bearer}\r\n");
        exchange(&self.address, &head, "")
    }

    /// The same for a browser with these cookies.
    pub(super) fn page(&self, path: &str, cookies: &str) -> String {
        let head = format!("GET {path} HTTP/1.1\r\nCookie: {cookies}\r\n");
        exchange(&self.address, &head, "")
    }

    /// How many of a clinic's picks the platform does not know, by a token of the clinic.
    pub(super) fn to_be_told(&self, token: &str) -> u64 {
        let list: Value = serde_json::from_str(&self.get("/v1/lists/today", token)).unwrap();
        list["to_be_told"].as_u64().unwrap()
    }

    /// Waits until the platform knows all of a clinic's picks.
    pub(super) fn is_told(&self, token: &str) {
        for _ in 0..300 {
            if self.to_be_told(token) == 0 {
                return;
            }
            pause(Duration::from_millis(100));
        }
        panic!("the platform was never told: {}", self.said());
    }

    /// Takes the number of an appointment.
    pub(super) fn pick(&self, token: &str, id: &str) {
        let done = self.post("/v1/pick", token, &json!({ "appointment_id": id }));
        assert_eq!(done["result"], "done");
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The body of an answer that is no refusal.
pub(super) fn exchange(address: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{head}Host: x\r\nConnection: close\r\n\r\n{body}").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 20"), "{answer}");
    body.to_owned()
}

/// A token of a clinic.
pub(super) fn token(place: &Place, of: &str) -> String {
    let made = place.run(&format!("clinic token {of} --data agent"));
    made.ends_with(0).stdout.trim().to_owned()
}
