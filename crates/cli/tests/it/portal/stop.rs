//! A stop: what is called through the portal meanwhile leaves the same traces as any call.

use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::thread::JoinHandle;

use povline_domain::UnixMillis;
use povline_store::book::{Actor, Book as _, ImportLine, ImportMode, SqliteBook};

use super::reader::Reader;
use super::scene::{Scene, get, waited};

const CANCEL: &str = "povline.appointment.cancel";

/// Holds the book for writing, as an import does, until it is told to let go.
fn hold(book: &Path) -> (mpsc::Sender<()>, JoinHandle<()>) {
    let book = SqliteBook::open(book).unwrap();
    let (begun, has_begun) = mpsc::channel();
    let (let_go, gate) = mpsc::channel::<()>();
    let lines = std::iter::from_fn(move || -> Option<ImportLine> {
        begun.send(()).unwrap();
        gate.recv().unwrap();
        None
    });
    let holding = std::thread::spawn(move || {
        waited(async {
            let actor = Actor {
                name: "test".to_owned(),
                at: UnixMillis(0),
            };
            let isv = book.ensure_isv(&actor, "test").await.unwrap();
            let mode = ImportMode {
                keep_good: true,
                create_povs: false,
                refusals_max: 0,
            };
            book.import(&actor, isv, lines, mode, |_| ()).await.unwrap();
        });
    });
    has_begun.recv().unwrap();
    (let_go, holding)
}

#[test]
fn a_call_that_the_tool_makes_during_a_stop_is_logged() {
    let mut scene = Scene::new();
    let reader = Reader::of(&scene);
    let (let_go, holding) = hold(&scene.place.path().join("platform"));
    std::thread::scope(|scope| {
        let calling = scope.spawn(|| reader.call_of(CANCEL, &[("p.appointment_id", "P1")]));
        let at_work = || {
            let metrics = get(&scene.serving.admin, "/metrics").1;
            String::from_utf8(metrics)
                .unwrap()
                .contains("povline_writes 1")
        };
        while !at_work() {
            assert!(!calling.is_finished(), "it was not held");
        }
        let id = scene.serving.pid().to_string();
        let mut asked = Command::new("kill");
        assert!(asked.args(["-TERM", &id]).status().unwrap().success());
        while TcpStream::connect(&scene.serving.portal).is_ok() {}
        let_go.send(()).unwrap();
        let page = calling.join().unwrap();
        // On a crowded machine it has waited so long for the book that it was refused.
        let is_answered = [
            "povline_appointment_cancel_response",
            "isp.top-remote-service-unavailable",
        ]
        .iter()
        .any(|told| page.contains(told));
        assert!(is_answered, "{page}");
    });
    holding.join().unwrap();
    drop(reader);
    scene.serving.stop();
    let log = scene.place.run("log --data platform --format ndjson");
    let lines = log.ends_with(0).stdout;
    let made = lines.lines().filter(|line| line.contains(CANCEL));
    assert_eq!(made.count(), 1, "{lines}");
}
