//! The front door.

use crate::binary::Place;

#[test]
fn the_demo_ends_with_both_sides_equal() {
    let place = Place::new();
    let run = place.run("demo --once --dir data").ends_with(0);
    let last = run.stdout.lines().next_back().unwrap();
    assert!(last.starts_with("EQUAL"), "{run:#?}");
    let count = |word: &str| -> u64 {
        let line = run
            .stdout
            .lines()
            .find(|line| line.trim_start().starts_with(word));
        let line = line.unwrap_or_else(|| panic!("no line {word}: {run:#?}"));
        line.split_whitespace()
            .next_back()
            .unwrap()
            .replace(',', "")
            .parse()
            .unwrap()
    };
    assert_eq!(count("lists"), 98);
    assert!(count("rows") > 10_000);
    assert!(count("event picked") > 0);
    assert!(count("event changed") > 0);
    assert!(count("event rescheduled") > 0);
    assert!(count("event cancelled") > 0);
    assert_eq!(count("in doubt"), 0);
    let secret = std::fs::read_to_string(place.path().join("data/secret")).unwrap();
    assert!(!run.stdout.contains(&secret) && !run.stderr.contains(&secret));
    assert!(run.stdout.contains("curl -sS 'http://127.0.0.1:"));
    assert!(run.stdout.contains("portal 门户"), "{run:#?}");
    // What is left can be looked at.
    let status = place
        .run("status --data data/agent --format ndjson")
        .ends_with(0);
    assert_eq!(status.stdout.lines().count(), 98);
    // It does not begin anew over what is there.
    place.run("demo --once --dir data").ends_with(2);
}
