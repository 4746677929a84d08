//! A sandbox: furnished at its start, reset by a signed call, and never taken for production.

use serde_json::Value;

use crate::binary::Place;
use crate::calling::today;
use crate::serving::{Serving, calling};

/// The sandbox's first app, with its secret where callers look for it.
fn first_app(place: &Place) -> String {
    let text = std::fs::read_to_string(place.path().join("sandbox/sandbox-app.json")).unwrap();
    let app: Value = serde_json::from_str(&text).unwrap();
    place.write("secret", app["secret"].as_str().unwrap());
    app["app_key"].as_str().unwrap().to_owned()
}

#[test]
fn it_is_furnished_called_and_reset() {
    let place = Place::new();
    let serving = Serving::start_with(&place, "--sandbox --data sandbox");
    let key = first_app(&place);
    assert!(key.len() == 10 && key.starts_with("102"), "{key}");
    // Furnished today or, if midnight has just passed, yesterday: both days are full.
    let day = today();
    let pull = |key: &str| {
        let args = format!("pull --pov 00001 --day {day} --format ndjson");
        calling(&place, &serving.url, key, &args, &[]).ends_with(0)
    };
    let rows = pull(&key);
    assert!(rows.stdout.lines().count() > 200, "{rows:#?}");
    let reset = calling(
        &place,
        &serving.url,
        &key,
        "call povline.sandbox.reset",
        &[],
    )
    .ends_with(0);
    assert!(
        reset.stdout.contains("povline_sandbox_reset_response"),
        "{reset:#?}"
    );
    let again = pull(&key);
    assert!(again.stdout.lines().count() > 200, "{again:#?}");
    if today() == day {
        // One day always begins alike.
        assert_eq!(again.stdout, rows.stdout);
    }
    // A sandbox is for trying: its first app writes too.
    let tomorrow = day.plus_days(1).unwrap();
    let open = format!(
        "call povline.schedule.open out_pov_id=00001 appointment_time={tomorrow} \
         appointment_period=08:00-08:30 max_num=3"
    );
    calling(&place, &serving.url, &key, &open, &[]).ends_with(0);
    // No quota unless asked.
    let shown = place
        .run(&format!("app show --data sandbox {key} --format json"))
        .ends_with(0)
        .json();
    assert_eq!(shown[0]["per_day"], Value::Null);

    // Another ISV has clinics of its own.
    let made = place
        .run("app create --data sandbox --isv mine --name mine --grant * --format json")
        .ends_with(0)
        .json();
    place.write("secret", made["secret"].as_str().unwrap());
    let mine = made["app_key"].as_str().unwrap();
    // A running platform follows what another process writes, a moment later.
    let ask = "call povline.schedule.query out_pov_id=00001 appointment_time=2026-01-01";
    let is_known = |_| calling(&place, &serving.url, mine, ask, &[]).code == 0;
    assert!((0..100).any(is_known), "the new app never became known");
    let rows_of_mine = pull(mine);
    assert!(rows_of_mine.stdout.lines().count() > 200);
    assert_ne!(rows_of_mine.stdout, again.stdout);
}

#[test]
fn neither_opens_the_others_book() {
    let place = Place::new();
    place
        .run("app create --data platform --isv one --name one")
        .ends_with(0);
    let refused = place.run("serve --sandbox --data platform").ends_with(1);
    assert!(refused.stderr.contains("production"), "{refused:#?}");
    drop(Serving::start_with(&place, "--sandbox --data sandbox"));
    let refused = place.run("serve --data sandbox").ends_with(1);
    assert!(refused.stderr.contains("sandbox"), "{refused:#?}");
    // A restart furnishes nothing twice.
    let key = first_app(&place);
    let serving = Serving::start_with(&place, "--sandbox --data sandbox");
    assert_eq!(first_app(&place), key);
    let args = format!("pull --pov 00001 --day {}", today());
    calling(&place, &serving.url, &key, &args, &[]).ends_with(0);
}
