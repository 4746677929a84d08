//! The admin address.

use crate::call::{Call, SECRET};
use crate::platform::{DAY, Platform, appointments};

#[tokio::test]
async fn it_is_alive_and_ready() {
    let platform = Platform::with_rows(vec![]).await;
    assert_eq!(platform.admin("/health").await.status, 200);
    assert_eq!(platform.admin("/ready").await.status, 200);
    assert_eq!(platform.admin("/").await.status, 404);
}

#[tokio::test]
async fn it_counts_what_happened_and_names_nobody() {
    let platform = Platform::with_rows(appointments(201)).await;
    let query = Call::page("00001", DAY, 1, 200);
    for number in [1, 2] {
        let call = Call::page("00001", DAY, number, 200).signed(SECRET);
        platform.post(&call).await;
    }
    platform.post(&query.clone().signed("wrong")).await;
    platform
        .post(&query.clone().with("method", "taobao.x").signed(SECRET))
        .await;
    platform
        .post(&Call::page("99999", DAY, 1, 1).signed(SECRET))
        .await;

    let metrics = platform.admin("/metrics").await;
    let text = metrics.text();
    let method = r#"method="alibaba.health.vaccin.appointment.query""#;
    for line in [
        format!(r#"povline_requests_total{{{method},outcome="ok"}} 2"#),
        format!(r#"povline_requests_total{{{method},outcome="25"}} 1"#),
        r#"povline_requests_total{method="other",outcome="22"} 1"#.to_owned(),
        format!(r#"povline_requests_total{{{method},outcome="50"}} 1"#),
        "povline_sheet_builds_total 1".to_owned(),
        "povline_pinned_pages_total 1".to_owned(),
        "povline_sheet_entries 1".to_owned(),
        "povline_pins 1".to_owned(),
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }
    // A measured value may hold any digits; what could give somebody away are the names and labels.
    let named: Vec<&str> = text
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(comment) => comment,
            None => line.rsplit_once(' ').map_or(line, |(name, _)| name),
        })
        .collect();
    for secret in [
        "测试",
        "A0001",
        "P00001",
        "99999",
        "12345678",
        "helloworld",
        "taobao",
    ] {
        assert!(
            !named.iter().any(|name| name.contains(secret)),
            "{secret} in\n{text}"
        );
    }
}
