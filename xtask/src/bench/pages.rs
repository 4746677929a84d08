//! One page over and over: CPU of the platform for each request beside that of nginx.

use std::io::Read;

use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;

use super::answer::{self, Format};
use super::cpu::Meter;
use super::figure::Figure;
use super::nginx::{self, Nginx};
use super::platform::Platform;
use super::rows::{self, POVS};
use super::scratch::Scratch;
use super::{Effort, http, load};

/// The POV with several pages of appointments.
const BUSY: (&str, usize) = POVS[0];

/// Takes the figure of this name.
pub(super) fn measure(
    name: &str,
    platform: &Platform,
    scratch: &Scratch,
    effort: Effort,
) -> Result<Figure> {
    let json = Page {
        format: Format::Json,
        page_num: 1,
        page_size: 200,
        gzip: false,
    };
    let page = match name {
        "serve.page200.json" => json,
        "serve.page200.json.gzip" => Page { gzip: true, ..json },
        "serve.page200.xml" => Page {
            format: Format::Xml,
            ..json
        },
        "serve.page137.json" => Page {
            page_size: 137,
            ..json
        },
        // It begins and ends where no page of the usual size does.
        "serve.page137.third.json" => Page {
            page_num: 3,
            page_size: 137,
            ..json
        },
        "serve.page20.json" => Page {
            page_size: 20,
            ..json
        },
        other => anyhow::bail!("{other} is no figure of a page"),
    };
    let format = page.format;
    let meter = Meter::new()?;
    let (first, plain) = page.call_and_check(platform)?;
    let cut = answer::without_request_id(&plain, format)?;
    println!(
        "{name}: {} bytes ({} on the wire), digest without request_id {}",
        plain.len(),
        first.body.len(),
        answer::digest(&cut)
    );
    let nginx = Nginx::start(&plain, scratch)?;

    let ours = |seconds: u64| -> Result<f64> {
        let call = page.sign(platform)?;
        let (answer, plain) = page.call_and_check(platform)?;
        ensure!(
            answer::without_request_id(&plain, format)? == cut,
            "the platform's answer has changed"
        );
        let before = meter.micros(platform.pid())?;
        let seen = load::post(platform.address, &[call], seconds, scratch)?;
        let spent = meter.micros(platform.pid())? - before;
        whole(seen, &answer).context("the platform under load")?;
        Ok(spent / seen.requests as f64)
    };
    let anchor = |seconds: u64| -> Result<f64> {
        let answer = http::get(nginx.address, nginx::PATH)?;
        ensure!(answer.body == plain, "nginx serves other bytes");
        let before = meter.micros(nginx.pid())?;
        let seen = load::get(nginx.address, nginx::PATH, seconds, scratch)?;
        let spent = meter.micros(nginx.pid())? - before;
        whole(seen, &answer).context("nginx under load")?;
        Ok(spent / seen.requests as f64)
    };

    // Caches, branch predictors and the allocator find their pace before anything counts.
    ours(1)?;
    anchor(1)?;
    let mut rounds = Vec::new();
    for round in 1..=effort.rounds {
        // Who goes first takes turns, so that a drift of the machine favours neither.
        let pair = if round % 2 == 1 {
            let ours = ours(effort.seconds)?;
            (ours, anchor(effort.seconds)?)
        } else {
            let anchor = anchor(effort.seconds)?;
            (ours(effort.seconds)?, anchor)
        };
        println!(
            "  round {round}: ours {:.2} µs, nginx {:.2} µs, ratio {:.2}",
            pair.0,
            pair.1,
            pair.0 / pair.1
        );
        rounds.push(pair);
    }
    Ok(Figure::of(name, "µs CPU/request", nginx::NAME, &rounds))
}

#[derive(Debug, Clone, Copy)]
struct Page {
    format: Format,
    page_num: usize,
    page_size: usize,
    /// Whether gzip is asked for. The anchor sends plain bytes all the same.
    gzip: bool,
}

impl Page {
    /// The page of the busy POV, signed anew: a signed call is good for some minutes only.
    fn sign(self, platform: &Platform) -> Result<super::platform::SignedCall> {
        let call = platform.sign(BUSY.0, self.page_num, self.page_size, self.format)?;
        Ok(super::platform::SignedCall {
            gzip: self.gzip,
            ..call
        })
    }

    /// The answer as it came, and what is inside.
    fn call_and_check(self, platform: &Platform) -> Result<(http::Answer, Vec<u8>)> {
        let answer = http::post(platform.address, &self.sign(platform)?)?;
        ensure!(answer.status == 200, "HTTP {}", answer.status);
        let plain = if self.gzip {
            let mut plain = Vec::new();
            GzDecoder::new(answer.body.as_slice())
                .read_to_end(&mut plain)
                .context("the answer is not compressed")?;
            plain
        } else {
            answer.body.clone()
        };
        let rows = rows::page(BUSY, self.page_num, self.page_size);
        answer::check(&plain, self.format, &rows, BUSY.1)?;
        Ok((answer, plain))
    }
}

/// Fails unless what came under load has the size of whole answers: within 2 %, for heads may
/// differ by a header that a kept connection has or lacks, and the last answers were cut off.
fn whole(seen: load::Seen, answer: &http::Answer) -> Result<()> {
    let expected = (answer.head_bytes + answer.body.len()) as f64;
    let mean = seen.bytes as f64 / seen.requests as f64;
    ensure!(
        (mean / expected - 1.0).abs() < 0.02,
        "an answer has {expected} bytes, but {mean:.0} came on average"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_answers_under_load_fail_the_round() {
        let answer = http::Answer {
            status: 200,
            head_bytes: 100,
            body: vec![b'x'; 900],
        };
        let seen = |bytes| load::Seen {
            requests: 10,
            bytes,
        };
        whole(seen(10_050), &answer).unwrap();
        assert!(whole(seen(9_000), &answer).is_err());
        assert!(whole(seen(11_000), &answer).is_err());
    }
}
