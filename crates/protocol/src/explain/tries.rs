//! Trying one mistake after the other, within bounds.

use std::borrow::Cow;

use povline_domain::UnixMillis;

use super::Secrets;
use super::mistake::{Mistake, Part};
use super::texts::{Pair, Text, join, join_with, received};
use super::values::CHANGES;
use crate::{Params, PublicParams, SignMethod, sign, timestamp};

/// Signatures that one explanation computes at most.
const TRIES_MAX: usize = 1_200;

/// Bytes that they hash at most.
const BYTES_MAX: usize = 1 << 20;

/// How far apart the two readings of a clock may be that one call was made of, in seconds.
const SECONDS_APART_MAX: i64 = 5;

/// Parameters that SDKs add by themselves, and with what; the sign methods come besides.
const DEFAULTS: [(&str, &[&str]); 7] = [
    ("session", &[""]),
    ("format", &["", "json", "xml"]),
    ("simplify", &["", "false", "true"]),
    ("partner_id", &["", "apidoc", "top-apitools"]),
    ("target_app_key", &[""]),
    ("sign_method", &["", "md5", "hmac", "hmac-sha256"]),
    ("v", &["2.0"]),
];

/// What was found: the mistake and, if it is in the text, the text that was signed.
type Found = Option<(Mistake, Option<Vec<u8>>)>;

/// The tries that are left for one signature.
pub(super) struct Tries<'a> {
    method: SignMethod,
    secrets: Secrets<'a>,
    signature: &'a str,
    tries_left: usize,
    bytes_left: usize,
    used_up: bool,
}

impl<'a> Tries<'a> {
    pub(super) fn new(method: SignMethod, secrets: Secrets<'a>, signature: &'a str) -> Self {
        Self {
            method,
            secrets,
            signature,
            tries_left: TRIES_MAX,
            bytes_left: BYTES_MAX,
            used_up: false,
        }
    }

    /// Whether a bound was reached before everything was tried.
    pub(super) fn are_used_up(&self) -> bool {
        self.used_up
    }

    /// Tries everything, the likeliest first, until something fits.
    pub(super) fn all(&mut self, text: &Text<'_>, params: &Params<'_>) -> Found {
        let plain = text.bytes();
        // Right after all, or right with the empty values left out: no mistake.
        let full: Vec<Pair<'_>> = text
            .pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .cloned()
            .collect();
        if self.fits(&plain) || self.fits(&join(&full, text.body)) {
            return None;
        }
        self.of_method(&plain)
            .or_else(|| self.of_secret(&plain, params))
            .or_else(|| self.left_out(text, params))
            .or_else(|| self.of_body(text, params))
            .or_else(|| self.of_values(text))
            .or_else(|| self.of_time(text))
            .or_else(|| self.of_order(text, params))
            .or_else(|| self.not_sent(text, params))
            .or_else(|| self.of_case(&plain))
    }

    /// Whether the signature is right for this text with a live secret.
    fn fits(&mut self, text: &[u8]) -> bool {
        let secrets = self.secrets.live;
        secrets
            .iter()
            .any(|secret| self.matches(self.method, secret.reveal().as_bytes(), text))
    }

    fn matches(&mut self, method: SignMethod, key: &[u8], text: &[u8]) -> bool {
        let bytes = text.len() + 2 * key.len() + 64;
        if self.tries_left == 0 || self.bytes_left < bytes {
            self.used_up = true;
            return false;
        }
        self.tries_left -= 1;
        self.bytes_left -= bytes;
        sign::verify_text(method, key, text, self.signature)
    }

    /// A text that was signed by mistake. It is not even made when there are no tries left.
    fn text(&mut self, mistake: Mistake, text: impl FnOnce() -> Vec<u8>) -> Found {
        if self.used_up {
            return None;
        }
        let text = text();
        self.fits(&text).then_some((mistake, Some(text)))
    }

    fn of_method(&mut self, plain: &[u8]) -> Found {
        let live = self.secrets.live;
        for secret in live.iter().map(|secret| secret.reveal().as_bytes()) {
            for method in SignMethod::ALL {
                if method != self.method && self.matches(method, secret, plain) {
                    return Some((Mistake::SignMethod(method), None));
                }
            }
            // With no secret around it, MD5 is the plain one of what it is given.
            let sides = [[secret, plain].concat(), [plain, secret].concat()];
            if sides
                .iter()
                .any(|text| self.matches(SignMethod::Md5, b"", text))
            {
                return Some((Mistake::SecretOnOneSide, None));
            }
        }
        None
    }

    fn of_secret(&mut self, plain: &[u8], params: &Params<'_>) -> Found {
        let method = self.method;
        for retired in self.secrets.retired {
            if self.matches(method, retired.reveal().as_bytes(), plain) {
                return Some((Mistake::RetiredSecret, None));
            }
        }
        for secret in self.secrets.live.iter().map(|secret| secret.reveal()) {
            let blanks = [
                format!("{secret}\n"),
                format!("{secret}\r\n"),
                format!("{secret} "),
                format!(" {secret}"),
                secret.trim().to_owned(),
            ];
            if blanks
                .iter()
                .any(|key| self.matches(method, key.as_bytes(), plain))
            {
                return Some((Mistake::SecretWithBlanks, None));
            }
            let cases = [secret.to_lowercase(), secret.to_uppercase()];
            if cases
                .iter()
                .any(|key| self.matches(method, key.as_bytes(), plain))
            {
                return Some((Mistake::SecretCase, None));
            }
        }
        let app_key = params.get("app_key").unwrap_or_default();
        ["", app_key]
            .iter()
            .any(|key| self.matches(method, key.as_bytes(), plain))
            .then_some((Mistake::NotTheSecret, None))
    }

    fn left_out(&mut self, text: &Text<'_>, params: &Params<'_>) -> Found {
        for (name, _) in &text.pairs {
            let rest = || without(text, |other| other == *name);
            let found = self.text(Mistake::LeftOut((*name).to_owned()), rest);
            if found.is_some() {
                return found;
            }
        }
        let is_public = |name: &str| PublicParams::has(name);
        let in_query = |name: &str| {
            let query = params.pairs().get(..params.query_count());
            query
                .unwrap_or_default()
                .iter()
                .any(|(other, _)| other == name)
        };
        for part in [Part::Body, Part::Query, Part::Own, Part::Public] {
            let is_of_part = |name: &str| match part {
                Part::Body => !in_query(name),
                Part::Query => in_query(name),
                Part::Own => !is_public(name),
                Part::Public => is_public(name),
            };
            let rest = || without(text, is_of_part);
            let found = self.text(Mistake::PartLeftOut(part), rest);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn of_body(&mut self, text: &Text<'_>, params: &Params<'_>) -> Found {
        if !text.body.is_empty() {
            let found = self.text(Mistake::BodyLeftOut, || join(&text.pairs, b""));
            if found.is_some() {
                return found;
            }
            let body = String::from_utf8_lossy(text.body);
            let unix = body.replace("\r\n", "\n");
            let bodies = [
                (Mistake::LineEnds, unix.replace('\n', "\r\n")),
                (Mistake::LineEnds, unix),
                (Mistake::Blanks, body.trim_end().to_owned()),
            ];
            return bodies.into_iter().find_map(|(mistake, body)| {
                self.text(mistake, || join(&text.pairs, body.as_bytes()))
            });
        }
        let form = params.form_body();
        if form.is_empty() {
            return None;
        }
        let in_query = params
            .pairs()
            .get(..params.query_count())
            .unwrap_or_default();
        let query = without_pairs(text, |name| {
            !in_query.iter().any(|(other, _)| other == name)
        });
        self.text(Mistake::BodySigned, || join(&text.pairs, form))
            .or_else(|| self.text(Mistake::BodySigned, || join(&query, form)))
    }

    /// Each change of all values, then of one value alone.
    fn of_values(&mut self, text: &Text<'_>) -> Found {
        for (mistake, change) in CHANGES {
            let changed: Vec<Option<Vec<u8>>> = text
                .pairs
                .iter()
                .map(|(_, value)| std::str::from_utf8(value).ok().and_then(change))
                .collect();
            let count = changed.iter().flatten().count();
            if count == 0 {
                continue;
            }
            let all = || replaced(text, |place| changed.get(place).cloned().flatten());
            if let Some(found) = self.text(mistake.clone(), all) {
                return Some(found);
            }
            let places = changed
                .iter()
                .enumerate()
                .filter(|(_, value)| value.is_some());
            for (one, _) in places.filter(|_| count > 1) {
                let alone = || {
                    replaced(text, |place| {
                        changed
                            .get(place)
                            .filter(|_| place == one)
                            .cloned()
                            .flatten()
                    })
                };
                if let Some(found) = self.text(mistake.clone(), alone) {
                    return Some(found);
                }
            }
        }
        None
    }

    fn of_time(&mut self, text: &Text<'_>) -> Found {
        let sent = text.pairs.iter().find(|(name, _)| *name == "timestamp")?;
        let sent = std::str::from_utf8(&sent.1).ok()?;
        let instant = timestamp::parse(sent)?;
        let seconds = (1..=SECONDS_APART_MAX).flat_map(|apart| [apart, -apart]);
        // The last two are the eight hours of those who take their own time for GMT+8.
        let apart = std::iter::once(0).chain(seconds).chain([28_800, -28_800]);
        for seconds in apart {
            let other = instant.plus_millis(seconds * 1000);
            for written in written(other) {
                if written == sent {
                    continue;
                }
                let signed = || {
                    replaced(text, |place| {
                        let is_time = text
                            .pairs
                            .get(place)
                            .is_some_and(|pair| pair.0 == "timestamp");
                        is_time.then(|| written.as_bytes().to_vec())
                    })
                };
                let found = self.text(Mistake::OtherTimestamp, signed);
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }

    fn of_order(&mut self, text: &Text<'_>, params: &Params<'_>) -> Found {
        let came = received(params);
        let (query, body) = came
            .split_at_checked(query_pairs(params))
            .unwrap_or((&came, &[]));
        let orders = [came.clone(), [body, query].concat()];
        for order in orders {
            let found = self.text(Mistake::Unsorted, || join(&order, text.body));
            if found.is_some() {
                return found;
            }
        }
        let mut by_letters = text.pairs.clone();
        by_letters.sort_by_key(|(name, _)| name.to_lowercase());
        let mut backwards = text.pairs.clone();
        backwards.reverse();
        let mut by_text = text.pairs.clone();
        by_text.sort_by_key(|(name, value)| [name.as_bytes(), value].concat());
        for order in [by_letters, by_text, backwards] {
            let found = self.text(Mistake::OtherOrder, || join(&order, text.body));
            if found.is_some() {
                return found;
            }
        }
        for (equals, and) in [("=", "&"), ("=", ""), ("", "&"), (":", "")] {
            let joined = || join_with(&text.pairs, equals, and, text.body);
            let found = self.text(Mistake::Separators, joined);
            if found.is_some() {
                return found;
            }
        }
        self.text(Mistake::SignSigned, || with(text, "sign", ""))
    }

    fn not_sent(&mut self, text: &Text<'_>, params: &Params<'_>) -> Found {
        let is_sent = |name: &str| params.get(name).is_some();
        let defaults = DEFAULTS.iter().filter(|(name, _)| !is_sent(name));
        for (name, values) in defaults {
            for value in *values {
                let more = || with(text, name, value);
                let found = self.text(Mistake::NotSent((*name).to_owned()), more);
                if found.is_some() {
                    return found;
                }
            }
        }
        params.files().iter().find_map(|name| {
            let more = || with(text, name, "");
            self.text(Mistake::NotSent(name.to_string()), more)
        })
    }

    fn of_case(&mut self, plain: &[u8]) -> Found {
        let text = String::from_utf8_lossy(plain);
        self.text(Mistake::Case, || text.to_lowercase().into_bytes())
            .or_else(|| self.text(Mistake::Case, || text.to_uppercase().into_bytes()))
    }
}

/// How many of the parameters stood in the query, `sign` not counted.
fn query_pairs(params: &Params<'_>) -> usize {
    let query = params
        .pairs()
        .get(..params.query_count())
        .unwrap_or_default();
    query.iter().filter(|(name, _)| name != "sign").count()
}

fn without_pairs<'t>(text: &Text<'t>, is_out: impl Fn(&str) -> bool) -> Vec<Pair<'t>> {
    let pairs = text.pairs.iter().filter(|(name, _)| !is_out(name));
    pairs.cloned().collect()
}

fn without(text: &Text<'_>, is_out: impl Fn(&str) -> bool) -> Vec<u8> {
    join(&without_pairs(text, is_out), text.body)
}

fn with(text: &Text<'_>, name: &str, value: &str) -> Vec<u8> {
    let before = text
        .pairs
        .partition_point(|(other, _)| other.as_bytes() < name.as_bytes());
    let mut pairs = text.pairs.clone();
    pairs.insert(before, (name, Cow::Borrowed(value.as_bytes())));
    join(&pairs, text.body)
}

/// The text with some of its values replaced.
fn replaced(text: &Text<'_>, value: impl Fn(usize) -> Option<Vec<u8>>) -> Vec<u8> {
    let pairs = text.pairs.iter().enumerate();
    let pairs: Vec<Pair<'_>> = pairs
        .map(|(place, (name, old))| (*name, value(place).map_or_else(|| old.clone(), Cow::Owned)))
        .collect();
    join(&pairs, text.body)
}

/// An instant in each of the three forms.
fn written(instant: UnixMillis) -> [String; 3] {
    [
        timestamp::format(instant),
        instant.0.to_string(),
        instant.0.div_euclid(1000).to_string(),
    ]
}
