//! A world is run, a client is graded in it, and again after it.

use crate::binary::{Place, Run, ended};

const SCENARIO: &str = r#"
name = "mine"
title = { zh = "小", en = "Small" }
seed = 7
first_day = "2026-03-02"
begins_at = "08:30"
runs_minutes = 40
days = 2

[[clinics]]
count = 1
rows_per_day = 320

[booking]
full_percent = [100, 90]
books_per_hour = 200
cancels_per_hour = 200
"#;

/// Runs the scenario with this client on a server of this kind.
fn play(place: &Place, server: &str, client: &[&str]) -> Run {
    place.write("mine.toml", format!("{SCENARIO}\n{server}"));
    let mut command = place.command(
        "world run ./mine.toml --dir run --format json --listen 127.0.0.1:0 --admin 127.0.0.1:0 --",
    );
    ended(command.args(client))
}

const FOREIGN: &str = "[server]\nkind = \"foreign\"\norder = \"period\"\n";

#[test]
fn the_agent_is_graded_on_the_real_gateway_and_on_another_server() {
    for server in ["[server]\nkind = \"gateway\"\n", FOREIGN] {
        let place = Place::new();
        let ours = env!("CARGO_BIN_EXE_povline");
        let run = play(&place, server, &[ours, "world", "agent"]).ends_with(0);
        let report = run.json();
        assert_eq!(report["score"]["points"], 100.0, "{report:#}");
        assert_eq!(report["at_rest"], true);
        assert!(report["changes"].as_u64().unwrap() > 100, "{report:#}");
        assert!(report["events"].as_u64().unwrap() > 700, "{report:#}");
        let page = std::fs::read_to_string(place.path().join("run/report.html")).unwrap();
        assert!(page.contains("<svg") && page.contains("Small"));
        assert!(
            !page.contains("http://") && !page.contains("https://"),
            "self-contained"
        );
    }
}

#[test]
fn a_view_is_graded_after_the_run_from_a_file() {
    let place = Place::new();
    play(
        &place,
        FOREIGN,
        &[env!("CARGO_BIN_EXE_povline"), "world", "agent"],
    )
    .ends_with(0);
    let grade = |view: &str, flags: &str| {
        place.write("view.ndjson", view);
        place.run(&format!(
            "world grade view.ndjson --run run --format json {flags}"
        ))
    };
    // Nothing is known of any row, although every list was read.
    let empty = grade("", "").ends_with(7).json();
    assert!(
        empty["findings"]["missed"].as_u64().unwrap() > 500,
        "{empty:#}"
    );
    assert_eq!(empty["stories"][0]["kind"], "missed");
    // A row that never was.
    let phantom = grade("{\"appointment_id\":\"P0001\"}\n", "")
        .ends_with(7)
        .json();
    assert_eq!(phantom["findings"]["phantom"], 1);
    // A live appointment is told as cancelled.
    let live = empty["stories"][0]["appointment_id"].as_str().unwrap();
    let event = format!("{{\"kind\":\"cancelled\",\"appointment_id\":\"{live}\"}}\n");
    let told = grade(&event, "--events").ends_with(7).json();
    assert_eq!(told["findings"]["false-cancel"], 1);
    // A line that cannot be graded is told with its number and field.
    let wrong = grade("{\"appointment_id\":\"A1\",\"pick_status\":2}\n", "").ends_with(2);
    assert!(
        wrong.stderr.contains("line 1: pick_status must be 0"),
        "{}",
        wrong.stderr
    );
}

/// Makes an SQLite database of one table with one row.
const DATABASE: &str = "import sqlite3
database = sqlite3.connect('client.db')
database.execute('create table appointments (id text, name text)')
database.execute(\"insert into appointments values ('P0001', '张小三')\")
database.commit()
";

#[test]
fn a_database_is_graded_by_a_query_like_the_same_rows_in_a_file() {
    let place = Place::new();
    let ours = env!("CARGO_BIN_EXE_povline");
    play(&place, FOREIGN, &[ours, "world", "agent"]).ends_with(0);
    place.write("make.py", DATABASE);
    let mut make = std::process::Command::new("python3");
    ended(make.arg("make.py").current_dir(place.path())).ends_with(0);
    let by = |query: &str| {
        let mut command = place.command("world grade client.db --run run --format json --query");
        ended(command.arg(query))
    };
    place.write("view.ndjson", "{\"appointment_id\":\"P0001\"}\n");
    let file = place.run("world grade view.ndjson --run run --format json");
    let rows = by("select id as appointment_id from appointments").ends_with(7);
    assert_eq!(
        rows.json()["findings"],
        file.ends_with(7).json()["findings"]
    );
    assert_eq!(rows.json()["findings"]["phantom"], 1);
    // What is no question is refused, and changes nothing.
    let wrong = by("delete from appointments").ends_with(1);
    assert!(wrong.stderr.contains("one SELECT"), "{}", wrong.stderr);
    by("select id as appointment_id from appointments").ends_with(7);
}

/// Looks at the clock, lets five minutes pass, books somebody, and looks again.
const STEPPING: &str = r#"
curl -sf "$ADMIN/clock" > before.json
curl -sf -X POST "$ADMIN/advance?minutes=5" > /dev/null
curl -sf "$ADMIN/clock" > after.json
set -- $(curl -sf "$ADMIN/lists" | tail -n 1)
curl -sf -X POST "$ADMIN/book?pov=$1&day=$2" > /dev/null
curl -sf "$ADMIN/clock" > booked.json
"#;

#[test]
fn a_client_drives_the_world_step_by_step() {
    let place = Place::new();
    play(&place, FOREIGN, &["sh", "-c", STEPPING]).ends_with(7);
    let looked = |file: &str| -> serde_json::Value {
        let text = std::fs::read_to_string(place.path().join(file)).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let [before, after, booked] = ["before.json", "after.json", "booked.json"].map(looked);
    let millis = |clock: &serde_json::Value| clock["now_ms"].as_i64().unwrap();
    assert_eq!(millis(&after) - millis(&before), 300_000);
    assert_eq!(millis(&booked), millis(&after), "it stands between steps");
    let changes = |clock: &serde_json::Value| clock["changes"].as_u64().unwrap();
    assert_eq!(changes(&booked), changes(&after) + 1);
}

#[test]
fn a_client_that_hands_in_nothing_or_fails_is_no_success() {
    let place = Place::new();
    let run = play(&place, FOREIGN, &["true"]).ends_with(7);
    assert_eq!(run.json()["score"]["points"], 0.0);
    let place = Place::new();
    play(&place, FOREIGN, &["false"]).ends_with(1);
}

#[test]
fn scenarios_are_listed_and_shown_and_unknown_ones_named() {
    let place = Place::new();
    let listed = place
        .run("world scenarios --format json")
        .ends_with(0)
        .json();
    assert!(listed.as_array().unwrap().len() >= 18);
    let shown = place.run("world scenarios --show town").ends_with(0).stdout;
    assert!(shown.contains("name = \"town\""));
    place.run("world run no-such-town").ends_with(2);
    let truth = place
        .run("world truth town --format json")
        .ends_with(0)
        .json();
    assert_eq!(truth[0]["digest"], "42048a39778a0b063c9800eb024727ce");
}
