//! `[[sink]]` in the file.

use super::taking::SECRET;
use crate::binary::Place;

const SYNC: &str = "sync --once --data agent --povs 1 --url http://127.0.0.1:9/router/rest \
                    --app-key 1 --secret-file secret";

#[test]
fn every_fault_of_the_sinks_is_told_at_once_and_no_secret_with_it() {
    let place = Place::new();
    place.write("secret", "x");
    place.write("hook", "whsec_hush");
    place.write(
        "povline.toml",
        "[[sink]]\nkind = \"webhook\"\nname = \"Up\"\nurl = \"ftp://x\"\nsecret_file = \"hook\"\n\
         attempts = 0\nnames = \"perhaps\"\nsecret = \"hush\"\n\
         [[sink]]\nkind = \"table\"\nname = \"t\"\npath = \"x\"\nnames = true\n\
         [[sink]]\nkind = \"fax\"\nname = \"t\"\n\
         [[sink]]\nkind = \"sse\"\nname = \"s\"\nlisten = \"nowhere\"\ntoken_file = \"absent\"\n\
         [[sink]]\nkind = \"ndjson\"\n\
         [agent]\nfirst_day = -40\nnames_days = 5\n",
    );
    let run = place.run(SYNC).ends_with(2);
    for fault in [
        "sink[1].name (in the configuration file): must be",
        "sink[1].url",
        "sink[1].secret_file",
        "sink[1].attempts",
        "sink[1].names",
        "sink[1].secret: it must not stand here",
        "sink[2].path: a sink table has no such setting",
        "sink[2]: the table has no names",
        "sink[3].kind",
        "sink[4].listen",
        "sink[4].token_file",
        "sink[5].name is missing",
        "sink[5].path is missing",
        "agent.names_days: must be at least 41",
    ] {
        assert!(run.stderr.contains(fault), "{fault}: {run:#?}");
    }
    assert!(!run.stderr.contains("hush"), "{run:#?}");
}

#[test]
fn two_sinks_of_one_name_are_refused() {
    let place = Place::new();
    place.write("secret", "x");
    place.write("hook", SECRET);
    place.write(
        "povline.toml",
        "[[sink]]\nkind = \"table\"\nname = \"t\"\n[[sink]]\nkind = \"webhook\"\nname = \"t\"\n\
         url = \"http://127.0.0.1:9/\"\nsecret_file = \"hook\"\n",
    );
    let run = place.run(SYNC).ends_with(2);
    assert!(
        run.stderr
            .contains("sink[2].name: another sink is called t too"),
        "{run:#?}"
    );
}

#[test]
#[cfg(not(feature = "nats"))]
fn nats_says_what_it_needs() {
    let place = Place::new();
    place.write("secret", "x");
    place.write(
        "povline.toml",
        "[[sink]]\nkind = \"nats\"\nname = \"n\"\nurl = \"nats://127.0.0.1:4222\"\n",
    );
    let run = place.run(SYNC).ends_with(2);
    assert!(run.stderr.contains("--features nats"), "{run:#?}");
}

/// The samples of the documentation can be used.
#[test]
fn the_documented_sinks_are_understood() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/events.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (_, rest) = document.split_once("```toml\n").unwrap();
    let (file, _) = rest.split_once("```").unwrap();
    let place = Place::new();
    place.write("secret", "x");
    place.write("hook.secret", SECRET);
    place.write("old", SECRET);
    place.write("live.token", "0123456789abcdef0123");
    place.write("povline.toml", file);
    // It gets as far as looking for the ledger.
    let run = place
        .run(
            "reconcile --data nowhere --pov 1 --day 2026-11-24 --url \
             http://127.0.0.1:9/router/rest --app-key 1 --secret-file secret",
        )
        .ends_with(1);
    assert!(run.stderr.contains("no agent's ledger"), "{run:#?}");
}
