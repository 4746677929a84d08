//! A way to the platform on which answers are lost: the platform has done what it was asked, and
//! whoever asked never hears of it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(super) struct Losing {
    pub(super) url: String,
    asked: Arc<AtomicUsize>,
}

impl Losing {
    /// Loses the first answers to what this word stands in.
    pub(super) fn start(platform: &str, word: &'static str, lost: usize) -> Self {
        let (_, rest) = platform.split_once("://").unwrap();
        let (upstream, path) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/{path}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let (upstream, count) = (upstream.to_owned(), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (upstream, count) = (upstream.clone(), Arc::clone(&count));
                // Whoever is killed breaks off.
                std::thread::spawn(move || {
                    drop(carry(&stream, &upstream, |request| {
                        request.contains(word) && count.fetch_add(1, Ordering::Relaxed) < lost
                    }))
                });
            }
        });
        Self { url, asked }
    }

    /// How often that was asked.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn carry(
    stream: &TcpStream,
    upstream: &str,
    is_lost: impl Fn(&str) -> bool,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let lower = line.trim_end().to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        if lower.is_empty() {
            break;
        }
        if !lower.starts_with("connection:") {
            head += &line;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut platform = TcpStream::connect(upstream)?;
    platform.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
    platform.write_all(&body)?;
    let mut answer = Vec::new();
    platform.read_to_end(&mut answer)?;
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    if is_lost(&format!("{head}{}", String::from_utf8_lossy(&body))) {
        return Ok(());
    }
    (&mut &*stream).write_all(&answer)
}
