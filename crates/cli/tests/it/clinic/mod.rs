//! The front desk through the binary: set up, served, killed and started again.

mod leaving;
mod losing;
mod serving;
mod tls;
mod write_back;

use std::time::Duration;

use serde_json::{Value, json};

use self::serving::Desk;
use crate::binary::Place;
use crate::calling::today;
use crate::serving::{Serving, calling, make_app};

/// A clinic with one appointment today, and a ledger that knows it.
fn clinic(place: &Place) -> (Serving, String) {
    let rows = format!(
        "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name\n\
         P1,00001,{},08:00-08:30,A1,1,测试甲\n",
        today()
    );
    place.write("rows.csv", rows);
    place
        .run("import --data platform --isv test --create-povs rows.csv")
        .ends_with(0);
    let app_key = make_app(place);
    place
        .run(&format!(
            "app grant --data platform --write {app_key} 00001"
        ))
        .ends_with(0);
    let serving = Serving::start(place);
    let sync = "sync --data agent --povs 00001 --first-day 0 --last-day 1 --once";
    calling(place, &serving.url, &app_key, sync, &[]).ends_with(0);
    (serving, app_key)
}

#[test]
fn a_desk_is_set_up_from_the_command_line() {
    let place = Place::new();
    let missing = place.run("clinic tokens --data agent").ends_with(1);
    assert!(missing.stderr.contains("remedy"));
    // A directory without a ledger is none either, and what was mistyped makes none.
    std::fs::create_dir(place.path().join("empty")).unwrap();
    let missing = place.run("clinic token --fleet --data empty").ends_with(1);
    assert!(
        missing
            .stderr
            .contains("there is no agent's ledger in empty")
            && missing.stderr.contains("povline sync --data empty"),
        "{missing:#?}"
    );
    let left = std::fs::read_dir(place.path().join("empty")).unwrap();
    assert_eq!(left.count(), 0);
    clinic(&place);
    let add = "clinic staff add 00001 李雷 --decides --data agent";
    place.run_with_input(add, b"1234\n").ends_with(2);
    place.run_with_input(add, b"258036\n").ends_with(0);
    let people = place
        .run("clinic staff list 00001 --data agent --format json")
        .ends_with(0)
        .json();
    assert_eq!(
        (&people[0]["name"], &people[0]["may_decide"]),
        (&json!("李雷"), &json!("yes"))
    );
    let token = place
        .run("clinic token 00001 --label queue --data agent")
        .ends_with(0);
    assert!(token.stdout.starts_with("pvc_"));
    let fleet = place.run("clinic token --fleet --data agent").ends_with(0);
    assert!(fleet.stdout.starts_with("pvf_"));
    let listed = place
        .run("clinic tokens --data agent --format csv")
        .ends_with(0)
        .stdout;
    assert!(
        listed.contains("queue") && !listed.contains("pvc_"),
        "{listed}"
    );
    place.run("clinic revoke 1 --data agent").ends_with(0);
    place.run("clinic revoke 1 --data agent").ends_with(1);
    let code = place
        .run("clinic pair 00001 --name hall --screen --data agent")
        .ends_with(0)
        .stdout;
    let digits = code.trim().replace(' ', "");
    assert!(
        digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()),
        "{code}"
    );
    place
        .run("clinic staff remove 00001 李雷 --data agent")
        .ends_with(0);
    place
        .run("clinic staff remove 00001 李雷 --data agent")
        .ends_with(1);
}

#[test]
fn a_pick_made_while_the_platform_is_gone_survives_a_kill_and_arrives() {
    let place = Place::new();
    let (serving, app_key) = clinic(&place);
    let url = serving.url.clone();
    let listen = url.split('/').nth(2).unwrap().to_owned();
    let add = "clinic staff add 00001 李雷 --data agent";
    place.run_with_input(add, b"258036\n").ends_with(0);
    let code = place
        .run("clinic pair 00001 --name desk --data agent")
        .ends_with(0)
        .stdout;
    serving.kill();

    let desk = Desk::start(&place, &url, &app_key);
    let device = desk.post("/v1/pair", "", &json!({ "code": code }));
    let device = device["device_token"].as_str().unwrap();
    let session = desk.post(
        "/v1/sign-in",
        device,
        &json!({ "staff": 1, "pin": "258036" }),
    );
    let session = session["session_token"].as_str().unwrap();
    let pick = json!({ "appointment_id": "P1" });
    let done = desk.post("/v1/pick", session, &pick);
    assert_eq!(done["result"], "done");
    desk.kill();

    let _serving = Serving::start_at(&place, &listen);
    let desk = Desk::start(&place, &url, &app_key);
    // The session is still one, and what was done is known.
    assert_eq!(desk.post("/v1/pick", session, &pick)["result"], "already");
    let days = today();
    for _ in 0..200 {
        let pull = format!("pull --pov 00001 --day {days} --format ndjson");
        let rows = calling(&place, &url, &app_key, &pull, &[]).ends_with(0);
        let row: Value = serde_json::from_str(rows.stdout.lines().next().unwrap()).unwrap();
        if row["pick_status"] == 0 {
            return;
        }
        crate::kill::chance::pause(Duration::from_millis(100));
    }
    panic!("the platform was never told");
}
