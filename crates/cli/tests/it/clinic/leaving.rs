//! Everything that leaves a running agent, searched for a name and its pick code.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use povline_domain::{AppointmentId, UnixMillis};
use povline_store::book::{Actor, Book as _, SqliteBook, Write as Deed, WriteOutcome};
use povline_store::query_rows;
use serde_json::json;

use super::serving::{Desk, exchange, token};
use crate::binary::Place;
use crate::calling::today;
use crate::delivery::taking::{SECRET, Taking};
use crate::kill::chance::pause;
use crate::serving::{Serving, calling, make_app};

const NAME: &str = "诸葛小明";
const MASKED: &str = "诸**明";
const CODE: &str = "Q7351";
/// What an address says of the name, and of a part of it.
const NAME_IN_ADDRESS: [&str; 2] = ["%E8%AF%B8%E8%91%9B%E5%B0%8F%E6%98%8E", "%E8%AF%B8%E8%91%9B"];
/// More than may vanish at once from a list.
const TOMORROW: usize = 25;
const LIVE_TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A stream that is read for as long as it is there.
struct Heard(Arc<Mutex<String>>);

impl Heard {
    fn open(address: &str, path: &str, header: &str) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n").unwrap();
        let heard = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&heard);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = stream.read(&mut bytes) {
                *kept.lock().unwrap() += &String::from_utf8_lossy(&bytes[..count]);
            }
        });
        Self(heard)
    }

    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    /// Waits until this was heard.
    fn hears(&self, what: &str) {
        for _ in 0..300 {
            if self.text().contains(what) {
                return;
            }
            pause(Duration::from_millis(100));
        }
        panic!("{what} was never heard: {}", self.text());
    }
}

/// Cancels appointments of a platform that nobody serves.
fn cancel(place: &Place, ids: impl Iterator<Item = String>) {
    let book = SqliteBook::open(place.path().join("platform")).unwrap();
    let writes = ids.map(|id| Deed::Cancel(AppointmentId::new(id).unwrap()));
    let actor = Actor {
        name: "test".to_owned(),
        at: UnixMillis(0),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let written = book.write(&actor, writes.collect());
    let written = runtime.block_on(written).unwrap();
    assert!(written.iter().all(|outcome| *outcome == WriteOutcome::Done));
}

/// Waits until it is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..300 {
        if is_so() {
            return;
        }
        pause(Duration::from_millis(100));
    }
    panic!("it never was so: {what}");
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

fn scene(place: &Place) -> (Serving, String) {
    let mut csv = String::from(
        "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name\n",
    );
    csv += &format!("P1,00001,{},08:00-08:30,{CODE},1,{NAME}\n", today());
    csv += &format!("P2,00001,{},08:00-08:30,Q7352,1,{NAME}\n", today());
    let tomorrow = today().plus_days(1).unwrap();
    for n in 0..TOMORROW {
        csv += &format!("T{n},00001,{tomorrow},08:00-08:30,R{n},1,{NAME}\n");
    }
    place.write("rows.csv", csv);
    place
        .run("import --data platform --isv test --create-povs rows.csv")
        .ends_with(0);
    let app_key = make_app(place);
    let grant = format!("app grant --data platform --write {app_key} 00001");
    place.run(&grant).ends_with(0);
    let serving = Serving::start(place);
    let sync = "sync --data agent --povs 00001 --first-day 0 --last-day 1 --once";
    calling(place, &serving.url, &app_key, sync, &[]).ends_with(0);
    (serving, app_key)
}

#[test]
fn no_name_leaves_a_talkative_agent_but_to_staff_signed_in() {
    let place = Place::new();
    let (serving, app_key) = scene(&place);
    let add = "clinic staff add 00001 李雷 --data agent";
    place.run_with_input(add, b"258036\n").ends_with(0);
    let pair = |more: &str| {
        let made = place.run(&format!("clinic pair 00001 {more} --data agent"));
        made.ends_with(0).stdout
    };
    let (code, screen_code) = (pair("--name desk"), pair("--name hall --screen"));
    let program = token(&place, "00001");
    let fleet = token(&place, "--fleet");
    let receiver = Taking::start(|_, _| 204);
    let refusing = Taking::start(|_, _| 422);
    let (live, admin) = (free_address(), free_address());
    place.write("hook", SECRET);
    place.write("live", LIVE_TOKEN);
    place.write(
        "povline.toml",
        format!(
            "[[sink]]\nkind = \"webhook\"\nname = \"queue\"\nurl = \"{}\"\nsecret_file = \"hook\"\n\
             [[sink]]\nkind = \"webhook\"\nname = \"grave\"\nurl = \"{}\"\nsecret_file = \"hook\"\n\
             attempts = 1\n\
             [[sink]]\nkind = \"ndjson\"\nname = \"archive\"\npath = \"events.ndjson\"\n\
             [[sink]]\nkind = \"table\"\nname = \"reports\"\n\
             [[sink]]\nkind = \"sse\"\nname = \"live\"\nlisten = \"{live}\"\ntoken_file = \"live\"\n",
            receiver.url, refusing.url
        ),
    );
    let flags = format!(
        "--data agent --povs 00001 --first-day 0 --last-day 1 --today-seconds 1 \
         --other-days-seconds 1 --admin {admin} --log trace"
    );
    let desk = Desk::start_with(&place, &flags, &serving.url, &app_key);
    let device = desk.post("/v1/pair", "", &json!({ "code": code }));
    let device = device["device_token"].as_str().unwrap();
    let screen = desk.post("/v1/pair", "", &json!({ "code": screen_code }));
    let screen = screen["device_token"].as_str().unwrap();
    let pin = json!({ "staff": 1, "pin": "258036" });
    let session = desk.post("/v1/sign-in", device, &pin);
    let session = session["session_token"].as_str().unwrap();
    let cookies = |name: &str, secret: &str| format!("{name}={secret}; lang=en");
    let at_desk = cookies("povline_session", session);
    // It is there for whom it is meant, so the search below would find it.
    let board = desk.page("/", &at_desk);
    assert!(board.contains(NAME) && board.contains(CODE));

    let header = |name: &str, value: &str| format!("{name}: {value}");
    let events = Heard::open(&desk.address, "/events", &header("Cookie", &at_desk));
    let at_screen = cookies("povline_device", screen);
    let bearer = |secret: &str| format!("Authorization: Bearer {secret}");
    let hall = Heard::open(
        &desk.address,
        "/screen/events",
        &header("Cookie", &at_screen),
    );
    let documents = Heard::open(&desk.address, "/v1/events", &bearer(&program));
    let told = Heard::open(&live, "/events", &bearer(LIVE_TOKEN));
    events.hears(NAME);
    hall.hears(MASKED);
    documents.hears(MASKED);
    told.hears("200 OK");
    // Something happens: it is done here, told to the platform, read again and told to all sinks.
    desk.pick(&program, "P1");
    desk.is_told(&program);
    desk.pull(&program);
    told.hears("P1");
    documents.hears("\"picked\":true");
    // All were booked and one picked; the table is written in the same breath as the rest.
    until("the webhook has all", || {
        receiver.each_once().len() == 2 + TOMORROW + 1
    });
    // The platform refuses a pick, and tomorrow's list loses so much that it is held.
    let listen = serving.url.split('/').nth(2).unwrap().to_owned();
    serving.kill();
    desk.pick(&program, "P2");
    let gone = (0..TOMORROW).map(|n| format!("T{n}"));
    cancel(&place, gone.chain(["P2".to_owned()]));
    let serving = Serving::start_at(&place, &listen);
    until("a pick is refused", || {
        desk.said().contains("the platform refuses a pick")
    });
    until("tomorrow is held", || {
        let held = place.run("held --data agent --format csv").ends_with(0);
        held.stdout.contains("00001,")
    });
    // Whoever may see it sees it, and no log keeps what was looked for.
    let tomorrow = today().plus_days(1).unwrap();
    let held = desk.page(&format!("/held/{tomorrow}"), &at_desk);
    assert!(held.contains(NAME), "{held}");
    for name in NAME_IN_ADDRESS {
        let found = desk.page(&format!("/find?q={name}"), &at_desk);
        assert!(found.contains(NAME), "{found}");
    }

    let mut left = vec![
        ("the screen's stream", hall.text()),
        ("the programs' stream", documents.text()),
        ("the sse sink", told.text()),
        ("the webhook", format!("{:?}", receiver.each_once())),
    ];
    for path in ["/metrics", "/health", "/ready"] {
        let head = format!("GET {path} HTTP/1.1\r\n");
        left.push((path, exchange(&admin, &head, "")));
    }
    for path in [
        "/v1/lists/today",
        "/v1/lists/today/counts",
        "/v1/lists/tomorrow",
        "/v1/find?q=Q7351",
        "/v1/openapi.json",
    ] {
        left.push((path, desk.get(path, &program)));
    }
    for name in NAME_IN_ADDRESS {
        let found = desk.get(&format!("/v1/find?q={name}"), &program);
        assert!(found.contains(MASKED), "{found}");
        left.push(("a search by name", found));
    }
    left.push(("/screen", desk.page("/screen", &at_screen)));
    let fleet = cookies("povline_fleet", &fleet);
    for path in ["/fleet", "/fleet/now"] {
        left.push((path, desk.page(path, &fleet)));
    }
    for command in [
        "status",
        "status --sinks",
        "events --format ndjson",
        "events --envelope",
        "events dead --format ndjson",
        "explain P1 --format json",
        "explain P2",
        "explain T0",
        "held",
        "held decisions",
    ] {
        let run = place.run(&format!("{command} --data agent")).ends_with(0);
        left.push((command, run.stdout + &run.stderr));
    }
    for command in ["pull", "pull --from-ledger --data agent"] {
        for more in ["", "--format ndjson"] {
            let days = format!("--pov 00001 --day {}..{tomorrow} {more}", today());
            let args = format!("{command} {days}");
            let run = calling(&place, &serving.url, &app_key, &args, &[]).ends_with(0);
            left.push((command, run.stdout + &run.stderr));
        }
    }
    let log = desk.said();
    desk.kill();
    let archive = std::fs::read_to_string(place.path().join("events.ndjson")).unwrap();
    assert!(archive.contains(MASKED) && log.contains("TRACE"), "{log}");
    left.push(("the file", archive));
    let table = query_rows(
        &place.path().join("agent/ledger.sqlite"),
        "SELECT * FROM events_v1",
    );
    left.push(("the table", format!("{:?}", table.unwrap())));
    for secret in [session, device, screen, program.as_str(), LIVE_TOKEN, CODE] {
        assert!(!log.contains(secret), "{secret} stands in the log");
    }
    left.push(("the log", log));
    for (what, text) in &left {
        assert!(!text.is_empty(), "{what} is empty");
        // As it is, as JSON may write it, and as an address may.
        for name in [NAME, "\\u8bf8\\u845b", "%E8%AF%B8%E8%91%9B"] {
            assert!(!text.contains(name), "{what}: {text}");
        }
    }
    for word in ["events dead --format ndjson", "events --envelope"] {
        let (_, text) = left.iter().find(|(what, _)| *what == word).unwrap();
        assert!(text.contains("P1"), "{word}: {text}");
    }
    for (what, text) in &left[..4] {
        assert!(
            text.contains("P1") || text.contains(MASKED),
            "{what}: {text}"
        );
    }
}
