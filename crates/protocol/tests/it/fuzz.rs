//! Each fuzz target on a bounded run of mutated seeds, the same ones every time.

use std::fs;
use std::path::Path;

#[expect(
    unreachable_pub,
    reason = "a library's file, which libFuzzer's binaries use too"
)]
#[path = "../../../../fuzz/src/lib.rs"]
mod targets;

const RUNS: usize = 20_000;
const BYTES_MAX: usize = 4096;

/// What parsers of these formats trip over.
const TOKENS: &[&[u8]] = &[
    b"\r\n-S-\r\n",
    b"#PUBLIC#",
    b"&",
    b"=",
    b"%",
    b"%00",
    b"%ff",
    b"+",
    b"\r\n",
    b"--B",
    b"\"",
    b"\\",
    b"\\u",
    b"\\ud83d",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"true",
    b"-1",
    b"1e9",
    b"0.0",
    b"18446744073709551616",
    b"<",
    b"</",
    b"/>",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<!DOCTYPE x>",
    b"&amp;",
    b"&#0;",
    b"&#x110000;",
    b"result",
    b"_response",
    b"error_response",
    b"request_id",
    b"data_list",
    b"pov_appointment_record_dto",
    b"success",
    b"\xef\xbf\xbe",
    b"\xf0\xa0\xae\xb7",
    b"\x00",
    b"2021-02-29",
    b"24:00",
    b"'",
    b"None",
];

#[test]
fn fuzz_params() {
    run("params", targets::params);
}

#[test]
fn fuzz_batch() {
    run("batch", targets::batch);
}

#[test]
fn fuzz_timestamp() {
    run("timestamp", targets::timestamp);
}

#[test]
fn fuzz_query() {
    run("query", targets::query);
}

#[test]
fn fuzz_answer_json() {
    run("answer_json", targets::answer_json);
}

#[test]
fn fuzz_answer_xml() {
    run("answer_xml", targets::answer_xml);
}

#[test]
fn fuzz_digest() {
    run("digest", targets::digest);
}

fn run(name: &str, target: fn(&[u8])) {
    let seeds = seeds(name);
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for seed in &seeds {
        target(seed);
    }
    for _ in 0..RUNS {
        let input = mutate(&seeds, &mut chance);
        target(&input);
    }
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/seeds")
        .join(name);
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() > 2, "no seeds for {name}");
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// A small generator (xorshift), so that a failure repeats.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound.max(1)
    }
}

fn mutate(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut input = seeds[chance.below(seeds.len())].clone();
    for _ in 0..=chance.below(6) {
        let at = chance.below(input.len() + 1);
        let to = (at + chance.below(24)).min(input.len());
        match chance.below(7) {
            0 if at < input.len() => input[at] ^= 1 << chance.below(8),
            1 if at < input.len() => input[at] = chance.below(256) as u8,
            2 => drop(input.drain(at..to)),
            3 => {
                let piece = input[at..to].to_vec();
                input.splice(at..at, piece);
            }
            4 => input.truncate(at),
            5 => {
                let other = &seeds[chance.below(seeds.len())];
                let from = chance.below(other.len() + 1);
                let length = chance.below(other.len() - from + 1);
                let piece = other[from..from + length].to_vec();
                input.splice(at..to, piece);
            }
            _ => {
                let token = TOKENS[chance.below(TOKENS.len())];
                input.splice(at..at, token.iter().copied());
            }
        }
    }
    input.truncate(BYTES_MAX);
    input
}
