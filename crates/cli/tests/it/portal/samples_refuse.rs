//! What the samples do where there is no good answer to print: they say so, and end as failures.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};

use povline_portal::samples::{Call, Language, SECRET_VARIABLE, sample};
use povline_protocol::methods::appointment_query;

use crate::binary::Place;

/// What a proxy says in place of a gateway that is gone.
const PAGE: &str = "<html><body>Bad Gateway</body></html>";

/// A server that is no gateway: it answers every call with one status and a page.
struct Proxy {
    url: String,
    status: Arc<AtomicU16>,
    calls: Arc<AtomicUsize>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            url: format!("http://{}/router/rest", listener.local_addr().unwrap()),
            status: Arc::default(),
            calls: Arc::default(),
        };
        let (status, calls) = (Arc::clone(&proxy.status), Arc::clone(&proxy.calls));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                calls.fetch_add(1, Ordering::SeqCst);
                // Who hangs up before the end gets nothing.
                let _ = answer(&stream, status.load(Ordering::SeqCst));
            }
        });
        proxy
    }
}

/// Reads a call to its end, and answers.
fn answer(mut stream: &TcpStream, status: u16) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if let Some(told) = line.strip_prefix("content-length:") {
            length = told.trim().parse().unwrap_or(0);
        }
        if line.starts_with("expect:") {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        if line.is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    write!(
        stream,
        "HTTP/1.1 {status} Told\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{PAGE}",
        PAGE.len()
    )
}

/// The sample in one language, at a server that is no gateway.
struct Trial {
    language: Language,
    place: Place,
    proxy: Proxy,
}

impl Trial {
    fn of(language: Language) -> Self {
        let (place, proxy) = (Place::new(), Proxy::start());
        let call = Call {
            url: proxy.url.clone(),
            app_key: "12345678".to_owned(),
            values: Default::default(),
        };
        let program = sample(language, &appointment_query::SPEC, &call);
        place.write(language.file_name(), program);
        Self {
            language,
            place,
            proxy,
        }
    }

    /// Runs it by a command, with this secret or none.
    fn run(&self, command: &str, secret: Option<&str>) -> Output {
        let mut run = Command::new("sh");
        run.args(["-c", command]).current_dir(self.place.path());
        // These programs end before optimised code pays.
        run.env("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1");
        match secret {
            Some(secret) => run.env(SECRET_VARIABLE, secret),
            None => run.env_remove(SECRET_VARIABLE),
        };
        run.output().unwrap()
    }

    /// It says this on standard error, prints no answer, and ends as a failure.
    #[track_caller]
    fn refuses(&self, output: &Output, says: &str) {
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains(says), "{:?}: {output:?}", self.language);
        let printed = String::from_utf8_lossy(&output.stdout);
        assert_eq!(printed.trim(), "", "{:?}", self.language);
        assert!(!output.status.success(), "{:?}: {output:?}", self.language);
    }
}

/// Without its secret a sample says what is missing and sends nothing; of an answer with another
/// status than 200 it tells the status.
#[track_caller]
fn check(language: Language) {
    let trial = Trial::of(language);
    let command = language.command();
    trial.refuses(&trial.run(command, None), SECRET_VARIABLE);
    // What is compiled stands there by now.
    let again = command.rsplit("&& ").next().unwrap();
    trial.refuses(&trial.run(again, Some("")), SECRET_VARIABLE);
    assert_eq!(trial.proxy.calls.load(Ordering::SeqCst), 0);
    for status in [502, 202] {
        trial.proxy.status.store(status, Ordering::SeqCst);
        let output = trial.run(again, Some("helloworld"));
        trial.refuses(&output, &format!("HTTP {status}"));
    }
    assert_eq!(trial.proxy.calls.load(Ordering::SeqCst), 2);
}

/// As many as there are tests below: a language that is added needs one.
const _: [Language; 7] = Language::ALL;

#[test]
fn a_java_sample_says_what_is_missing_and_what_is_no_answer() {
    check(Language::Java);
}

#[test]
fn a_dotnet_sample_says_what_is_missing_and_what_is_no_answer() {
    check(Language::DotNet);
}

#[test]
fn a_php_sample_says_what_is_missing_and_what_is_no_answer() {
    check(Language::Php);
}

#[test]
fn a_curl_sample_says_what_is_missing_and_what_is_no_answer() {
    check(Language::Curl);
}

#[test]
fn a_python_sample_says_what_is_missing_and_what_is_no_answer() {
    check(Language::Python);
}

#[test]
fn a_c_sample_says_what_is_missing_and_what_is_no_answer() {
    check(Language::C);
}

#[test]
fn a_nodejs_sample_says_what_is_missing_and_what_is_no_answer() {
    check(Language::NodeJs);
}
