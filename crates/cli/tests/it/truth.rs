//! `held`, `quarantine`, `explain`, `reconcile` and `pull --from-ledger`, over real HTTP.

use std::ops::Range;
use std::time::Duration;

use povline_domain::{AppointmentId, Day, UnixMillis};
use povline_store::book::{Actor, Book as _, SqliteBook, Write};
use serde_json::json;

use crate::binary::{Place, Run};
use crate::calling::today;
use crate::foreign::Foreign;
use crate::kill::chance::pause;
use crate::serving::{Serving, calling, make_app};

struct Scene {
    place: Place,
    serving: Serving,
    app_key: String,
}

impl Scene {
    /// A clinic with 60 rows today, kept in a copy.
    fn new() -> Self {
        let place = Place::new();
        let mut csv = String::from(
            "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name\n",
        );
        for n in 0..60 {
            csv += &format!("P{n:02},00001,{},08:00-08:30,{n:06},1,张小三\n", today());
        }
        place.write("a.csv", csv);
        place
            .run("import --data platform --isv test --create-povs a.csv")
            .ends_with(0);
        let app_key = make_app(&place);
        let serving = Serving::start(&place);
        let scene = Self {
            place,
            serving,
            app_key,
        };
        scene.sync();
        scene
    }

    fn call(&self, args: &str) -> Run {
        calling(&self.place, &self.serving.url, &self.app_key, args, &[])
    }

    fn sync(&self) {
        let once = "sync --once --data agent --povs 00001 --first-day 0 --last-day 0 \
                    --confirm-after-seconds 1";
        self.call(once).ends_with(0);
    }

    /// Cancels these rows at the platform.
    fn cancel(&self, numbers: Range<usize>) {
        let book = SqliteBook::open(self.place.path().join("platform")).unwrap();
        let id = |n| AppointmentId::new(format!("P{n:02}")).unwrap();
        let writes = numbers.map(|n| Write::Cancel(id(n))).collect();
        let actor = Actor {
            name: "test".to_owned(),
            at: UnixMillis(0),
        };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(book.write(&actor, writes)).unwrap();
    }

    fn reconcile(&self, more: &str) -> Run {
        let day = today();
        self.call(&format!(
            "reconcile --data agent --pov 00001 --day {day} {more}"
        ))
    }

    fn held(&self) -> Vec<serde_json::Value> {
        let held = self.place.run("held --data agent --format json");
        held.ends_with(0).json().as_array().unwrap().clone()
    }

    fn events(&self, kind: &str) -> usize {
        let events = self.place.run("events --data agent --format csv");
        let events = events.ends_with(0).stdout;
        events.lines().filter(|line| line.contains(kind)).count()
    }
}

/// The platform shows another process's writes a moment later.
fn eventually(mut done: impl FnMut() -> bool) {
    for _ in 0..40 {
        if done() {
            return;
        }
        pause(Duration::from_millis(400));
    }
    panic!("it does not come about");
}

#[test]
fn a_loss_that_is_too_large_waits_for_a_person() {
    let scene = Scene::new();
    scene.cancel(0..50);
    // What is missing there is told field by field, names masked.
    eventually(|| scene.reconcile("").code == 7);
    let told = scene.reconcile("--format csv").ends_with(7).stdout;
    assert_eq!(told.lines().count(), 1 + 50 * 4, "{told}");
    assert!(told.contains("missing-there,name,张*三,") && !told.contains("张小三"));

    scene.sync();
    let held = scene.held();
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(
        (&held[0]["lost"], &held[0]["known"]),
        (&50.into(), &60.into())
    );
    assert_eq!(held[0]["out_pov_id"], "00001");
    let status = scene
        .place
        .run("status --data agent --format csv")
        .ends_with(0);
    assert!(status.stderr.contains("povline held"), "{status:#?}");
    eventually(|| {
        scene.sync();
        scene.held()[0]["state"] == "waiting"
    });
    assert_eq!(scene.events(",cancelled,"), 0);
    let in_doubt = scene.place.run("explain P03 --data agent").ends_with(0);
    assert!(in_doubt.stderr.contains("HELD"), "{in_doubt:#?}");
    // Rows in doubt are no difference.
    scene.reconcile("").ends_with(0);

    let day = today();
    let decide = |what: &str| {
        scene
            .place
            .run(&format!("held {what} --data agent --by Li-Lei"))
    };
    let mark = || scene.held()[0]["mark"].as_str().unwrap().to_owned();
    let shown = mark();
    decide(&format!("reject 00001 2026-11-32 --mark {shown}")).ends_with(2);
    decide(&format!("accept 00001 {day}")).ends_with(2);
    decide(&format!("accept 00001 {day} --mark 40")).ends_with(2);
    decide(&format!("accept 99999 2026-11-24 --mark {shown}")).ends_with(1);
    decide(&format!("accept --fleet --mark {shown}")).ends_with(1);
    // Two more are gone by now than were looked at.
    scene.cancel(50..52);
    eventually(|| {
        scene.sync();
        scene.held()[0]["lost"] == 52
    });
    let stale = decide(&format!("accept 00001 {day} --mark {shown}")).ends_with(1);
    assert!(
        stale.stderr.contains("the list has changed") && stale.stderr.contains("清单已变化"),
        "{stale:#?}"
    );
    decide(&format!("reject 00001 {day} --mark {}", mark())).ends_with(0);
    assert_eq!(scene.held()[0]["state"], "rejected");
    decide(&format!("accept 00001 {day} --mark {}", mark())).ends_with(0);
    assert_eq!(scene.held(), [] as [serde_json::Value; 0]);
    let decisions = scene.place.run("held decisions --data agent --format csv");
    let decisions = decisions.ends_with(0).stdout;
    assert!(decisions.contains("accepted,Li-Lei") && decisions.contains("rejected,Li-Lei"));
    eventually(|| {
        scene.sync();
        scene.events(",cancelled,") == 52
    });

    let story = scene.place.run("explain P03 --data agent --format json");
    let story = story.ends_with(0);
    let steps: Vec<String> = story
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["step"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        steps,
        ["booked", "suspected", "confirmed-absent", "cancelled"]
    );
    assert!(!story.stdout.contains("张小三") && story.stdout.contains("张*三"));
    let page = &story.json()[0]["pages"][0];
    assert_eq!(
        (page["page_size"].as_i64(), page["rows"].as_i64()),
        (Some(200), Some(60))
    );
    scene.place.run("explain P99 --data agent").ends_with(1);
    scene.place.run("quarantine --data agent").ends_with(0);
    scene
        .place
        .run("quarantine drop 7 --data agent")
        .ends_with(1);
}

#[test]
fn a_repair_brings_the_copy_in_line_and_the_past_is_still_known() {
    let scene = Scene::new();
    scene.cancel(0..3);
    eventually(|| scene.reconcile("").code == 7);
    let day = today();
    let pull = |more: &[&str]| {
        let args = format!("pull --from-ledger --data agent --pov 00001 --day {day} --format csv");
        calling(&scene.place, "", "", &args, more)
    };
    assert_eq!(pull(&[]).ends_with(0).stdout.lines().count(), 61);
    scene.reconcile("--repair").ends_with(0);
    scene.reconcile("").ends_with(0);
    let now = pull(&[]).ends_with(0);
    assert!(now.stderr.contains("3 in doubt"), "{now:#?}");
    let in_doubt = now
        .stdout
        .lines()
        .filter(|line| line.contains(",suspected,"));
    assert_eq!(in_doubt.count(), 3, "{now:#?}");
    let long_ago = pull(&["--as-of", "2020-01-01 08:15"]).ends_with(1);
    assert!(long_ago.stderr.contains("history begins"), "{long_ago:#?}");
    pull(&["--as-of", "08:15"]).ends_with(2);
    eventually(|| {
        scene.sync();
        scene.events(",cancelled,") == 3
    });
    assert_eq!(pull(&[]).ends_with(0).stdout.lines().count(), 58);
    let tomorrow = format!("{} 00:00", day.plus_days(1).unwrap());
    let early = pull(&["--as-of", &tomorrow]).ends_with(2);
    assert!(early.stderr.contains("yet to come"), "{early:#?}");
    // What is not known is not empty.
    let of = |pov: &str, day: Day| {
        let args = format!("pull --from-ledger --data agent --pov {pov} --day {day} --format csv");
        scene.place.run(&args)
    };
    let unknown = of("99999", day).ends_with(2);
    assert!(unknown.stderr.contains("no clinic 99999"), "{unknown:#?}");
    let unread = of("00001", day.plus_days(300).unwrap()).ends_with(5);
    assert!(unread.stderr.contains("not read whole by"), "{unread:#?}");
    assert_eq!(unread.stdout.lines().count(), 1, "{unread:#?}");
    // A cancellation shows each day that its proof needs.
    let story = scene.place.run("explain P00 --data agent --format json");
    let steps = story.ends_with(0).json();
    let steps = steps.as_array().unwrap();
    let cancelled = steps.iter().find(|step| step["step"] == "cancelled");
    let looked_at = cancelled.unwrap()["looked_at"].as_array().unwrap();
    let days: Vec<_> = looked_at.iter().map(|one| one["day"].as_str()).collect();
    assert_eq!(days, [Some(day.to_string().as_str())]);
    assert!(cancelled.unwrap()["pages"][0]["page_number"].is_i64());
}

#[test]
fn what_rows_say_beside_is_kept_and_shown_when_asked_for() {
    let scene = Scene::new();
    let foreign = Foreign::saying(
        &scene.serving.url,
        r#""guardian":{"phone":"13800000000"},"dose":2,"#,
    );
    let sync = "sync --once --data agent --povs 00001 --first-day 0 --last-day 0";
    let run = calling(&scene.place, &foreign.url, &scene.app_key, sync, &[]);
    run.ends_with(0);
    assert_eq!(scene.events("changed"), 0, "no appointment has changed");

    let last = |args: &str| {
        let told = scene.place.run(args).ends_with(0).stdout;
        serde_json::from_str::<serde_json::Value>(told.lines().last().unwrap()).unwrap()
    };
    let explain = "explain P07 --data agent --format ndjson";
    let masked = json!({"guardian": "*", "dose": "*"});
    let whole = json!({"guardian": {"phone": "13800000000"}, "dose": 2});
    let told = last(explain);
    assert_eq!(told["step"], "unknown-fields");
    assert_eq!(told["unknown_fields"], masked);
    assert_eq!(last(&format!("{explain} --names"))["unknown_fields"], whole);

    let day = today();
    let pull = format!("pull --from-ledger --data agent --pov 00001 --day {day} --format");
    assert_eq!(last(&format!("{pull} ndjson"))["unknown_fields"], masked);
    let names = last(&format!("{pull} ndjson --names"));
    assert_eq!(
        (&names["unknown_fields"], &names["name"]),
        (&whole, &"张小三".into())
    );
    let table = scene.place.run(&format!("{pull} table --names"));
    let table = table.ends_with(0).stdout;
    assert!(
        table.contains("State") && !table.contains("guardian"),
        "{table}"
    );
    let status = scene.place.run("status --data agent").ends_with(0);
    assert!(
        status
            .stderr
            .contains("unknown fields 未知字段 dose guardian"),
        "{status:#?}"
    );

    // Gone again: plain rows say nothing beside.
    scene.sync();
    assert_eq!(last(explain)["unknown_fields"], json!(null));
}
