//! A server is recorded through the proxy, and the recording is played.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::binary::{Place, ended};
use crate::calling::today;

/// A process that is stopped when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const SCENARIO: &str = r#"
name = "real"
title = { zh = "真", en = "Real" }
seed = 3
first_day = "TODAY"
begins_at = "08:30"
runs_minutes = 5
days = 2

[[clinics]]
count = 1
rows_per_day = 230

[server]
kind = "foreign"
latency_ms = 1
"#;

#[test]
fn a_server_is_recorded_and_played_again() {
    let place = Place::new();
    // A recording is of real days.
    let real = SCENARIO.replace("TODAY", &today().to_string());
    place.write("real.toml", real);
    // The recorder starts before the world's address is known, so it goes to a port of its own.
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let mut recorder = place
        .command(&format!(
            "world record --upstream http://127.0.0.1:{port}/router/rest --out real.recording \
             --listen 127.0.0.1:0"
        ))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Kept to the end: a recorder whose standard error is closed would stop.
    let mut told = BufReader::new(recorder.stderr.take().unwrap()).lines();
    let recorder = Running(recorder);
    let url = told
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| Some(format!("http://{}", line.split_once("http://")?.1)))
        .unwrap();
    let ours = env!("CARGO_BIN_EXE_povline");
    let mut run = place.command(&format!(
        "world run real.toml --listen 127.0.0.1:{port} --admin 127.0.0.1:0 --"
    ));
    ended(run.args([ours, "world", "agent", "--url", &url])).ends_with(0);
    drop(recorder);

    let recording = std::fs::read_to_string(place.path().join("real.recording")).unwrap();
    assert!(recording.lines().count() > 10, "{recording}");
    place
        .run("world replay real.recording --write replay.toml")
        .ends_with(0);
    let mut replay = place.command(
        "world replay real.recording --format json --listen 127.0.0.1:0 --admin 127.0.0.1:0 --",
    );
    let report = ended(replay.args([ours, "world", "agent"]))
        .ends_with(0)
        .json();
    assert_eq!(report["score"]["points"], 100.0, "{report:#}");
    // What was written is a scenario like any other.
    let truth = place
        .run("world truth replay.toml --format json")
        .ends_with(0)
        .json();
    assert!(
        truth[0]["rows"].as_u64().is_none_or(|rows| rows > 400),
        "{truth:#}"
    );
    // A recording is never written over.
    let again = "world record --upstream http://127.0.0.1:9/router/rest --out real.recording --listen 127.0.0.1:0";
    place.run(again).ends_with(1);
    place
        .run("world record --upstream eco.taobao.com --out x")
        .ends_with(2);
    place.run("world replay real.toml").ends_with(2);
}
