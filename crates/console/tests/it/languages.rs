//! A page in Chinese is Chinese, and one in English English, whatever is refused.

use http::{Request, StatusCode, header};

use crate::site::{APP, Answer, PASSWORD, Reader, Site, form, with_form};

/// Words of both languages: names of the contract and of settings.
const OF_BOTH: [&str; 6] = ["ISV", "IP", "API", "Ctrl", "App", "none"];

fn is_chinese(character: char) -> bool {
    ('\u{3000}'..='\u{303f}').contains(&character)
        || ('\u{4e00}'..='\u{9fff}').contains(&character)
        || ('\u{ff00}'..='\u{ffef}').contains(&character)
}

/// A text without what stands in code, without tags and without what both languages say.
fn words(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let (tag, after) = tag.split_once('>').unwrap();
        rest = match tag.split(' ').next() {
            Some("code") => after.split_once("</code>").unwrap().1,
            _ => after,
        };
    }
    text.push_str(rest);
    OF_BOTH
        .iter()
        .fold(text, |text, word| text.replace(word, ""))
}

fn note(answer: &Answer) -> String {
    let (_, rest) = answer
        .text
        .split_once("<p class=\"note bad\"")
        .unwrap_or_else(|| panic!("{}", answer.text));
    let (_, rest) = rest.split_once('>').unwrap();
    words(rest.split_once("</p>").unwrap().0)
}

fn check(what: &str, answers: [Answer; 2]) {
    let [chinese, english] = answers;
    assert_eq!(chinese.status, english.status, "{what}");
    let (chinese, english) = (note(&chinese), note(&english));
    assert!(chinese.chars().any(is_chinese), "{what}: {chinese}");
    assert!(
        !chinese.contains(|one: char| one.is_ascii_alphabetic()),
        "{what}: {chinese}"
    );
    assert!(
        english.contains(|one: char| one.is_ascii_alphabetic()),
        "{what}: {english}"
    );
    assert!(!english.chars().any(is_chinese), "{what}: {english}");
}

async fn refused(reader: &Reader<'_>, path: &str, fields: &[(&str, &str)]) {
    let mut answers = Vec::new();
    for language in ["zh-CN", "en"] {
        let answer = reader
            .post(&format!("{path}?lang={language}"), fields)
            .await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        answers.push(answer);
    }
    check(path, answers.try_into().unwrap());
}

#[tokio::test]
async fn what_an_operator_is_refused_is_said_in_one_language() {
    let site = Site::new().await;
    let ops = site.signed_in("ops").await;
    let many: Vec<String> = (0..65).map(|n| format!("10.0.0.{n}")).collect();
    let many = many.join(" ");
    for (what, fields) in [
        ("grant", ("grant", "")),
        ("limit", ("per_day", "0")),
        ("allow", ("addresses", "somewhere")),
        ("allow", ("addresses", many.as_str())),
        ("status", ("status", "neither")),
    ] {
        refused(&ops, &format!("/apps/{APP}/{what}"), &[fields]).await;
    }
    refused(&ops, "/apps", &[("name", ""), ("isv", "one")]).await;
    refused(&ops, "/apps", &[("name", "a"), ("isv", "")]).await;
    // An operator of production signs as nobody.
    refused(&ops, "/tool", &[("app", APP)]).await;
}

#[tokio::test]
async fn what_an_isv_is_refused_is_said_in_one_language() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    refused(&reader, "/apps", &[("name", "")]).await;
    refused(&reader, &format!("/apps/{APP}/status"), &[]).await;
    refused(&reader, "/apps/nothing/rotate", &[]).await;
    let account = |old, new, again| [("old", old), ("new", new), ("again", again)];
    refused(&reader, "/account", &account("wrong", "", "")).await;
    refused(&reader, "/account", &account(PASSWORD, "a", "b")).await;
    refused(&reader, "/account", &account(PASSWORD, "short", "short")).await;
    let none = ("method", "povline.appointment.cancel");
    refused(&reader, "/tool", &[("app", APP), ("method", "none")]).await;
    // A value that stands twice cannot be sent.
    let long = "x".repeat(40_000);
    let long = [("app", APP), none, ("p.appointment_id", long.as_str())];
    let answer = reader.post("/tool", &long).await;
    assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    for _ in 0..5 {
        reader.post("/account", &account("wrong", "", "")).await;
    }
    let answers = [
        reader
            .post("/account?lang=zh", &account("wrong", "", ""))
            .await,
        reader
            .post("/account?lang=en", &account("wrong", "", ""))
            .await,
    ];
    check("too many", answers);
}

#[tokio::test]
async fn what_a_stranger_is_refused_is_said_in_one_language() {
    let site = Site::sandbox(100).await;
    let send = async |path: &str, language: &str, fields: &[(&str, &str)]| {
        let request = Request::post(format!("{path}?lang={language}"));
        site.send(with_form(request, form(fields))).await
    };
    for (path, fields) in [
        ("/sign-in", vec![("name", "nobody"), ("password", "wrong")]),
        ("/sign-up", vec![("name", "")]),
        (
            "/sign-up",
            vec![("name", "a"), ("password", "b"), ("again", "c")],
        ),
        (
            "/sign-up",
            vec![("name", "a"), ("password", "b"), ("again", "b")],
        ),
        (
            "/sign-up",
            vec![("name", "ops"), ("password", PASSWORD), ("again", PASSWORD)],
        ),
    ] {
        let answers = [
            send(path, "zh", &fields).await,
            send(path, "en", &fields).await,
        ];
        check(path, answers);
    }
    let elsewhere = async |language: &str| {
        let request = Request::post(format!("/sign-up?lang={language}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site");
        site.send(request.body(axum::body::Body::empty()).unwrap())
            .await
    };
    check("elsewhere", [elsewhere("zh").await, elsewhere("en").await]);
}

#[tokio::test]
async fn pages_say_nothing_in_the_other_language() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let fields = [
        ("app", APP),
        ("method", "povline.appointment.cancel"),
        ("do", "show"),
    ];
    for sign_method in ["md5", "hmac-sha256"] {
        let fields = [&fields[..], &[("sign_method", sign_method)]].concat();
        let chinese = reader.post("/tool?lang=zh", &fields).await;
        let heading = chinese.between("待签名串", "</h3>");
        assert!(
            !heading.contains("secret") && !heading.contains("key"),
            "{heading}"
        );
    }
    for path in [
        "/apps",
        "/account",
        "/tool",
        &format!("/apps/{APP}"),
        &format!("/apps/{APP}/calls"),
    ] {
        let page = reader.get(&format!("{path}?lang=en")).await;
        // The link to the other language says its name in it.
        let main = page.between("<main", "</main>");
        let main = words(&format!("<main{main}"));
        assert!(!main.chars().any(is_chinese), "{path}: {main}");
    }
}
