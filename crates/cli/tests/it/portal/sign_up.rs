//! Making an account in a sandbox, and calling with its app.

use super::reader::{between, post};
use super::scene::get;
use crate::binary::Place;
use crate::calling::today;
use crate::serving::{Serving, calling};

const PASSWORD: &str = "correct horse battery staple";

#[test]
fn a_newcomer_pulls_a_day_and_a_restart_leaves_the_account_be() {
    let place = Place::new();
    let flags = "--sandbox --data sandbox --portal 127.0.0.1:0";
    let mut serving = Serving::start_with(&place, flags);
    let fields = [
        ("name", "li.na"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    let (head, page) = post(&serving.portal, "/sign-up", "", &fields);
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let key = between(&page, "id=\"app-key\">", "<").to_owned();
    place.write("secret", between(&page, "id=\"secret\">", "<"));
    let day = today();
    let pull = format!("pull --pov 00001 --day {day} --format ndjson");
    let rows = calling(&place, &serving.url, &key, &pull, &[]).ends_with(0);
    assert!(rows.stdout.lines().count() > 200, "{rows:#?}");
    let reset = "call povline.sandbox.reset";
    calling(&place, &serving.url, &key, reset, &[]).ends_with(0);
    serving.stop();

    let serving = Serving::start_with(&place, &format!("{flags} --sign-ups 0"));
    let (head, _) = get(&serving.portal, "/sign-up");
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    let fields = [("name", "li.na"), ("password", PASSWORD)];
    let (head, _) = post(&serving.portal, "/sign-in", "", &fields);
    assert!(head.starts_with("HTTP/1.1 303 "), "{head}");
    let rows = calling(&place, &serving.url, &key, &pull, &[]).ends_with(0);
    assert!(rows.stdout.lines().count() > 200, "{rows:#?}");
}
