//! What lies between the agent and the server: it breaks, and answers are lost on it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use povline_sync::chance::Chance;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::model::sinks::mood::Mood;
use crate::model::sinks::mortal::Death;
use crate::model::truth::one_in;

pub struct Wire {
    socket: std::net::TcpListener,
    to: u16,
    chance: Arc<Mutex<Chance>>,
}

impl Wire {
    /// A wire to this port.
    pub fn new(to: u16, chance: Chance) -> Self {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        Self {
            socket,
            to,
            chance: Arc::new(Mutex::new(chance)),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// Begins to carry in this runtime.
    pub fn begin(&self, mood: Mood, death: &Arc<Death>) {
        let listener = TcpListener::from_std(self.socket.try_clone().unwrap()).unwrap();
        let (to, chance, death) = (self.to, Arc::clone(&self.chance), Arc::clone(death));
        tokio::spawn(async move {
            while let Ok((agent, _)) = listener.accept().await {
                if mood == Mood::Away {
                    continue;
                }
                let (chance, death) = (Arc::clone(&chance), Arc::clone(&death));
                // Whoever hangs up is no concern of ours.
                tokio::spawn(async move { carry(agent, to, mood, &chance, &death).await.ok() });
            }
        });
    }
}

/// Carries both ways until one side hangs up, or the wire breaks.
async fn carry(
    mut agent: TcpStream,
    to: u16,
    mood: Mood,
    chance: &Mutex<Chance>,
    death: &Death,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", to)).await?;
    for stream in [&agent, &server] {
        stream.set_nodelay(true)?;
    }
    let (mut said, mut answered) = (vec![0; 16 << 10], vec![0; 16 << 10]);
    loop {
        // Whether what was said has arrived and its answer is lost, or neither has.
        let breaks = |times| mood == Mood::Moody && one_in(&mut chance.lock().unwrap(), times);
        tokio::select! {
            read = agent.read(&mut said) => {
                let read = read?;
                death.moment().await;
                if read == 0 || breaks(4000) {
                    return Ok(());
                }
                server.write_all(&said[..read]).await?;
            }
            read = server.read(&mut answered) => {
                let read = read?;
                death.moment().await;
                if read == 0 || breaks(2000) {
                    return Ok(());
                }
                agent.write_all(&answered[..read]).await?;
            }
        }
    }
}
