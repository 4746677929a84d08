//! `serve` with a certificate, and with one that is replaced meanwhile.

use std::process::Command;

use crate::binary::{Place, ended};
use crate::serving::{Serving, make_app};

/// Certificates for `localhost`, each by an authority of its own.
const FIRST: [&str; 3] = [
    include_str!("../../../net/tests/it/tls/first.pem"),
    include_str!("../../../net/tests/it/tls/first.key.pem"),
    include_str!("../../../net/tests/it/tls/authority.pem"),
];
const OTHER: [&str; 3] = [
    include_str!("../../../client/tests/it/tls/gateway.pem"),
    include_str!("../../../client/tests/it/tls/gateway.key.pem"),
    include_str!("../../../client/tests/it/tls/authority.pem"),
];

fn write(place: &Place, [certificate, key, _]: [&str; 3]) {
    place.write("cert.pem", certificate);
    place.write("key.pem", key);
}

/// Whether a client that trusts this authority alone is answered.
fn is_answered(place: &Place, serving: &Serving, app_key: &str, authority: &str) -> bool {
    place.write("authority.pem", authority);
    let url = serving.url.replace("127.0.0.1", "localhost");
    let request = "param_query_pov_appointment_record_by_date_req={}";
    let run = ended(
        place
            .command("call alibaba.health.vaccin.appointment.query")
            .arg(request)
            .env("SSL_CERT_FILE", place.path().join("authority.pem"))
            .env("POVLINE_URL", url)
            .env("POVLINE_APP_KEY", app_key)
            .env("POVLINE_SECRET_FILE", "secret"),
    );
    // The call itself is refused, by a platform that was reached.
    format!("{}{}", run.stdout, run.stderr).contains("isv.invalid-parameter")
}

#[test]
#[cfg(unix)]
fn a_certificate_is_shown_and_replaced_on_sighup() {
    let place = Place::new();
    let app_key = make_app(&place);
    write(&place, FIRST);
    let serving = Serving::start_with(
        &place,
        "--data platform --tls-certificate cert.pem --tls-key key.pem",
    );
    assert!(serving.url.starts_with("https://"), "{}", serving.url);
    assert!(is_answered(&place, &serving, &app_key, FIRST[2]));
    assert!(!is_answered(&place, &serving, &app_key, OTHER[2]));
    write(&place, OTHER);
    let mut hangup = Command::new("kill");
    let sent = hangup.args(["-HUP", &serving.pid().to_string()]).status();
    assert!(sent.unwrap().success());
    let is_replaced = (0..100).any(|_| is_answered(&place, &serving, &app_key, OTHER[2]));
    assert!(is_replaced);
    assert!(!is_answered(&place, &serving, &app_key, FIRST[2]));
}

#[test]
fn the_portal_speaks_https_under_the_same_certificate() {
    let place = Place::new();
    write(&place, FIRST);
    let serving = Serving::start_with(
        &place,
        "--data platform --tls-certificate cert.pem --tls-key key.pem --portal 127.0.0.1:0",
    );
    let read = |authority: &str| {
        let authority = place.write("authority.pem", authority);
        let address = serving.portal.replace("127.0.0.1", "https://localhost");
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--cacert"]).arg(authority);
        ended(curl.arg(format!("{address}/docs/start")))
    };
    let page = read(FIRST[2]).ends_with(0).stdout;
    assert!(page.contains(&serving.url), "{page}");
    assert_ne!(read(OTHER[2]).code, 0);
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let place = Place::new();
    place.write("cert.pem", FIRST[0]);
    let serve = "serve --data platform --listen 127.0.0.1:0 --admin 127.0.0.1:0";
    let run = place
        .run(&format!("{serve} --tls-certificate cert.pem"))
        .ends_with(2);
    assert!(
        run.stderr
            .contains("platform.tls_key is missing: give --tls-key")
    );
    let both = format!("{serve} --tls-certificate cert.pem --tls-key key.pem");
    let run = place.run(&both).ends_with(2);
    assert!(run.stderr.contains("cannot read key.pem"), "{run:#?}");
    place.write("key.pem", OTHER[1]);
    let run = place.run(&both).ends_with(2);
    assert!(run.stderr.contains("one pair"), "{run:#?}");
}

#[test]
fn proxies_that_cannot_be_are_named() {
    let place = Place::new();
    let run = place
        .run("serve --data platform --trusted-proxies 10.0.0.0/8,10.0.0.0/33")
        .ends_with(2);
    let fault = "platform.trusted_proxies (from --trusted-proxies): \"10.0.0.0/33\" needs a number";
    assert!(run.stderr.contains(fault), "{run:#?}");
}
