//! The agent's process with its sinks, while a world that lives is served.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::Duration;

use povline_store::query_rows;
use povline_world::apply;

use super::agent::{SYNC, actor, told, world};
use super::chance::{Instants, pause};
use super::platform_book;
use crate::binary::Place;
use crate::calling::today;
use crate::delivery::taking::{SECRET, Taking};
use crate::serving::{Serving, calling, make_app};

/// How often the agent is killed.
const KILLS: usize = 15;

#[tokio::test]
async fn every_change_reaches_every_sink_once() {
    let place = Place::new();
    let book = platform_book(&place);
    let mut world = world(&book, today()).await;
    let app_key = make_app(&place);
    let serving = Serving::start(&place);
    // A part of the events fails when it comes for the first time.
    let receiver = Taking::start(|event, times| {
        let sequence: u64 = event["sequence"].as_str().unwrap().parse().unwrap();
        match (sequence % 50, times) {
            (0, 1) => 500,
            (1, 1) => 404,
            _ => 204,
        }
    });
    place.write("hook", SECRET);
    place.write(
        "povline.toml",
        format!(
            "[[sink]]\nkind = \"webhook\"\nname = \"hook\"\nurl = \"{}\"\nsecret_file = \"hook\"\n\
             first_retry_seconds = 1\nin_flight = 32\n\
             [[sink]]\nkind = \"ndjson\"\nname = \"file\"\npath = \"events.ndjson\"\n\
             [[sink]]\nkind = \"table\"\nname = \"table\"\n",
            receiver.url
        ),
    );
    let sync = |flags: &str| {
        calling(
            &place,
            &serving.url,
            &app_key,
            &format!("{SYNC} {flags}"),
            &[],
        )
    };
    let mut instants = Instants::within(3, || {
        sync("--once").ends_with(0);
    });
    for round in 0..KILLS {
        let writes = world.life(40, 480 + round as u16);
        apply(&book, &actor(), writes).await.unwrap();
        let mut syncing = place
            .command(SYNC)
            .env("POVLINE_URL", &serving.url)
            .env("POVLINE_APP_KEY", &app_key)
            .env("POVLINE_SECRET_FILE", "secret")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        assert!(instants.kill(&mut syncing).is_none());
    }
    let events = || async { told(&place).await };
    let mut settled = false;
    for _ in 0..60 {
        sync("--once").ends_with(0);
        let status = place
            .run("status --data agent --sinks --format json")
            .ends_with(0)
            .json();
        settled = status
            .as_array()
            .unwrap()
            .iter()
            .all(|sink| sink["behind"] == 0);
        if settled {
            break;
        }
        pause(Duration::from_millis(500));
    }
    assert!(settled, "every sink comes to the end");

    let events = events().await;
    let all: BTreeSet<i64> = events.iter().map(|event| event.cursor.0).collect();
    let once = receiver.each_once();
    let sequence =
        |event: &serde_json::Value| -> i64 { event["sequence"].as_str().unwrap().parse().unwrap() };
    let had: BTreeSet<i64> = once.iter().map(sequence).collect();
    assert_eq!(once.len(), had.len());
    assert!(had == all, "the webhook has every event");
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    for event in &once {
        let id = event["data"]["appointment_id"].as_str().unwrap().to_owned();
        let before = last.insert(id, sequence(event));
        assert!(
            before.is_none_or(|before| before < sequence(event)),
            "{event}"
        );
    }

    // The file has each once, though nobody remembers ids there.
    let verified = place.run("events verify events.ndjson").ends_with(0);
    assert!(verified.stderr.contains("whole"), "{verified:#?}");
    let lines = std::fs::read_to_string(place.path().join("events.ndjson")).unwrap();
    assert_eq!(lines.lines().count(), all.len());

    let rows = query_rows(
        &place.path().join("agent/ledger.sqlite"),
        "SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM events_v1",
    )
    .unwrap();
    let count = all.len().to_string();
    assert_eq!(rows[0][0].1.as_deref(), Some(count.as_str()));
    assert_eq!(rows[0][1].1.as_deref(), Some(count.as_str()));
}
