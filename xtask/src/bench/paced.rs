//! Load at a given rate: one thread for each kept connection, sending when its turn has come,
//! whatever the answer before took. It compares each answer with the right one and tells how long it
//! took.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::asks::Ask;
use super::machine::LOAD_CORE;
use crate::commands::{output, run};

/// How one call was answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    /// From when it was due to its answer's last byte.
    pub(super) micros: f64,
    /// Whether it got the right answer, and not the refusal that its quota is used up. Any other
    /// answer is an error.
    pub(super) is_right: bool,
}

/// A load to be made.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) address: SocketAddr,
    /// What each connection asks in turn.
    pub(super) asks: Vec<Ask>,
    pub(super) connections: u32,
    /// Of all connections together.
    pub(super) calls_per_second: u32,
    pub(super) time: Duration,
}

impl Load {
    /// How many calls are due in its time.
    pub(super) fn planned(&self) -> usize {
        let calls = u128::from(self.calls_per_second) * self.time.as_millis() / 1_000;
        usize::try_from(calls).unwrap_or(usize::MAX)
    }

    /// Sends the calls; what each of them took.
    pub(super) fn send(&self) -> Result<Vec<Taken>> {
        let period = Duration::from_secs(1) * self.connections / self.calls_per_second;
        // Connections are made before anything counts.
        let connections = (0..self.connections)
            .map(|_| Kept::open(self.address))
            .collect::<Result<Vec<_>>>()?;
        let begin = now() + Duration::from_millis(20);
        std::thread::scope(|scope| {
            let threads: Vec<_> = connections
                .into_iter()
                .zip(0_u32..)
                .map(|(mut kept, place)| {
                    let first = begin + period * place / self.connections;
                    let end = begin + self.time;
                    // Not all ask for the same at the same time.
                    let asks = self.asks.iter().cycle().skip(place as usize);
                    scope.spawn(move || kept.send_all(asks, first, period, end))
                })
                .collect();
            let mut taken = Vec::new();
            for thread in threads {
                match thread.join() {
                    Ok(more) => taken.extend(more?),
                    Err(_) => bail!("a thread of the load panicked"),
                }
            }
            Ok(taken)
        })
    }
}

/// Holds this process to the core of the load until it is dropped.
#[derive(Debug)]
pub(super) struct OnLoadCore {
    before: String,
}

impl OnLoadCore {
    pub(super) fn hold() -> Result<Self> {
        let pid = std::process::id().to_string();
        let told = output(Command::new("taskset").args(["-pc", &pid]))?;
        let before = told.rsplit(' ').next().context("taskset tells no cores")?;
        run(Command::new("taskset").args(["-pc", LOAD_CORE, &pid]))?;
        Ok(Self {
            before: before.trim().to_owned(),
        })
    }
}

impl Drop for OnLoadCore {
    fn drop(&mut self) {
        let pid = std::process::id().to_string();
        // If it cannot be undone, later figures are pinned by themselves all the same.
        drop(run(Command::new("taskset").args([
            "-pc",
            &self.before,
            &pid,
        ])));
    }
}

/// Hundredths of the planned calls that must be made. Those that are due at the end and cannot be sent
/// any more are the slowest: left out in number, they would make the figure better than it is.
const MADE_MIN: usize = 99;

/// The p99 of calls that all got the right answer, of so many that were planned.
pub(super) fn p99_of_right(taken: &[Taken], planned: usize) -> Result<f64> {
    ensure!(
        taken.len() * 100 >= planned * MADE_MIN,
        "only {} of {planned} planned calls were made: the answers came too late",
        taken.len()
    );
    let refused = taken.iter().filter(|taken| !taken.is_right).count();
    ensure!(
        refused == 0,
        "{refused} of {} good calls were refused",
        taken.len()
    );
    Ok(percentile(taken, 99))
}

/// The value below which this part of the calls stayed, in hundredths.
fn percentile(taken: &[Taken], percent: usize) -> f64 {
    let mut micros: Vec<f64> = taken.iter().map(|taken| taken.micros).collect();
    micros.sort_by(f64::total_cmp);
    let place = (micros.len() * percent).div_ceil(100);
    micros.get(place.max(1) - 1).copied().unwrap_or(f64::NAN)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a bench measures the machine's time"
)]
fn now() -> Instant {
    Instant::now()
}

/// A connection that is kept alive.
struct Kept {
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl Kept {
    fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))
            .with_context(|| format!("nobody listens on {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self {
            stream,
            bytes: Vec::new(),
        })
    }

    fn send_all<'a>(
        &mut self,
        asks: impl Iterator<Item = &'a Ask>,
        first: Instant,
        period: Duration,
        end: Instant,
    ) -> Result<Vec<Taken>> {
        let mut taken = Vec::new();
        let mut due = first;
        for ask in asks {
            if due >= end {
                break;
            }
            super::pause(due.saturating_duration_since(now()));
            if now() >= end {
                // A machine that is late does not make the load last longer than was asked for.
                break;
            }
            self.stream.write_all(&ask.request)?;
            let body = self.receive()?;
            let micros = now().saturating_duration_since(due).as_secs_f64() * 1e6;
            taken.push(Taken {
                micros,
                is_right: is_right(ask, body)?,
            });
            due += period;
        }
        Ok(taken)
    }

    /// Reads one whole answer.
    fn receive(&mut self) -> Result<&[u8]> {
        self.bytes.clear();
        let mut chunk = [0; 64 * 1024];
        let begin = loop {
            let count = self.stream.read(&mut chunk)?;
            ensure!(count > 0, "the platform closed a kept connection");
            self.bytes.extend_from_slice(&chunk[..count]);
            if let Some(body) = whole_body(&self.bytes)? {
                break self.bytes.len() - body.len();
            }
        };
        Ok(&self.bytes[begin..])
    }
}

/// Whether the answer is the right one. An error if it is neither that nor code 7.
fn is_right(ask: &Ask, body: &[u8]) -> Result<bool> {
    if ask.right.is(body) {
        return Ok(true);
    }
    let is_limited = body.starts_with(b"{\"error_response\":{\"code\":7,");
    ensure!(
        is_limited,
        "a wrong answer: {}",
        String::from_utf8_lossy(&body[..body.len().min(400)])
    );
    Ok(false)
}

/// The body, if all of it is there.
fn whole_body(bytes: &[u8]) -> Result<Option<&[u8]>> {
    let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&bytes[..head]).context("the head is no text")?;
    ensure!(text.starts_with("HTTP/1.1 200 "), "{text}");
    let length: usize = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse().ok())
        .context("the answer does not tell its length")?;
    let body = &bytes[head + 4..];
    ensure!(body.len() <= length, "more came than was asked for");
    Ok((body.len() == length).then_some(body))
}

#[cfg(test)]
mod tests {
    use super::super::answer::Right;
    use super::*;

    #[test]
    fn the_percentile_is_a_value_that_was_measured() {
        let taken: Vec<Taken> = (1..=200)
            .map(|micros| Taken {
                micros: f64::from(micros),
                is_right: true,
            })
            .collect();
        assert_eq!(percentile(&taken, 99), 198.0);
        assert_eq!(percentile(&taken, 50), 100.0);
        assert_eq!(percentile(&taken[..1], 99), 1.0);
        assert!(percentile(&[], 99).is_nan());
    }

    #[test]
    fn good_calls_get_right_answers_and_nothing_else() {
        let taken = |is_right| Taken {
            micros: 1.0,
            is_right,
        };
        assert_eq!(p99_of_right(&[taken(true)], 1).unwrap(), 1.0);
        assert!(p99_of_right(&[taken(true), taken(false)], 2).is_err());
        let body = r#"{"alibaba_health_vaccin_appointment_query_response":{"result":{"model":{"total":0,"data_list":{"pov_appointment_record_dto":[]}},"success":true},"request_id":"abc"}}"#;
        let ask = Ask {
            request: Vec::new(),
            right: Right::of(body.as_bytes(), &[], 0).unwrap(),
        };
        assert!(is_right(&ask, body.replace("abc", "def").as_bytes()).unwrap());
        let limited = br#"{"error_response":{"code":7,"msg":"App Call Limited"}}"#;
        assert!(!is_right(&ask, limited).unwrap());
        for wrong in [
            r#"{"error_response":{"code":15,"sub_code":"isp.top-remote-service-unavailable"}}"#,
            &body.replace("true", "false"),
        ] {
            assert!(is_right(&ask, wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_round_whose_calls_came_too_late_counts_for_nothing() {
        let load = Load {
            address: ([127, 0, 0, 1], 1).into(),
            asks: Vec::new(),
            connections: 4,
            calls_per_second: 50,
            time: Duration::from_secs(4),
        };
        assert_eq!(load.planned(), 200);
        let right = Taken {
            micros: 1.0,
            is_right: true,
        };
        assert!(p99_of_right(&[right; 198], load.planned()).is_ok());
        assert!(p99_of_right(&[right; 197], load.planned()).is_err());
        assert!(p99_of_right(&[], load.planned()).is_err());
    }

    #[test]
    fn an_answer_is_whole_only_with_its_last_byte() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(whole_body(answer).unwrap(), Some(&b"{}"[..]));
        assert_eq!(whole_body(&answer[..answer.len() - 1]).unwrap(), None);
        assert_eq!(whole_body(&answer[..20]).unwrap(), None);
        assert!(whole_body(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n").is_err());
    }
}
