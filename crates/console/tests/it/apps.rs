use futures_util::future::join_all;
use http::StatusCode;
use povline_domain::AppKey;
use povline_store::book::{Book as _, CallLimits, CallScope, LimitSetting, Limits as _};

use crate::site::{APP, DAY, OTHER_APP, SECRET, Site};

#[tokio::test]
async fn an_isv_sees_its_own_apps_alone_and_changes_only_secrets() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let list = reader.get("/apps").await.text;
    assert!(list.contains(APP) && !list.contains(OTHER_APP), "{list}");
    let paths = ["", "/calls", "/calls/x"].map(|rest| format!("/apps/{OTHER_APP}{rest}"));
    for path in paths.iter().map(String::as_str).chain(["/apps/nothing"]) {
        assert_eq!(
            reader.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let rotated = reader.post(&format!("/apps/{OTHER_APP}/rotate"), &[]).await;
    assert_eq!(rotated.status, StatusCode::NOT_FOUND);
    for (what, fields) in [
        ("status", [("status", "disabled")]),
        ("grant", [("grant", "*")]),
        ("revoke", [("grant", "*")]),
        ("limit", [("per_day", "1")]),
        ("allow", [("addresses", "10.0.0.1")]),
    ] {
        let answer = reader.post(&format!("/apps/{APP}/{what}"), &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}");
    }
    for path in ["", "/povs", "/users", "/audit", "/calls"] {
        let answer = reader.get(&format!("/operator{path}")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_secret_is_shown_once_and_the_one_before_it_works_beside() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let shown = reader.post(&format!("/apps/{APP}/rotate"), &[]).await;
    let secret = shown.between("id=\"secret\">", "<").to_owned();
    assert!(!shown.text.contains(SECRET));
    let live = async || {
        let access = site.book.access().await.unwrap();
        let app = access.apps.into_iter().find(|app| app.key.as_str() == APP);
        let secrets = app.unwrap().secrets.into_iter();
        secrets.map(|secret| secret.0).collect::<Vec<_>>()
    };
    assert_eq!(live().await, [secret.as_str(), SECRET]);
    for path in ["/apps", "/apps/12345678", "/tool"] {
        let page = reader.get(path).await.text;
        assert!(!page.contains(&secret) && !page.contains(SECRET), "{path}");
    }
    let retired = [("retire_old", "yes")];
    let shown = reader.post(&format!("/apps/{APP}/rotate"), &retired).await;
    assert_eq!(live().await, [shown.between("id=\"secret\">", "<")]);
    let audit = site.book.audit(0, 1000).await.unwrap();
    let rotated = audit
        .iter()
        .filter(|record| record.action == "rotate_secret");
    let who: Vec<_> = rotated.map(|record| record.actor.as_str()).collect();
    assert_eq!(who, ["user:wang.li"; 2]);
}

#[tokio::test]
async fn an_app_is_made_for_ones_own_isv() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let fields = [("name", "<b>desk</b>"), ("isv", "two")];
    let shown = reader.post("/apps", &fields).await;
    let key = shown.between("id=\"app-key\">", "<").to_owned();
    let access = site.book.access().await.unwrap();
    let app = access.apps.iter().find(|app| app.key.as_str() == key);
    let app = app.unwrap();
    assert_eq!(
        (app.isv_name.as_str(), app.name.as_str()),
        ("one", "<b>desk</b>")
    );
    assert_eq!(app.secrets[0].0, shown.between("id=\"secret\">", "<"));
    assert!(app.grants.is_empty());
    let list = reader.get("/apps").await.text;
    assert!(list.contains(&key) && !list.contains("<b>desk"), "{list}");
    let nameless = reader.post("/apps", &[("name", " ")]).await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_is_changed_holds_at_once() {
    let site = Site::new().await;
    let (reader, ops) = (site.signed_in("wang.li").await, site.signed_in("ops").await);
    let param = "p.param_query_pov_appointment_record_by_date_req";
    let (day, pov) = (format!("{param}.day"), format!("{param}.out_pov_id"));
    let fields = [
        ("app", APP),
        ("method", "alibaba.health.vaccin.appointment.query"),
        (day.as_str(), DAY),
        (pov.as_str(), "00001"),
    ];
    let called = async || reader.post("/tool", &fields).await.text;
    // The tool signs with the newest secret.
    let retired = [("retire_old", "yes")];
    reader.post(&format!("/apps/{APP}/rotate"), &retired).await;
    assert!(called().await.contains("The platform has answered"));
    let revoked = [("grant", "*")];
    ops.post(&format!("/apps/{APP}/revoke"), &revoked).await;
    assert!(called().await.contains("isv.pov-not-exist"));
    let disabled = [("status", "disabled")];
    ops.post(&format!("/apps/{APP}/status"), &disabled).await;
    assert!(called().await.contains("isv.app-disabled"));
}

#[tokio::test]
async fn an_isv_has_twenty_apps_also_if_two_are_asked_for_at_once() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    for n in 2..20 {
        let made = reader.post("/apps", &[("name", "one more")]).await;
        assert_eq!(made.status, StatusCode::OK, "{n}");
    }
    let fields = [("name", "the last")];
    let four = (0..4).map(|_| reader.post("/apps", &fields));
    let four = join_all(four).await;
    let made = four.iter().filter(|answer| answer.status == StatusCode::OK);
    assert_eq!(made.count(), 1);
    let refused = four.iter().find(|answer| answer.status != StatusCode::OK);
    assert!(refused.unwrap().text.contains("20 apps are the most"));
    let access = site.book.access().await.unwrap();
    let own = access.apps.iter().filter(|app| app.isv_name == "one");
    assert_eq!(own.count(), 20);
    // Whoever runs the platform may give more.
    let ops = site.signed_in("ops").await;
    let more = ops.post("/apps", &[("name", "more"), ("isv", "one")]).await;
    assert_eq!(more.status, StatusCode::OK);
}

#[tokio::test]
async fn an_operator_disables_grants_limits_and_allows() {
    let site = Site::new().await;
    let ops = site.signed_in("ops").await;
    let change = async |what: &str, fields: &[(&str, &str)]| {
        let answer = ops.post(&format!("/apps/{APP}/{what}"), fields).await;
        (answer.status, answer.location)
    };
    let done = |section: &str| {
        let to = format!("/apps/{APP}#{section}");
        (StatusCode::SEE_OTHER, Some(to))
    };
    assert_eq!(
        change("status", &[("status", "disabled")]).await,
        done("status")
    );
    let grant = [("grant", "31*"), ("write", "yes")];
    assert_eq!(change("grant", &grant).await, done("grants"));
    let all = [("grant", "*")];
    assert_eq!(change("revoke", &all).await, done("grants"));
    let limits = [("per_second", "none"), ("per_day", "7")];
    assert_eq!(change("limit", &limits).await, done("limits"));
    let allowed = [("addresses", "10.0.0.0/8, 127.0.0.1")];
    assert_eq!(change("allow", &allowed).await, done("limits"));

    let page = ops.get(&format!("/apps/{APP}")).await.text;
    for said in [
        "disabled",
        "31*",
        "read and write",
        "0 / 7",
        "10.0.0.0/8, 127.0.0.1",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let rules = site.book.call_rules().await.unwrap();
    let expected = CallLimits {
        per_second: LimitSetting::Unlimited,
        per_day: LimitSetting::AtMost(7),
    };
    let scope = CallScope::App(AppKey::new(APP).unwrap());
    assert_eq!(rules.limits, [(scope, expected)]);
    for (what, field, value) in [
        ("grant", "grant", ""),
        ("limit", "per_day", "0"),
        ("limit", "per_second", "many"),
        ("allow", "addresses", "somewhere"),
    ] {
        let (status, _) = change(what, &[(field, value)]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
    }
}
