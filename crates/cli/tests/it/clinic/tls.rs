//! The desk over TLS.

use std::process::Command;

use super::clinic;
use super::serving::{Desk, token};
use crate::binary::{Place, ended};

/// Certificates for `localhost`, each by an authority of its own.
const CERTIFICATE: [&str; 3] = [
    include_str!("../../../../net/tests/it/tls/first.pem"),
    include_str!("../../../../net/tests/it/tls/first.key.pem"),
    include_str!("../../../../net/tests/it/tls/authority.pem"),
];
const OTHER_AUTHORITY: &str = include_str!("../../../../client/tests/it/tls/authority.pem");

#[test]
fn the_desk_speaks_https_alone_under_its_certificate() {
    let place = Place::new();
    let (serving, app_key) = clinic(&place);
    let token = token(&place, "00001");
    let code = place
        .run("clinic pair 00001 --name desk --data agent")
        .ends_with(0)
        .stdout;
    place.write("clinic.pem", CERTIFICATE[0]);
    place.write("clinic.key", CERTIFICATE[1]);
    place.write("authority.pem", CERTIFICATE[2]);
    place.write("other.pem", OTHER_AUTHORITY);
    let flags = "--data agent --povs 00001 --first-day 0 --last-day 0 \
                 --clinic-tls-certificate clinic.pem --clinic-tls-key clinic.key";
    let desk = Desk::start_with(&place, flags, &serving.url, &app_key);
    let said = desk.said();
    assert!(said.contains("https://127.0.0.1:"), "{said}");
    let address = desk.address.replace("127.0.0.1", "localhost");
    let curl = |url: String, more: &[&str]| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--max-time", "20"]).args(more);
        ended(curl.arg(url).current_dir(place.path()))
    };
    let bearer = format!("Authorization: Bearer {token}");
    let list = format!("https://{address}/v1/lists/today");
    let trusted = ["--cacert", "authority.pem", "--header", &bearer];
    let answer = curl(list.clone(), &trusted).ends_with(0);
    assert_eq!(answer.json()["counts"]["expected"], 1);
    // Whoever trusts another authority is told nothing, and neither is who speaks plain http.
    let other = curl(
        list.clone(),
        &["--cacert", "other.pem", "--header", &bearer],
    );
    assert_eq!((other.code, other.stdout.as_str()), (60, ""));
    let plain = curl(list.replace("https", "http"), &["--header", &bearer]);
    assert!(plain.code != 0 && plain.stdout.is_empty(), "{plain:#?}");
    // Cookies go over nothing else.
    let typed = format!("code={}", code.trim());
    let paired = curl(
        format!("https://{address}/pair"),
        &[
            "--cacert",
            "authority.pem",
            "--include",
            "--header",
            "Sec-Fetch-Site: same-origin",
            "--data-urlencode",
            &typed,
        ],
    );
    let head = paired.ends_with(0).stdout.to_lowercase();
    let cookie = head.lines().find(|line| line.starts_with("set-cookie:"));
    let cookie = cookie.expect(&head);
    assert!(
        cookie.contains("povline_device=")
            && cookie.contains("secure")
            && cookie.contains("httponly"),
        "{cookie}"
    );
}

#[test]
fn half_a_certificate_is_refused_by_name() {
    let place = Place::new();
    place.write("clinic.pem", CERTIFICATE[0]);
    place.write("secret", "x");
    let run = place.run(
        "sync --data agent --povs 1 --url http://127.0.0.1:9/router/rest --app-key 1 \
         --secret-file secret --clinic 127.0.0.1:0 --clinic-tls-certificate clinic.pem",
    );
    let run = run.ends_with(2);
    let both = "clinic.tls_certificate and clinic.tls_key must be given together";
    assert!(run.stderr.contains(both), "{run:#?}");
}
