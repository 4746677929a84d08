//! A platform with a portal, and how its pages are read.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use povline_client::{AppointmentQuery, Client, Secret};
use povline_domain::{Clock, PageRequest, PickStatus, UnixMillis};
use povline_protocol::AnswerForm;
use serde_json::Value;

use crate::binary::Place;
use crate::calling::today;
use crate::serving::{Serving, make_app};

pub(super) const METHOD: &str = "alibaba.health.vaccin.appointment.query";

/// A code that no language can quote carelessly.
pub(super) const POV: &str = "测'\"$(x)\\?%s{{y}}";

/// Names that no format may damage.
pub(super) const NAMES: [&str; 5] = ["𠮷测", "测&试", "<测试>", "测\"试'样", "测试😀"];

/// The machine's clock, which the platform reads too.
struct Now;

impl Clock for Now {
    fn now(&self) -> UnixMillis {
        #[expect(clippy::disallowed_methods, reason = "the binary reads the same clock")]
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
        UnixMillis(i64::try_from(since.as_millis()).unwrap())
    }
}

/// A platform with a few rows today, an app that may read and write, and its portal.
pub(super) struct Scene {
    pub(super) place: Place,
    pub(super) serving: Serving,
    pub(super) app_key: String,
    pub(super) secret: String,
    pub(super) day: String,
}

impl Scene {
    pub(super) fn new() -> Self {
        Self::with("")
    }

    /// The same, served with these flags too.
    pub(super) fn with(flags: &str) -> Self {
        let place = Place::new();
        let day = today().to_string();
        let mut csv = "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name\n".to_owned();
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        for (n, name) in NAMES.iter().enumerate() {
            csv += &format!(
                "P{n},{},{day},08:00-08:30,{n:06},{},{}\n",
                quoted(POV),
                n % 2,
                quoted(name)
            );
        }
        place.write("a.csv", csv);
        place
            .run("import --data platform --isv test --create-povs a.csv")
            .ends_with(0);
        let app_key = make_app(&place);
        let grant = format!("app grant --data platform --write {app_key} *");
        place.run(&grant).ends_with(0);
        let secret = std::fs::read_to_string(place.path().join("secret")).unwrap();
        let flags = format!("--data platform --portal 127.0.0.1:0 {flags}");
        let serving = Serving::start_with(&place, &flags);
        Self {
            place,
            serving,
            app_key,
            secret: secret.trim().to_owned(),
            day,
        }
    }

    /// A sandbox with its portal, and its first app.
    pub(super) fn sandbox() -> Self {
        let place = Place::new();
        let serving = Serving::start_with(&place, "--sandbox --data sandbox --portal 127.0.0.1:0");
        let app = std::fs::read_to_string(place.path().join("sandbox/sandbox-app.json")).unwrap();
        let app: Value = serde_json::from_str(&app).unwrap();
        let told = |name: &str| app[name].as_str().unwrap().to_owned();
        Self {
            serving,
            app_key: told("app_key"),
            secret: told("secret"),
            day: today().to_string(),
            place,
        }
    }

    fn client(&self, form: AnswerForm) -> Client {
        Client::builder(
            &self.serving.url,
            self.app_key.parse().unwrap(),
            Secret::new(self.secret.as_str()),
            Arc::new(Now),
        )
        .form(form)
        .build()
        .unwrap()
    }

    /// What the Rust client gets by any call, as it came. A ban is waited for.
    pub(super) fn called(&self, method: &str, arguments: &[(&str, impl AsRef<str>)]) -> String {
        self.called_in(AnswerForm::Json, method, arguments)
    }

    /// The same with the answer in this form.
    pub(super) fn called_in(
        &self,
        form: AnswerForm,
        method: &str,
        arguments: &[(&str, impl AsRef<str>)],
    ) -> String {
        let arguments: Vec<(&str, &str)> = arguments
            .iter()
            .map(|(name, value)| (*name, value.as_ref()))
            .collect();
        let client = self.client(form);
        loop {
            let answer = waited(client.call(method, &arguments)).unwrap();
            match answer.error().and_then(|error| error.ban_seconds()) {
                Some(seconds) => {
                    waited(async { tokio::time::sleep(Duration::from_secs(seconds)).await })
                }
                None => return String::from_utf8(answer.http.body.to_vec()).unwrap(),
            }
        }
    }

    /// The body of a page of the portal, which must be there.
    #[track_caller]
    pub(super) fn page(&self, address: &str) -> String {
        let (head, body) = get(&self.serving.portal, address);
        assert!(head.starts_with("HTTP/1.1 200 "), "{address}: {head}");
        String::from_utf8(body).unwrap()
    }

    /// The rows of the list, as the Rust client reads them.
    pub(super) fn rows(&self) -> Vec<Row> {
        let query = AppointmentQuery {
            day: self.day.parse().unwrap(),
            out_pov_id: POV.parse().unwrap(),
            page: PageRequest::FIRST,
        };
        let client = self.client(AnswerForm::Json);
        let answered = waited(client.appointments(&query)).unwrap();
        let rows = answered.page.page.rows.iter();
        rows.map(|row| {
            let status = match row.pick_status {
                PickStatus::Picked => "0",
                PickStatus::NotPicked => "1",
            };
            [
                row.appointment_id.as_str(),
                row.out_pov_id.as_str(),
                status,
                &row.period.to_string(),
                &row.day.to_string(),
                row.pick_code.as_str(),
                row.name.as_str(),
            ]
            .map(str::to_owned)
        })
        .collect()
    }

    /// A program with the secret in its environment, run where its files lie.
    pub(super) fn with_secret(&self, command: &mut Command, folder: &Path) -> Output {
        command
            .current_dir(folder)
            .env("APP_SECRET", &self.secret)
            .output()
            .unwrap_or_else(|error| {
                panic!(
                    "{error}: cannot start {command:?}; `cargo xtask test` installs or names what is missing"
                )
            })
    }
}

pub(super) fn waited<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(future)
}

/// What a list shows of one appointment: id, code of the clinic, status, period, day, code, name.
pub(super) type Row = [String; 7];

const FIELDS: [&str; 7] = [
    "appointment_id",
    "out_pov_id",
    "pick_status",
    "appointment_period",
    "appointment_time",
    "pick_code",
    "name",
];

pub(super) fn row(value: &Value) -> Row {
    FIELDS.map(|name| match &value[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// The rows of an answer of the query, in JSON.
#[track_caller]
pub(super) fn rows_of(answer: &str) -> Vec<Row> {
    let answer: Value =
        serde_json::from_str(answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
    let result = &answer["alibaba_health_vaccin_appointment_query_response"]["result"];
    assert_eq!(result["success"], true, "{answer}");
    let list = &result["model"]["data_list"]["pov_appointment_record_dto"];
    list.as_array().unwrap().iter().map(row).collect()
}

/// What a program printed, if it ended well.
#[track_caller]
pub(super) fn printed(output: Output) -> String {
    let told = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (stdout, stderr) = (told(output.stdout), told(output.stderr));
    assert!(
        output.status.success(),
        "{}\n{stdout}\n{stderr}",
        output.status
    );
    stdout
}

/// Head and body of an answer.
pub(super) fn get(host: &str, address: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!("GET {address} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("an answer has a head");
    let body = answer.split_off(end + 4);
    let head = String::from_utf8(answer).unwrap();
    assert!(
        !head.to_ascii_lowercase().contains("transfer-encoding"),
        "{head}"
    );
    (head, body)
}

/// A value as it stands in an address.
pub(super) fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    bytes.collect()
}
