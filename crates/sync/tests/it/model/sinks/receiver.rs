//! A webhook's receiver that fails in every way that leaves its sender in doubt.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use povline_sync::chance::Chance;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::mood::Mood;
use super::mortal::Death;
use crate::model::truth::one_in;

/// Longer than any event.
const BODY_BYTES_MAX: usize = 64 << 10;

/// What becomes of one letter.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Taken,
    Refused(&'static str),
    /// It has the event, and says that it has not.
    TakenAndDenied,
    /// It has the event and hangs up.
    TakenInSilence,
    /// It has the event, and answers once nobody waits any more.
    TakenLate,
}

pub struct Receiver {
    socket: std::net::TcpListener,
    desk: Arc<Desk>,
}

struct Desk {
    chance: Mutex<Chance>,
    taken: Mutex<Vec<Vec<u8>>>,
}

impl Receiver {
    pub fn new(chance: Chance) -> Self {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        Self {
            socket,
            desk: Arc::new(Desk {
                chance: Mutex::new(chance),
                taken: Mutex::default(),
            }),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// The events that it took since it was last asked, doubles included.
    pub fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.desk.taken.lock().unwrap())
    }

    /// Begins to serve in this runtime. The sender may die while it speaks.
    pub fn begin(&self, mood: Mood, death: &Arc<Death>) {
        let listener = TcpListener::from_std(self.socket.try_clone().unwrap()).unwrap();
        let (desk, death) = (Arc::clone(&self.desk), Arc::clone(death));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (desk, death) = (Arc::clone(&desk), Arc::clone(&death));
                // A sender that hangs up in the middle of a letter is no concern of ours.
                tokio::spawn(async move { desk.converse(stream, mood, &death).await.ok() });
            }
        });
    }
}

impl Desk {
    async fn converse(&self, stream: TcpStream, mood: Mood, death: &Death) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::new(stream);
        while let Some(body) = next_body(&mut stream).await? {
            let fate = mood.fate(&mut self.chance.lock().unwrap());
            death.moment().await;
            if !matches!(fate, Fate::Refused(_)) {
                self.taken.lock().unwrap().push(body);
            }
            death.moment().await;
            let answer = match fate {
                Fate::Taken => "204 No Content",
                Fate::Refused(answer) => answer,
                Fate::TakenAndDenied => "500 Internal Server Error",
                Fate::TakenInSilence => return Ok(()),
                Fate::TakenLate => {
                    stream.read_to_end(&mut Vec::new()).await?;
                    return Ok(());
                }
            };
            let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await?;
        }
        Ok(())
    }
}

impl Mood {
    fn fate(self, chance: &mut Chance) -> Fate {
        let mut one_in = |times| one_in(chance, times);
        match self {
            Self::Well => Fate::Taken,
            Self::Away => Fate::Refused("503 Service Unavailable"),
            Self::Moody if one_in(30) => Fate::Refused("500 Internal Server Error"),
            Self::Moody if one_in(60) => Fate::TakenAndDenied,
            Self::Moody if one_in(120) => Fate::TakenInSilence,
            Self::Moody if one_in(4000) => Fate::TakenLate,
            Self::Moody => Fate::Taken,
        }
    }
}

/// The body of the next request; `None` once there is none.
async fn next_body(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap();
            }
            None if line.trim_end().is_empty() => break,
            _ => {}
        }
    }
    assert!((1..BODY_BYTES_MAX).contains(&length));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Some(body))
}
