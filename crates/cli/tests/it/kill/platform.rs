//! The platform's processes: `serve` and the `import` that writes beside it.

use std::collections::BTreeSet;
use std::process::Stdio;

use super::KILLS;
use super::chance::Instants;
use crate::binary::Place;
use crate::serving::{Serving, calling, make_app};

const HEADER: &str =
    "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name";

const ROWS: usize = 2_000;

/// Each round brings rows of its own, on a day of its own.
fn rows(round: usize) -> String {
    let day = format!("2026-{:02}-{:02}", round / 28 + 1, round % 28 + 1);
    (0..ROWS)
        .map(|n| {
            format!(
                "R{round}-{n},0000{},{day},08:00-08:30,{n:06},1,测试{n}\n",
                n % 3
            )
        })
        .collect()
}

#[test]
fn what_an_import_acknowledged_is_there_and_what_it_did_not_is_whole_or_not_there() {
    let place = Place::new();
    let import = |file: &str| {
        format!("import --data platform --isv test --create-povs --format json {file}")
    };
    place.write("first.csv", format!("{HEADER}\n{}", rows(KILLS)));
    let mut instants = Instants::within(1, || {
        place.run(&import("first.csv")).ends_with(0);
    });
    let app_key = make_app(&place);
    let (mut killed, mut acknowledged) = (0, 0);
    for round in 0..KILLS {
        let file = format!("{round}.csv");
        place.write(&file, format!("{HEADER}\n{}", rows(round)));
        let serving = Serving::start(&place);
        let mut importing = place
            .command(&import(&file))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Both processes of the platform die, one after the other.
        let ended = instants.kill(&mut importing);
        serving.kill();
        let again = place.run(&import(&file)).ends_with(0).json();
        let there = again["unchanged"].as_u64().unwrap() as usize;
        if let Some(status) = ended {
            acknowledged += 1;
            assert!(status.success());
            assert_eq!(
                there, ROWS,
                "acknowledged and lost, in round {round}: {again}"
            );
        } else {
            killed += 1;
            assert!(
                there == 0 || there == ROWS,
                "half an import, in round {round}: {again}"
            );
        }
        assert_eq!(
            again["added"],
            (ROWS - there) as u64,
            "round {round}: {again}"
        );
    }
    assert!(
        killed >= 5,
        "only {killed} of {KILLS} were killed in their midst"
    );
    println!("{killed} imports killed, {acknowledged} acknowledged before");

    // Whoever asks is told exactly what was taken.
    let serving = Serving::start(&place);
    let pull = "pull --pov 00000,00001,00002 --day 2026-01-01..2026-02-28 --names --format csv \
                --calls-per-second 5000";
    let pulled = calling(&place, &serving.url, &app_key, pull, &[]).ends_with(0);
    let all: String = (0..=KILLS).map(rows).collect();
    let expected: BTreeSet<&str> = all.lines().chain([HEADER]).collect();
    assert!(
        pulled.stdout.lines().collect::<BTreeSet<_>>() == expected,
        "rows differ"
    );
    assert_eq!(pulled.stdout.lines().count(), expected.len());
}
