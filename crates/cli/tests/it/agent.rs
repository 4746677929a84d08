//! `doctor`, several apps, the agent's admin address and reconciling by digests, over real HTTP.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::binary::{Place, Run};
use crate::calling::today;
use crate::foreign::Foreign;
use crate::kill::chance::pause;
use crate::serving::{Serving, calling};

struct Scene {
    place: Place,
    serving: Serving,
    /// The keys of the apps of the two ISVs.
    apps: [String; 2],
}

impl Scene {
    /// Two ISVs, each with an app: the first has the clinics 00001 and 00002, the second 00009.
    fn new() -> Self {
        let place = Place::new();
        let mut apps = Vec::new();
        for (isv, povs) in [("one", &["00001", "00002"][..]), ("two", &["00009"])] {
            let mut csv = String::from(
                "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name\n",
            );
            for (nth, pov) in povs.iter().enumerate() {
                for n in 0..30 {
                    let id = format!("{isv}{nth}{n:02}");
                    csv += &format!("{id},{pov},{},08:00-08:30,{n:06},1,张小三\n", today());
                }
            }
            place.write("a.csv", csv);
            let import = format!("import --data platform --isv {isv} --create-povs a.csv");
            place.run(&import).ends_with(0);
            let create = format!(
                "app create --data platform --isv {isv} --name {isv} --grant * --format json"
            );
            let made = place.run(&create).ends_with(0).json();
            place.write(&format!("secret-{isv}"), made["secret"].as_str().unwrap());
            apps.push(made["app_key"].as_str().unwrap().to_owned());
        }
        place.write(
            "secret",
            std::fs::read(place.path().join("secret-one")).unwrap(),
        );
        let serving = Serving::start(&place);
        Self {
            place,
            serving,
            apps: [apps.remove(0), apps.remove(0)],
        }
    }

    /// A command of the first app.
    fn call(&self, args: &str) -> Run {
        calling(&self.place, &self.serving.url, &self.apps[0], args, &[])
    }

    /// The settings of both apps; these are the clinics of the second.
    fn two_apps(&self, povs: &str) {
        let [one, two] = &self.apps;
        let url = &self.serving.url;
        self.place.write(
            "povline.toml",
            format!(
                "[caller]\nurl = \"{url}\"\n\n[agent]\ndata = \"agent\"\nfirst_day = 0\nlast_day = 0\n\
                 today_seconds = 1\n\n[[app]]\napp_key = \"{one}\"\nsecret_file = \"secret-one\"\n\
                 povs = [\"00001\", \"00002\"]\n\n[[app]]\napp_key = \"{two}\"\nsecret_file = \
                 \"secret-two\"\npovs = [{povs}]\ncalls_per_second = 5\n"
            ),
        );
    }
}

fn findings(run: &Run) -> Vec<Value> {
    let lines = run.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn verdicts<'a>(findings: &'a [Value], check: &str) -> Vec<&'a str> {
    let of_check = findings.iter().filter(|finding| finding["check"] == check);
    of_check
        .map(|finding| finding["verdict"].as_str().unwrap())
        .collect()
}

#[test]
fn a_doctor_finds_all_well_and_says_what_is_not() {
    let scene = Scene::new();
    let look = "doctor --data agent --povs 00001,00002 --format ndjson";
    // Before anything was read: no directory, no ledger, and nothing is made by looking.
    let first = scene.call(look).ends_with(0);
    assert!(!scene.place.path().join("agent").exists());
    assert_eq!(verdicts(&findings(&first), "ledger"), ["warn"]);
    assert!(first.stderr.contains("2 calls made"), "{first:#?}");

    scene
        .call("sync --once --data agent --povs 00001,00002 --first-day 0 --last-day 0")
        .ends_with(0);
    let run = scene.call(look).ends_with(0);
    let found = findings(&run);
    for check in [
        "reach", "clock", "key", "clinics", "budget", "promises", "ledger", "copy",
    ] {
        let verdicts = verdicts(&found, check);
        assert!(!verdicts.is_empty(), "{check}: {run:#?}");
        assert!(
            verdicts.iter().all(|verdict| *verdict == "ok"),
            "{check}: {run:#?}"
        );
    }
    let budget = found
        .iter()
        .find(|finding| finding["check"] == "budget")
        .unwrap();
    let budget = budget["found"].as_str().unwrap();
    assert!(budget.contains("of 100000 calls left"), "{budget}");

    // A clinic that is not granted; the others are read all the same.
    let run = scene.call("doctor --data agent --povs 00009,00001 --format ndjson");
    let found = findings(&run.ends_with(4));
    let of_clinics: Vec<_> = found
        .iter()
        .filter(|finding| finding["check"] == "clinics")
        .collect();
    assert_eq!(of_clinics.len(), 2, "{found:#?}");
    assert!(of_clinics[0]["of"].as_str().unwrap().ends_with("00009"));
    assert_eq!(of_clinics[0]["verdict"], "bad");
    assert!(of_clinics[0]["remedy"].is_string());
    assert!(
        of_clinics[1]["found"]
            .as_str()
            .unwrap()
            .starts_with("1 of 2")
    );

    // A wrong secret is told once, and is not shown.
    scene.place.write("secret", "a-wrong-secret");
    let run = scene.call(look).ends_with(4);
    assert_eq!(verdicts(&findings(&run), "key"), ["bad"], "{run:#?}");
    assert!(!run.stdout.contains("wrong-secret") && !run.stderr.contains("wrong-secret"));
    assert!(run.stderr.contains("3 calls made"), "{run:#?}");

    // Nobody there.
    let run = calling(
        &scene.place,
        "http://127.0.0.1:9/router/rest",
        "1",
        look,
        &[],
    );
    let run = run.ends_with(6);
    assert_eq!(verdicts(&findings(&run), "reach"), ["bad"], "{run:#?}");
    assert!(run.stderr.contains("0 calls made"), "{run:#?}");

    // For people, in both languages.
    let table = scene
        .call("doctor --data agent --povs 00001")
        .ends_with(4)
        .stdout;
    assert!(
        table.contains("BAD 故障") && table.contains("密钥无效"),
        "{table}"
    );
}

#[test]
fn lists_that_were_never_read_are_told_beside_the_oldest_proof_and_with_a_remedy() {
    let scene = Scene::new();
    // Of this ISV's apps none may read 00009.
    let run = scene
        .call("sync --once --data agent --povs 00001,00009 --first-day 0 --last-day 0")
        .ends_with(4);
    for remedy in ["povline app grant", "编码有误,或应用未获授权"] {
        assert!(run.stderr.contains(remedy), "{run:#?}");
    }
    assert!(run.stderr.contains(" s, 1 never read 未读"), "{run:#?}");
    let status = scene.place.run("status --data agent --format ndjson");
    let status = status.ends_with(0);
    assert!(
        status.stderr.contains("2 lists 清单 (1 never read 未读), ")
            && status.stderr.contains(" s ago"),
        "{status:#?}"
    );
    let [read, never_read] = ["00001", "00009"].map(|pov| {
        let mut lines = status.stdout.lines();
        let line = lines.find(|line| line.contains(pov)).unwrap();
        serde_json::from_str::<serde_json::Value>(line).unwrap()
    });
    assert!(read["checked_at"].is_string() && read["changed_at"].is_string());
    assert!(read["tried_at"].is_string(), "{read}");
    assert!(never_read["checked_at"].is_null() && never_read["changed_at"].is_null());
    assert!(never_read["tried_at"].is_string(), "{never_read}");
    for command in ["reconcile --data agent", "pull"] {
        let run = scene.call(&format!("{command} --pov 00009 --day {}", today()));
        assert!(run.stderr.contains("povline app grant"), "{run:#?}");
    }
    let doctor = scene.call("doctor --data agent --povs 00009").ends_with(4);
    assert!(doctor.stdout.contains("povline app grant"), "{doctor:#?}");
}

#[test]
fn several_apps_keep_one_copy_and_no_clinic_is_under_two() {
    let scene = Scene::new();
    scene.two_apps("\"00009\", \"00001\"");
    let run = scene.place.run("sync --once").ends_with(2);
    assert!(
        run.stderr
            .contains("the clinic 00001 stands under the apps"),
        "{run:#?}"
    );

    scene.two_apps("\"00009\"");
    let run = scene.place.run("sync --once").ends_with(0);
    for app in &scene.apps {
        assert!(
            run.stderr.contains(&format!("app 应用 {app}: lists 清单")),
            "{run:#?}"
        );
    }
    let status = scene.place.run("status --format csv").ends_with(0).stdout;
    for pov in ["00001", "00002", "00009"] {
        let line = status.lines().find(|line| line.starts_with(pov)).unwrap();
        assert!(line.contains(",30,0,0,complete,"), "{line}");
    }
    // Each clinic is asked for as its own app.
    let day = today();
    let reconcile = format!("reconcile --pov 00002,00009 --day {day}");
    let run = scene.place.run(&reconcile).ends_with(0);
    assert!(run.stderr.contains("2 lists 清单 (2 by digest"), "{run:#?}");
    let unknown = scene.place.run(&format!("reconcile --pov 77 --day {day}"));
    assert!(
        unknown
            .ends_with(2)
            .stderr
            .contains("no app has the clinic 77")
    );
    let doctor = scene.place.run("doctor --format ndjson").ends_with(0);
    assert!(doctor.stderr.contains("3 calls made"), "{doctor:#?}");
    let plan = scene.place.run("plan --format csv").ends_with(0);
    for app in &scene.apps {
        assert!(
            plan.stderr.contains(&format!("app 应用 {app}")),
            "{plan:#?}"
        );
    }
    // These apps read by fixed tiers: how old lists are is told, and nothing that nobody promised.
    assert!(plan.stderr.contains("固定轮询,无承诺,无预计"), "{plan:#?}");
    assert!(!plan.stderr.contains("what the promises take"), "{plan:#?}");
    let tiers = plan.stdout.lines().filter(|line| line.starts_with("0,"));
    for tier in tiers {
        let cells: Vec<&str> = tier.split(',').collect();
        let (promised, foreseen) = (&cells[2..6], &cells[9..]);
        assert!(
            promised.iter().chain(foreseen).all(|cell| cell.is_empty()),
            "{tier}"
        );
        assert!(!cells[6].is_empty(), "{tier}");
    }
    // Two callers with one key would each spend the whole quota.
    let file = std::fs::read_to_string(scene.place.path().join("povline.toml")).unwrap();
    scene
        .place
        .write("povline.toml", file.replace(&scene.apps[1], &scene.apps[0]));
    let run = scene.place.run("sync --once").ends_with(2);
    assert!(run.stderr.contains("stands twice"), "{run:#?}");
}

/// Changes a row at the platform, and reconciles until that is seen: a platform shows what another
/// process wrote a moment later.
fn reconciled_after_a_change(scene: &Scene, reconcile: impl Fn() -> Run) -> Run {
    let header = "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name\n";
    let changed = format!("one003,00001,{},09:00-09:30,000003,1,张小三\n", today());
    scene.place.write("b.csv", format!("{header}{changed}"));
    scene
        .place
        .run("import --data platform --isv one b.csv")
        .ends_with(0);
    let mut run = reconcile();
    for _ in 0..40 {
        if run.code != 0 {
            break;
        }
        pause(Duration::from_millis(400));
        run = reconcile();
    }
    run
}

#[test]
fn a_reconciliation_by_digest_reads_only_what_differs() {
    let scene = Scene::new();
    scene
        .call("sync --once --data agent --povs 00001,00002 --first-day 0 --last-day 0")
        .ends_with(0);
    let day = today();
    let reconcile = |more: &str| {
        scene.call(&format!(
            "reconcile --data agent --pov 00001,00002 --day {day} --format csv {more}"
        ))
    };
    let run = reconcile("").ends_with(0);
    assert!(
        run.stderr
            .contains("2 lists 清单 (2 by digest 以摘要), 60 rows"),
        "{run:#?}"
    );
    let run = reconcile("--every-row").ends_with(0);
    assert!(
        run.stderr
            .contains("2 lists 清单 (0 by digest 以摘要), 60 rows"),
        "{run:#?}"
    );

    let run = reconciled_after_a_change(&scene, || reconcile("")).ends_with(7);
    assert!(run.stderr.contains("(1 by digest"), "{run:#?}");
    let differs: Vec<&str> = run.stdout.lines().skip(1).collect();
    assert_eq!(
        differs,
        [format!(
            "00001,{day},one003,differs,appointment_period,08:00-08:30,09:00-09:30"
        )],
        "{run:#?}"
    );
    reconcile("--repair").ends_with(0);
    let run = reconcile("").ends_with(0);
    assert!(run.stderr.contains("(2 by digest"), "{run:#?}");
}

/// A `sync` that runs on, with its admin address.
struct Syncing {
    child: Child,
    admin: String,
}

impl Syncing {
    fn start(scene: &Scene) -> Self {
        let mut child = scene
            .place
            .command("sync --admin 127.0.0.1:0")
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let told = lines.by_ref().map_while(Result::ok);
        let admin = told
            .into_iter()
            .find_map(|line| Some(line.split_once("http://")?.1.split('/').next()?.to_owned()))
            .expect("it tells its address");
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, admin }
    }

    fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.admin).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (
            head.split(' ').nth(1).unwrap().parse().unwrap(),
            body.to_owned(),
        )
    }
}

impl Drop for Syncing {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn the_admin_address_tells_health_readiness_and_metrics_of_each_app() {
    let scene = Scene::new();
    scene.two_apps("\"00009\"");
    let syncing = Syncing::start(&scene);
    assert_eq!(syncing.get("/health"), (200, "alive\n".to_owned()));
    let mut ready = syncing.get("/ready");
    for _ in 0..100 {
        if ready.0 == 200 {
            break;
        }
        assert!(ready.1.starts_with("app "), "{ready:?}");
        pause(Duration::from_millis(200));
        ready = syncing.get("/ready");
    }
    assert_eq!(ready, (200, "ready\n".to_owned()));
    let (status, text) = syncing.get("/metrics");
    assert_eq!(status, 200);
    let [one, two] = &scene.apps;
    for line in [
        format!("povline_agent_lists{{app=\"{one}\",days_ahead=\"0\"}} 2"),
        format!("povline_agent_lists{{app=\"{two}\",days_ahead=\"0\"}} 1"),
        format!("povline_agent_lists_never_read{{app=\"{one}\",days_ahead=\"0\"}} 0"),
        format!("povline_agent_lists_overdue{{app=\"{one}\",days_ahead=\"0\"}} 0"),
        format!("povline_agent_held{{app=\"{one}\"}} 0"),
        format!("povline_agent_todays_suspects_waiting{{app=\"{one}\"}} 0"),
        format!("povline_agent_alarms{{app=\"{two}\",kind=\"refused\"}} 0"),
        format!("povline_agent_rows_total{{app=\"{one}\"}} 60"),
        format!("povline_agent_events_total{{app=\"{two}\",kind=\"booked\"}} 30"),
        "# EOF".to_owned(),
    ] {
        assert!(text.lines().any(|told| told == line), "{line}: {text}");
    }
    for name in [
        "oldest_checked_age_seconds",
        "oldest_tried_age_seconds",
        "calls_left_today",
        "calls_total",
        "scans_total",
    ] {
        assert!(
            text.contains(&format!("povline_agent_{name}{{app=\"{one}\"")),
            "{name}: {text}"
        );
    }
    assert!(!text.contains("张"), "{text}");
    assert_eq!(syncing.get("/nothing").0, 404);
}

#[test]
fn an_alarm_is_told_by_the_status_when_it_stands_and_afterwards() {
    let scene = Scene::new();
    let secret = std::fs::read(scene.place.path().join("secret")).unwrap();
    let once = "sync --once --data agent --povs 00001 --first-day 0 --last-day 0";
    scene.place.write("secret", "another");
    scene.call(once).ends_with(4);
    let status = scene.place.run("status --data agent").ends_with(0);
    assert!(
        status.stderr.contains("ALARM 告警") && status.stderr.contains("refused platform"),
        "{status:#?}"
    );
    let alarms = scene
        .place
        .run("status --data agent --alarms --format json")
        .ends_with(0)
        .json();
    assert_eq!(alarms.as_array().unwrap().len(), 1);
    assert_eq!(alarms[0]["kind"], "refused");
    assert_eq!(alarms[0]["app_key"], scene.apps[0].as_str());
    assert_eq!(alarms[0]["cleared_at"], Value::Null);
    // It is not over as soon as one call succeeds, so that it does not flap.
    scene.place.write("secret", secret);
    scene.call(once).ends_with(0);
    let again = scene
        .place
        .run("status --data agent --alarms --format json")
        .ends_with(0)
        .json();
    assert_eq!(again, alarms);
}

#[test]
fn a_platform_without_digests_is_reconciled_row_by_row() {
    let scene = Scene::new();
    let foreign = Foreign::before(&scene.serving.url);
    let call = |args: &str| calling(&scene.place, &foreign.url, &scene.apps[0], args, &[]);
    call("sync --once --data agent --povs 00001,00002 --first-day 0 --last-day 0").ends_with(0);
    let day = today();
    let reconcile = |more: &str| {
        call(&format!(
            "reconcile --data agent --pov 00001,00002 --day {day} --format csv {more}"
        ))
    };
    let asked_before = foreign.refused();
    let run = reconcile("").ends_with(0);
    assert!(
        run.stderr
            .contains("2 lists 清单 (0 by digest 以摘要), 60 rows"),
        "{run:#?}"
    );
    // It is asked once, and what is done instead is said once.
    assert_eq!(foreign.refused(), asked_before + 1);
    let told = run.stderr.matches("offers no digests").count();
    assert_eq!(told, 1, "{run:#?}");

    let run = reconciled_after_a_change(&scene, || reconcile("")).ends_with(7);
    let differs: Vec<&str> = run.stdout.lines().skip(1).collect();
    assert_eq!(
        differs,
        [format!(
            "00001,{day},one003,differs,appointment_period,08:00-08:30,09:00-09:30"
        )]
    );
    reconcile("--repair").ends_with(0);
    reconcile("").ends_with(0);
}
