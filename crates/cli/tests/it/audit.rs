//! Who read or changed what, and what was answered, through the binary.

use std::process::{Child, Stdio};

use povline_store::book::SqliteBook;

use crate::binary::Place;
use crate::serving::{Serving, calling, make_app};

const ROWS: &str = "\
appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name
P0001,00001,2026-11-24,08:00-08:30,100001,1,测试
P0002,00001,2026-11-24,08:30-09:00,100002,0,样例
";

/// A place where an app has read a clinic's day, twice, and was refused once.
fn read_and_stopped() -> (Place, String) {
    let place = Place::new();
    place.write("rows.csv", ROWS);
    place
        .run("import --data platform --isv test --create-povs rows.csv")
        .ends_with(0);
    let app_key = make_app(&place);
    let mut serving = Serving::start(&place);
    let pull = |pov: &str| {
        let args = format!("pull --pov {pov} --day 2026-11-24 --format csv");
        calling(&place, &serving.url, &app_key, &args, &[])
    };
    pull("00001").ends_with(0);
    pull("00001").ends_with(0);
    pull("99999").ends_with(4);
    serving.stop();
    (place, app_key)
}

fn ndjson(text: &str) -> Vec<serde_json::Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_audit_tells_who_read_and_who_changed() {
    let (place, app_key) = read_and_stopped();
    let list = "audit list --data platform --format ndjson";
    let run = place.run(&format!("{list} --pov 00001 --day 2026-11-24"));
    let entries = ndjson(&run.ends_with(0).stdout);
    let told: Vec<(&str, &str)> = entries
        .iter()
        .map(|entry| {
            let text = |field: &str| entry[field].as_str().unwrap();
            (text("actor"), text("action"))
        })
        .collect();
    let app = format!("app:{app_key}");
    assert_eq!(told[0], ("command:import", "import"));
    assert!(told.len() > 1 && told[1..].iter().all(|one| *one == (&*app, "read")));
    let reads = &entries[1..];
    assert!(reads.iter().all(|entry| entry["result"] == "answered"));
    let count: i64 = reads
        .iter()
        .map(|entry| entry["count"].as_i64().unwrap())
        .sum();
    assert!(count >= 2, "{reads:?}");

    let of_app = place.run(&format!("{list} --app {app_key} --action create_app"));
    assert_eq!(ndjson(&of_app.ends_with(0).stdout).len(), 1);
    let long_ago = place.run(&format!("{list} --until 1h")).ends_with(0);
    assert_eq!(long_ago.stdout, "");
    let recent = place.run(&format!("{list} --since 1h")).ends_with(0);
    assert!(recent.stdout.lines().count() >= entries.len());
    for bad in ["--since yesterday", "--pov 77777", "--day 2026-13-01"] {
        let run = place.run(&format!("{list} {bad}")).ends_with(2);
        let flag = bad.split(' ').next_back().unwrap();
        assert!(run.stderr.contains(flag), "{run:?}");
    }
}

#[test]
fn verification_holds_and_breaks_with_a_code_of_its_own() {
    let (place, _) = read_and_stopped();
    let head = place.run("audit head --data platform").ends_with(0).stdout;
    let head = head.trim();
    let verify = format!("audit verify --data platform --format json --head {head}");
    let verdict = place.run(&verify).ends_with(0).json();
    assert_eq!(verdict[0]["verdict"], "holds");
    assert_eq!(verdict[0]["head"], head);

    let file = place.path().join("platform").join(SqliteBook::FILE_NAME);
    let whole = std::fs::read(&file).unwrap();
    make_app(&place);
    let longer = place.run("audit head --data platform").ends_with(0).stdout;
    // Whoever puts an older copy in the book's place has cut off its end.
    std::fs::write(&file, &whole).unwrap();
    let verify_longer = format!("audit verify --data platform --head {}", longer.trim());
    let cut = place.run(&verify_longer).ends_with(7);
    assert!(cut.stderr.contains("cut off"), "{cut:?}");
    place.run(&verify).ends_with(0);

    // And whoever edits the file has another actor there.
    let (actor, other) = (b"command:import", b"command:nobody");
    let mut edited = whole;
    let at = edited.windows(actor.len()).position(|text| text == actor);
    edited[at.unwrap()..][..other.len()].copy_from_slice(other);
    std::fs::write(&file, edited).unwrap();
    let broken = place.run("audit verify --data platform --format json");
    let broken = broken.ends_with(7);
    assert!(broken.stderr.contains("altered"), "{broken:?}");
    assert_eq!(broken.json()[0]["verdict"], "broken");
    assert!(broken.json()[0]["broken_at"].as_i64().unwrap() > 0);
    place
        .run("audit verify --data platform --head nonsense")
        .ends_with(2);
}

#[test]
fn the_log_is_searched_and_holds_nothing_secret() {
    let (place, app_key) = read_and_stopped();
    let log = "log --data platform --format ndjson";
    let lines = ndjson(&place.run(log).ends_with(0).stdout);
    assert!(lines.len() >= 3);
    let refused = place.run(&format!("{log} --code 50 --app {app_key}"));
    let refused = ndjson(&refused.ends_with(0).stdout);
    assert_eq!(refused[0]["sub_code"], "isv.pov-not-exist");
    let id = refused[0]["request_id"].as_str().unwrap();
    let by_id = place.run(&format!("{log} --request-id {id}")).ends_with(0);
    assert_eq!(ndjson(&by_id.stdout), refused[..1]);
    let answered = place.run(&format!("{log} --code 0 --pov 00001 --day 2026-11-24"));
    assert!(ndjson(&answered.ends_with(0).stdout).len() >= 2);
    assert_eq!(
        place.run(&format!("{log} --until 1h")).ends_with(0).stdout,
        ""
    );
    place.run(&format!("{log} --address nowhere")).ends_with(2);

    let secret = std::fs::read_to_string(place.path().join("secret")).unwrap();
    let everything: Vec<u8> = std::fs::read_dir(place.path().join("platform"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("requests"))
        .flat_map(|path| std::fs::read(path).unwrap())
        .collect();
    let holds = |text: &str| {
        everything
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(holds(&app_key));
    for private in [secret.trim(), "测试", "样例", "100001", "P0001", "99999"] {
        assert!(!holds(private), "{private}");
    }
}

#[test]
fn a_follower_of_the_log_sees_calls_as_they_come() {
    let place = Place::new();
    place.write("rows.csv", ROWS);
    place
        .run("import --data platform --isv test --create-povs rows.csv")
        .ends_with(0);
    let app_key = make_app(&place);
    let serving = Serving::start(&place);
    let out = place.path().join("followed");
    let mut follower = Follower(
        place
            .command("log --data platform --follow --format ndjson")
            .stdout(std::fs::File::create(&out).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let pull = "pull --pov 00001 --day 2026-11-24 --format csv";
    calling(&place, &serving.url, &app_key, pull, &[]).ends_with(0);
    // It comes when it comes; if it never does, the runner's own limit ends the test.
    while !std::fs::read_to_string(&out).unwrap().contains("answered") {
        assert!(follower.0.try_wait().unwrap().is_none(), "it must not end");
        std::thread::yield_now();
    }
}

struct Follower(Child);

impl Drop for Follower {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_wrong_signature_is_explained_to_the_operator() {
    let place = Place::new();
    let app_key = make_app(&place);
    let serving = Serving::start(&place);
    let secret = std::fs::read_to_string(place.path().join("secret")).unwrap();
    place.write("secret", app_key.as_bytes());
    let call = "call alibaba.health.vaccin.appointment.query --format json";
    let refused = calling(&place, &serving.url, &app_key, call, &[]).ends_with(4);
    let told = format!("{}{}", refused.stdout, refused.stderr);
    let (_, id) = told.split_once("request_id").unwrap();
    let is_of_id = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    let id = id.trim_start_matches(|character| !is_of_id(character));
    let id: String = id
        .chars()
        .take_while(|character| is_of_id(*character))
        .collect();
    let explain = format!("explain-signature {id} --admin {}", serving.admin);
    let record = place
        .run(&format!("{explain} --format ndjson"))
        .ends_with(0);
    let cause = record
        .stdout
        .lines()
        .find(|line| line.contains("\"cause\""));
    assert!(cause.unwrap().contains("not-the-secret"), "{record:?}");
    assert!(!record.stdout.contains(secret.trim()));
    place.run(&explain).ends_with(0);
    let unknown = format!("explain-signature aaaaaaaaaaaa --admin {}", serving.admin);
    assert!(place.run(&unknown).ends_with(1).stderr.contains("remedy"));
    place.run("explain-signature ../metrics").ends_with(2);
    let admin = serving.admin.clone();
    serving.kill();
    place
        .run(&format!("explain-signature {id} --admin {admin}"))
        .ends_with(6);
}

#[test]
fn who_only_looks_makes_nothing() {
    let place = Place::new();
    for args in ["audit head", "audit verify", "audit list", "log"] {
        let run = place.run(&format!("{args} --data nowhere")).ends_with(1);
        assert!(run.stderr.contains("nowhere"), "{run:?}");
        assert!(!place.path().join("nowhere").exists());
    }
}
