//! `plan` and `world plan-bench`.

use povline_store::ledger::{BudgetPart, CallsWanted, Ledger as _};

use crate::binary::Place;

#[test]
fn the_bench_gives_the_same_figures_again_and_a_page() {
    let place = Place::new();
    let bench = "world plan-bench S1 --scale 0.03 --seed 5 --days 2 --format json";
    let first = place.run(&format!("{bench} --html page.html --events events.csv"));
    let first = first.ends_with(0).stdout;
    assert_eq!(first, place.run(bench).ends_with(0).stdout);
    let figures: serde_json::Value = serde_json::from_str(&first).unwrap();
    let policies = figures["seeds"][0]["policies"].as_array().unwrap();
    assert_eq!(policies.len(), 5);
    assert_eq!(policies[3]["ratio_to_true_rate"], 1.0);
    assert_eq!(policies[4]["phases"][0]["calls_over_budget"], 0);
    assert!(read(&place, "page.html").contains("<svg"));
    let events = read(&place, "events.csv");
    assert!(
        events.starts_with("pov,day,at_ms,row,kind\n0,"),
        "{events:.80}"
    );

    let table = place
        .run("world plan-bench S1 --scale 0.03 --days 2")
        .ends_with(0)
        .stdout;
    assert!(table.contains("learned"), "{table}");
    place.run("world plan-bench S8").ends_with(2);
    place.write("bad.toml", "povs = 3");
    place.run("world plan-bench bad.toml").ends_with(2);
}

#[test]
fn a_plan_is_told_before_anything_is_deployed() {
    let place = Place::new();
    let told = place
        .run("plan --what-if quota=20000,povs=200,days=7 --format json")
        .ends_with(0);
    let tiers: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(tiers.as_array().unwrap().len(), 7);
    assert_eq!(tiers[0]["promised_seconds"], 2_700);
    let worst = tiers[6]["predicted_worst_age_seconds"].as_i64().unwrap();
    assert!(worst <= 43_200, "{worst}");
    assert!(told.stderr.contains("together"), "{}", told.stderr);
    // Eight percent of the calls but for a twentieth, and a call for each day.
    let reached = "for 217 cancellations of today x 7.0 calls at most";
    assert!(told.stderr.contains(reached), "{}", told.stderr);

    let refused = place
        .run("plan --what-if quota=5000,povs=200,today=5m")
        .ends_with(2);
    assert!(
        refused.stderr.contains("calls a day, and polls have 4500"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("200 lists x 1.0 calls"),
        "{}",
        refused.stderr
    );
    let fault = place.run("plan --what-if quota=5000").ends_with(2);
    assert!(fault.stderr.contains("povs"), "{}", fault.stderr);
    place.run("plan --data nowhere").ends_with(1);
}

#[test]
fn sync_refuses_promises_that_the_quota_cannot_keep() {
    let place = Place::new();
    place.write("secret", "s3cret");
    let sync = "sync --once --data agent --povs 00001,00002 --url \
                http://127.0.0.1:9/router/rest --app-key 12345678 --secret-file secret";
    let refused = place
        .run(&format!("{sync} --calls-per-day 10"))
        .ends_with(2);
    assert!(
        refused.stderr.contains("polls have 9"),
        "{}",
        refused.stderr
    );
    // The other days take 34 of 90 calls: it is today's promise that is too much.
    let refused = place.run(&format!(
        "{sync} --calls-per-day 100 --promise-today-seconds 60"
    ));
    let told = refused.ends_with(2).stderr;
    assert!(
        told.contains("s for today's lists, or ask for more"),
        "{told}"
    );
    assert!(!told.contains("for the other days"), "{told}");
    let both = place
        .run(&format!(
            "{sync} --today-seconds 60 --promise-today-seconds 60"
        ))
        .ends_with(2);
    assert!(both.stderr.contains("leave out either"), "{}", both.stderr);
    assert!(!place.path().join("agent").exists(), "nothing was done");
}

/// A timer may start `sync --once` as often as its calls reach.
#[test]
fn a_sweep_costs_the_calls_that_it_makes() {
    let scene = crate::by_hand::Scene::new(1_000);
    assert_eq!(scene.taken().all(), 3);
    for sweeps in 2..=3 {
        scene.call("sync --once --povs 00001").ends_with(0);
        assert_eq!(scene.taken().all(), 3 * sweeps);
    }
}

#[test]
fn what_was_called_today_is_not_foreseen_once_more() {
    let scene = crate::by_hand::Scene::new(600);
    let settings = format!(
        "[caller]\napp_key = \"{}\"\n[agent]\ndata = \"agent\"\ncalls_per_day = 600\n\
         first_day = 0\nlast_day = 0\n",
        scene.app_key
    );
    scene.place.write("povline.toml", settings);
    let foreseen = || {
        let plan = scene.place.run("plan --povs 00001 --format json");
        let tiers = plan.ends_with(0).json();
        tiers[0]["predicted_calls"].as_i64().unwrap()
    };
    assert!(foreseen() > 0);
    scene.on_ledger(async |ledger, app, day| {
        let rest = CallsWanted {
            calls_max: u64::MAX,
            part: BudgetPart::Polls,
            of_part: 540,
            of_day: 600,
        };
        ledger.reserve_calls(app, day, rest).await.unwrap();
    });
    assert_eq!(foreseen(), 0);
    // Sixty are left, and none of them is for polls.
    let doctor = scene.call("doctor --povs 00001 --format ndjson");
    let budget = doctor.stdout.lines().find(|line| line.contains("budget"));
    let budget = budget.unwrap();
    assert!(budget.contains("of 600 calls left today"), "{budget}");
    assert!(budget.contains(" 0 of 540 for polls"), "{budget}");
    assert!(budget.contains("\"verdict\":\"bad\""), "{budget}");
}

#[test]
fn what_if_and_sync_count_the_same_sum() {
    let place = Place::new();
    place.write("secret", "s3cret");
    let sync = "sync --once --data agent --first-day 0 --last-day 6 --povs 00001,00002,00003 --url \
                http://127.0.0.1:9/router/rest --app-key 12345678 --secret-file secret";
    let what_if = "plan --what-if povs=3,days=7,quota=60";
    for (flags, names, polls_have) in [
        ("", "", "polls have 54"),
        // Two percent for pulls on demand beside them.
        (
            " --confirming-percent 20",
            ",confirming=20",
            "polls have 46",
        ),
        (" --confirming-percent 4", ",confirming=4", "polls have 54"),
    ] {
        let by_sync = place.run(&format!("{sync} --calls-per-day 60{flags}"));
        let by_plan = place.run(&format!("{what_if}{names}")).ends_with(2);
        assert!(by_plan.stderr.contains(polls_have), "{by_plan:#?}");
        assert_eq!(by_sync.ends_with(2).stderr, by_plan.stderr);
    }
}

#[test]
fn lists_that_have_grown_longer_than_the_promise_allows_are_told() {
    // Promises take 17 calls a day where a list takes one, and polls have 36; today's takes three.
    let scene = crate::by_hand::Scene::new(40);
    let sync = "sync --once --povs 00001";
    let warned = scene.call(sync).ends_with(0);
    for told in ["lists have grown", "1 lists x 3.0 calls", "polls have 36"] {
        assert!(warned.stderr.contains(told), "{warned:#?}");
    }
    let doctor = scene.call("doctor --povs 00001 --format csv");
    let promises = doctor
        .stdout
        .lines()
        .find(|line| line.starts_with("promises"));
    assert!(promises.unwrap().contains("bad"), "{doctor:#?}");
    let one = scene.call("sync --once --povs 00001 --calls-per-day 400");
    assert!(!one.ends_with(0).stderr.contains("have grown"));
}

fn read(place: &Place, name: &str) -> String {
    std::fs::read_to_string(place.path().join(name)).unwrap()
}
