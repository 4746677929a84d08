//! A sandbox: keys that work nowhere else, and a reset.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use povline_domain::OutPovId;
use povline_gateway::{GatewayConfig, SandboxSeed};
use povline_protocol::catalogue::business_codes;
use povline_store::book::{Book, Grant, PovRecord, Register as _, SqliteBook, Write};

use crate::call::{APP_KEY, Call, SECRET, urlencoded};
use crate::follow::until;
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointment, appointments, day, fill, ids};
use crate::register::{actor, app, hold, reading_app};
use crate::wire::{Connection, FORM, request};
use crate::write_side;

const SANDBOX_KEY: &str = "1021234567";
const OTHER_KEY: &str = "1027654321";
const RESET: &str = "povline.sandbox.reset";

/// Begins with three appointments on the day that it is, at the ISV's first POV.
fn config() -> GatewayConfig {
    GatewayConfig {
        sandbox_seed: Some(SandboxSeed::new(|_, povs, today| {
            assert_eq!(today, day());
            let Some(PovRecord { pov, .. }) = povs.first() else {
                return Vec::new();
            };
            let pov = *pov;
            appointments(3)
                .into_iter()
                .map(|row| Write::Book(pov, row))
                .collect()
        })),
        ..GatewayConfig::default()
    }
}

async fn sandbox(directory: &Path) -> Platform<SqliteBook> {
    sandbox_waiting(directory, Duration::from_secs(3_600)).await
}

/// One whose writes wait so long for their turn.
async fn sandbox_waiting(directory: &Path, write_wait_max: Duration) -> Platform<SqliteBook> {
    let book = Arc::new(SqliteBook::open_sandbox(directory).unwrap());
    let (isv, key) = reading_app(&book, SANDBOX_KEY).await;
    let all = Grant::parse("*").unwrap();
    book.grant_writing(&actor(), &key, &all).await.unwrap();
    let code = OutPovId::new("00001").unwrap();
    book.ensure_pov(&actor(), isv, &code, None).await.unwrap();
    let other = book.ensure_isv(&actor(), "another").await.unwrap();
    app(&book, other, OTHER_KEY).await;
    let config = GatewayConfig {
        write_wait_max,
        ..config()
    };
    Platform::serve(book, config).await
}

fn page() -> Call {
    Call::page("00001", DAY, 1, 200).with("app_key", SANDBOX_KEY)
}

/// Sends a call and does not wait for its answer.
async fn begin(platform: &Platform<SqliteBook>, call: &Call) -> Connection {
    let mut connection = Connection::open(platform.address).await;
    let bytes = request("POST", PATH, &[FORM], &urlencoded(&call.0));
    connection.send(&bytes).await;
    connection
}

/// What changed at the POVs that an app may read: a call that reads much.
fn changes(app: &str) -> Call {
    let call = write_side::call("povline.appointment.changes", &[]);
    call.with("app_key", app).signed(SECRET)
}

fn reset() -> Call {
    Call::page("00001", DAY, 1, 200)
        .with("app_key", SANDBOX_KEY)
        .with("method", RESET)
}

#[tokio::test]
async fn a_reset_brings_the_first_appointments_back_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let platform = sandbox(directory.path()).await;
    assert!(ids(&platform.post(&page().signed(SECRET)).await).is_empty());
    assert_eq!(
        platform.post(&reset().signed(SECRET)).await.masked(),
        r#"{"povline_sandbox_reset_response":{"is_success":true,"model":{"removed":0,"written":3},"request_id":"ID"}}"#
    );
    assert_eq!(
        ids(&platform.post(&page().signed(SECRET)).await),
        ["P00001", "P00002", "P00003"]
    );

    // One a second, and no more because of what others do.
    let soon = platform.post(&reset().signed(SECRET)).await;
    assert!(
        soon.text()
            .contains("accesscontrol.limited-by-app-api-access-count")
    );
    assert_eq!(soon.header("retry-after"), Some("1"));
    let others = platform
        .post(&reset().with("app_key", OTHER_KEY).signed(SECRET))
        .await;
    assert!(
        others.text().contains("\"is_success\":true"),
        "{}",
        others.text()
    );

    let pov = platform.book.access().await.unwrap().povs[0].pov;
    let cancel = Write::Cancel(appointment(2).appointment_id);
    let book = Write::Book(pov, appointment(7));
    let done = platform.book.write(&actor(), vec![cancel, book]).await;
    assert_eq!(done.unwrap().len(), 2);
    platform.clock.advance(1_000);
    let xml = platform
        .post(&reset().with("format", "xml").signed(SECRET))
        .await;
    assert!(
        xml.text().contains("<povline_sandbox_reset_response><is_success>true</is_success><model><removed>3</removed><written>3</written></model>"),
        "{}",
        xml.text()
    );
    assert_eq!(
        ids(&platform.post(&page().signed(SECRET)).await),
        ["P00001", "P00002", "P00003"]
    );
}

#[tokio::test]
async fn who_may_not_write_at_all_clinics_resets_none() {
    const LIMITED: &str = "1020000009";
    let directory = tempfile::tempdir().unwrap();
    let platform = sandbox(directory.path()).await;
    let book = &platform.book;
    let isv = book.ensure_isv(&actor(), "isv").await.unwrap();
    let code = OutPovId::new("00002").unwrap();
    book.ensure_pov(&actor(), isv, &code, None).await.unwrap();
    let pov = book.access().await.unwrap().povs[0].pov;
    let row = vec![Write::Book(pov, appointment(7))];
    book.write(&actor(), row).await.unwrap();
    platform.gateway.invalidate(pov, day());
    let key = app(book, isv, LIMITED).await;
    let [one, other, all] = ["00001", "00002", "*"].map(|text| Grant::parse(text).unwrap());
    let asked = reset().with("app_key", LIMITED).signed(SECRET);
    let refused = r#"{"error_response":{"code":11,"msg":"Insufficient isv permissions","sub_code":"isv.pov-read-only","sub_msg":"重置需要对服务商全部接种点的写授权","request_id":"ID"}}"#;
    for grant in [None, Some(all), Some(one)] {
        match grant {
            Some(Grant::Prefix(prefix)) => {
                let all = Grant::Prefix(prefix);
                book.grant(&actor(), &key, &all).await.unwrap();
            }
            Some(one) => {
                book.grant_writing(&actor(), &key, &one).await.unwrap();
            }
            None => {}
        }
        platform.gateway.learn_access().await.unwrap();
        platform.clock.advance(1_000);
        assert_eq!(platform.post(&asked).await.masked(), refused);
        assert_eq!(
            ids(&platform.post(&page().signed(SECRET)).await),
            ["P00007"]
        );
    }
    book.grant_writing(&actor(), &key, &other).await.unwrap();
    platform.gateway.learn_access().await.unwrap();
    platform.clock.advance(1_000);
    let done = platform.post(&asked).await;
    assert!(done.text().contains("\"removed\":1"), "{}", done.text());
}

#[tokio::test]
async fn a_reset_has_its_apps_turn_among_long_reads_until_it_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let platform = sandbox(directory.path()).await;
    let held = hold(&platform.book).await;
    let mut resetting = begin(&platform, &reset().signed(SECRET)).await;
    until(|| async { platform.gateway.levels().calls == 1 }).await;
    // It is about to write once it has read: from then on an app of another ISV is answered.
    let mut reading = begin(&platform, &changes(SANDBOX_KEY)).await;
    until(|| async { platform.gateway.levels().calls == 2 }).await;
    for _ in 0..3 {
        let others = platform.post(&changes(OTHER_KEY)).await;
        assert!(others.text().contains("\"is_success\":true"));
    }
    assert_eq!(platform.gateway.levels().calls, 2);
    held.let_go().await;
    let reset = resetting.receive().await;
    assert!(reset.text().contains("\"written\":3"), "{}", reset.text());
    let read = reading.receive().await;
    assert!(read.text().contains("\"total\":3"), "{}", read.text());
}

#[tokio::test]
async fn resets_that_wait_to_write_keep_no_other_app_from_reading() {
    const RESETTING: [&str; 4] = ["1020000001", "1020000002", "1020000003", "1020000004"];
    let directory = tempfile::tempdir().unwrap();
    let about_to_write = Arc::new(AtomicUsize::new(0));
    let book = Arc::new(SqliteBook::open_sandbox(directory.path()).unwrap());
    let (isv, _) = reading_app(&book, SANDBOX_KEY).await;
    for key in RESETTING {
        app(&book, isv, key).await;
    }
    let seeded = Arc::clone(&about_to_write);
    let config = GatewayConfig {
        write_wait_max: Duration::from_secs(3_600),
        // What a reset does between reading and writing.
        sandbox_seed: Some(SandboxSeed::new(move |_, _, _| {
            seeded.fetch_add(1, Ordering::Relaxed);
            Vec::new()
        })),
        ..GatewayConfig::default()
    };
    let platform = Platform::serve(book, config).await;
    let held = hold(&platform.book).await;
    let mut resetting = Vec::new();
    for key in RESETTING {
        let reset = reset().with("app_key", key).signed(SECRET);
        resetting.push(begin(&platform, &reset).await);
    }
    until(|| async { about_to_write.load(Ordering::Relaxed) == RESETTING.len() }).await;
    let read = platform.post(&changes(SANDBOX_KEY)).await;
    assert!(
        read.text().contains("\"is_success\":true"),
        "{}",
        read.text()
    );
    held.let_go().await;
    for mut reset in resetting {
        let reset = reset.receive().await;
        assert!(reset.text().contains("\"written\":0"), "{}", reset.text());
    }
}

#[tokio::test]
async fn a_reset_whose_turn_does_not_come_is_refused_and_never_done() {
    let directory = tempfile::tempdir().unwrap();
    let wait_max = Duration::from_millis(50);
    let platform = sandbox_waiting(directory.path(), wait_max).await;
    let pov = platform.book.access().await.unwrap().povs[0].pov;
    let book = vec![Write::Book(pov, appointment(7))];
    platform.book.write(&actor(), book).await.unwrap();
    let held = hold(&platform.book).await;
    let refused = platform.post(&reset().signed(SECRET)).await;
    let refused = refused.text();
    assert!(refused.contains(write_side::BUSY), "{refused}");
    held.let_go().await;
    // Whatever was handed over before is done before this.
    platform.book.write(&actor(), Vec::new()).await.unwrap();
    platform.gateway.invalidate(pov, day());
    assert_eq!(
        ids(&platform.post(&page().signed(SECRET)).await),
        ["P00007"]
    );
    // Given back: it may be asked for within the same second. A crowded machine may make the
    // platform refuse that too.
    until(|| async {
        let again = platform.post(&reset().signed(SECRET)).await;
        let again = again.text();
        let is_done = again.contains("\"removed\":1");
        assert!(is_done || again.contains(write_side::BUSY), "{again}");
        is_done
    })
    .await;
}

#[tokio::test]
async fn an_isv_has_so_many_clinics_and_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let platform = sandbox(directory.path()).await;
    let told = async |number: usize| {
        let call = Call::page("00001", DAY, 1, 200)
            .with("app_key", SANDBOX_KEY)
            .with("method", "alibaba.health.vaccin.pov.update")
            .with("pov_no", &format!("{number:05}"))
            .with("pov_name", "一号")
            .with("telephone", "010-12345678")
            .with("address", "北京");
        platform.post(&call.signed(SECRET)).await.text().to_string()
    };
    let done = "\"is_success\":true";
    // One is there already.
    for number in 2..=100 {
        let told = told(number).await;
        assert!(told.contains(done), "{number}: {told}");
    }
    let refused = told(101).await;
    assert!(
        refused.contains("\"msg_code\":\"FAIL_BIZ_429\""),
        "{refused}"
    );
    let remedy = business_codes::TOO_MANY_POVS.remedy;
    assert!(remedy.english.contains("at most 100") && remedy.chinese.contains("最多100个"));
    // What is there is altered as before.
    assert!(told(100).await.contains(done));
    assert_eq!(platform.book.access().await.unwrap().povs.len(), 100);
}

#[tokio::test]
async fn production_knows_neither_a_reset_nor_a_sandboxes_key() {
    let book = Arc::new(MemoryBook::new());
    fill(&book, appointments(3));
    book.add_app(SANDBOX_KEY, 1, &[SECRET], &["*"]);
    let platform = Platform::serve(book, config()).await;
    let unknown = r#"{"error_response":{"code":29,"msg":"Invalid app Key","sub_code":"isv.appkey-not-exists","request_id":"ID"}}"#;
    assert_eq!(
        platform.post(&page().signed(SECRET)).await.masked(),
        unknown
    );
    assert_eq!(
        platform.post(&reset().signed(SECRET)).await.masked(),
        unknown
    );
    let ours = reset().with("app_key", APP_KEY).signed(SECRET);
    assert_eq!(
        platform.post(&ours).await.masked(),
        r#"{"error_response":{"code":22,"msg":"Invalid method","request_id":"ID"}}"#
    );
    let ours = page().with("app_key", APP_KEY).signed(SECRET);
    assert_eq!(ids(&platform.post(&ours).await).len(), 3);
}

#[tokio::test]
async fn a_sandbox_knows_no_key_of_production() {
    let mut book = MemoryBook::new();
    book.sandbox = true;
    fill(&book, appointments(3));
    book.add_app(SANDBOX_KEY, 1, &[SECRET], &["*"]);
    let platform = Platform::serve(Arc::new(book), config()).await;
    let production = page().with("app_key", APP_KEY).signed(SECRET);
    let refused = platform.post(&production).await;
    assert!(refused.text().contains("\"code\":29"), "{}", refused.text());
    assert_eq!(ids(&platform.post(&page().signed(SECRET)).await).len(), 3);
}
