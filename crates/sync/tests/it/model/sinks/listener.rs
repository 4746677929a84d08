//! A listener to server-sent events who hangs up in the midst of them, comes back with the last id
//! that it has, and now and then has forgotten the last ones.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use povline_delivery::sse::Token;
use povline_delivery::{Courier, SinkKind, SinkSettings, SsePace, SseSettings, Until};
use povline_store::ledger::{Deliveries, SinkStart};
use povline_sync::chance::Chance;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::mood::Mood;
use super::mortal::Death;
use crate::model::truth::one_in;

const TOKEN: &str = "0123456789abcdef0123";

/// An id of no ledger: whoever comes with it is told everything.
const FROM_THE_FIRST: &str = "none.0";

pub struct Listener(Mutex<Place>);

struct Place {
    chance: Chance,
    /// The id of the last event.
    last: String,
    /// An id from before, which is all that one who forgets comes back with.
    kept: String,
    taken: Vec<Vec<u8>>,
}

/// Why a stream is left.
enum Left {
    /// There is nothing more.
    Told,
    /// It hung up.
    InTheMidst,
}

impl Listener {
    pub fn new(chance: Chance) -> Self {
        Self(Mutex::new(Place {
            chance,
            last: FROM_THE_FIRST.to_owned(),
            kept: FROM_THE_FIRST.to_owned(),
            taken: Vec::new(),
        }))
    }

    /// The events that it heard since it was last asked, doubles included.
    pub fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.0.lock().unwrap().taken)
    }

    /// Serves what there is and hears it to its end, unless nobody is there to listen.
    pub async fn hear<D: Deliveries>(&self, courier: &Courier<D>, mood: Mood, death: &Death) {
        if mood == Mood::Away {
            return;
        }
        let at = watch::Sender::new(None);
        let stop = CancellationToken::new();
        let serve = async {
            // A port that was free a moment ago may have been taken since.
            for _ in 0..10 {
                let listen = free_address();
                at.send_replace(Some(listen));
                let sinks = vec![sink(listen)];
                if courier.run(sinks, Until::Stopped, &stop).await.is_ok() {
                    return;
                }
            }
            panic!("nothing can be served");
        };
        let listen = async {
            loop {
                let address = at.borrow().unwrap();
                if let Ok(Left::Told) = self.listen(address, mood, death).await {
                    break;
                }
            }
            stop.cancel();
        };
        tokio::join!(serve, listen);
    }

    /// Listens until the stream says that there is nothing more, or hangs up.
    async fn listen(
        &self,
        address: SocketAddr,
        mood: Mood,
        death: &Death,
    ) -> std::io::Result<Left> {
        let mut stream = BufReader::new(TcpStream::connect(address).await?);
        let last = self.0.lock().unwrap().last.clone();
        // Of this version the answer comes as it is, and ends with the connection.
        let request = format!(
            "GET /events HTTP/1.0\r\nauthorization: Bearer {TOKEN}\r\nlast-event-id: {last}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut head = String::new();
        while stream.read_line(&mut head).await? > 2 {}
        assert!(head.starts_with("HTTP/1.0 200"), "{head}");
        let (mut id, mut data, mut line) = (String::new(), Vec::new(), String::new());
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(Left::InTheMidst);
            }
            let line = line.trim_end_matches('\n');
            match line.split_once(": ") {
                Some(("id", value)) => id = value.to_owned(),
                Some(("data", value)) => data = value.into(),
                Some(("", "alive")) => return Ok(Left::Told),
                None if data.is_empty() => {}
                None => {
                    death.moment().await;
                    let data = std::mem::take(&mut data);
                    if self.0.lock().unwrap().hangs_up_after(&id, data, mood) {
                        return Ok(Left::InTheMidst);
                    }
                }
                _ => {}
            }
        }
    }
}

impl Place {
    /// Takes an event, if it does not hang up before the end of it.
    fn hangs_up_after(&mut self, id: &str, data: Vec<u8>, mood: Mood) -> bool {
        let is_moody = mood == Mood::Moody;
        if is_moody && one_in(&mut self.chance, 200) {
            return true;
        }
        self.taken.push(data);
        id.clone_into(&mut self.last);
        if one_in(&mut self.chance, 20) {
            self.last.clone_into(&mut self.kept);
        }
        let forgets = is_moody && one_in(&mut self.chance, 400);
        if forgets {
            self.kept.clone_into(&mut self.last);
        }
        forgets
    }
}

fn free_address() -> SocketAddr {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap()
}

fn sink(listen: SocketAddr) -> SinkSettings {
    SinkSettings {
        name: super::name("listener"),
        disclosure: super::ALL,
        start: SinkStart::Oldest,
        kind: SinkKind::Sse(SseSettings {
            listen,
            token: Token::parse(TOKEN).unwrap(),
            clients_max: 4,
            pace: SsePace {
                heartbeat: Duration::from_millis(1),
                ..SsePace::default()
            },
        }),
    }
}
