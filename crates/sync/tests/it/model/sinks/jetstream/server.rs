//! A `nats-server` of our own, spoken to in bytes.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::SUBJECTS;

const STREAM: &str = "EVENTS";

/// How many events are asked for at once.
const READ_MAX: u64 = 500;

/// A server that does nothing for so long will do nothing any more.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends with its owner.
pub struct Server {
    child: Child,
    port: u16,
    asked: BufReader<TcpStream>,
    _directory: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[derive(Deserialize)]
struct Ports {
    nats: Vec<String>,
}

impl Server {
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new(binary())
            .args(["-js", "-a", "127.0.0.1", "-p", "-1", "-sd"])
            .arg(directory.path())
            .arg("--ports_file_dir")
            .arg(directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let file = directory.path();
        let file = file.join(format!("nats-server_{}.ports", child.id()));
        let port = port(&mut child, &file);
        let mut asked = BufReader::new(TcpStream::connect(("127.0.0.1", port)).unwrap());
        asked.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
        asked.get_ref().set_nodelay(true).unwrap();
        asked
            .get_mut()
            .write_all(b"CONNECT {\"verbose\":false}\r\nSUB answers 1\r\n")
            .unwrap();
        let mut server = Self {
            child,
            port,
            asked,
            _directory: directory,
        };
        server.make_stream();
        server
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes the stream. Its window for repeats is longer than any run.
    fn make_stream(&mut self) {
        let stream = json!({
            "name": STREAM, "subjects": [format!("{SUBJECTS}.>")], "storage": "memory",
            "retention": "limits", "max_consumers": -1, "max_msgs": -1, "max_bytes": -1,
            "max_age": 0, "num_replicas": 1, "duplicate_window": 3_600_000_000_000_i64
        });
        self.ask(&format!("$JS.API.STREAM.CREATE.{STREAM}"), &stream);
        let made: Value = serde_json::from_slice(&self.answer()).unwrap();
        assert!(made.get("error").is_none(), "{made}");
    }

    /// What the stream has after its first so many events, in order.
    pub fn read_after(&mut self, read: u64) -> Vec<Vec<u8>> {
        self.ask(&format!("$JS.API.STREAM.INFO.{STREAM}"), &json!({}));
        let info: Value = serde_json::from_slice(&self.answer()).unwrap();
        let last = info["state"]["last_seq"].as_u64().unwrap();
        assert_eq!(info["state"]["messages"].as_u64(), Some(last));
        let unread: Vec<u64> = (read + 1..=last).collect();
        let mut bodies = Vec::new();
        for sequences in unread.chunks(READ_MAX as usize) {
            for sequence in sequences {
                let subject = format!("$JS.API.STREAM.MSG.GET.{STREAM}");
                self.ask(&subject, &json!({ "seq": sequence }));
            }
            // The server answers several questions at a time, so in any order.
            let answers: BTreeMap<u64, Vec<u8>> =
                sequences.iter().map(|_| stored(&self.answer())).collect();
            assert!(answers.keys().eq(sequences), "an answer came twice");
            bodies.extend(answers.into_values());
        }
        bodies
    }

    fn ask(&mut self, subject: &str, question: &Value) {
        let question = question.to_string();
        let length = question.len();
        let message = format!("PUB {subject} answers {length}\r\n{question}\r\n");
        self.asked.get_mut().write_all(message.as_bytes()).unwrap();
    }

    /// The next answer that comes.
    fn answer(&mut self) -> Vec<u8> {
        loop {
            let mut line = String::new();
            self.asked.read_line(&mut line).unwrap();
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["MSG", .., length] => {
                    let mut answer = vec![0; length.parse::<usize>().unwrap() + 2];
                    self.asked.read_exact(&mut answer).unwrap();
                    answer.truncate(answer.len() - 2);
                    return answer;
                }
                ["PING"] => self.asked.get_mut().write_all(b"PONG\r\n").unwrap(),
                ["INFO", ..] => {}
                _ => panic!("{line:?}"),
            }
        }
    }
}

/// The place of a stored event, and its body.
fn stored(answer: &[u8]) -> (u64, Vec<u8>) {
    #[derive(Deserialize)]
    struct Answer {
        message: Message,
    }
    #[derive(Deserialize)]
    struct Message {
        seq: u64,
        data: String,
    }
    let answer: Answer = serde_json::from_slice(answer).unwrap();
    let body = BASE64.decode(answer.message.data).unwrap();
    (answer.message.seq, body)
}

fn binary() -> PathBuf {
    ["/usr/sbin", "/usr/bin", "/usr/local/bin"]
        .into_iter()
        .map(|directory| PathBuf::from(directory).join("nats-server"))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("nats-server is missing: apt-get install nats-server"))
}

/// The port that it was given, once it says so.
fn port(child: &mut Child, file: &Path) -> u16 {
    loop {
        let ports = std::fs::read(file).ok();
        let ports: Option<Ports> = ports.and_then(|ports| serde_json::from_slice(&ports).ok());
        if let Some(ports) = ports {
            let (_, port) = ports.nats[0].rsplit_once(':').unwrap();
            return port.parse().unwrap();
        }
        let ended = child.try_wait().unwrap();
        assert_eq!(ended, None, "nats-server does not start");
        std::thread::yield_now();
    }
}
