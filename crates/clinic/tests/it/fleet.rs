//! The ISV's page.

use http::StatusCode;
use povline_clinic::FLEET_COOKIE;
use povline_store::ledger::Ledger as _;

use crate::support::{Place, row};

#[tokio::test]
async fn it_says_at_once_whether_all_is_well() {
    let place = Place::new();
    place
        .read("1", 0, vec![row("1001", "08:00-08:30", "张小三")])
        .await;
    place.page("/fleet", "").await.is(StatusCode::SEE_OTHER);
    let clinics = place.token(Some("1")).await;
    let refused = place
        .form("/fleet/sign-in", "lang=en", &format!("token={clinics}"))
        .await;
    refused.is(StatusCode::UNAUTHORIZED);
    let token = place.token(None).await;
    let answer = place
        .form("/fleet/sign-in", "lang=en", &format!("token={token}"))
        .await;
    let answer = answer.is(StatusCode::SEE_OTHER);
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with(FLEET_COOKIE) && cookie.contains("HttpOnly"));
    let cookies = format!("{FLEET_COOKIE}={token}; lang=en");
    let page = place.page("/fleet", &cookies).await.is(StatusCode::OK).text;
    assert!(page.contains("All is well"), "{page}");
    place.pass(1_000_000);
    let page = place.page("/fleet/now", &cookies).await.text;
    assert!(page.contains("1 lists of today are stale"), "{page}");
    // A clinic's people have no business there.
    let session = place.session("1", true).await;
    place
        .page("/fleet", &crate::support::at_desk(&session))
        .await
        .is(StatusCode::SEE_OTHER);
    place
        .get("/fleet/now", &clinics)
        .await
        .is(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_held_list_is_told_and_decided_there_too() {
    let place = Place::new();
    let all = |count: usize| {
        (0..count)
            .map(|n| row(&format!("{}", 1_000 + n), "08:00-08:30", "张小三"))
            .collect::<Vec<_>>()
    };
    place.read("1", 0, all(50)).await;
    place.pass(60_000);
    place.read("1", 0, all(10)).await;
    let token = place.token(None).await;
    let cookies = format!("{FLEET_COOKIE}={token}; lang=en");
    let page = place.page("/fleet", &cookies).await.text;
    assert!(
        page.contains("1 lists are held") && page.contains("is-held"),
        "{page}"
    );
    let body = "pov=1&day=2026-11-24&held=reject";
    place
        .form("/fleet/held", &cookies, body)
        .await
        .is(StatusCode::SEE_OTHER);
    let holds = place.ledger.holds().await.unwrap();
    assert!(holds[0].hold.rejected_at.is_some());
}
