//! Everything that leaves, searched for names.

use std::io::Write;
use std::sync::Arc;

use http::StatusCode;
use parking_lot::Mutex;
use povline_clinic::FLEET_COOKIE;
use serde_json::json;

use crate::stream::Stream;
use crate::support::{PIN, Place, at_desk, at_screen, row};

const NAME: &str = "诸葛小明";
const CODE: &str = "7351";

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_name_leaves_but_to_signed_in_staff_of_the_clinic() {
    let log = Kept::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let place = Place::new();
    place
        .read(
            "1",
            0,
            vec![
                row(CODE, "08:00-08:30", NAME),
                row("7352", "08:00-08:30", "李四"),
            ],
        )
        .await;
    let session = place.session("1", true).await;
    let screen = place.device("1", true).await;
    let token = place.token(Some("1")).await;
    let fleet = place.token(None).await;
    let other = place.session("2", true).await;
    // It is there for those who may see it: the search below would find it.
    let page = place.page("/", &at_desk(&session)).await;
    assert!(page.text.contains(NAME) && page.text.contains(CODE));

    let mut left = Vec::new();
    let body = json!({ "appointment_id": format!("P{CODE}") });
    left.push(
        place
            .post("/v1/pick", &token, &body)
            .await
            .is(StatusCode::OK),
    );
    // What the platform says may name anybody.
    *place.platform.refusal.lock() = Some(format!("{NAME} 已取消"));
    place.tell().await;
    let page = place.page("/", &at_desk(&session)).await;
    assert!(
        page.text
            .contains(&format!("the platform refuses it: {NAME}"))
    );
    let list = place.get("/v1/lists/today", &token).await.json();
    assert_eq!(list["conflicts"][0]["kind"], "refused");
    let (_, full) = Stream::open_as(&place, "/v1/events", &token)
        .await
        .next()
        .await;
    assert_eq!(full["conflicts"], list["conflicts"]);
    assert!(!full.to_string().contains(NAME), "{full}");
    let mut hall = Stream::open(&place, "/screen/events", &at_screen(&screen)).await;
    let (_, full) = hall.next().await;
    assert!(!full.to_string().contains(NAME), "{full}");
    for path in [
        "/v1/lists/today",
        "/v1/lists/today/counts",
        "/v1/lists/tomorrow",
        "/v1/find?q=7351",
        "/v1/find?q=%E8%AF%B8%E8%91%9B%E5%B0%8F%E6%98%8E",
    ] {
        left.push(place.get(path, &token).await.is(StatusCode::OK));
        left.push(place.get(path, &other).await.is(StatusCode::OK));
    }
    let screen_cookies = at_screen(&screen);
    let shown = place
        .page("/screen", &screen_cookies)
        .await
        .is(StatusCode::OK);
    assert!(shown.text.contains("诸**明"));
    assert!(
        !shown.text.contains(CODE),
        "a pick code is nobody else's: {}",
        shown.text
    );
    left.push(shown);
    left.push(place.page("/", &screen_cookies).await);
    left.push(place.page("/sign-in", &screen_cookies).await);
    left.push(place.page("/pair", "").await);
    let fleet_cookies = format!("{FLEET_COOKIE}={fleet}");
    left.push(
        place
            .page("/fleet", &fleet_cookies)
            .await
            .is(StatusCode::OK),
    );
    left.push(place.page("/fleet/now", &fleet_cookies).await);
    left.push(place.post("/v1/pick", &other, &body).await);
    for answer in &left {
        assert!(!answer.text.contains(NAME), "{answer:?}");
        assert!(!format!("{:?}", answer.headers).contains(NAME));
    }
    let log = String::from_utf8_lossy(&log.0.lock()).into_owned();
    assert!(log.contains("the platform refuses a pick"), "{log}");
    for secret in [NAME, CODE, PIN, &session, &screen, &token, &fleet] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
