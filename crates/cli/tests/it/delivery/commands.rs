//! `events dead`, `resend`, `resume`, `verify`, `listen`, and the sinks in `status`.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value;

use super::taking::{SECRET, Taking};
use crate::binary::Place;
use crate::calling::today;
use crate::serving::{Serving, calling, make_app};

/// A clinic with a few bookings of today, served, and an agent with sinks.
struct Scene {
    place: Place,
    serving: Serving,
    app_key: String,
}

impl Scene {
    fn new(sinks: &str) -> Self {
        let place = Place::new();
        let mut csv = String::from(
            "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,\
             name\n",
        );
        let today = today();
        for n in 0..20 {
            csv += &format!("P{n:02},00001,{today},08:00-08:30,code{n:02},1,欧阳娜娜\n");
        }
        place.write("a.csv", csv);
        place
            .run("import --data platform --isv test --create-povs a.csv")
            .ends_with(0);
        let app_key = make_app(&place);
        place.write("hook", SECRET);
        place.write("povline.toml", sinks);
        let serving = Serving::start(&place);
        Self {
            place,
            serving,
            app_key,
        }
    }

    /// Midnight may pass while this runs.
    fn sync(&self) -> crate::binary::Run {
        let args = "sync --once --data agent --povs 00001 --first-day -1 --last-day 2";
        calling(&self.place, &self.serving.url, &self.app_key, args, &[])
    }

    fn lines(&self, args: &str) -> Vec<Value> {
        let run = self.place.run(args).ends_with(0);
        let lines = run.stdout.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn webhook(url: &str, more: &str) -> String {
    format!(
        "[[sink]]\nkind = \"webhook\"\nname = \"queue\"\nurl = \"{url}\"\nsecret_file = \"hook\"\n\
         {more}\n"
    )
}

#[test]
fn sinks_get_everything_and_dead_letters_come_back() {
    let receiver = Taking::start(|event, times| {
        match (event["data"]["appointment_id"].as_str().unwrap(), times) {
            ("P03", 1) => 422,
            _ => 200,
        }
    });
    let scene = Scene::new(&format!(
        "{}[[sink]]\nkind = \"ndjson\"\nname = \"archive\"\npath = \"events.ndjson\"\n\
         [[sink]]\nkind = \"table\"\nname = \"reports\"\n",
        webhook(&receiver.url, "attempts = 1")
    ));
    scene.sync().ends_with(0);
    assert_eq!(receiver.each_once().len(), 19);
    let text = std::fs::read_to_string(scene.place.path().join("events.ndjson")).unwrap();
    assert_eq!(text.lines().count(), 20);
    assert!(!text.contains("欧阳娜娜") && !text.contains("code03"));
    scene.place.run("events verify events.ndjson").ends_with(0);

    let status = scene.lines("status --data agent --sinks --format ndjson");
    assert_eq!(status.len(), 3);
    let of = |name: &str| status.iter().find(|line| line["sink"] == name).unwrap();
    assert_eq!(of("queue")["dead"], 1);
    assert_eq!(of("archive")["behind"], 0);
    assert_eq!(of("reports")["delivered"], 20);
    let whole = scene.place.run("status --data agent").ends_with(0);
    assert!(whole.stdout.contains("reports") && whole.stdout.contains("00001"));

    let dead = scene.lines("events dead --data agent --format ndjson");
    assert_eq!(dead.len(), 1);
    assert_eq!(
        (&dead[0]["appointment_id"], &dead[0]["reason"]),
        (&"P03".into(), &"HTTP 422".into())
    );
    let id = dead[0]["event_id"].as_str().unwrap();
    let resend = format!("events resend queue --data agent {id}");
    scene.place.run(&resend).ends_with(0);
    scene.sync().ends_with(0);
    assert_eq!(receiver.each_once().len(), 20);
    assert_eq!(
        scene
            .lines("events dead --data agent --format ndjson")
            .len(),
        0
    );
    scene
        .place
        .run("events resend queue --data agent --all")
        .ends_with(1);
    scene
        .place
        .run("events resend nobody --data agent --all")
        .ends_with(1);
    scene
        .place
        .run("events resend queue --data agent evt_0")
        .ends_with(1);
    scene
        .place
        .run("events dismiss reports --data agent")
        .ends_with(0);
    assert_eq!(
        scene
            .lines("status --data agent --sinks --format ndjson")
            .len(),
        2
    );
}

#[test]
fn a_sink_that_was_told_to_go_is_resumed_by_a_person() {
    let receiver = Taking::start(|_, _| 410);
    let scene = Scene::new(&webhook(&receiver.url, "in_flight = 1"));
    scene.sync().ends_with(0);
    let status = scene.lines("status --data agent --sinks --format ndjson");
    assert_eq!(status[0]["state"], "stopped");
    assert_eq!(status[0]["behind"], 20);
    assert_eq!(receiver.each_once().len(), 0);
    // Nothing more is tried until a person says so.
    scene.sync().ends_with(0);
    assert_eq!(receiver.tries(), 1);
    receiver.behave(|_, _| 200);
    scene
        .place
        .run("events resume queue --data agent")
        .ends_with(0);
    scene.sync().ends_with(0);
    assert_eq!(receiver.each_once().len(), 20);
}

#[test]
fn envelopes_are_verified_and_planted_faults_end_with_7() {
    let scene = Scene::new("");
    scene.sync().ends_with(0);
    let told = scene
        .place
        .run("events --data agent --envelope")
        .ends_with(0);
    assert_eq!(told.stdout.lines().count(), 20);
    let verify = |lines: Vec<&str>| {
        scene.place.run_with_input(
            "events verify - --format ndjson",
            lines.join("\n").as_bytes(),
        )
    };
    let lines: Vec<&str> = told.stdout.lines().collect();
    verify(lines.clone()).ends_with(0);
    let mut faulty = lines.clone();
    faulty.remove(7);
    let run = verify(faulty).ends_with(7);
    assert!(
        run.stdout.contains("\"finding\":\"gap\"") && run.stdout.contains("\"first_sequence\":8")
    );
    let mut faulty = lines.clone();
    faulty.push(lines[2]);
    let run = verify(faulty).ends_with(7);
    assert!(run.stdout.contains("\"finding\":\"double\""), "{run:#?}");
    scene.place.run("events verify absent.ndjson").ends_with(1);
    // By time and by number.
    let none = scene
        .place
        .run("events --data agent --since 0s --format csv")
        .ends_with(0);
    let all = scene
        .place
        .run("events --data agent --since 2d --format csv")
        .ends_with(0);
    assert_eq!(
        (none.stdout.lines().count(), all.stdout.lines().count()),
        (1, 21)
    );
    scene
        .place
        .run("events --data agent --since yesterday")
        .ends_with(2);
}

#[test]
fn listen_forwards_what_happened_and_says_what_came_back() {
    let receiver = Taking::start(|event, _| match event["data"]["appointment_id"].as_str() {
        Some("P01") => 500,
        _ => 200,
    });
    let scene = Scene::new("");
    scene.sync().ends_with(0);
    let mut listening = scene
        .place
        .command(&format!(
            "listen --data agent --forward-to {} --since 0 --secret-file hook",
            receiver.url
        ))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines: Vec<String> = BufReader::new(listening.stdout.take().unwrap())
        .lines()
        .take(20)
        .map(Result::unwrap)
        .collect();
    listening.kill().unwrap();
    listening.wait().unwrap();
    let refused = lines
        .iter()
        .find(|line| line.contains("00001/P01"))
        .unwrap();
    assert!(
        refused.contains("FAILED") && refused.contains("HTTP 500"),
        "{refused}"
    );
    let taken = lines
        .iter()
        .find(|line| line.contains("00001/P02"))
        .unwrap();
    assert!(
        taken.contains("-> 200") && taken.contains("evt_"),
        "{taken}"
    );
    assert_eq!(receiver.each_once().len(), 19);
    for wrong in ["nowhere", "ftp://x"] {
        let args = format!("listen --data agent --forward-to {wrong}");
        let run = scene.place.run(&args).ends_with(2);
        let told = [
            &*format!("--forward-to {wrong} must be a URL"),
            "remedy 办法: ",
            "填写接收端的http(s)地址",
        ];
        assert!(
            told.iter().all(|told| run.stderr.contains(told)),
            "{run:#?}"
        );
    }
}
