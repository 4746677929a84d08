//! Load by wrk: one thread on its own core, 64 connections that are kept alive.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::machine::{LOAD_CORE, pinned};
use super::platform::SignedCall;
use super::scratch::Scratch;
use crate::commands::output;

/// The content type of a signed call, as the official Java SDK sends it.
pub(super) const FORM: &str = "application/x-www-form-urlencoded;charset=utf-8";

const CONNECTIONS: &str = "64";

/// What wrk saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Whole answers.
    pub(super) requests: u64,
    /// Bytes read, heads included.
    pub(super) bytes: u64,
}

/// Sends the calls in turn for so many seconds.
pub(super) fn post(
    address: SocketAddr,
    calls: &[SignedCall],
    seconds: u64,
    scratch: &Scratch,
) -> Result<Seen> {
    wrk(address, &posting(calls), seconds, scratch)
}

/// A script that posts the calls in turn.
fn posting(calls: &[SignedCall]) -> String {
    let mut script = String::from("local calls = {}\nfunction init(args)\n");
    for call in calls {
        let headers: Vec<String> = call
            .headers()
            .into_iter()
            .map(|(name, value)| format!("[{}] = {}", quoted(name), quoted(value)))
            .collect();
        script.push_str(&format!(
            "  calls[#calls + 1] = wrk.format(\"POST\", {}, {{{}}}, {})\n",
            quoted(&call.path),
            headers.join(", "),
            quoted(&call.body)
        ));
    }
    script.push_str(
        "end\nlocal last = 0\nfunction request()\n  last = last % #calls + 1\n  return calls[last]\nend\n",
    );
    script
}

/// Gets one path for so many seconds.
pub(super) fn get(
    address: SocketAddr,
    path: &str,
    seconds: u64,
    scratch: &Scratch,
) -> Result<Seen> {
    // The request is made once and handed out, as for the calls above: the load generators differ
    // in nothing but the bytes they send.
    let script = format!(
        "local call\nfunction init(args)\n  call = wrk.format(\"GET\", {})\nend\nfunction request()\n  return call\nend\n",
        quoted(path)
    );
    wrk(address, &script, seconds, scratch)
}

/// Prints, for a program to read, what wrk's summary rounds for people.
const DONE: &str = r#"
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("seen %d %d %d\n", summary.requests, summary.bytes,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
"#;

fn wrk(address: SocketAddr, script: &str, seconds: u64, scratch: &Scratch) -> Result<Seen> {
    let script = scratch.write("load.lua", format!("{script}{DONE}"))?;
    let mut command: Command = pinned(LOAD_CORE, "wrk");
    command
        .args(["-t", "1", "-c", CONNECTIONS, "-d"])
        .arg(format!("{seconds}s"))
        .arg("-s")
        .arg(script)
        .arg(format!("http://{address}/"));
    parse(&output(&mut command)?)
}

fn parse(printed: &str) -> Result<Seen> {
    let numbers: Vec<u64> = printed
        .lines()
        .find_map(|line| line.strip_prefix("seen "))
        .context("wrk printed no summary")?
        .split(' ')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .context("wrk's summary")?;
    let &[requests, bytes, errors] = numbers.as_slice() else {
        anyhow::bail!("wrk's summary has {} numbers", numbers.len());
    };
    ensure!(errors == 0, "{errors} of {requests} requests failed");
    ensure!(requests > 0, "wrk got no answer");
    Ok(Seen { requests, bytes })
}

/// A Lua string of any text.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            quoted.push(char::from(byte));
        } else {
            quoted.push_str(&format!("\\{byte:03}"));
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_silence_fail_a_round() {
        let seen = parse("Running 1s test\nseen 10 2000 0\n").unwrap();
        assert_eq!((seen.requests, seen.bytes), (10, 2000));
        assert!(parse("seen 10 2000 1\n").is_err());
        assert!(parse("seen 0 0 0\n").is_err());
        assert!(parse("10 requests in 1s").is_err());
    }

    #[test]
    fn text_is_quoted_byte_by_byte() {
        assert_eq!(quoted("a\"1\n测"), r#""a\0341\010\230\181\139""#);
    }
}
