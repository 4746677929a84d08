//! A reader of the portal who is signed in.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::scene::{METHOD, POV, Scene, encoded};
use crate::binary::Place;

const PASSWORD: &[u8] = b"correct horse battery staple\n";
const FIELD: &str = "p.param_query_pov_appointment_record_by_date_req";

/// A reader who is signed in to the portal of a scene.
pub(super) struct Reader<'a> {
    scene: &'a Scene,
    cookie: String,
    csrf: String,
}

impl<'a> Reader<'a> {
    pub(super) fn of(scene: &'a Scene) -> Self {
        add_user(&scene.place);
        let head = sign_in(&scene.serving.portal, "");
        let (_, cookie) = head
            .split_once("povline_session=")
            .unwrap_or_else(|| panic!("nobody is signed in: {head}"));
        let cookie = format!("povline_session={}", cookie.split(';').next().unwrap());
        let (_, page) = send(
            &scene.serving.portal,
            &format!("GET /tool?lang=en HTTP/1.1\r\nCookie: {cookie}\r\n"),
            "",
        );
        let csrf = between(&page, "name=\"csrf\" value=\"", "\"").to_owned();
        Self {
            scene,
            cookie,
            csrf,
        }
    }

    /// The form for a call of a method, in English.
    pub(super) fn form(&self, method: &str) -> String {
        let cookie = &self.cookie;
        let line = format!("GET /tool?lang=en&method={method} HTTP/1.1\r\nCookie: {cookie}\r\n");
        send(&self.scene.serving.portal, &line, "").1
    }

    /// The page after a call of the list.
    pub(super) fn call(&self, fields: &[(&str, &str)]) -> String {
        let (day, pov) = (format!("{FIELD}.day"), format!("{FIELD}.out_pov_id"));
        let mut all = vec![(day.as_str(), self.scene.day.as_str()), (&pov, POV)];
        all.extend(fields);
        self.call_of(METHOD, &all)
    }

    /// The page after a call of any method.
    pub(super) fn call_of(&self, method: &str, fields: &[(&str, &str)]) -> String {
        let mut all = vec![
            ("csrf", self.csrf.as_str()),
            ("app", &self.scene.app_key),
            ("method", method),
        ];
        all.extend(fields);
        let cookie = format!("Cookie: {}\r\n", self.cookie);
        let (head, page) = post(&self.scene.serving.portal, "/tool", &cookie, &all);
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert!(!page.contains(&self.scene.secret), "the secret is shown");
        page
    }
}

/// Makes the user who signs in.
pub(super) fn add_user(place: &Place) {
    let add = "user add --data platform --isv test wang.li";
    place.run_with_input(add, PASSWORD).ends_with(0);
}

/// Signs in by a request with these headers too, and tells the head of the answer.
pub(super) fn sign_in(host: &str, headers: &str) -> String {
    let password = String::from_utf8_lossy(PASSWORD);
    let fields = [("name", "wang.li"), ("password", password.trim())];
    post(host, "/sign-in", headers, &fields).0
}

/// Sends a form in a request with these headers too; each ends its line.
pub(super) fn post(
    host: &str,
    path: &str,
    headers: &str,
    fields: &[(&str, &str)],
) -> (String, String) {
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)));
    let form = fields.collect::<Vec<_>>().join("&");
    let head = format!(
        "POST {path} HTTP/1.1\r\n{headers}Sec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
        form.len()
    );
    send(host, &head, &form)
}

fn send(host: &str, head: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!("{head}Host: {host}\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[track_caller]
pub(super) fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, rest) = text
        .split_once(begin)
        .unwrap_or_else(|| panic!("no {begin} in {text}"));
    rest.split_once(end).unwrap().0
}
