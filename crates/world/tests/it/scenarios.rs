//! Scenario files: every shipped one can be played, and a wrong one is refused by name.

use povline_world::scenarios::{ScenarioFile, shipped, shipped_named};

#[test]
fn every_shipped_scenario_is_what_its_name_says() {
    for shipped in shipped() {
        let scenario = shipped
            .read()
            .unwrap_or_else(|error| panic!("{}: {error}", shipped.name));
        assert_eq!(scenario.name, shipped.name);
        assert!(!scenario.title.zh.is_empty() && !scenario.title.en.is_empty());
    }
    assert!(shipped_named("town").is_some());
    assert!(shipped_named("no-such-town").is_none());
}

fn refused(wrong: &str, with: &str) -> String {
    let text = shipped_named("town").unwrap().text;
    assert!(text.contains(wrong), "{wrong}");
    ScenarioFile::parse(&text.replace(wrong, with))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_wrong_file_is_refused_with_the_key_at_fault() {
    for (wrong, with, told) in [
        ("days = 5\n", "dayz = 5\n", "dayz"),
        ("days = 5\n", "days = 0\n", "days"),
        ("\"07:30\"", "\"7:30\"", "HH:mm"),
        ("\"2026-03-02\"", "\"2026-02-30\"", "yyyy-MM-dd"),
        ("rows_per_day = 420", "rows_per_day = 0", "rows_per_day"),
        ("latency_ms = 300", "latency_ms = 99999999", "latency_ms"),
        ("kind = \"gateway\"", "kind = \"other\"", "other"),
        (
            "days_beyond = 1",
            "days_beyond = 0\n[booking]\nbeyond_percent = 5",
            "duplicate",
        ),
    ] {
        let error = refused(wrong, with);
        assert!(error.contains(told), "{error}");
    }
    let fault = "ban_seconds = 10\n[[faults]]\nname = \"x\"\nwhat = \"ban\"\n";
    assert!(refused("ban_seconds = 10\n", fault).contains("needs seconds above 0"));
}
