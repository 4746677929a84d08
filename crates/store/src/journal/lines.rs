//! Lines as bytes: many in one block, some thirty bytes each.
//!
//! A busy platform answers tens of thousands of calls a second, and a database row for each would
//! cost more than the answer. Texts that stand more than once in a block are told once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use povline_domain::{AppKey, Day, OutPovId, UnixMillis};

use super::{CallLine, CallOutcome};
use crate::sqlite::{Fault, Put, Take, corrupt};

const HAS_APP: u64 = 1;
const HAS_METHOD: u64 = 1 << 1;
const HAS_POV: u64 = 1 << 2;
const HAS_DAY: u64 = 1 << 3;
const HAS_SUB_CODE: u64 = 1 << 4;
const REFUSED: u64 = 1 << 5;
const FAILED: u64 = 1 << 6;
const OVER_IPV6: u64 = 1 << 7;

/// Packs lines into a block.
pub(super) fn write_lines(lines: &[CallLine]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(48 * lines.len());
    let mut texts = Texts::default();
    let mut at = 0_i64;
    bytes.put(lines.len() as u64);
    for line in lines {
        bytes.put(flags(line));
        bytes.put_signed(line.at.0.wrapping_sub(at));
        at = line.at.0;
        bytes.put_text(&line.request_id);
        bytes.put(line.micros);
        bytes.put(line.bytes);
        match line.address {
            IpAddr::V4(address) => bytes.extend_from_slice(&address.octets()),
            IpAddr::V6(address) => bytes.extend_from_slice(&address.octets()),
        }
        if let Some(code) = line.outcome.code() {
            bytes.put_signed(code);
        }
        if let Some(day) = line.day {
            bytes.put_signed(i64::from(day.number()));
        }
        let app = line.app.as_deref().map(AppKey::as_str);
        let pov = line.pov.as_ref().map(OutPovId::as_str);
        let told = [app, line.method.as_deref(), pov, line.outcome.sub_code()];
        for (kind, text) in told.into_iter().enumerate() {
            if let Some(text) = text {
                texts.put(&mut bytes, kind, text);
            }
        }
    }
    bytes
}

fn flags(line: &CallLine) -> u64 {
    let outcome = match line.outcome {
        CallOutcome::Answered => 0,
        CallOutcome::Refused { .. } => REFUSED,
        CallOutcome::Failed { .. } => FAILED,
    };
    let has = [
        (line.app.is_some(), HAS_APP),
        (line.method.is_some(), HAS_METHOD),
        (line.pov.is_some(), HAS_POV),
        (line.day.is_some(), HAS_DAY),
        (line.outcome.sub_code().is_some(), HAS_SUB_CODE),
        (line.address.is_ipv6(), OVER_IPV6),
    ];
    let set = has.into_iter().filter(|(is, _)| *is);
    set.fold(outcome, |flags, (_, flag)| flags | flag)
}

/// The texts of a block, by the number under which they were told first. Most lines tell of the
/// same app and method as the line before, so the last text of each kind is at hand.
#[derive(Default)]
struct Texts<'a> {
    numbers: HashMap<&'a str, u64>,
    last: [Option<(&'a str, u64)>; 4],
}

impl<'a> Texts<'a> {
    /// A text that was told before is its number, a new one 0 and itself.
    fn put(&mut self, bytes: &mut Vec<u8>, kind: usize, text: &'a str) {
        let last = self.last.get(kind).copied().flatten();
        if let Some((_, number)) = last.filter(|(last, _)| *last == text) {
            bytes.put(number);
            return;
        }
        let next = self.numbers.len() as u64 + 1;
        let number = *self.numbers.entry(text).or_insert(next);
        if number == next {
            bytes.put(0);
            bytes.put_text(text);
        } else {
            bytes.put(number);
        }
        if let Some(last) = self.last.get_mut(kind) {
            *last = Some((text, number));
        }
    }
}

/// Unpacks a block and hands each line to `visit`.
pub(super) fn read_lines(block: &[u8], mut visit: impl FnMut(CallLine)) -> Result<(), Fault> {
    let mut take = Take(block);
    let mut told = Told::default();
    let mut at = 0_i64;
    let count = take.number()?;
    for _ in 0..count {
        let flags = take.number()?;
        at = at.wrapping_add(take.signed()?);
        let request_id = take.text()?.to_owned();
        let (micros, bytes) = (take.number()?, take.number()?);
        let address = address(&mut take, flags & OVER_IPV6 != 0)?;
        let has = |flag| flags & flag != 0;
        let code = has(REFUSED).then(|| take.signed()).transpose()?;
        let day = has(HAS_DAY).then(|| take.signed()).transpose()?;
        let app = told.read(&mut take, has(HAS_APP))?;
        let method = told.read(&mut take, has(HAS_METHOD))?;
        let pov = told.read(&mut take, has(HAS_POV))?;
        let sub_code = told.read(&mut take, has(HAS_SUB_CODE))?.map(Cow::Owned);
        let outcome = match code {
            Some(code) => CallOutcome::Refused { code, sub_code },
            None if has(FAILED) => CallOutcome::Failed {
                msg_code: sub_code.unwrap_or_default(),
            },
            None => CallOutcome::Answered,
        };
        visit(CallLine {
            at: UnixMillis(at),
            request_id: Cow::Owned(request_id),
            app: app.map(app_key).transpose()?,
            method: method.map(Cow::Owned),
            outcome,
            micros,
            pov: pov.map(out_pov_id).transpose()?,
            day: day.map(stored_day).transpose()?,
            bytes,
            address,
        });
    }
    Ok(())
}

/// The texts of a block that were told so far.
#[derive(Default)]
struct Told<'a>(Vec<&'a str>);

impl<'a> Told<'a> {
    fn read(&mut self, take: &mut Take<'a>, is_there: bool) -> Result<Option<String>, Fault> {
        if !is_there {
            return Ok(None);
        }
        let text = match take.small::<usize>()? {
            0 => {
                let text = take.text()?;
                self.0.push(text);
                text
            }
            number => {
                let text = self.0.get(number - 1);
                text.ok_or_else(|| corrupt("text of the request log"))?
            }
        };
        Ok(Some(text.to_owned()))
    }
}

fn address(take: &mut Take<'_>, is_ipv6: bool) -> Result<IpAddr, Fault> {
    let address = if is_ipv6 {
        let octets = <[u8; 16]>::try_from(take.bytes(16)?);
        octets.map(|octets| IpAddr::V6(Ipv6Addr::from(octets)))
    } else {
        let octets = <[u8; 4]>::try_from(take.bytes(4)?);
        octets.map(|octets| IpAddr::V4(Ipv4Addr::from(octets)))
    };
    address.map_err(|_| corrupt("address of the request log"))
}

fn app_key(text: String) -> Result<Arc<AppKey>, Fault> {
    let key = AppKey::new(text).map_err(|_| corrupt("app of the request log"))?;
    Ok(Arc::new(key))
}

fn out_pov_id(text: String) -> Result<OutPovId, Fault> {
    OutPovId::new(text).map_err(|_| corrupt("POV of the request log"))
}

fn stored_day(number: i64) -> Result<Day, Fault> {
    let day = i32::try_from(number).ok().map(Day::from_number);
    day.and_then(Result::ok)
        .ok_or_else(|| corrupt("day of the request log"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outcome() -> impl Strategy<Value = CallOutcome> {
        prop_oneof![
            Just(CallOutcome::Answered),
            (any::<i64>(), prop::option::of("isv\\.[a-z-]{1,20}")).prop_map(|(code, sub_code)| {
                CallOutcome::Refused {
                    code,
                    sub_code: sub_code.map(Cow::Owned),
                }
            }),
            "[A-Z_0-9]{1,12}".prop_map(|code| CallOutcome::Failed {
                msg_code: Cow::Owned(code)
            }),
        ]
    }

    fn line() -> impl Strategy<Value = CallLine> {
        (
            (any::<i64>(), "[a-z0-9]{12}", outcome()),
            prop::option::of("[0-9]{8}"),
            prop::option::of("[a-z.]{1,40}"),
            prop::option::of("[0-9测试]{1,8}"),
            prop::option::of(-700_000..2_900_000),
            any::<(u64, u64, bool, u128)>(),
        )
            .prop_map(|((at, id, outcome), app, method, pov, day, rest)| {
                let (micros, bytes, is_ipv6, address) = rest;
                CallLine {
                    at: UnixMillis(at),
                    request_id: Cow::Owned(id),
                    app: app.map(|app| Arc::new(AppKey::new(app).unwrap())),
                    method: method.map(Cow::Owned),
                    outcome,
                    micros,
                    pov: pov.map(|pov| OutPovId::new(pov).unwrap()),
                    day: day.map(|day| Day::from_number(day).unwrap()),
                    bytes,
                    address: if is_ipv6 {
                        IpAddr::V6(Ipv6Addr::from(address))
                    } else {
                        IpAddr::V4(Ipv4Addr::from(address as u32))
                    },
                }
            })
    }

    fn unpacked(block: &[u8]) -> Result<Vec<CallLine>, Fault> {
        let mut lines = Vec::new();
        read_lines(block, |line| lines.push(line))?;
        Ok(lines)
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(lines in prop::collection::vec(line(), 0..40)) {
            prop_assert_eq!(unpacked(&write_lines(&lines)).unwrap(), lines);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = unpacked(&bytes);
        }
    }

    #[test]
    fn a_line_takes_few_bytes() {
        let lines: Vec<CallLine> = (0..1000)
            .map(|n| CallLine {
                at: UnixMillis(1_700_000_000_000 + n / 10),
                request_id: Cow::Owned(format!("{n:012}")),
                app: Some(Arc::new(AppKey::new("12345678").unwrap())),
                method: Some(Cow::Borrowed("alibaba.health.vaccin.appointment.query")),
                outcome: CallOutcome::Answered,
                micros: 20 + n as u64,
                pov: Some(OutPovId::new(format!("{:05}", n % 100)).unwrap()),
                day: Some(Day::from_number(20_000 + (n % 8) as i32).unwrap()),
                bytes: 40_000,
                address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            })
            .collect();
        let bytes = write_lines(&lines).len();
        assert!(bytes < 36_000, "{bytes}");
    }
}
