//! One agent at a time writes to a ledger.

use std::fs::File;

use crate::binary::Place;

const SYNC: &str = "sync --once --data agent --url http://127.0.0.1:9/router/rest --app-key 1 \
                    --secret-file secret --povs 00001";

#[test]
fn a_second_agent_is_refused_and_told_why() {
    let place = Place::new();
    place.write("secret", "s");
    std::fs::create_dir(place.path().join("agent")).unwrap();
    let first = File::create(place.path().join("agent/agent.lock")).unwrap();
    first.lock().unwrap(); // held until the test ends

    let second = place.run(SYNC).ends_with(1);
    assert!(
        second.stderr.contains("another agent keeps the ledger"),
        "{second:#?}"
    );
    assert!(
        !place.path().join("agent/ledger.sqlite").exists(),
        "the ledger was touched"
    );
}
