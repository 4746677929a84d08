use http::StatusCode;
use povline_protocol::methods;

use crate::site::{APP, Answer, DAY, NAME, OTHER_APP, Reader, SECRET, Site};

const METHOD: &str = "alibaba.health.vaccin.appointment.query";
const FIELD: &str = "p.param_query_pov_appointment_record_by_date_req";

async fn call(reader: &Reader<'_>, more: &[(&str, &str)]) -> Answer {
    let (day, pov) = (format!("{FIELD}.day"), format!("{FIELD}.out_pov_id"));
    let mut fields = vec![
        ("app", APP),
        ("method", METHOD),
        (day.as_str(), DAY),
        (pov.as_str(), "00001"),
    ];
    fields.extend(more);
    reader.post("/tool", &fields).await
}

#[tokio::test]
async fn a_call_is_answered_and_stands_in_the_log_at_once() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    for (form, begin) in [("json", "{\n"), ("xml", "&#60;?xml")] {
        for sign_method in ["md5", "hmac", "hmac-sha256"] {
            let more = [("form", form), ("sign_method", sign_method)];
            let page = call(&reader, &more).await;
            let answer = page.between("id=\"answer\"", "</pre>");
            assert!(answer.contains(begin) && answer.contains(NAME), "{answer}");
            assert!(!page.text.contains(SECRET));
            let id = page.between("id=\"request-id\">", "<");
            let path = format!("/apps/{APP}/calls?request_id={id}");
            let log = reader.get(&path).await.text;
            assert!(log.contains(&format!("/calls/{id}?before=")), "{log}");
            assert!(!log.contains(NAME));
        }
    }
}

#[tokio::test]
async fn a_call_is_only_shown_if_that_is_wanted() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let page = call(&reader, &[("do", "show")]).await;
    assert!(page.text.contains("id=\"canonical\"") && !page.text.contains("id=\"answer\""));
    let log = reader.get(&format!("/apps/{APP}/calls")).await.text;
    assert!(log.contains("No call is like that"), "{log}");
}

#[tokio::test]
async fn the_call_is_offered_as_a_program_in_seven_languages() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let page = call(&reader, &[("do", "show")]).await.text;
    for language in ["java", "dotnet", "php", "curl", "python", "c", "nodejs"] {
        assert!(
            page.contains(&format!("id=\"sample-{language}\"")),
            "{language}"
        );
    }
    assert!(page.matches(APP).count() > 7 && page.matches("00001").count() > 7);
}

/// How a program signs, by its language and the way that was chosen.
const SIGNS: [(&str, [&str; 3]); 7] = [
    ("java", ["\"MD5\"", "\"HmacMD5\"", "\"HmacSHA256\""]),
    ("dotnet", ["MD5.Create", "new HMACMD5", "new HMACSHA256"]),
    (
        "php",
        ["= strtoupper(md5(", "hash_hmac('md5'", "hash_hmac('sha256'"],
    ),
    (
        "curl",
        ["dgst -md5 |", "dgst -md5 \"$@\"", "dgst -sha256 \"$@\""],
    ),
    (
        "python",
        ["hashlib.md5((", "hashlib.md5).", "hashlib.sha256)."],
    ),
    (
        "c",
        ["EVP_md5(), NULL", "HMAC(EVP_md5()", "HMAC(EVP_sha256()"],
    ),
    (
        "nodejs",
        [
            "createHash(\"md5\")",
            "createHmac(\"md5\"",
            "createHmac(\"sha256\"",
        ],
    ),
];

#[tokio::test]
async fn a_program_sends_what_was_sent_and_nothing_more() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    for (at, sign_method) in ["md5", "hmac", "hmac-sha256"].into_iter().enumerate() {
        for form in ["json", "simplified", "xml"] {
            let more = [("form", form), ("sign_method", sign_method), ("do", "show")];
            let page = call(&reader, &more).await;
            for (language, signs) in SIGNS {
                let begin = format!("id=\"sample-{language}\"");
                let program = page.between(&begin, "</pre>");
                let program = program.replace("&#34;", "\"").replace("&#39;", "'");
                let what = format!("{language}, {form}, {sign_method}: {program}");
                let quoted = |text: &str| {
                    program.contains(&format!("\"{text}\""))
                        || program.contains(&format!("'{text}'"))
                };
                for text in ["format", "method", "timestamp", METHOD, "2.0", sign_method] {
                    assert!(quoted(text), "{text}: {what}");
                }
                assert!(program.contains(DAY) && program.contains("00001"), "{what}");
                assert_eq!(quoted("xml"), form == "xml", "{what}");
                assert_eq!(quoted("simplify"), form == "simplified", "{what}");
                for (other, sign) in signs.iter().enumerate() {
                    assert_eq!(program.contains(sign), other == at, "{sign}: {what}");
                }
                // What was left empty stays out, and so does the secret.
                assert!(!program.contains("page_"), "{what}");
                assert!(!program.contains("session"), "{what}");
                assert!(
                    program.contains("APP_SECRET") && !program.contains(SECRET),
                    "{what}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_program_takes_the_time_of_its_run_unless_another_was_chosen() {
    const TIME: &str = "2021-01-18 08:33:20";
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let python = async |more: &[(&str, &str)]| {
        let page = call(&reader, more).await;
        page.between("id=\"sample-python\"", "</pre>").to_owned()
    };
    let program = python(&[]).await;
    assert!(program.contains("time.time()"), "{program}");
    let program = python(&[("timestamp", TIME), ("signature", "ABC")]).await;
    assert!(program.contains(TIME) && !program.contains("time.time()"));
    assert!(!program.contains("ABC"), "{program}");
}

#[tokio::test]
async fn a_session_stands_in_no_program() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let fields = [
        ("app", APP),
        ("method", "alibaba.health.vaccin.order.update"),
        ("p.order_id", "PL1"),
        ("do", "show"),
    ];
    let with = [&fields[..], &[("session", "61secretsession")]].concat();
    for (fields, is_there) in [(&fields[..], false), (&with[..], true)] {
        let page = reader.post("/tool", fields).await;
        assert!(!page.text.contains("61secretsession"));
        assert_eq!(page.text.contains("the session from APP_SESSION"), is_there);
        for (language, _) in SIGNS {
            let program = page.between(&format!("id=\"sample-{language}\""), "</pre>");
            assert_eq!(program.contains("APP_SESSION"), is_there, "{program}");
            assert!(program.contains("PL1"), "{program}");
            // Optional parameters that were left empty.
            assert!(!program.contains("action_time"), "{program}");
        }
    }
}

#[tokio::test]
async fn a_wrong_signature_is_explained_by_its_id_and_no_value_is_kept() {
    const VALUE: &str = "a value that stands nowhere else";
    let size = format!("{FIELD}.page_size");
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    for (slip, cause) in [
        ("left-out", "param_query_pov_appointment_record_by_date_req"),
        ("unsorted", "sorted"),
        ("key-for-secret", "key"),
    ] {
        let page = call(&reader, &[("slip", slip), (size.as_str(), VALUE)]).await;
        assert!(page.between("id=\"error\">", "<").starts_with("25 "));
        let id = page.between("id=\"request-id\">", "<").to_owned();
        let told = reader.get(&format!("/apps/{APP}/calls/{id}")).await;
        assert!(
            told.between("id=\"cause\">", "</p>").contains(cause),
            "{slip}"
        );
        assert!(page.text.contains(VALUE) && !told.text.contains(VALUE));
    }
    // The signature of a program of one's own.
    let page = call(
        &reader,
        &[("signature", "ABC"), ("timestamp", "2021-01-18 08:33:20")],
    )
    .await;
    let id = page.between("id=\"request-id\">", "<").to_owned();
    let told = reader.get(&format!("/apps/{APP}/calls/{id}")).await;
    assert!(told.text.contains("id=\"cause\""), "{}", told.text);
}

#[tokio::test]
async fn a_call_of_the_log_is_rebuilt_with_what_is_known_of_it() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let page = call(&reader, &[]).await;
    let id = page.between("id=\"request-id\">", "<").to_owned();
    let one = reader.get(&format!("/apps/{APP}/calls/{id}")).await;
    let rebuild = one.between("href=\"/tool?", "\"").replace("&#38;", "&");
    let form = reader.get(&format!("/tool?{rebuild}")).await;
    let value = |name: &str| {
        let begin = format!("name=\"{FIELD}.{name}\" value=\"");
        form.between(&begin, "\"").to_owned()
    };
    assert_eq!(
        (value("day"), value("out_pov_id")),
        (DAY.to_owned(), "00001".to_owned())
    );
    assert_eq!(value("page_size"), "");
}

#[tokio::test]
async fn every_method_has_a_form() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    for spec in methods::ALL {
        let page = reader.get(&format!("/tool?method={}", spec.method)).await;
        assert_eq!(page.status, StatusCode::OK);
        for field in spec.request {
            assert!(
                page.text.contains(&format!("p.{}", field.name)),
                "{}",
                field.name
            );
        }
        assert!(page.text.contains("name=\"session\""));
        let said = "This method needs none";
        assert_eq!(page.text.contains(said), !spec.needs_session);
    }
}

#[tokio::test]
async fn nobody_signs_with_a_secret_that_is_not_their_isvs() {
    let site = Site::new().await;
    let fields = [("app", OTHER_APP), ("method", METHOD)];
    let reader = site.signed_in("wang.li").await;
    let answer = reader.post("/tool", &fields).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    // In production that holds for operators too: names would be read in somebody else's.
    let ops = site.signed_in("ops").await;
    let answer = ops.post("/tool", &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(
        ops.get("/tool")
            .await
            .text
            .contains("sign in as a user of that ISV")
    );
}

#[tokio::test]
async fn a_session_goes_out_and_is_not_shown() {
    let site = Site::new().await;
    let reader = site.signed_in("wang.li").await;
    let fields = [
        ("app", APP),
        ("method", "alibaba.health.vaccin.order.update"),
        ("session", "61secretsession"),
    ];
    let page = reader.post("/tool", &fields).await;
    assert!(
        page.between("id=\"request\"", "</pre>")
            .contains("session=***")
    );
    assert!(!page.text.contains("61secretsession"));
}
