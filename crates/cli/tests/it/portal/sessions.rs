//! What is told of a method that needs a session on this platform alone.

use std::process::Command;

use povline_protocol::SESSION_REMEDY;
use povline_protocol::methods::schedule_query;
use serde_json::Value;

use super::pages::escaped;
use super::reader::Reader;
use super::scene::{METHOD, NAMES, POV, Scene, encoded, get, printed, rows_of};

/// A method that needs none.
const OTHER: &str = schedule_query::METHOD;

fn scene() -> Scene {
    Scene::with(&format!("--session-methods {METHOD}"))
}

#[test]
fn its_page_its_samples_and_the_first_steps_say_so() {
    let scene = scene();
    let remedy = [SESSION_REMEDY.chinese, SESSION_REMEDY.english].map(escaped);
    for (method, needs_session) in [(METHOD, true), (OTHER, false)] {
        for (language, remedy) in ["zh", "en"].into_iter().zip(&remedy) {
            let page = scene.page(&format!("/docs/{method}?lang={language}"));
            assert_eq!(page.contains(remedy), needs_session, "{method} {language}");
            let refused = page.contains("<code>invalid-sessionkey</code>");
            assert_eq!(refused, needs_session, "{method} {language}");
            let (_, row) = page.split_once("<tr id=\"public.session\"").unwrap();
            let row = row.split("</tr>").next().unwrap();
            assert_eq!(row.contains("<strong>"), needs_session, "{method}: {row}");
        }
        for file in ["call.py", "call.sh", "Call.java"] {
            let program = scene.page(&format!("/docs/{method}/samples/{file}"));
            assert_eq!(program.contains("APP_SESSION"), needs_session, "{program}");
        }
    }
    let start = scene.page("/docs/start?lang=en");
    assert!(start.contains("export APP_SESSION=") && start.contains(&remedy[1]));
    let plain = Scene::new().page("/docs/start?lang=en");
    assert!(!plain.contains("APP_SESSION"));
}

#[test]
fn a_sample_calls_with_the_session_that_the_operator_makes() {
    let scene = scene();
    let made = format!(
        "app session create --data platform {} --days 7 --format json",
        scene.app_key
    );
    let made = scene.place.run(&made).ends_with(0).json();
    let query = format!(
        "app_key={}&day={}&out_pov_id={}",
        scene.app_key,
        scene.day,
        encoded(POV)
    );
    let program = scene.page(&format!("/docs/{METHOD}/samples/call.py?{query}"));
    scene.place.write("call.py", &program);
    let run = |session: &str| {
        let mut python = Command::new("python3");
        let command = python.arg("call.py").env("APP_SESSION", session);
        printed(scene.with_secret(command, scene.place.path()))
    };
    let answer = run(made["session"].as_str().unwrap());
    assert_eq!(rows_of(&answer).len(), NAMES.len());
    assert!(run("made-up").contains("\"code\":27"));
}

#[test]
fn its_description_for_machines_says_so_at_both_addresses() {
    let scene = scene();
    let interface = scene.serving.url.split("://").nth(1).unwrap();
    let interface = interface.split('/').next().unwrap();
    for address in [interface, scene.serving.portal.as_str()] {
        let (_, document) = get(address, "/openapi.json");
        let document: Value = serde_json::from_slice(&document).unwrap();
        for (method, needs_session) in [(METHOD, true), (OTHER, false)] {
            let post = &document["paths"][format!("/router/rest#{method}")]["post"];
            let form = &post["requestBody"]["content"]["application/x-www-form-urlencoded"];
            let required = form["schema"]["required"].as_array().unwrap();
            assert_eq!(required.contains(&"session".into()), needs_session);
            let description = post["description"].as_str().unwrap();
            for remedy in [SESSION_REMEDY.chinese, SESSION_REMEDY.english] {
                assert_eq!(description.contains(remedy), needs_session, "{description}");
            }
        }
    }
}

#[test]
fn the_tool_asks_for_it() {
    let scene = scene();
    let reader = Reader::of(&scene);
    let remedy = escaped(SESSION_REMEDY.english);
    for (method, needs_session) in [(METHOD, true), (OTHER, false)] {
        let form = reader.form(method);
        let (_, label) = form.split_once("<label for=\"session\">").unwrap();
        let label = label.split("</label>").next().unwrap();
        assert_eq!(label.contains("required"), needs_session, "{label}");
        assert_eq!(label.contains(&remedy), needs_session, "{label}");
        assert_eq!(label.contains("needs none"), !needs_session, "{label}");
    }
    let refused = reader.call(&[("lang", "en")]);
    assert!(refused.contains("26 Missing session"), "{refused}");
}
