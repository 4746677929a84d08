//! The exact answer of every method in every form, alone and in a batch, byte for byte but for what
//! is drawn by lot: request ids, pick codes, cursors.
//!
//! They stand in `tests/golden`, one file for each method. A method without one fails.

use std::collections::BTreeMap;
use std::sync::Arc;

use povline_domain::{Day, Name, OutPovId, PovId};
use povline_gateway::{GatewayConfig, SandboxSeed};
use povline_protocol::methods;
use povline_store::book::{Book, Grant, Register, SqliteBook, Write};

use crate::batch::{batch, form, system};
use crate::call::{Call, NOW, REQUEST, SECRET};
use crate::platform::{DAY, Platform, appointment};
use crate::register::{actor, reading_app};
use crate::wire::Answer;
use crate::write_side::{
    BOOK, CANCEL, CLOSE, INFO, LATER, OPEN, PERIOD, PICK, POV, RESCHEDULE, SCHEDULE, TOMORROW, call,
};

/// The key of a sandbox's app.
const KEY: &str = "1021234567";

/// What a method is asked.
type Params = Vec<(&'static str, &'static str)>;

/// The forms, by what asks for them.
const FORMS: [(&str, &[(&str, &str)]); 3] = [
    ("json", &[("format", "json")]),
    ("simplified", &[("format", "json"), ("simplify", "true")]),
    ("xml", &[("format", "xml")]),
];

/// A sandbox, because one method is answered nowhere else: a POV with a list of two rows that every
/// form has to write with care, an open period, and a booking.
async fn scene() -> (tempfile::TempDir, Platform<SqliteBook>) {
    let directory = tempfile::tempdir().unwrap();
    let book = SqliteBook::open_sandbox(directory.path()).unwrap();
    let (isv, key) = reading_app(&book, KEY).await;
    let all = Grant::parse("*").unwrap();
    book.grant_writing(&actor(), &key, &all).await.unwrap();
    let code = OutPovId::new("00001").unwrap();
    let name = Some("一号<&>");
    let pov = book.ensure_pov(&actor(), isv, &code, name).await.unwrap();
    let outcome = book.write(&actor(), rows(pov)).await.unwrap();
    assert_eq!(outcome.len(), 2);
    let config = GatewayConfig {
        sandbox_seed: Some(SandboxSeed::new(|_, povs, _| rows(povs[0].pov))),
        ..GatewayConfig::default()
    };
    let platform = Platform::serve(Arc::new(book), config).await;
    for (method, params) in [
        (OPEN, asked(OPEN).unwrap()[0].1.clone()),
        (BOOK, asked(BOOK).unwrap()[0].1.clone()),
        (BOOK, booked("gone")),
        (CANCEL, vec![("appointment_id", "PL0000000002")]),
    ] {
        let call = call(method, &params).with("app_key", KEY);
        let answer = platform.post(&call.signed(SECRET)).await;
        let text = answer.text();
        assert!(text.contains(r#""is_success":true"#), "{text}");
    }
    (directory, platform)
}

fn rows(pov: PovId) -> Vec<Write> {
    let rows = [(3, "张\"三\\<&>'/"), (1, "𠮷 野")].map(|(n, name)| {
        let mut row = appointment(n);
        row.day = "2021-01-20".parse::<Day>().unwrap();
        row.name = Name::new(name).unwrap();
        Write::Book(pov, row)
    });
    rows.into()
}

fn booked(out_id: &'static str) -> Params {
    vec![
        ("out_pov_id", "00001"),
        ("appointment_time", DAY),
        ("appointment_period", PERIOD),
        ("out_id", out_id),
        ("name", "测试"),
        ("vaccine_id", "V1"),
    ]
}

/// What each method is asked, and in a word what for. The first is taken, the others are refused
/// or find nothing. `None` of a method that nobody has thought of.
fn asked(method: &str) -> Option<Vec<(&'static str, Params)>> {
    let with = |mut params: Params, more: &[(&'static str, &'static str)]| {
        for (name, value) in more {
            params.retain(|(other, _)| other != name);
            params.push((name, value));
        }
        params
    };
    let period = vec![
        ("out_pov_id", "00001"),
        ("appointment_time", DAY),
        ("appointment_period", "08:30-09:00,09:00-09:30"),
    ];
    let day = |day: &'static str| vec![("out_pov_id", "00001"), ("appointment_time", day)];
    let info = vec![
        ("vaccine_ids", "V1"),
        ("obtain_date", NOW),
        ("page_no", "1"),
        ("page_size", "200"),
    ];
    let told = match method {
        crate::call::METHOD => vec![
            (
                "a page",
                vec![(REQUEST, r#"{"day":"2021-01-20","out_pov_id":"00001"}"#)],
            ),
            (
                "an empty list",
                vec![(REQUEST, r#"{"day":"2021-01-21","out_pov_id":"00001"}"#)],
            ),
            (
                "a page past the end",
                vec![(
                    REQUEST,
                    r#"{"day":"2021-01-20","out_pov_id":"00001","page_num":2}"#,
                )],
            ),
            (
                "an unknown POV",
                vec![(REQUEST, r#"{"day":"2021-01-20","out_pov_id":"x"}"#)],
            ),
            ("a bad member", vec![(REQUEST, r#"{"out_pov_id":"00001"}"#)]),
        ],
        OPEN => vec![
            ("taken", with(period.clone(), &[("max_num", "3")])),
            (
                "over",
                with(
                    period.clone(),
                    &[("max_num", "3"), ("appointment_time", "2021-01-17")],
                ),
            ),
        ],
        CLOSE => vec![
            (
                "taken",
                with(period.clone(), &[("appointment_period", "09:00-09:30")]),
            ),
            ("never opened", day(TOMORROW)),
        ],
        SCHEDULE => vec![("periods", day(DAY)), ("none", day(TOMORROW))],
        BOOK => vec![
            ("taken", booked("order 1")),
            (
                "another request of the same key",
                with(booked("order 1"), &[("name", "别人")]),
            ),
            ("a parameter is missing", vec![("out_pov_id", "00001")]),
        ],
        RESCHEDULE => vec![
            (
                "where it stands",
                with(
                    period.clone(),
                    &[
                        ("appointment_id", "PL0000000001"),
                        ("appointment_period", PERIOD),
                    ],
                ),
            ),
            (
                "cancelled before",
                with(
                    period,
                    &[
                        ("appointment_id", "PL0000000002"),
                        ("appointment_period", LATER),
                    ],
                ),
            ),
        ],
        CANCEL => vec![
            ("cancelled before", vec![("appointment_id", "PL0000000002")]),
            ("unknown", vec![("appointment_id", "PL0000000009")]),
        ],
        PICK => vec![
            (
                "taken",
                vec![
                    ("order_id", "PL0000000001"),
                    ("action_type", "PICK"),
                    ("action_time", "1610928000000"),
                ],
            ),
            (
                "an earlier one",
                vec![
                    ("order_id", "PL0000000001"),
                    ("action_type", "UNPICK"),
                    ("action_time", "1610927999000"),
                ],
            ),
            (
                "a bad parameter",
                vec![("order_id", "PL0000000001"), ("action_type", "pick")],
            ),
        ],
        POV => {
            let pov = vec![
                ("pov_no", "00002"),
                ("pov_name", "二号"),
                ("telephone", "010-12345678"),
                ("address", "呼家楼"),
            ];
            vec![
                ("taken", pov.clone()),
                ("no telephone", with(pov, &[("telephone", "没有电话")])),
            ]
        }
        INFO => vec![
            ("bookings", info.clone()),
            ("none", with(info, &[("vaccine_ids", "V9")])),
        ],
        methods::appointment_changes::METHOD => vec![
            ("a snapshot", Vec::new()),
            ("a cursor that is none", vec![("cursor", "x")]),
        ],
        methods::appointment_digest::METHOD => vec![
            ("a list", day("2021-01-20")),
            ("an empty one", day("2021-01-21")),
        ],
        methods::sandbox_reset::METHOD => vec![("taken", Vec::new())],
        _ => return None,
    };
    Some(told)
}

/// The codes of rows that were brought in, and the digests of the lists that hold no other.
const NO_LOT: [&str; 4] = [
    "A0003",
    "A0001",
    "ff38b72410b1d15afca4926c511d0b1ba28524dc64a651985609d42935d438aa",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];

/// The answer with everything that is drawn by lot masked.
fn masked(answer: &Answer) -> String {
    let mut text = answer.masked();
    for name in ["pick_code", "cursor", "digest"] {
        for (open, close) in [
            (format!("\"{name}\":\""), "\"".to_owned()),
            (format!("<{name}>"), format!("</{name}>")),
        ] {
            let mut from = 0;
            while let Some(at) = text[from..].find(&open) {
                let begin = from + at + open.len();
                let end = begin + text[begin..].find(&close).unwrap();
                let value = &text[begin..end];
                if !NO_LOT.contains(&value) {
                    assert!(value.len() >= 4, "{value}");
                    text.replace_range(begin..end, "LOT");
                }
                from = begin;
            }
        }
    }
    text
}

/// The golden file of a method.
fn golden(method: &str) -> String {
    let path = format!("{}/tests/golden/{method}.txt", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The methods, the one that clears the table last.
fn all_methods() -> Vec<&'static str> {
    let mut all: Vec<_> = methods::ALL.iter().map(|spec| spec.method).collect();
    all.sort_by_key(|method| *method == methods::sandbox_reset::METHOD);
    all
}

/// A call in a form, at the platform's instant.
fn in_form(platform: &Platform<SqliteBook>, call: Call, choice: &[(&str, &str)]) -> Call {
    let now = povline_domain::Clock::now(&*platform.clock);
    let call = call
        .with("app_key", KEY)
        .with("timestamp", &povline_protocol::timestamp::format(now));
    choice
        .iter()
        .fold(call, |call, (name, value)| call.with(name, value))
}

fn questions(method: &str) -> Vec<(&'static str, Params)> {
    asked(method).unwrap_or_else(|| panic!("{method}: nobody says what to ask"))
}

/// An answer, by the method that gave it and what it was asked.
pub(crate) struct Told {
    pub(crate) method: &'static str,
    what: &'static str,
    pub(crate) text: String,
}

/// What every method answers to everything that it is asked, in one form.
pub(crate) async fn every_answer(form: &str) -> Vec<Told> {
    let (_, choice) = FORMS.iter().find(|(name, _)| *name == form).unwrap();
    let (_directory, platform) = scene().await;
    let mut answers = Vec::new();
    for method in all_methods() {
        for (what, params) in questions(method) {
            let call = in_form(&platform, call(method, &params), choice);
            let answer = platform.post(&call.signed(SECRET)).await;
            assert_eq!(answer.status, 200);
            let text = masked(&answer);
            answers.push(Told { method, what, text });
        }
    }
    answers
}

#[tokio::test]
async fn every_method_answers_exactly_so() {
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    for (form, _) in FORMS {
        for told in every_answer(form).await {
            let text = texts.entry(told.method).or_default();
            *text += &format!("# {form}: {}\n{}\n", told.what, told.text);
        }
    }
    let wrong: Vec<String> = texts
        .into_iter()
        .filter(|(method, text)| *text != golden(method))
        .map(|(method, text)| format!("{method}:\n{text}"))
        .collect();
    assert!(wrong.is_empty(), "not as it stands:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_method_answers_exactly_so_in_a_batch() {
    const SEPARATOR: &str = "\r\n-S-\r\n";
    for (form_name, choice) in FORMS {
        let (_directory, platform) = scene().await;
        let mut calls = Vec::new();
        let mut expected = Vec::new();
        for method in all_methods() {
            let golden = golden(method);
            let mut lines = golden.lines();
            for (what, params) in questions(method) {
                let mut pairs = vec![("method", method)];
                pairs.extend(params);
                calls.push(form(&pairs));
                let mark = format!("# {form_name}: {what}");
                lines.find(|line| *line == mark).unwrap();
                expected.push(lines.next().unwrap().to_owned());
            }
        }
        let system = in_form(&platform, system(), choice);
        let answer = platform
            .send(&batch(system, &calls.join(SEPARATOR), &[]))
            .await;
        let parts = answer.text().split(SEPARATOR).map(|part| {
            masked(&Answer {
                body: part.as_bytes().to_vec(),
                ..answer.clone()
            })
        });
        assert_eq!(parts.collect::<Vec<_>>(), expected, "{form_name}");
    }
}
