use http::{Request, header};
use povline_web::Language;

fn of(address: &str, cookie: &str, accepted: &str) -> Language {
    let (parts, ()) = Request::get(address)
        .header(header::COOKIE, cookie)
        .header(header::ACCEPT_LANGUAGE, accepted)
        .body(())
        .unwrap()
        .into_parts();
    Language::of(&parts)
}

#[test]
fn the_query_decides_over_the_cookie_over_the_browser() {
    assert_eq!(of("/?lang=en", "lang=zh", "zh-CN"), Language::English);
    assert_eq!(of("/", "lang=en", "zh-CN,zh;q=0.9"), Language::English);
    assert_eq!(of("/", "", "fr,en-GB;q=0.8,zh;q=0.5"), Language::English);
    assert_eq!(of("/", "", "zh-TW,en;q=0.5"), Language::Chinese);
}

#[test]
fn whoever_says_nothing_of_use_reads_chinese() {
    assert_eq!(of("/?lang=xx", "lang=", "fr, *"), Language::Chinese);
}
