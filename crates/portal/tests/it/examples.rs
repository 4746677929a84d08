//! The example answers are answers.

use povline_protocol::api::{AnswerShape, response_key};
use povline_protocol::{decode, methods};
use serde_json::Value;

use crate::site::{page, portal};

/// What stands in the elements with this label.
fn shown(html: &str, label: &str) -> Vec<String> {
    let begin = format!("aria-label=\"{label}\"><code>");
    let blocks = html.split(&begin);
    let plain = |block: &str| {
        let block = block.split("</code>").next().unwrap();
        block
            .replace("&#34;", "\"")
            .replace("&#39;", "'")
            .replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&#38;", "&")
    };
    blocks.skip(1).map(plain).collect()
}

#[test]
fn both_forms_of_the_contracts_example_read_as_the_same_page() {
    let portal = portal(methods::ALL);
    let method = methods::appointment_query::METHOD;
    let html = page(&portal, &format!("/docs/{method}"));
    let rows = ["JSON", "XML"].map(|label| {
        let example = shown(&html, label).into_iter().next().unwrap();
        match decode::read_answer(example.as_bytes()).unwrap().answer {
            decode::Answer::Page(page) => page.page.rows,
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(rows[0].len(), 1);
    assert_eq!(rows[0], rows[1]);
}

#[test]
fn every_example_stands_under_its_methods_key_and_says_how_it_went() {
    let portal = portal(methods::ALL);
    for spec in methods::ALL {
        let html = page(&portal, &format!("/docs/{}", spec.method));
        let examples = shown(&html, "JSON");
        let [good, failed, refused] = &examples[..] else {
            panic!("{}: {examples:?}", spec.method)
        };
        let read = |text: &String| serde_json::from_str::<Value>(text).unwrap();
        for (text, success) in [(good, true), (failed, false)] {
            let answer = &read(text)[response_key(spec.method)];
            let told = match spec.shape {
                AnswerShape::Result => &answer["result"]["success"],
                AnswerShape::Flat => &answer["is_success"],
            };
            assert_eq!(*told, success, "{text}");
            assert!(answer["request_id"].is_string(), "{text}");
        }
        let error = decode::read_error(refused.as_bytes()).unwrap();
        assert!(error.is_some(), "{refused}");
        assert_eq!(shown(&html, "XML").len(), 3);
    }
}
