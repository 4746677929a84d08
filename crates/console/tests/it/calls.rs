//! The request log: what a call came to, and how it is found.

use http::StatusCode;

use crate::site::{APP, Answer, DAY, OTHER_APP, Reader, SANDBOX_APPS, Site};

const FAILING: [(&str, &str); 2] = [
    ("method", "povline.appointment.cancel"),
    ("p.appointment_id", "PL9999999999"),
];

/// Calls with these fields of the tool's form, and tells the page and the call's id.
async fn call(reader: &Reader<'_>, fields: &[(&str, &str)]) -> (Answer, String) {
    let fields = [&[("app", APP)], fields].concat();
    let page = reader.post("/tool", &fields).await;
    let id = page.between("id=\"request-id\">", "<").to_owned();
    (page, id)
}

#[tokio::test]
async fn a_failure_in_a_good_answer_is_no_answer_and_is_explained() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let (page, id) = call(&reader, &FAILING).await;
    assert!(
        page.between("id=\"error\">", "<")
            .starts_with("FAIL_BIZ_404 ")
    );
    assert!(!page.text.contains("The platform has answered"));
    let meaning = page.between("id=\"meaning\">", "</dl>");
    assert!(
        meaning.contains("There is no such appointment")
            && meaning.contains("appointment&#39;s id"),
        "{meaning}"
    );
    let one = reader.get(&format!("/apps/{APP}/calls/{id}")).await;
    assert_eq!(one.between("id=\"meaning\">", "</dl>"), meaning);
    let chinese = reader.get(&format!("/apps/{APP}/calls/{id}?lang=zh")).await;
    let meaning = chinese.between("id=\"meaning\">", "</dl>");
    assert!(
        meaning.contains("预约不存在或未授权") && meaning.contains("检查预约Id"),
        "{meaning}"
    );
}

#[tokio::test]
async fn calls_are_found_by_code_sub_code_and_the_code_of_a_failure() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let (_, failed) = call(&reader, &FAILING).await;
    let query = ("method", "alibaba.health.vaccin.appointment.query");
    let param = "p.param_query_pov_appointment_record_by_date_req";
    let (day, pov) = (format!("{param}.day"), format!("{param}.out_pov_id"));
    let asked = [query, (day.as_str(), DAY), (pov.as_str(), "00001")];
    let (_, answered) = call(&reader, &asked).await;
    let unknown = [query, (day.as_str(), DAY), (pov.as_str(), "00009")];
    let (_, refused) = call(&reader, &unknown).await;
    let (_, missing) = call(&reader, &FAILING[..1]).await;
    for (code, expected) in [
        ("FAIL_BIZ_404", vec![&failed]),
        ("FAIL_BIZ_4", vec![]),
        ("999", vec![]),
        ("0", vec![&answered]),
        ("50", vec![&refused]),
        ("isv.pov-not-exist", vec![&refused]),
        ("40", vec![&missing]),
        ("isv.pov", vec![]),
        ("7", vec![]),
    ] {
        let list = reader
            .get(&format!("/apps/{APP}/calls?code={code}"))
            .await
            .text;
        for id in [&failed, &answered, &refused, &missing] {
            let is_found = list.contains(&format!("/calls/{id}?before="));
            assert_eq!(is_found, expected.contains(&id), "{code} {id}: {list}");
        }
    }
    // The picture leads to what it counts.
    let page = reader.get(&format!("/apps/{APP}")).await.text;
    for code in ["0", "50", "FAIL_BIZ_404"] {
        assert!(
            page.contains(&format!("calls?code={code}\"")),
            "{code}: {page}"
        );
    }
    let others = site.signed_in("zhao.wu").await;
    let others = others.get(&format!("/apps/{OTHER_APP}")).await.text;
    assert!(others.contains("calls?code=0") && !others.contains("FAIL_BIZ_404"));
    assert!(
        page.contains("FAIL_BIZ_404 There is no such appointment"),
        "{page}"
    );
}

#[tokio::test]
async fn a_call_that_is_not_there_is_looked_for_to_the_end_of_the_log() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    call(&reader, &FAILING).await;
    let answer = reader.get(&format!("/apps/{APP}/calls/nothing")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(
        answer.text.contains("There is no such page"),
        "{}",
        answer.text
    );
    assert!(!answer.text.contains("before="));
}

/// A log of more parts than one search reads.
#[tokio::test]
async fn a_search_is_bounded_tells_how_far_it_was_and_goes_on() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let (_, oldest) = call(&reader, &FAILING).await;
    let path = format!("/apps/{APP}/calls/{oldest}");
    // It is in the log before the others are.
    assert_eq!(reader.get(&path).await.status, StatusCode::OK);
    site.fill_log().await;
    let first = reader.get(&path).await;
    assert_eq!(first.status, StatusCode::NOT_FOUND);
    assert!(
        first.text.contains("Searched back to 2021-01-18"),
        "{}",
        first.text
    );
    let mut at = first;
    let mut rounds = 1;
    while at.status == StatusCode::NOT_FOUND {
        let on = at
            .between("<p><a class=\"button\" href=\"", "\"")
            .replace("&#38;", "&");
        assert!(on.starts_with(&format!("{path}?before=")), "{on}");
        at = reader.get(&on).await;
        rounds += 1;
        assert!(rounds < 10);
    }
    assert!(at.text.contains("FAIL_BIZ_404"));
    // From where it is listed it is a step away, and so is the form for a call like it.
    let mut list = reader.get(&format!("/apps/{APP}/calls")).await;
    while !list.text.contains(&format!("/calls/{oldest}?")) {
        let on = list.between("<p><a class=\"button plain\" href=\"", "\"");
        list = reader.get(&on.replace("&#38;", "&")).await;
    }
    let listed = list.between(&format!("<a href=\"{path}"), "\"");
    let one = reader.get(&format!("{path}{listed}")).await;
    assert_eq!(one.status, StatusCode::OK, "{}", one.text);
    let rebuild = one.between("<a class=\"button\" href=\"/tool", "\"");
    let rebuild = format!("/tool{}", rebuild.replace("&#38;", "&"));
    let tool = reader.get(&rebuild).await;
    assert_eq!(tool.status, StatusCode::OK, "{rebuild}: {}", tool.text);
    assert!(tool.text.contains("Rebuilt from the call"));
    // The list does not say that there is none while there may be one.
    let list = reader
        .get(&format!("/apps/{APP}/calls?code=FAIL_BIZ_404"))
        .await;
    assert!(
        list.text.contains("so far; searched back to 2021-01-18"),
        "{}",
        list.text
    );
    assert!(list.text.contains("Search on"));
}

/// The rows of what is told of a call: a code, what it means, what to do.
async fn told(reader: &Reader<'_>, path: &str) -> Vec<String> {
    let page = reader.get(path).await;
    let rows = page.between("id=\"meaning\">", "</dl>");
    let rows = rows.split("<d").skip(1);
    let text = |row: &str| {
        row.split_once('>')
            .unwrap()
            .1
            .split("</d")
            .next()
            .unwrap()
            .to_owned()
    };
    rows.map(text).collect()
}

#[tokio::test]
async fn a_sub_code_is_found_and_explained_with_what_it_tells_of() {
    let site = Site::sandbox(0).await;
    let reader = site.signed_in("wang.li").await;
    let app = SANDBOX_APPS[0];
    let fields = [&FAILING[..], &[("app", app), ("slip", "left-out")]].concat();
    let page = reader.post("/tool", &fields).await;
    let id = page.between("id=\"request-id\">", "<").to_owned();
    let path = format!("/apps/{app}/calls");
    for code in [
        "25",
        "isv.invalid-signature",
        "isv.invalid-signature:parameter-left-out",
    ] {
        let list = reader.get(&format!("{path}?code={code}")).await.text;
        assert!(
            list.contains(&format!("/calls/{id}?before=")),
            "{code}: {list}"
        );
    }
    let list = reader.get(&format!("{path}?code=isv.invalid")).await.text;
    assert!(!list.contains(&id), "{list}");

    let path = format!("{path}/{id}");
    let english = told(&reader, &path).await;
    assert_eq!(
        english[0], "<code>25 Invalid signature</code>",
        "{english:?}"
    );
    assert_eq!(
        english[2],
        "<code>isv.invalid-signature:parameter-left-out</code>"
    );
    assert_eq!((english[4].as_str(), english.len()), ("What to do", 6));
    let chinese = told(&reader, &format!("{path}?lang=zh")).await;
    assert_eq!((chinese[4].as_str(), chinese.len()), ("办法", 6));
    for n in [1, 3, 5] {
        assert!(
            !english[n].is_empty() && chinese[n] != english[n],
            "{english:?} {chinese:?}"
        );
    }
    // It tells more than that the signature is wrong.
    assert_ne!(english[1], english[3]);
}
