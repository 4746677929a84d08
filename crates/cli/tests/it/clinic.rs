//! The front desk through the binary: set up, served, killed and started again.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::binary::Place;
use crate::calling::today;
use crate::serving::{Serving, calling, make_app};

/// An agent that serves the desk.
struct Desk {
    child: Child,
    address: String,
}

impl Desk {
    fn start(place: &Place, url: &str, app_key: &str) -> Self {
        let mut child = place
            .command(
                "sync --data agent --povs 00001 --first-day 0 --last-day 1 --today-seconds 1 \
                 --other-days-seconds 1 --clinic 127.0.0.1:0",
            )
            .env("POVLINE_URL", url)
            .env("POVLINE_APP_KEY", app_key)
            .env("POVLINE_SECRET_FILE", "secret")
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, rest) = line.split_once("clinics 前台: http://")?;
                Some(rest.split('/').next()?.to_owned())
            })
            .expect("the desk tells its address");
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Posts to the desk; its answer with status 200.
    fn post(&self, path: &str, bearer: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer \
             {bearer}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
        serde_json::from_str(body).unwrap()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

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
