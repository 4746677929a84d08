//! The front door.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::binary::{Place, ended};

#[test]
fn the_demo_ends_with_both_sides_equal() {
    let place = Place::new();
    let run = place.run("demo --once --dir data").ends_with(0);
    let last = run.stdout.lines().next_back().unwrap();
    assert!(last.starts_with("EQUAL"), "{run:#?}");
    let count = |word: &str| -> u64 {
        let line = run
            .stdout
            .lines()
            .find(|line| line.trim_start().starts_with(word));
        let line = line.unwrap_or_else(|| panic!("no line {word}: {run:#?}"));
        line.split_whitespace()
            .next_back()
            .unwrap()
            .replace(',', "")
            .parse()
            .unwrap()
    };
    assert_eq!(count("lists"), 98);
    assert!(count("rows") > 10_000);
    assert!(count("event picked") > 0);
    assert!(count("event changed") > 0);
    assert!(count("event rescheduled") > 0);
    assert!(count("event cancelled") > 0);
    assert_eq!(count("in doubt"), 0);
    let secret = std::fs::read_to_string(place.path().join("data/secret")).unwrap();
    assert!(!run.stdout.contains(&secret) && !run.stderr.contains(&secret));
    assert!(run.stdout.contains("curl -sS 'http://127.0.0.1:"));
    assert!(run.stdout.contains("portal 门户"), "{run:#?}");
    // What is left can be looked at.
    let status = place
        .run("status --data data/agent --format ndjson")
        .ends_with(0);
    assert_eq!(status.stdout.lines().count(), 98);
    // It does not begin anew over what is there.
    place.run("demo --once --dir data").ends_with(2);
}

/// A demo that runs until it is stopped.
struct Running {
    child: Child,
    told: Arc<Mutex<String>>,
    /// The host and port of its front desk.
    address: String,
    cookies: String,
}

impl Running {
    fn start(place: &Place) -> Self {
        let mut child = place
            .command("demo --minutes 10 --povs 3 --dir data")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let told = Arc::new(Mutex::new(String::new()));
        let mut stdout = child.stdout.take().unwrap();
        let kept = Arc::clone(&told);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = stdout.read(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..count]);
                kept.lock().unwrap().push_str(&text);
            }
        });
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("http://")?;
            Some(rest.strip_suffix("/demo")?.to_owned())
        });
        std::thread::spawn(move || lines.for_each(drop));
        let mut running = Self {
            child,
            told,
            address: address.expect("the demo tells where its desk is"),
            cookies: String::new(),
        };
        let page = running.ask("GET", "/demo?lang=en", "");
        let cookies = page.lines().filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            let is_cookie = name.eq_ignore_ascii_case("set-cookie");
            is_cookie.then(|| value.split(';').next().unwrap().to_owned())
        });
        running.cookies = cookies.collect::<Vec<_>>().join("; ");
        assert!(page.contains("The agent reaches it"), "{page}");
        running
    }

    /// What a browser that opened the demo's page is answered, head and body.
    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: \
             {}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.cookies,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// A page, once it is so.
    fn until(&self, path: &str, is_so: impl Fn(&str) -> bool) -> String {
        let mut page = String::new();
        for _ in 0..600 {
            page = self.ask("GET", path, "");
            if is_so(&page) {
                return page;
            }
            crate::kill::chance::pause(Duration::from_millis(100));
        }
        panic!("{path} never became so: {page}");
    }

    fn turn_switch(&self) {
        let answer = self.ask("POST", "/demo/switch", "");
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    }

    /// The command that the demo prints to pull a day, without the day.
    fn pull(&self) -> String {
        let told = self.told.lock().unwrap();
        let line = told
            .lines()
            .find_map(|line| line.trim().strip_prefix("povline pull "));
        let line = line.unwrap_or_else(|| panic!("no pull: {told}"));
        line.split(" --pov").next().unwrap().to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The value of an attribute, where it stands first.
fn attribute<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("{name}=\"")).unwrap();
    rest.split('"').next().unwrap()
}

/// How old the board says that its list is, in milliseconds.
fn age(page: &str) -> i64 {
    let number = |name| attribute(page, name).parse::<i64>().unwrap();
    number("data-now") - number("data-as-of")
}

const STALE: &str = ">This list is stale";

#[test]
fn the_demos_platform_is_taken_away_and_brought_back_by_its_switch() {
    let place = Place::new();
    let mut demo = Running::start(&place);
    let board = demo.until("/?lang=en", |page| {
        page.matches("name=\"pick\"").count() >= 5 && !page.contains(STALE)
    });
    demo.until("/screen?lang=en", |page| page.contains("class=\"person"));
    demo.until("/fleet?lang=en", |page| page.contains("All is well"));
    let picks: Vec<String> = board
        .split("name=\"pick\" value=\"")
        .skip(1)
        .take(5)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();

    demo.turn_switch();
    let page = demo.ask("GET", "/demo?lang=en", "");
    assert!(page.contains("The agent cannot reach it"), "{page}");
    for id in &picks {
        let page = demo.ask("POST", "/?lang=en", &format!("pick={id}"));
        // A reading that was under way may have taken somebody off the list.
        assert!(
            page.contains("has arrived") || page.contains("that list does not have"),
            "{page}"
        );
    }
    let before = demo.until("/?lang=en", |page| page.contains("to be told"));
    let stale = demo.until("/?lang=en", |page| page.contains(STALE));
    assert!(age(&stale) > age(&before) && age(&stale) >= 10_000);
    demo.until("/fleet?lang=en", |page| {
        page.contains("list of today is stale") || page.contains("lists of today are stale")
    });

    demo.turn_switch();
    let back = demo.until("/?lang=en", |page| {
        !page.contains(STALE) && !page.contains("id=\"waiting\"")
    });
    assert!(age(&back) < 10_000, "{back}");
    demo.until("/fleet?lang=en", |page| page.contains("All is well"));
    let pov = {
        let page = demo.ask("GET", "/demo?lang=en", "");
        attribute(&page, "data-pov").to_owned()
    };
    let day = crate::calling::today();
    let pull = format!(
        "pull {} --pov {pov} --day {day} --format ndjson",
        demo.pull()
    );
    let rows = ended(&mut place.command(&pull)).ends_with(0).stdout;
    // Whom the living world has moved or cancelled meanwhile is not there any more.
    let there: Vec<serde_json::Value> = rows
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|row: &serde_json::Value| picks.iter().any(|id| row["appointment_id"] == **id))
        .collect();
    assert!(!there.is_empty(), "{rows}");
    assert!(there.iter().all(|row| row["pick_status"] == 0), "{there:?}");

    let id = demo.child.id().to_string();
    let mut asked = std::process::Command::new("kill");
    assert!(asked.args(["-INT", &id]).status().unwrap().success());
    assert!(demo.child.wait().unwrap().success());
}
