//! `serve`, `call`, `pull`, `sync`, `status`, `events`, over real HTTP.

use std::collections::BTreeSet;

use povline_domain::{Day, UnixMillis};

use crate::binary::Place;
use crate::serving::{Serving, calling, make_app};

const METHOD: &str = "alibaba.health.vaccin.appointment.query";

/// What no format may damage.
const NAMES: [&str; 5] = ["𠮷测", "测&试", "<测试>", "测\"试'样", "测试😀"];

const DAYS: [&str; 2] = ["2026-11-24", "2026-11-25"];

/// 450 rows on one day of 00001 and five names on one of 00002.
fn csv([one, other]: [&str; 2]) -> String {
    let mut csv = String::from(
        "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name\n",
    );
    for n in 0..450 {
        csv += &format!("P{n:04},00001,{one},08:00-08:30,{n:06},{},测试{n}\n", n % 2);
    }
    for (n, name) in NAMES.iter().enumerate() {
        let name = name.replace('"', "\"\"");
        csv += &format!("Q{n},00002,{other},14:00-14:30,{n:06},1,\"{name}\"\n");
    }
    csv
}

struct Scene {
    place: Place,
    serving: Serving,
    app_key: String,
}

impl Scene {
    fn new() -> Self {
        Self::on(DAYS)
    }

    fn on(days: [&str; 2]) -> Self {
        let place = Place::new();
        place.write("a.csv", csv(days));
        place
            .run("import --data platform --isv test --create-povs a.csv")
            .ends_with(0);
        let app_key = make_app(&place);
        let serving = Serving::start(&place);
        Self {
            place,
            serving,
            app_key,
        }
    }

    fn run(&self, args: &str, more: &[&str]) -> crate::binary::Run {
        calling(&self.place, &self.serving.url, &self.app_key, args, more)
    }
}

fn query(pov: &str, day: &str, size: u32) -> String {
    let request = serde_json::json!({"day": day, "out_pov_id": pov, "page_size": size});
    format!("param_query_pov_appointment_record_by_date_req={request}")
}

/// The instant that the binary takes for now.
pub(crate) fn now() -> UnixMillis {
    #[expect(clippy::disallowed_methods, reason = "the binary reads the same clock")]
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
    UnixMillis(i64::try_from(since.as_millis()).unwrap())
}

/// The day that the binary takes for today.
pub(crate) fn today() -> Day {
    Day::at(now())
}

fn lines(csv: &str) -> BTreeSet<&str> {
    csv.lines().collect()
}

#[test]
fn every_signature_and_format_gets_the_same_rows() {
    let scene = Scene::new();
    for sign_method in ["md5", "hmac", "hmac-sha256"] {
        for verb in ["", "--get"] {
            let json = format!("call {METHOD} --sign-method {sign_method} {verb}");
            let run = scene
                .run(&json, &[&query("00002", "2026-11-25", 200)])
                .ends_with(0);
            let answer = run.json();
            let result = &answer["alibaba_health_vaccin_appointment_query_response"]["result"];
            let rows = &result["model"]["data_list"]["pov_appointment_record_dto"];
            let names: Vec<&str> = rows
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["name"].as_str().unwrap())
                .collect();
            assert_eq!(names, NAMES, "{run:#?}");
            let xml = scene
                .run(
                    &format!("{json} --format xml"),
                    &[&query("00002", "2026-11-25", 200)],
                )
                .ends_with(0);
            assert!(xml.stdout.starts_with("<?xml"), "{xml:#?}");
            assert!(xml.stdout.contains("测&amp;试") && xml.stdout.contains("&lt;测试&gt;"));
        }
    }
}

#[test]
fn what_the_platform_refuses_is_told_and_the_secret_never_is() {
    let scene = Scene::new();
    let secret = std::fs::read_to_string(scene.place.path().join("secret")).unwrap();
    let unknown = scene
        .run(
            &format!("call {METHOD}"),
            &[&query("99999", "2026-11-25", 200)],
        )
        .ends_with(4);
    assert!(unknown.stdout.contains("error_response") && unknown.stderr.contains("remedy"));
    let other = scene.run("call no.such.method", &[]).ends_with(4);
    assert!(other.stdout.contains("error_response"));
    scene.place.write("wrong", "0123");
    let refused = scene
        .run(
            &format!("call {METHOD} --secret-file wrong"),
            &[&query("00002", "2026-11-25", 1)],
        )
        .ends_with(4);
    assert!(refused.stdout.contains("25"), "{refused:#?}");
    for run in [unknown, other, refused] {
        assert!(!run.stdout.contains(&secret) && !run.stderr.contains(&secret));
    }
    let missing = scene.place.run(&format!("call {METHOD}")).ends_with(2);
    for setting in ["caller.url", "caller.app_key", "secret"] {
        assert!(missing.stderr.contains(setting), "{missing:#?}");
    }
    let nobody = calling(
        &scene.place,
        "http://127.0.0.1:9/router/rest",
        &scene.app_key,
        &format!("call {METHOD}"),
        &[],
    )
    .ends_with(6);
    assert!(nobody.stderr.contains("remedy"), "{nobody:#?}");
}

#[test]
fn a_printed_request_is_the_url_an_empty_line_and_the_body() {
    let scene = Scene::new();
    let printed = scene
        .run(
            &format!("call {METHOD} --print-request"),
            &[&query("00001", "2026-11-24", 1)],
        )
        .ends_with(0);
    let (url, body) = printed.stdout.trim_end().split_once("\n\n").unwrap();
    assert!(
        url.starts_with(&format!("{}?", scene.serving.url)),
        "{printed:#?}"
    );
    assert!(url.contains("&sign=") && !body.contains('\n'));
    assert!(body.starts_with("param_query_pov_appointment_record_by_date_req=%7B"));
}

#[test]
fn what_is_pulled_equals_what_was_imported_row_by_row() {
    let scene = Scene::new();
    let pull = "pull --pov 00001,00002 --day 2026-11-24..2026-11-25 --names --format csv";
    let run = scene.run(pull, &[]).ends_with(0);
    let imported = csv(DAYS);
    let (ours, theirs) = (lines(&run.stdout), lines(&imported));
    // The writer quotes only where it must.
    let unquoted = |lines: BTreeSet<&str>| -> BTreeSet<String> {
        lines
            .into_iter()
            .map(|line| match line.contains("\"\"") {
                true => line.to_owned(),
                false => line.replace('"', ""),
            })
            .collect()
    };
    assert_eq!(unquoted(ours), unquoted(theirs));
    assert!(run.stderr.contains("4 complete"), "{}", run.stderr);

    // What was pulled is what stands there: importing it changes nothing.
    scene.place.write("pulled.csv", &run.stdout);
    let report = scene
        .place
        .run("import --data platform --isv test --format json pulled.csv")
        .ends_with(0)
        .json();
    assert_eq!(report["unchanged"], 455);
}

#[test]
fn names_and_on_screens_pick_codes_are_masked_unless_asked_for() {
    let scene = Scene::new();
    let pull = "pull --pov 00002 --day 2026-11-25";
    let table = scene.run(pull, &[]).ends_with(0);
    let ndjson = scene
        .run(&format!("{pull} --format ndjson"), &[])
        .ends_with(0);
    for name in NAMES {
        assert!(
            !table.stdout.contains(name) && !ndjson.stdout.contains(name),
            "{name}"
        );
    }
    assert!(!table.stdout.contains("000003"));
    assert!(ndjson.stdout.contains("000003"));
    let whole = scene.run(&format!("{pull} --names"), &[]).ends_with(0);
    assert!(whole.stdout.contains("𠮷测") && whole.stdout.contains("000003"));
}

#[test]
fn a_list_that_cannot_be_read_decides_the_exit_code_and_spares_the_others() {
    let scene = Scene::new();
    let pull = "pull --pov 99999,00002 --day 2026-11-25 --format ndjson";
    let run = scene.run(pull, &[]).ends_with(4);
    assert_eq!(run.stdout.lines().count(), NAMES.len());
    assert!(run.stderr.contains("99999 2026-11-25"), "{run:#?}");
    scene
        .run("pull --pov 00002 --day 2026-11-31", &[])
        .ends_with(2);
}

#[test]
fn a_failure_tells_its_remedy_and_does_not_read_as_no_appointments() {
    let scene = Scene::new();
    let good = std::fs::read(scene.place.path().join("secret")).unwrap();
    scene.place.write("secret", "wrong");
    for command in [
        "pull --pov 00002 --day 2026-11-24..2026-11-25",
        "sync --once --data agent --povs 00002",
    ] {
        let run = scene.run(command, &[]).ends_with(4);
        assert_eq!(run.stdout, "", "{command}");
        assert!(run.stderr.contains("25 Invalid signature"), "{run:#?}");
        assert_eq!(run.stderr.matches("remedy 办法: ").count(), 1, "{run:#?}");
    }
    scene.place.write("secret", good);
    let nobody = "--url http://127.0.0.1:9/router/rest";
    let run = scene
        .run(&format!("pull --pov 00002 --day 2026-11-24 {nobody}"), &[])
        .ends_with(6);
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr.contains("remedy 办法: is the platform running"),
        "{run:#?}"
    );
    // A list that is empty, and proved so, is told as such.
    let run = scene
        .run("pull --pov 00002 --day 2026-12-24", &[])
        .ends_with(0);
    assert!(run.stdout.contains("none"), "{run:#?}");
}

#[test]
fn a_copy_is_kept_and_told() {
    let today = today();
    let tomorrow = today.plus_days(1).unwrap().to_string();
    let scene = Scene::on([&today.to_string(), &tomorrow]);
    // Midnight may pass while this runs.
    let days = "--first-day -1 --last-day 2";
    let sync = format!("sync --once --data agent --povs 00001,00002 {days}");
    scene.run(&sync, &[]).ends_with(0);
    let status = scene
        .place
        .run("status --data agent --format json")
        .ends_with(0)
        .json();
    let live: i64 = status
        .as_array()
        .unwrap()
        .iter()
        .map(|day| day["live"].as_i64().unwrap())
        .sum();
    assert_eq!(live, 455);
    let events = scene
        .place
        .run("events --data agent --format ndjson")
        .ends_with(0);
    assert_eq!(events.stdout.lines().count(), 455);
    assert!(!events.stdout.contains(NAMES[0]));
    let later = scene
        .place
        .run("events --data agent --since 450 --format csv")
        .ends_with(0);
    assert_eq!(later.stdout.lines().count(), 6);
    let absent = scene.place.run("status --data nowhere").ends_with(1);
    assert!(absent.stderr.contains("remedy") && !scene.place.path().join("nowhere").exists());
    let unknown = sync
        .replace("00001,00002", "99999")
        .replace("agent", "other");
    scene.run(&unknown, &[]).ends_with(4);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let scene = Scene::new();
    let mut child = scene
        .place
        .command("pull --pov 00001 --day 2026-11-24 --format ndjson")
        .env("POVLINE_URL", &scene.serving.url)
        .env("POVLINE_APP_KEY", &scene.app_key)
        .env("POVLINE_SECRET_FILE", "secret")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        !stderr.contains("error") && !stderr.contains("panic"),
        "{stderr}"
    );
}
