//! The portal stands apart from the interface: its callers take nothing from those who call.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::scene::Scene;
use crate::binary::{Place, ended};
use crate::serving::Serving;

/// As many connections as the portal has places, and more, all of them idle.
const FLOOD: usize = 300;

#[test]
fn a_flood_on_the_portal_leaves_the_interface_alone() {
    let scene = Scene::new();
    let expected = scene.rows();
    let connections: Vec<TcpStream> = (0..FLOOD)
        .map(|_| {
            let mut stream = TcpStream::connect(&scene.serving.portal).unwrap();
            // A head that never ends holds its place.
            stream.write_all(b"GET /docs HTTP/1.1\r\n").unwrap();
            stream
        })
        .collect();
    // Whoever calls the interface gets in and is answered.
    assert_eq!(scene.rows(), expected);
    let metrics = super::scene::get(&scene.serving.admin, "/metrics").1;
    let metrics = String::from_utf8(metrics).unwrap();
    let open = metrics
        .lines()
        .find(|line| line.contains("connections") && !line.starts_with('#'))
        .unwrap();
    let open: usize = open.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(open < FLOOD, "the interface counts the portal's: {open}");
    drop(connections);
    assert!(scene.page("/docs").contains("/docs/start"));
}

#[test]
fn it_has_an_address_of_its_own_and_tells_the_public_one() {
    let place = Place::new();
    for (flags, fault) in [
        ("--portal nowhere", "platform.portal (from --portal)"),
        (
            "--listen 127.0.0.1:7001 --portal 127.0.0.1:7001",
            "platform.portal must be another address",
        ),
        (
            "--public-url top.example.com",
            "platform.public_url (from --public-url)",
        ),
    ] {
        let run = ended(&mut place.command(&format!("serve --data platform {flags}"))).ends_with(2);
        assert!(run.stderr.contains(fault), "{run:#?}");
    }
    let flags = "--data platform --portal 127.0.0.1:0 --public-url https://top.example.com/";
    let mut serving = Serving::start_with(&place, flags);
    let (_, page) = super::scene::get(&serving.portal, "/docs/start");
    let page = String::from_utf8(page).unwrap();
    assert!(
        page.contains("https://top.example.com/router/rest"),
        "{page}"
    );
    // A connection that is kept open does not keep the platform from stopping.
    let mut kept = TcpStream::connect(&serving.portal).unwrap();
    kept.write_all(b"GET /docs HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    kept.read_exact(&mut [0; 12]).unwrap();
    serving.stop();
}
