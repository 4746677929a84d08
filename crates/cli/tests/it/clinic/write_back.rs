//! What was done at desks arrives at a real platform, once, as the app that has the clinic.

use serde_json::Value;

use super::losing::Losing;
use super::serving::{Desk, token};
use crate::binary::Place;
use crate::calling::today;
use crate::serving::{Serving, calling};

/// What the platform has taken down of picks: who, and of which appointment.
fn picks(place: &Place) -> Vec<(String, String)> {
    let run = place.run("audit list --data platform --action pick --format ndjson");
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap().to_owned();
    let lines = run.ends_with(0).stdout;
    let entries = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    entries
        .map(|entry: Value| (text(&entry, "actor"), text(&entry, "object")))
        .collect()
}

/// An ISV with one clinic and an app that may read it.
fn isv(place: &Place, isv: &str, pov: &str, ids: &[&str]) -> String {
    let mut csv = String::from(
        "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name\n",
    );
    for (nth, id) in ids.iter().enumerate() {
        csv += &format!("{id},{pov},{},08:00-08:30,A{nth},1,测试甲\n", today());
    }
    place.write("rows.csv", csv);
    let import = format!("import --data platform --isv {isv} --create-povs rows.csv");
    place.run(&import).ends_with(0);
    let create =
        format!("app create --data platform --isv {isv} --name {isv} --grant * --format json");
    let made = place.run(&create).ends_with(0).json();
    let secret = made["secret"].as_str().unwrap();
    place.write(&format!("secret-{isv}"), secret);
    place.write("secret", secret);
    made["app_key"].as_str().unwrap().to_owned()
}

fn may_write(place: &Place, app_key: &str, pov: &str) {
    let grant = format!("app grant --data platform --write {app_key} {pov}");
    place.run(&grant).ends_with(0);
}

#[test]
fn clinics_of_two_apps_are_told_each_by_its_own_and_none_waits_for_the_other() {
    let place = Place::new();
    let one = isv(&place, "one", "00001", &["P1", "P2"]);
    let two = isv(&place, "two", "00009", &["Q1"]);
    may_write(&place, &one, "00001");
    let mut serving = Serving::start(&place);
    place.write(
        "povline.toml",
        format!(
            "[caller]\nurl = \"{}\"\n[agent]\ndata = \"agent\"\nfirst_day = 0\nlast_day = 1\n\
             today_seconds = 1\nother_days_seconds = 1\n\
             [[app]]\napp_key = \"{one}\"\nsecret_file = \"secret-one\"\npovs = [\"00001\"]\n\
             [[app]]\napp_key = \"{two}\"\nsecret_file = \"secret-two\"\npovs = [\"00009\"]\n",
            serving.url
        ),
    );
    place.run("sync --once").ends_with(0);
    let (first, second) = (token(&place, "00001"), token(&place, "00009"));
    let desk = Desk::start_by_file(&place);
    // The second app may not write yet: its pick waits, and the other clinic's go all the same.
    desk.pick(&second, "Q1");
    desk.pick(&first, "P1");
    desk.is_told(&first);
    desk.pick(&first, "P2");
    desk.is_told(&first);
    assert_eq!(desk.to_be_told(&second), 1);
    may_write(&place, &two, "00009");
    desk.is_told(&second);
    desk.kill();
    serving.stop();
    let mut told = picks(&place);
    told.sort();
    let mut meant = vec![
        (format!("app:{one}"), "P1".to_owned()),
        (format!("app:{one}"), "P2".to_owned()),
        (format!("app:{two}"), "Q1".to_owned()),
    ];
    meant.sort();
    assert_eq!(told, meant);
}

#[test]
fn a_pick_whose_answers_were_lost_is_told_again_and_stands_once() {
    const LOST: usize = 3;
    let place = Place::new();
    let app_key = isv(&place, "one", "00001", &["P1"]);
    may_write(&place, &app_key, "00001");
    let mut serving = Serving::start(&place);
    let sync = "sync --data agent --povs 00001 --first-day 0 --last-day 1 --once";
    calling(&place, &serving.url, &app_key, sync, &[]).ends_with(0);
    let token = token(&place, "00001");
    let losing = Losing::start(&serving.url, "order.update", LOST);
    let desk = Desk::start(&place, &losing.url, &app_key);
    desk.pick(&token, "P1");
    desk.is_told(&token);
    assert_eq!(losing.asked(), LOST + 1);
    let list: Value = serde_json::from_str(&desk.get("/v1/lists/today", &token)).unwrap();
    assert_eq!(list["rows"][0]["picked"], true);
    assert_eq!(list["conflicts"], serde_json::json!([]));
    desk.kill();
    // Nothing is left in the outbox for the next one to tell.
    let desk = Desk::start(&place, &losing.url, &app_key);
    assert_eq!(desk.to_be_told(&token), 0);
    desk.kill();
    assert_eq!(losing.asked(), LOST + 1);
    serving.stop();
    assert_eq!(picks(&place), [(format!("app:{app_key}"), "P1".to_owned())]);
}
