//! A webhook's receiver on a thread, which answers as it is told to.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// The secret of its sink, as in a file.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

type Behaviour = dyn Fn(&Value, usize) -> u16 + Send + Sync;

/// What it has taken.
#[derive(Default)]
struct Taken {
    tries: Vec<String>,
    accepted: Vec<Value>,
}

/// Takes events; `behaviour` is told the event and how often it has come, from 1.
pub(crate) struct Taking {
    pub(crate) url: String,
    taken: Arc<Mutex<Taken>>,
    behaviour: Arc<Mutex<Box<Behaviour>>>,
}

impl Taking {
    pub(crate) fn start(behaviour: impl Fn(&Value, usize) -> u16 + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let taken = Arc::new(Mutex::new(Taken::default()));
        let behaviour: Arc<Mutex<Box<Behaviour>>> = Arc::new(Mutex::new(Box::new(behaviour)));
        let for_all = (Arc::clone(&taken), Arc::clone(&behaviour));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (taken, behaviour) = for_all.clone();
                // A sender that is killed breaks off; that is what this is for.
                std::thread::spawn(move || drop(serve(&stream, &taken, &behaviour)));
            }
        });
        Self {
            url,
            taken,
            behaviour,
        }
    }

    pub(crate) fn behave(&self, behaviour: impl Fn(&Value, usize) -> u16 + Send + Sync + 'static) {
        *self.behaviour.lock().unwrap() = Box::new(behaviour);
    }

    /// How often anything came.
    pub(crate) fn tries(&self) -> usize {
        self.taken.lock().unwrap().tries.len()
    }

    /// What was answered with 2xx, each event once.
    pub(crate) fn each_once(&self) -> Vec<Value> {
        let mut ids = HashSet::new();
        let mut accepted = self.taken.lock().unwrap().accepted.clone();
        accepted.retain(|event| ids.insert(event["id"].as_str().unwrap().to_owned()));
        accepted
    }
}

fn serve(
    stream: &TcpStream,
    taken: &Mutex<Taken>,
    behaviour: &Mutex<Box<Behaviour>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        let mut has_signature = false;
        let mut line = String::new();
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let header = line.trim_end().to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length: ") {
                length = value.parse().unwrap();
            }
            has_signature |= header.starts_with("webhook-signature: v1,");
            if header.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let event: Value = serde_json::from_slice(&body).unwrap();
        let id = event["id"].as_str().unwrap().to_owned();
        let times = {
            let mut taken = taken.lock().unwrap();
            taken.tries.push(id.clone());
            taken.tries.iter().filter(|one| **one == id).count()
        };
        let status = match has_signature {
            true => (behaviour.lock().unwrap())(&event, times),
            false => 401,
        };
        if (200..300).contains(&status) {
            taken.lock().unwrap().accepted.push(event);
        }
        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
        (&mut &*stream).write_all(answer.as_bytes())?;
    }
}
