//! A platform that knows the contract's method and none of Povline's own, or whose rows say more than
//! the contract, put before one that is not so.

use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What such a platform says of a method that it does not know.
const UNKNOWN: &str =
    r#"{"error_response":{"code":22,"msg":"Invalid method","request_id":"157dldoj7tr3e"}}"#;

/// It passes on what it knows, for as long as the test runs.
pub(crate) struct Foreign {
    pub(crate) url: String,
    refused: Arc<AtomicUsize>,
}

impl Foreign {
    /// Before the platform at this URL.
    pub(crate) fn before(url: &str) -> Self {
        Self::saying(url, "")
    }

    /// The same, whose rows have these members besides, as they stand before another one.
    pub(crate) fn saying(url: &str, members: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let behind = url.split('/').nth(2).unwrap().to_owned();
        let refused = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&refused);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (behind, counted) = (behind.clone(), Arc::clone(&counted));
                std::thread::spawn(move || drop(pass_on(&stream, &behind, members, &counted)));
            }
        });
        Self {
            url: format!("http://{address}/router/rest"),
            refused,
        }
    }

    /// How often it was asked for what it does not know.
    pub(crate) fn refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }
}

fn pass_on(
    stream: &TcpStream,
    behind: &str,
    members: &str,
    refused: &AtomicUsize,
) -> std::io::Result<()> {
    let mut caller = BufReader::new(stream);
    let mut platform = BufReader::new(TcpStream::connect(behind)?);
    loop {
        let request = message(&mut caller)?;
        if String::from_utf8_lossy(&request).contains("method=povline.") {
            refused.fetch_add(1, Ordering::Relaxed);
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json;charset=UTF-8\r\n\
                 content-length: {}\r\n\r\n{UNKNOWN}",
                UNKNOWN.len()
            );
            (&mut &*stream).write_all(answer.as_bytes())?;
            continue;
        }
        platform.get_mut().write_all(&request)?;
        let answer = message(&mut platform)?;
        (&mut &*stream).write_all(&with_members(answer, members))?;
    }
}

/// A head and the body that it announces.
fn message(from: &mut impl std::io::BufRead) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        message.extend_from_slice(line.as_bytes());
        if line == "\r\n" {
            break;
        }
    }
    let head = message.len();
    message.resize(head + length, 0);
    from.read_exact(&mut message[head..])?;
    Ok(message)
}

/// An answer whose rows have these members before their name.
fn with_members(answer: Vec<u8>, members: &str) -> Vec<u8> {
    if members.is_empty() {
        return answer;
    }
    let answer = String::from_utf8(answer).expect("an answer that is not compressed");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body = body.replace("\"name\":", &format!("{members}\"name\":"));
    let of_another_length = |line: &&str| !line.to_ascii_lowercase().starts_with("content-length:");
    let head: Vec<&str> = head.split("\r\n").filter(of_another_length).collect();
    let length = format!("content-length: {}", body.len());
    format!("{}\r\n{length}\r\n\r\n{body}", head.join("\r\n")).into_bytes()
}
