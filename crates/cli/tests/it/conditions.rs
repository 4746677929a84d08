//! Under which conditions apps may call: limits, addresses, sessions.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use crate::binary::Place;
use crate::serving::{Serving, calling, make_app};

const METHOD: &str = "alibaba.health.vaccin.appointment.query";

/// The row of a method in what `app show` tells; `*` is all methods.
fn shown(place: &Place, key: &str, method: &str) -> Value {
    let told = place
        .run(&format!("app show --data platform {key} --format json"))
        .ends_with(0)
        .json();
    let rows = told.as_array().unwrap();
    rows.iter()
        .find(|row| row["method"] == method)
        .unwrap_or_else(|| panic!("{told}"))
        .clone()
}

#[test]
fn a_limit_is_set_told_and_taken_back() {
    let place = Place::new();
    let key = make_app(&place);
    let run = |args: &str| place.run(&format!("app limit --data platform {args}"));
    assert_eq!(shown(&place, &key, "*")["per_day"], 1_000_000);
    assert_eq!(shown(&place, &key, "*")["per_second"], Value::Null);
    run(&format!("{key} --per-second 50")).ends_with(0);
    run(&format!("{key} --per-day none")).ends_with(0);
    run(&format!("{key} --method {METHOD} --per-day 5000")).ends_with(0);
    run(&format!("* --method {METHOD} --per-second 500 --weight 3")).ends_with(0);
    let all = shown(&place, &key, "*");
    assert_eq!(
        (&all["per_second"], &all["per_day"]),
        (&50.into(), &Value::Null)
    );
    let one = shown(&place, &key, METHOD);
    assert_eq!((&one["per_day"], &one["weight"]), (&5000.into(), &3.into()));
    assert_eq!(shown(&place, "*", METHOD)["per_second"], 500);
    run(&format!("{key} --per-second default --per-day default")).ends_with(0);
    assert_eq!(shown(&place, &key, "*")["per_day"], 1_000_000);

    for (args, told) in [
        (key.clone(), "nothing to set"),
        (format!("{key} --per-day 0"), "app disable"),
        (format!("{key} --per-day many"), "is no limit"),
        (format!("{key} --weight 2"), "weights"),
        (format!("{key} --method no.such --per-day 1"), METHOD),
        ("* --per-day 1".to_owned(), "--method"),
    ] {
        let refused = run(&args).ends_with(2);
        assert!(refused.stderr.contains(told), "{args}: {refused:#?}");
    }
    run("99999999 --per-day 1").ends_with(1);
    place.run("app show --data platform 99999999").ends_with(1);
}

#[test]
fn a_served_quota_is_kept_over_a_kill_and_its_use_is_told() {
    let place = Place::new();
    let key = make_app(&place);
    place
        .run(&format!("app limit --data platform {key} --per-day 3"))
        .ends_with(0);
    let call = |url: &str| {
        let args = format!("call {METHOD} day=2026-11-24 out_pov_id=00001");
        calling(&place, url, &key, &args, &[])
    };
    let serving = Serving::start(&place);
    for _ in 0..2 {
        // There is no such clinic; the call counts.
        assert!(
            call(&serving.url)
                .ends_with(4)
                .stdout
                .contains("isv.pov-not-exist")
        );
    }
    serving.kill();
    let serving = Serving::start(&place);
    assert!(
        call(&serving.url)
            .ends_with(4)
            .stdout
            .contains("isv.pov-not-exist")
    );
    let banned = call(&serving.url).ends_with(4);
    assert!(
        banned
            .stdout
            .contains("accesscontrol.limited-by-app-access-count"),
        "{banned:#?}"
    );
    assert_eq!(shown(&place, &key, "*")["reserved_today"], 3);
}

#[test]
fn addresses_are_set_and_kept_to() {
    let place = Place::new();
    let key = make_app(&place);
    let allow = |args: &str| place.run(&format!("app allow --data platform {key} {args}"));
    allow("203.0.113.7 10.232.*.*").ends_with(0);
    let list = place
        .run("app list --data platform --format json")
        .ends_with(0)
        .json();
    assert_eq!(list[0]["addresses"], "10.232.0.0/16 203.0.113.7");
    let serving = Serving::start(&place);
    let call = || {
        let args = format!("call {METHOD} day=2026-11-24 out_pov_id=00001");
        calling(&place, &serving.url, &key, &args, &[]).ends_with(4)
    };
    let refused = call();
    assert!(
        refused.stdout.contains("isv.permission-ip-whitelist-limit")
            && refused.stdout.contains("but your ip is 127.0.0.1"),
        "{refused:#?}"
    );
    drop(serving);
    for (args, told) in [
        ("10.232.1.1/16", "10.232.0.0/16"),
        ("nowhere", "is no address"),
        ("", "<ADDRESS>"),
    ] {
        let refused = allow(args).ends_with(2);
        assert!(refused.stderr.contains(told), "{args}: {refused:#?}");
    }
    allow("--anywhere").ends_with(0);
    let list = place.run("app list --data platform --format json").json();
    assert_eq!(list[0]["addresses"], "");
}

#[test]
fn a_session_is_shown_once_and_revoked_by_its_name() {
    let place = Place::new();
    let key = make_app(&place);
    let run = |args: &str| place.run(&format!("app session {args}"));
    let create = || {
        run(&format!(
            "create --data platform {key} --days 7 --format json"
        ))
    };
    let made = [create().ends_with(0).json(), create().ends_with(0).json()];
    let listed = || {
        run(&format!("list --data platform {key} --format json"))
            .ends_with(0)
            .json()
    };
    let list = listed();
    assert_eq!(list.as_array().unwrap().len(), 2);
    assert_eq!(list[0]["status"], "good");
    for session in &made {
        let secret = session["session"].as_str().unwrap();
        assert!(secret.len() > 60 && !list.to_string().contains(secret));
        let book = std::fs::read(place.path().join("platform/book.sqlite")).unwrap();
        let log = std::fs::read(place.path().join("platform/book.sqlite-wal")).unwrap_or_default();
        for bytes in [book, log] {
            let held = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!held, "only its digest is kept");
        }
    }
    let name = made[0]["name"].as_str().unwrap();
    run(&format!("revoke --data platform {key} {name}")).ends_with(0);
    assert_eq!(listed()[0]["name"], made[1]["name"]);
    run(&format!("revoke --data platform {key} {name}")).ends_with(1);
    run(&format!("revoke --data platform {key} zz")).ends_with(2);
    run(&format!("revoke --data platform {key} --all")).ends_with(0);
    assert_eq!(listed(), Value::Array(Vec::new()));
}

#[test]
fn a_method_asks_for_a_session_where_the_operator_says_so() {
    let place = Place::new();
    let key = make_app(&place);
    let made = place
        .run(&format!(
            "app session create --data platform {key} --days 7 --format json"
        ))
        .ends_with(0)
        .json();
    let session = made["session"].as_str().unwrap();
    let asking = format!("--data platform --session-methods {METHOD}");
    for (flags, [without, wrong, right]) in [
        (
            asking.as_str(),
            ["Missing session", "Invalid session", "isv.pov-not-exist"],
        ),
        ("--data platform", ["isv.pov-not-exist"; 3]),
    ] {
        let serving = Serving::start_with(&place, flags);
        let call = |more: &str| {
            let args = format!("call {METHOD} day=2026-11-24 out_pov_id=00001 {more}");
            calling(&place, &serving.url, &key, &args, &[]).ends_with(4)
        };
        for (more, told) in [
            (String::new(), without),
            ("session=made-up".to_owned(), wrong),
            (format!("session={session}"), right),
        ] {
            let refused = call(&more);
            assert!(refused.stdout.contains(told), "{flags}: {refused:#?}");
        }
    }
    let run = place
        .run("serve --data platform --session-methods taobao.time.get")
        .ends_with(2);
    assert!(
        run.stderr.contains("platform.session_methods")
            && run.stderr.contains("\"taobao.time.get\" is no method"),
        "{run:#?}"
    );
}

#[test]
fn one_address_gets_so_many_connections_unless_it_is_a_trusted_proxy() {
    let place = Place::new();
    make_app(&place);
    for (flags, answered) in [
        (
            "--connections-per-address 1",
            "isp.top-remote-service-unavailable",
        ),
        (
            "--connections-per-address 1 --trusted-proxies 127.0.0.1",
            "Missing method",
        ),
        ("--connections-per-address 2", "Missing method"),
    ] {
        let serving = Serving::start_with(&place, &format!("--data platform {flags}"));
        let address = serving.url.split('/').nth(2).unwrap();
        let held = TcpStream::connect(address).unwrap();
        let mut next = TcpStream::connect(address).unwrap();
        next.write_all(
            b"GET /router/rest?format=json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        )
        .unwrap();
        let mut answer = String::new();
        next.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(answered), "{flags}: {answer}");
        drop(held);
    }
    let run = place
        .run("serve --data platform --connections-per-address 0")
        .ends_with(2);
    assert!(
        run.stderr.contains("platform.connections_per_address"),
        "{run:#?}"
    );
}
