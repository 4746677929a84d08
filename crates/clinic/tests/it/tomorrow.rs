//! How old the lists of today and tomorrow are, on the board's page.

use http::StatusCode;

use crate::support::{Place, at_desk, row};

#[tokio::test]
async fn tomorrows_counts_tell_their_age_and_warn() {
    let place = Place::new();
    place.read("1", 0, Vec::new()).await;
    let session = place.session("1", false).await;
    let page = |lang: &str| format!("/?lang={lang}");
    let html = place.page(&page("en"), &at_desk(&session)).await.text;
    let tomorrow = html.split("id=\"tomorrow\"").nth(1).unwrap();
    assert!(tomorrow.contains("never read whole"), "{tomorrow}");
    let warning = tomorrow.split("id=\"tomorrow-stale\"").nth(1).unwrap();
    let (head, rest) = warning.split_once('>').unwrap();
    assert!(!head.contains("hidden"), "{head}");
    assert!(
        rest.starts_with("Tomorrow&#39;s counts are stale"),
        "{rest}"
    );

    let read_at = place.now();
    place
        .read("1", 1, vec![row("1001", "08:00-08:30", "张小三")])
        .await;
    let html = place.page(&page("en"), &at_desk(&session)).await.text;
    // From when on it is stale is the page's script's to tell: other days are allowed more.
    assert!(html.contains("data-stale-others=\"43200000\""), "{html}");
    let tomorrow = html.split("id=\"tomorrow\"").nth(1).unwrap();
    let as_of = tomorrow.split("data-as-of=\"").nth(1).unwrap();
    let as_of: i64 = as_of.split('"').next().unwrap().parse().unwrap();
    assert!((read_at.0..read_at.0 + 1_000).contains(&as_of), "{as_of}");
    assert!(tomorrow.contains("as of 08:00:00"), "{tomorrow}");
    let warning = tomorrow.split("id=\"tomorrow-stale\"").nth(1).unwrap();
    assert!(warning.split('>').next().unwrap().contains("hidden"));
    let html = place.page(&page("zh"), &at_desk(&session)).await.text;
    assert!(html.contains("截至 08:00:00"), "{html}");
}

#[tokio::test]
async fn tomorrows_list_is_read_anew_when_it_is_asked_for() {
    let place = Place::new();
    let session = place.session("1", false).await;
    for (asked, ahead) in [("today", 0), ("tomorrow", 1)] {
        let body = format!("pull={asked}");
        place
            .form("/", &at_desk(&session), &body)
            .await
            .is(StatusCode::OK);
        let (_, day) = place.platform.demanded.lock().pop().unwrap();
        let today = povline_domain::Day::at(place.now());
        assert_eq!(day, today.plus_days(ahead).unwrap());
    }
}

#[tokio::test]
async fn an_old_list_tells_its_age_as_a_person_would_and_its_day() {
    let place = Place::new();
    place.read("1", 0, Vec::new()).await;
    place.pass(9 * 60_000);
    let session = place.session("1", false).await;
    let html = place.page("/", &at_desk(&session)).await.text;
    assert!(html.contains("as of 08:00:00, 9 min ago</p>"), "{html}");
    assert!(html.contains("id=\"age\" class=\"age\""), "{html}");
    place.pass(7 * 60_000);
    let html = place.page("/", &at_desk(&session)).await.text;
    assert!(
        html.contains("id=\"age\" class=\"age is-stale\"") && html.contains(">This list is stale."),
        "{html}"
    );
}
