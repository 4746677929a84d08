use povline_console::hash_password;
use povline_domain::{AppKey, OutPovId};
use povline_store::book::{
    Actor, Book as _, CallLimits, CallScope, LimitSetting, Limits as _, NewUser, UserName,
    Users as _,
};

use crate::site::{APP, AT, DAY, PASSWORD, Reader, Site, actor};

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
async fn figures_of_the_day_count_every_call_however_many() {
    let site = Site::new().await;
    let (reader, ops) = (site.signed_in("wang.li").await, site.signed_in("ops").await);
    call(&reader).await;
    let figures = async || {
        let page = ops.get("/operator").await;
        let limited = page.between("calls?code=7\">", "<").to_owned();
        let answered = page.between("calls?code=0\">", "</tr>");
        let answered = answered.split("number\">").nth(1).unwrap();
        let answered = answered.split('<').next().unwrap().to_owned();
        let lists = page
            .between("Lists that were read most", "</h2>")
            .to_owned();
        (limited, answered, lists.contains("since 2021-01-18"))
    };
    assert_eq!(figures().await, ("0".to_owned(), "1".to_owned(), false));
    // More than a page reads of the log: only the lists tell of a part, and say so.
    let limited = site.fill_log().await;
    let limited = format!("{}\u{202f}{:03}", limited / 1_000, limited % 1_000);
    assert_eq!(figures().await, (limited, "1".to_owned(), true));
}

#[tokio::test]
async fn a_clinic_is_told_with_the_name_of_its_isv() {
    let site = Site::new().await;
    let code = OutPovId::new("00009").unwrap();
    let isv = site
        .book
        .ensure_isv(&actor(), "without apps")
        .await
        .unwrap();
    let made = site.book.ensure_pov(&actor(), isv, &code, None).await;
    made.unwrap();
    let ops = site.signed_in("ops").await;
    let row = async || {
        let page = ops.get("/operator/povs?q=00009").await;
        let cells = page.between("<tbody>", "</tbody>").split("<td");
        let isv = cells
            .skip(2)
            .map(|cell| cell.split(['>', '<']).nth(1).unwrap());
        isv.map(str::to_owned).next().unwrap()
    };
    assert_eq!(row().await, isv.0.to_string());
    let user = NewUser {
        name: UserName::new("li.na").unwrap(),
        isv: Some(isv),
        password: hash_password(PASSWORD, [2; 16]).unwrap(),
    };
    site.book.add_user(&actor(), user).await.unwrap();
    assert_eq!(row().await, "without apps");
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
