use std::sync::Arc;

use povline_portal::{Portal, PortalConfig};
use povline_protocol::methods;

use crate::site::{Morning, SIZES, URL, page, portal};

#[test]
fn the_first_page_speaks_both_languages() {
    let portal = portal(methods::ALL);
    for (address, said) in [
        ("/", "预约记录查询"),
        ("/?lang=en", "Vaccination appointments"),
    ] {
        let html = page(&portal, address);
        assert!(html.contains(said) && html.contains(URL), "{html}");
    }
}

#[test]
fn the_first_call_is_filled_in_with_today_or_what_the_reader_says() {
    let portal = portal(methods::ALL);
    let html = page(&portal, "/docs/start");
    let program = html.replace("&#34;", "\"");
    assert!(program.contains("\"day\": \"2021-01-18\""), "{html}");
    assert!(program.contains("\"out_pov_id\": \"00001\""), "{html}");
    let html = page(
        &portal,
        "/docs/start?app_key=1021234567&day=2021-02-03&out_pov_id=00002",
    );
    let program = html.replace("&#34;", "\"");
    for told in ["APP_KEY = \"1021234567\"", "2021-02-03", "00002"] {
        assert!(program.contains(told), "{told}: {html}");
    }
    assert!(!html.contains("2021-01-18"), "{html}");
}

#[test]
fn the_other_language_is_of_the_same_page() {
    let portal = portal(methods::ALL);
    let asked = "app_key=1021234567&day=2021-02-03&out_pov_id=a%26%22%E6%B5%8B";
    for (address, other) in [
        (
            format!("/docs/start?lang=zh&{asked}"),
            format!("/docs/start?{asked}&lang=en"),
        ),
        (
            format!("/docs/start?{asked}&lang=en"),
            format!("/docs/start?{asked}&lang=zh-CN"),
        ),
        ("/docs".to_owned(), "/docs?lang=en".to_owned()),
    ] {
        let html = page(&portal, &address);
        let link = format!("href=\"{}\" lang=", other.replace('&', "&#38;"));
        assert!(html.contains(&link), "{link}: {html}");
    }
}

#[test]
fn whoever_may_sign_up_is_led_there_first() {
    let of = |may_sign_up| {
        let app = "sandbox/sandbox-app.json".to_owned();
        let config = PortalConfig {
            may_sign_up,
            ..PortalConfig::new(URL.to_owned(), Some(app), SIZES, Arc::new(Morning))
        };
        page(&Portal::new(config), "/docs/start")
    };
    let (open, closed) = (of(true), of(false));
    let (way, file) = (
        open.find("href=\"/sign-up\""),
        open.find("sandbox-app.json"),
    );
    assert!(way.unwrap() < file.unwrap(), "{open}");
    assert!(!closed.contains("/sign-up") && closed.contains("sandbox-app.json"));
}

#[test]
fn a_sandbox_tells_where_its_own_app_is_told() {
    let portal = portal(methods::ALL);
    for language in ["zh", "en"] {
        let html = page(&portal, &format!("/docs/start?lang={language}"));
        let command = "cat '/srv/my sandbox/sandbox-app.json'".replace('\'', "&#39;");
        assert!(html.contains(&format!("<code>{command}</code>")), "{html}");
    }
}
