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

/// What kind of platform a page is of.
fn of(sandbox_app: Option<&str>, may_sign_up: bool) -> Portal {
    let app = sandbox_app.map(str::to_owned);
    Portal::new(PortalConfig {
        may_sign_up,
        ..PortalConfig::new(URL.to_owned(), app, SIZES, Arc::new(Morning))
    })
}

/// The pages that say how one comes by an app, and where on them.
const WAYS_IN: [(&str, &str); 4] = [
    ("/", "<main"),
    ("/docs/start", "<ol class=\"steps\""),
    ("/docs/faq", "id=\"access\""),
    ("/docs/alibaba.health.vaccin.pov.update", "id=\"access\""),
];

#[test]
fn whoever_may_sign_up_is_led_there_first() {
    let open = of(Some("my-data/sandbox-app.json"), true);
    for (path, place) in WAYS_IN {
        for (language, said) in [("zh", "注册沙箱账号"), ("en", "Sign up to the sandbox")] {
            let html = page(&open, &format!("{path}?lang={language}"));
            let (_, way) = html.split_once(place).unwrap();
            let link = format!("href=\"/sign-up\">{said}</a>");
            let link = way.find(&link).unwrap_or_else(|| panic!("{path}: {way}"));
            // Nothing that has to be asked for or granted stands before it.
            for later in ["<code>povline app", "href=\"/apps\"", "sandbox-app.json"] {
                let later = way.find(later);
                assert!(later.is_none_or(|later| link < later), "{path}: {way}");
            }
            // Strangers are told nothing of the machine.
            assert!(!html.contains("my-data"), "{path}: {html}");
        }
    }
}

#[test]
fn where_nobody_may_sign_up_nothing_leads_there() {
    let closed = of(Some("my-data/sandbox-app.json"), false);
    let production = of(None, false);
    for (path, place) in WAYS_IN {
        for language in ["zh", "en"] {
            let address = format!("{path}?lang={language}");
            assert!(!page(&closed, &address).contains("/sign-up"), "{path}");
            let html = page(&production, &address);
            let (_, way) = html.split_once(place).unwrap();
            assert!(!html.contains("/sign-up"), "{path}: {html}");
            let ends = ["id=\"signature\"", "id=\"faq\"", "<nav"];
            let way = ends
                .iter()
                .fold(way, |way, end| way.split(end).next().unwrap());
            for of_sandbox in ["沙箱", "sandbox"] {
                assert!(!way.contains(of_sandbox), "{path} {of_sandbox}: {way}");
            }
            let operator = ["运营方", "operator"];
            assert!(
                operator.iter().any(|who| way.contains(who)),
                "{path}: {way}"
            );
        }
    }
    assert!(page(&closed, "/docs/start").contains("my-data/sandbox-app.json"));
    let faq = page(&production, "/docs/faq?lang=en");
    assert!(faq.contains("The operator grants the app clinics"), "{faq}");
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
