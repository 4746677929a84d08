//! The ISV's page.

use std::collections::BTreeMap;

use http::StatusCode;
use povline_client::{Field, RowFault};
use povline_clinic::FLEET_COOKIE;
use povline_domain::{
    AppKey, Appointment, AppointmentId, Day, IncompleteReason, OutPovId, UnixMillis, Verdict,
};
use povline_store::ledger::{
    BudgetPart, CallsWanted, Deliveries as _, EventCursor, HoldScope, Ledger as _, SinkName,
    SinkStart, SinkStep, UnreadRow, WaitingLetter,
};
use povline_sync::scan::FOREIGN_ROW;
use serde_json::json;

use crate::support::{Answer, Place, pov, row};

/// The ISV's cookies.
async fn isv(place: &Place) -> String {
    let token = place.token(None).await;
    format!("{FLEET_COOKIE}={token}; lang=en")
}

/// The page says that all is well, in words and by a sign.
fn is_well(page: &str) -> bool {
    page.contains("All is well") && page.contains(">✓</span>") && !page.contains("id=\"troubles\"")
}

/// A place whose only list was just read, and its ISV's cookies.
async fn well() -> (Place, String) {
    let place = Place::new();
    place
        .read("1", 0, vec![row("1001", "08:00-08:30", "张小三")])
        .await;
    let cookies = isv(&place).await;
    let page = place.page("/fleet", &cookies).await.is(StatusCode::OK);
    assert!(is_well(&page.text), "{}", page.text);
    (place, cookies)
}

/// The page says this trouble and no other, on top and by a sign.
#[track_caller]
fn says_alone(page: &str, trouble: &str) {
    assert!(page.contains("Not well: 1 thing to look at"), "{page}");
    assert!(
        page.contains(">!</span>") && !page.contains("All is well"),
        "{page}"
    );
    let list = page.split("id=\"troubles\"").nth(1).unwrap();
    let list = list.split("</ul>").next().unwrap();
    assert!(list.contains(trouble), "{list}");
}

/// So many appointments of one list.
fn many(count: usize) -> Vec<Appointment> {
    let rows = (0..count).map(|n| row(&format!("{}", 1_000 + n), "08:00-08:30", "张小三"));
    rows.collect()
}

/// The mark of the loss that the page shows.
fn mark(page: &str) -> String {
    let (_, rest) = page.split_once("value=\"accept-").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

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
    let refused = refused.is(StatusCode::UNAUTHORIZED);
    assert!(
        refused.text.contains("This is no fleet token"),
        "{}",
        refused.text
    );
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
    assert!(page.contains("1 list of today is stale"), "{page}");
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
    place.read("1", 0, many(50)).await;
    place.pass(60_000);
    place.read("1", 0, many(10)).await;
    let token = place.token(None).await;
    let cookies = format!("{FLEET_COOKIE}={token}; lang=en");
    let page = place.page("/fleet", &cookies).await.text;
    says_alone(&page, "1 list is held and waiting for a decision");
    assert!(page.contains("is-held"), "{page}");
    let held = mark(&page);
    let body = format!("pov=1&day=2026-11-24&held=reject-{held}");
    place
        .form("/fleet/held", &cookies, &body)
        .await
        .is(StatusCode::SEE_OTHER);
    let holds = place.ledger.holds().await.unwrap();
    assert!(holds[0].hold.rejected_at.is_some());
    // What has been decided does not wait for it.
    let page = place.page("/fleet", &cookies).await.text;
    says_alone(&page, "1 list is held: its loss was rejected");
    assert!(!page.contains("waiting for a decision"), "{page}");
    let chinese = cookies.replace("lang=en", "lang=zh");
    let page = place.page("/fleet", &chinese).await.text;
    assert!(
        page.contains("1 个清单已暂停取消;消失已驳回") && !page.contains("等待决定"),
        "{page}"
    );
}

#[tokio::test]
async fn nothing_known_is_not_well() {
    let place = Place::new();
    let cookies = isv(&place).await;
    let page = place.page("/fleet", &cookies).await.text;
    says_alone(&page, "nothing is known yet: the agent has read no list");
}

#[tokio::test]
async fn a_clinic_that_was_never_read_stands_on_the_map_first() {
    let (place, cookies) = well().await;
    *place.platform.povs.lock() = vec![pov("1"), pov("00007")];
    let page = place.page("/fleet/now", &cookies).await.text;
    says_alone(&page, "nothing is known yet of 1 clinic");
    let map = page.split("class=\"map\"").nth(1).unwrap();
    let (unknown, known) = (map.find("00007").unwrap(), map.find("\"row\">1<").unwrap());
    assert!(unknown < known, "{map}");
    assert!(map.contains("!! nothing known yet"), "{map}");
    assert!(page.contains("2 clinics"), "{page}");
    // Read once, it is like any other.
    place.read("00007", 0, Vec::new()).await;
    let page = place.page("/fleet/now", &cookies).await.text;
    assert!(is_well(&page), "{page}");
}

#[tokio::test]
async fn a_list_that_was_never_read_whole_is_not_well() {
    let (place, cookies) = well().await;
    let mut broken = place.observation("2", 0, Vec::new());
    broken.certificate.verdict = Verdict::Incomplete(IncompleteReason::CallFailed);
    place.settle(broken).await;
    let page = place.page("/fleet/now", &cookies).await.text;
    says_alone(&page, "1 list was never read whole");
    assert!(page.contains("a call failed 1"), "{page}");
}

#[tokio::test]
async fn other_days_grow_stale_later() {
    let (place, cookies) = well().await;
    place.read("1", 1, Vec::new()).await;
    place.pass(13 * 3_600_000);
    place
        .read("1", 0, vec![row("1001", "08:00-08:30", "张小三")])
        .await;
    let page = place.page("/fleet/now", &cookies).await.text;
    says_alone(&page, "1 list of another day is stale");
}

#[tokio::test]
async fn what_the_agent_meets_at_the_platform_is_told() {
    let (place, cookies) = well().await;
    place.platform.progress.lock().failed = 2;
    let page = place.page("/fleet/now", &cookies).await.text;
    says_alone(&page, "2 lists failed when last read");

    *place.platform.progress.lock() = Default::default();
    place.platform.progress.lock().banned_until = Some(place.now().plus_millis(60_000));
    let page = place.page("/fleet/now", &cookies).await.text;
    says_alone(&page, "no calls until 08:01:");

    *place.platform.progress.lock() = Default::default();
    place.platform.progress.lock().budget_begins_at = Some(UnixMillis(
        place.now().0 / 86_400_000 * 86_400_000 + 16 * 3_600_000,
    ));
    let page = place.page("/fleet/now", &cookies).await.text;
    says_alone(&page, "calls are used up until 00:00:00");

    *place.platform.progress.lock() = Default::default();
    let app = AppKey::new("12345678").unwrap();
    let today = Day::at(place.now());
    let wanted = CallsWanted {
        calls_max: 950,
        part: BudgetPart::Polls,
        of_part: 1_000,
        of_day: 1_000,
    };
    let reserved = place.ledger.reserve_calls(&app, today, wanted).await;
    assert_eq!(reserved.unwrap(), 950);
    let page = place.page("/fleet/now", &cookies).await.text;
    says_alone(&page, "95% of the day");
}

#[tokio::test]
async fn picks_that_wait_for_long_are_told() {
    let (place, cookies) = well().await;
    let session = place.session("1", false).await;
    let body = json!({ "appointment_id": "P1001" });
    place
        .post("/v1/pick", &session, &body)
        .await
        .is(StatusCode::OK);
    let page = place.page("/fleet/now", &cookies).await.text;
    assert!(is_well(&page), "{page}");
    place.pass(6 * 60_000);
    let page = place.page("/fleet/now", &cookies).await.text;
    says_alone(&page, "1 pick waits to be told to the platform");
}

/// Where no quota is set, the ledger counts no calls: to say that none were made would be false.
#[tokio::test]
async fn calls_are_told_of_a_day_with_a_quota_and_of_the_run_without_one() {
    let (place, cookies) = well().await;
    place.platform.progress.lock().calls = 345;
    let page = place.page("/fleet/now", &cookies).await.text;
    assert!(page.contains("0 / 1000 today"), "{page}");
    *place.platform.calls_per_day.lock() = None;
    let page = place.page("/fleet/now", &cookies).await.text;
    assert!(
        page.contains("345 since it was started (no quota is set)") && !page.contains("<meter"),
        "{page}"
    );
}

#[tokio::test]
async fn rows_in_quarantine_are_told_without_what_stands_in_them() {
    let (place, cookies) = well().await;
    let mut seen = place.observation("1", 0, vec![row("1001", "08:00-08:30", "张小三")]);
    seen.certificate.verdict = Verdict::Incomplete(IncompleteReason::UnreadableRow);
    seen.unread = vec![UnreadRow {
        appointment_id: Some(AppointmentId::new("P1002").unwrap()),
        reason: "appointment_period is none".to_owned(),
        raw: "李小四".to_owned(),
        window: 0,
    }];
    place.settle(seen).await;
    let page = place.page("/fleet/now", &cookies).await.text;
    says_alone(&page, "1 row in quarantine");
    assert!(page.contains("P1002") && !page.contains("李小四"), "{page}");
}

#[tokio::test]
async fn a_sink_that_stops_fails_lags_or_buries_is_told() {
    let letter = || WaitingLetter {
        cursor: EventCursor(1),
        attempts: 9,
        due_at: UnixMillis(0),
        reason: Some("refused".to_owned()),
    };
    let passed = || SinkStep {
        cursor: EventCursor(1),
        ..SinkStep::default()
    };
    let ill = [
        SinkStep {
            stopped: Some("gone".to_owned()),
            ..passed()
        },
        SinkStep {
            failure: Some("refused".to_owned()),
            ..passed()
        },
        SinkStep {
            dead: vec![letter()],
            ..passed()
        },
    ];
    for step in ill {
        let (place, cookies) = well().await;
        let name = SinkName::new("hooks").unwrap();
        let enlisted = place
            .ledger
            .enlist(&name, "webhook", SinkStart::Oldest)
            .await;
        enlisted.unwrap();
        place.ledger.advance(&name, passed()).await.unwrap();
        let page = place.page("/fleet/now", &cookies).await.text;
        assert!(is_well(&page), "{page}");
        place.ledger.advance(&name, step).await.unwrap();
        let page = place.page("/fleet/now", &cookies).await.text;
        says_alone(&page, "1 sink of events fails, lags or has dead letters");
    }
    // One that is merely behind is told once it is so for long.
    let (place, cookies) = well().await;
    let name = SinkName::new("table").unwrap();
    let enlisted = place.ledger.enlist(&name, "table", SinkStart::Oldest).await;
    enlisted.unwrap();
    let page = place.page("/fleet/now", &cookies).await.text;
    assert!(is_well(&page), "{page}");
    place.pass(6 * 60_000);
    place
        .read("1", 0, vec![row("1001", "08:00-08:30", "张小三")])
        .await;
    let page = place.page("/fleet/now", &cookies).await.text;
    says_alone(&page, "1 sink of events fails, lags or has dead letters");
}

/// Lists of ten rows each, of so many clinics.
async fn read_clinics(place: &Place, clinics: std::ops::Range<u32>, rows: u32) {
    for clinic in clinics {
        let of = |n: u32| Appointment {
            out_pov_id: OutPovId::new(format!("c{clinic}")).unwrap(),
            ..row(&format!("{}", clinic * 100 + n), "08:00-08:30", "张小三")
        };
        let rows = (0..rows).map(of).collect();
        place.read(&format!("c{clinic}"), 0, rows).await;
    }
}

#[tokio::test]
async fn a_fleet_that_is_held_is_told_and_decided_there() {
    let place = Place::new();
    read_clinics(&place, 0..10, 10).await;
    place.pass(60_000);
    read_clinics(&place, 0..4, 0).await;
    let cookies = isv(&place).await;
    let page = place.page("/fleet", &cookies).await.text;
    says_alone(&page, "the whole fleet is held and waits for a decision");
    let answer = decide(&place, &cookies, "reject", &mark(&page)).await;
    answer.is(StatusCode::SEE_OTHER);
    let page = place.page("/fleet", &cookies).await.text;
    says_alone(&page, "the whole fleet is held: its loss was rejected");
    let answer = decide(&place, &cookies, "accept", &mark(&page)).await;
    answer.is(StatusCode::SEE_OTHER);
    let holds = place.ledger.holds().await.unwrap();
    assert!(holds.iter().all(|place| place.scope != HoldScope::Fleet));
    let page = place.page("/fleet", &cookies).await.text;
    assert!(is_well(&page), "{page}");
}

/// What is held of the whole fleet: how many rows are lost.
async fn fleet_lost(place: &Place) -> Option<u64> {
    let holds = place.ledger.holds().await.unwrap();
    let mut holds = holds.into_iter();
    let fleet = holds.find(|place| place.scope == HoldScope::Fleet);
    fleet.map(|place| place.hold.lost)
}

/// How many suspects a person has let go, and how many not.
async fn let_go(place: &Place) -> (usize, usize) {
    let suspects = place.ledger.suspects().await.unwrap();
    let accepted = suspects.iter().filter(|suspect| suspect.accepted).count();
    (accepted, suspects.len() - accepted)
}

/// Four clinics of ten have lost their lists, which the ISV with these cookies was shown with this
/// mark.
async fn a_shown_loss() -> (Place, String, String) {
    let place = Place::new();
    read_clinics(&place, 0..10, 10).await;
    place.pass(60_000);
    read_clinics(&place, 0..4, 0).await;
    let cookies = isv(&place).await;
    let shown = mark(&place.page("/fleet", &cookies).await.text);
    (place, cookies, shown)
}

/// The ISV decides about what the fleet has lost.
async fn decide(place: &Place, cookies: &str, word: &str, mark: &str) -> Answer {
    let body = format!("pov=&day=&held={word}-{mark}");
    place.form("/fleet/held", cookies, &body).await
}

#[tokio::test]
async fn a_fleet_that_moves_is_decided_about_as_it_was_shown() {
    let (place, cookies, shown) = a_shown_loss().await;
    // Somebody cancels elsewhere, as somebody always does.
    read_clinics(&place, 9..10, 9).await;
    let now = mark(&place.page("/fleet", &cookies).await.text);
    assert_ne!(now, shown, "one more is lost");
    decide(&place, &cookies, "accept", &shown)
        .await
        .is(StatusCode::SEE_OTHER);
    assert_eq!(let_go(&place).await, (40, 1));
    let decided = place.ledger.hold_decisions(9).await.unwrap();
    assert_eq!(decided[0].lost, 40);
    assert_eq!(fleet_lost(&place).await, Some(1));
    // So little needs nobody's decision.
    read_clinics(&place, 9..10, 9).await;
    assert_eq!(fleet_lost(&place).await, None);
    assert_eq!(let_go(&place).await, (40, 1));
}

#[tokio::test]
async fn what_a_fleet_loses_after_it_was_shown_stays_held() {
    let (place, cookies, shown) = a_shown_loss().await;
    read_clinics(&place, 4..8, 0).await;
    decide(&place, &cookies, "accept", &shown)
        .await
        .is(StatusCode::SEE_OTHER);
    assert_eq!(let_go(&place).await, (40, 40));
    assert_eq!(fleet_lost(&place).await, Some(40));
    // Nor does it go by being read again, or by the same decision once more.
    place.pass(600_000);
    read_clinics(&place, 4..8, 0).await;
    decide(&place, &cookies, "accept", &shown)
        .await
        .is(StatusCode::CONFLICT);
    assert_eq!(fleet_lost(&place).await, Some(40));
    assert_eq!(let_go(&place).await.1, 40);
    // A row that came back and went again is lost anew.
    let shown = mark(&place.page("/fleet", &cookies).await.text);
    read_clinics(&place, 7..8, 1).await;
    read_clinics(&place, 7..8, 0).await;
    decide(&place, &cookies, "accept", &shown)
        .await
        .is(StatusCode::SEE_OTHER);
    assert_eq!(fleet_lost(&place).await, Some(1));
    assert_eq!(let_go(&place).await.1, 1);
    // What was rejected is decided about by whoever has seen that.
    let shown = mark(&place.page("/fleet", &cookies).await.text);
    decide(&place, &cookies, "reject", &shown)
        .await
        .is(StatusCode::SEE_OTHER);
    decide(&place, &cookies, "accept", &shown)
        .await
        .is(StatusCode::CONFLICT);
    assert_eq!(fleet_lost(&place).await, Some(1));
}

#[tokio::test]
async fn everything_is_there_in_chinese_too() {
    let place = Place::new();
    let token = place.token(None).await;
    let cookies = format!("{FLEET_COOKIE}={token}; lang=zh");
    let page = place.page("/fleet", &cookies).await.text;
    assert!(
        page.contains("1 项需要处理") && page.contains("尚无任何清单"),
        "{page}"
    );
    place.read("1", 0, Vec::new()).await;
    let page = place.page("/fleet", &cookies).await.text;
    assert!(
        page.contains("一切正常") && page.contains("1 个接种点"),
        "{page}"
    );
}

#[tokio::test]
async fn failures_and_what_is_wrong_with_rows_are_told_in_the_pages_language() {
    let place = Place::new();
    let token = place.token(None).await;
    place.platform.progress.lock().failures = BTreeMap::from([
        ("timed-out", 2),
        ("call-limited", 3),
        ("order-changed", 4),
        ("budget", 5),
    ]);
    let faults = [
        RowFault::Missing(Field::PickCode).to_string(),
        RowFault::Unreadable(Field::AppointmentPeriod).to_string(),
        RowFault::Repeated(Field::Name).to_string(),
        RowFault::NotAnObject.to_string(),
        FOREIGN_ROW.to_owned(),
        "something new".to_owned(),
    ];
    let mut seen = place.observation("1", 0, Vec::new());
    seen.certificate.verdict = Verdict::Incomplete(IncompleteReason::UnreadableRow);
    seen.unread = (0..).zip(&faults).map(unread).collect();
    place.settle(seen).await;
    let page = async |language: &str| {
        let cookies = format!("{FLEET_COOKIE}={token}; lang={language}");
        place.page("/fleet", &cookies).await.text
    };
    let (chinese, english) = (page("zh").await, page("en").await);
    for words in [
        "失败: budget 5, 被限流 3, 顺序变了 4, 应答超时 2<",
        "<td>取号码(pick_code)缺失</td>",
        "<td>预约时段(appointment_period)无法识别</td>",
        "<td>姓名(name)重复出现</td>",
        "<td>不是一条记录</td>",
        "<td>属于其他接种点或其他日</td>",
        "<td>something new</td>",
    ] {
        assert!(chinese.contains(words), "{words}: {chinese}");
    }
    for fault in &faults {
        assert!(english.contains(&format!("<td>{fault}</td>")), "{english}");
    }
    assert!(
        english
            .contains("Failures: budget 5, throttled 3, the order changed 4, no answer in time 2<"),
        "{english}"
    );
}

/// A row that cannot be taken at its word, for this reason.
fn unread((number, reason): (usize, &String)) -> UnreadRow {
    UnreadRow {
        appointment_id: Some(AppointmentId::new(format!("X{number}")).unwrap()),
        reason: reason.clone(),
        raw: String::new(),
        window: 0,
    }
}

#[tokio::test]
async fn whoever_decides_goes_on_seeing_as_many_days_as_before() {
    let place = Place::new();
    for ahead in 0..10 {
        place.read("1", ahead, Vec::new()).await;
    }
    place.read("1", 0, many(50)).await;
    place.pass(60_000);
    place.read("1", 0, many(10)).await;
    let cookies = isv(&place).await;
    let days = |page: &str| page.matches("<th scope=\"col\">").count();
    let first = place.page("/fleet", &cookies).await.text;
    let all = place.page("/fleet?days=all", &cookies).await.text;
    assert_eq!(days(&all), days(&first) + 2);
    let action = |page: &str| {
        let (_, rest) = page
            .split_once("<form method=\"post\" action=\"/fleet/held")
            .unwrap();
        let rest = rest.split('"').next().unwrap();
        format!("/fleet/held{}", rest.replace("&#38;", "&"))
    };
    let decide = async |page: &str, word: &str, mark: &str| {
        let body = format!("pov=1&day=2026-11-24&held={word}-{mark}");
        place.form(&action(page), &cookies, &body).await
    };
    // Refused, it is told on the same page.
    let refused = decide(&all, "accept", "0000000000000000").await;
    let refused = refused.is(StatusCode::CONFLICT).text;
    assert_eq!(days(&refused), days(&all));
    for (page, wanted) in [(&refused, &all), (&first, &first)] {
        let now = place.page("/fleet", &cookies).await.text;
        let rejected = decide(page, "reject", &mark(&now)).await;
        let rejected = rejected.is(StatusCode::SEE_OTHER);
        let back = rejected.headers["location"].to_str().unwrap();
        let page = place.page(back, &cookies).await.is(StatusCode::OK).text;
        assert_eq!(days(&page), days(wanted), "{back}");
    }
}
