//! Ten thousand that want a hundred places, while the platform is killed and comes back.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use povline_client::{Client, Secret};
use povline_domain::AppKey;
use povline_protocol::Retry;
use povline_protocol::decode::{FlatAnswer, read_flat};

use super::chance::pause;
use crate::binary::Place;
use crate::calling::today;
use crate::serving::{Serving, calling, make_app};

const CONNECTIONS: usize = 64;
const BOOKINGS: usize = 10_000;
const PLACES: usize = 100;
/// After how many answers the platform is killed: the first time with places left.
const KILLED_AFTER: [usize; 3] = [40, 300, 3_000];

/// The machine's clock, as any caller has it.
struct Now;

impl povline_domain::Clock for Now {
    fn now(&self) -> povline_domain::UnixMillis {
        #[expect(clippy::disallowed_methods, reason = "a caller's clock")]
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        povline_domain::UnixMillis(since.unwrap().as_millis() as i64)
    }
}

/// What all callers share.
struct Race {
    /// The platform's address, another one after each kill.
    client: Mutex<Client>,
    day: String,
    next: AtomicUsize,
    answers: AtomicUsize,
    /// What each booking that won was told.
    won: Mutex<HashMap<usize, String>>,
    lost: AtomicUsize,
    over: AtomicBool,
}

impl Race {
    /// Books until nobody wants to any more. A call without an answer is made again: whether it
    /// was done is not known, and its `out_id` makes it the same booking.
    async fn run(&self) {
        loop {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            if n >= BOOKINGS {
                return;
            }
            while !self.ask(n).await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    async fn ask(&self, n: usize) -> bool {
        let client = self.client.lock().unwrap().clone();
        let out_id = n.to_string();
        let params = [
            ("out_pov_id", "00001"),
            ("appointment_time", self.day.as_str()),
            ("appointment_period", "08:00-08:30"),
            ("out_id", out_id.as_str()),
            ("name", "测试"),
        ];
        let Ok(raw) = client.call("povline.appointment.book", &params).await else {
            return false;
        };
        match read_flat(&raw.http.body).unwrap().answer {
            FlatAnswer::Success(_) => {
                let json: serde_json::Value = serde_json::from_slice(&raw.http.body).unwrap();
                let model = &json["povline_appointment_book_response"]["model"];
                let told = format!(
                    "{}:{}",
                    model["appointment_id"].as_str().unwrap(),
                    model["pick_code"].as_str().unwrap()
                );
                assert!(self.won.lock().unwrap().insert(n, told).is_none());
            }
            FlatAnswer::BusinessFailure(failure) if failure.msg_code == "FAIL_BIZ_413" => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
            // A crowded machine may make the platform say that it is busy.
            FlatAnswer::BusinessFailure(failure) if failure.retry() == Retry::Later => {
                return false;
            }
            FlatAnswer::PlatformError(error) if error.retry() == Retry::Later => return false,
            other => panic!("{other:?}"),
        }
        self.answers.fetch_add(1, Ordering::Relaxed);
        true
    }
}

fn client(url: &str, app_key: &str, secret: &str) -> Client {
    let app_key = AppKey::new(app_key).unwrap();
    Client::builder(url, app_key, Secret::new(secret), Arc::new(Now))
        .call_timeout(Duration::from_secs(30))
        .build()
        .unwrap()
}

#[test]
fn a_hundred_places_are_given_once_each_though_the_platform_dies() {
    let place = Place::new();
    place.write(
        "rows.csv",
        "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name\n\
         P1,00001,2020-01-01,08:00-08:30,1,1,测试\n",
    );
    place
        .run("import --data platform --isv test --create-povs rows.csv")
        .ends_with(0);
    // Midnight may pass while this runs.
    let day = today().plus_days(2).unwrap().to_string();
    place
        .run(&format!(
            "schedule open --data platform --isv test --pov 00001 --day {day} --places {PLACES} \
             08:00-08:30"
        ))
        .ends_with(0);
    let app_key = make_app(&place);
    place
        .run(&format!("app grant --data platform --write {app_key} *"))
        .ends_with(0);
    let secret = std::fs::read_to_string(place.path().join("secret")).unwrap();

    let mut serving = Serving::start(&place);
    let race = Arc::new(Race {
        client: Mutex::new(client(&serving.url, &app_key, &secret)),
        day: day.clone(),
        next: AtomicUsize::new(0),
        answers: AtomicUsize::new(0),
        won: Mutex::default(),
        lost: AtomicUsize::new(0),
        over: AtomicBool::new(false),
    });
    let callers = std::thread::spawn({
        let race = Arc::clone(&race);
        move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let callers: Vec<_> = (0..CONNECTIONS)
                    .map(|_| {
                        let race = Arc::clone(&race);
                        tokio::spawn(async move { race.run().await })
                    })
                    .collect();
                for caller in callers {
                    caller.await.unwrap();
                }
            });
            race.over.store(true, Ordering::Relaxed);
        }
    });
    for answers in KILLED_AFTER {
        while race.answers.load(Ordering::Relaxed) < answers {
            assert!(!race.over.load(Ordering::Relaxed) && !callers.is_finished());
            pause(Duration::from_millis(1));
        }
        serving.kill();
        serving = Serving::start(&place);
        *race.client.lock().unwrap() = client(&serving.url, &app_key, &secret);
    }
    callers.join().unwrap();

    let won = race.won.lock().unwrap();
    assert_eq!(won.len(), PLACES);
    assert_eq!(race.lost.load(Ordering::Relaxed), BOOKINGS - PLACES);
    let codes: HashSet<&str> = won
        .values()
        .map(|told| told.split(':').nth(1).unwrap())
        .collect();
    assert_eq!(codes.len(), PLACES);
    // What was told is what stands, no more and no less.
    let pull = format!("pull --pov 00001 --day {day} --names --format ndjson");
    let pulled = calling(&place, &serving.url, &app_key, &pull, &[]).ends_with(0);
    let stand: BTreeSet<String> = pulled
        .stdout
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            format!("{}:{}", text("appointment_id"), text("pick_code"))
        })
        .collect();
    assert_eq!(stand, won.values().cloned().collect());
}
