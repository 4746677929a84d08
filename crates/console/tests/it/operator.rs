use povline_domain::AppKey;
use povline_store::book::{Actor, CallLimits, CallScope, LimitSetting, Limits as _};

use crate::site::{APP, AT, DAY, Reader, Site};

async fn call(reader: &Reader<'_>) -> String {
    let param = "p.param_query_pov_appointment_record_by_date_req";
    let (day, pov) = (format!("{param}.day"), format!("{param}.out_pov_id"));
    let fields = [
        ("app", APP),
        ("method", "alibaba.health.vaccin.appointment.query"),
        (day.as_str(), DAY),
        (pov.as_str(), "00001"),
    ];
    reader.post("/tool", &fields).await.text
}

#[tokio::test]
async fn what_was_used_and_what_was_refused_is_seen() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    for _ in 0..3 {
        assert!(call(&reader).await.contains("The platform has answered"));
    }
    let page = reader.get(&format!("/apps/{APP}")).await;
    assert!(page.text.contains("3 / ∞"), "{}", page.text);
    assert!(
        page.between("class=\"fill-0\"", "</rect>")
            .contains("Answered: 3")
    );
    // As the gateway would be told by its follower.
    let actor = Actor {
        name: "command:test".to_owned(),
        at: AT,
    };
    let scope = CallScope::App(AppKey::new(APP).unwrap());
    let limits = CallLimits {
        per_day: LimitSetting::AtMost(3),
        ..CallLimits::default()
    };
    let set = site.book.set_call_limits(&actor, &scope, limits).await;
    set.unwrap();
    let page = reader.get(&format!("/apps/{APP}")).await;
    assert!(page.text.contains("3 / 3"), "{}", page.text);
    let told = page.between("role=\"status\">", "</p>");
    for said in [
        "used up",
        "App Call Limited",
        "accesscontrol.limited-by-app-access-count",
        "This ban will last for",
    ] {
        assert!(told.contains(said), "{told}");
    }
    assert!(page.text.contains("fill-bad"));
}

#[tokio::test]
async fn an_operator_sees_how_the_platform_is_doing() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    call(&reader).await;
    let ops = site.signed_in("ops").await;
    let page = ops.get("/operator").await.text;
    for said in [
        "Day sheets in memory",
        "Lists pinned",
        "<td>one</td>",
        "00001",
        DAY,
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let povs = ops.get("/operator/povs?q=0000").await.text;
    assert!(povs.contains("00001") && povs.contains(APP), "{povs}");
    let users = ops.get("/operator/users").await.text;
    assert!(users.contains("wang.li") && !users.contains("argon2"));
    let calls = ops.get("/operator/calls?code=0").await.text;
    assert!(calls.contains("/operator/calls/") && calls.contains(APP));
    let strange = ops.get("/operator/calls?day=never").await.text;
    assert!(strange.contains("day has a value that cannot be"));
}

#[tokio::test]
async fn the_audit_is_listed_newest_first_and_verified() {
    let site = Site::new().await;
    let ops = site.signed_in("ops").await;
    let page = ops.get("/operator/audit").await.text;
    let (sign_in, add_user) = (page.find("sign_in"), page.find("add_user"));
    assert!(sign_in.unwrap() < add_user.unwrap());
    let one = ops
        .get(&format!("/operator/audit?app={APP}&action=grant"))
        .await
        .text;
    assert!(
        one.contains("<code>grant</code>") && !one.contains("<code>add_user"),
        "{one}"
    );
    let verified = ops.post("/operator/audit/verify", &[]).await.text;
    assert!(verified.contains("The chain holds"), "{verified}");
}
