//! What a real server did is made into a scenario, and nobody in it can be recognised.

use std::collections::BTreeMap;

use povline_domain::{
    AppKey, Day, OutPovId, PageNumber, PageRequest, PageSize, PickStatus, UnixMillis,
};
use povline_protocol::methods::appointment_query::{AppointmentQuery, METHOD, REQUEST_PARAM};
use povline_protocol::request::{CONTENT_TYPE, Credentials};
use povline_protocol::{AnswerForm, Secret};
use povline_world::recording::{
    Made, RecordedCall, RecordedOutcome, Recorder, Seen, read_recording, scenario, write_call,
    write_head,
};
use povline_world::scenarios::{Order, ScenarioFile, TotalHabit};
use povline_world::server::{CallParams, Identity, Stage};
use povline_world::truth::Truth;

use crate::players::agent::play;

const CLINIC: &str = r#"
name = "real"
title = { zh = "真", en = "Real" }
seed = 11
first_day = "2026-03-02"
begins_at = "08:20"
runs_minutes = 90
days = 3

[[clinics]]
count = 2
rows_per_day = 260

[booking]
full_percent = [100, 90, 60]
books_per_hour = 100
cancels_per_hour = 60
moves_per_hour = 40
"#;

/// A server that is recorded while somebody pages through its lists.
struct Recorded {
    stage: Stage,
    now: UnixMillis,
    credentials: Credentials,
    recorder: Recorder,
    calls: Vec<RecordedCall>,
}

impl Recorded {
    fn new(text: &str) -> Self {
        let identity = Identity {
            app_key: AppKey::new("12345678").unwrap(),
            secret: Secret::new("helloworld"),
        };
        let credentials = Credentials::new(identity.app_key.clone(), identity.secret.clone());
        let stage = Stage::new(&ScenarioFile::parse(text).unwrap(), identity);
        let now = stage.read_truth().begins_at().plus_millis(7_000);
        Self {
            stage,
            now,
            credentials,
            recorder: Recorder::new(now, 99),
            calls: Vec::new(),
        }
    }

    fn pass(&mut self, millis: i64) {
        self.now = self.now.plus_millis(millis);
        self.stage.truth().write().advance(self.now);
    }

    /// Asks for a page; whether the list goes on after it.
    fn page(&mut self, pov: &str, day: Day, page: u32) -> bool {
        let query = AppointmentQuery {
            day,
            out_pov_id: OutPovId::new(pov).unwrap(),
            page: PageRequest {
                number: PageNumber::new(page).unwrap(),
                size: PageSize::MAX,
            },
        };
        let argument = query.to_param();
        let arguments = [(REQUEST_PARAM, argument.as_str())];
        let signed = self
            .credentials
            .sign(METHOD, &arguments, AnswerForm::Json, self.now)
            .unwrap();
        let call = CallParams {
            query: Some(&signed.query),
            content_type: Some(CONTENT_TYPE),
            body: signed.body.as_bytes(),
        };
        let at = self.now;
        let plan = self.stage.begin(call, self.now, self.now);
        let delivery = plan.delivery();
        self.pass(delivery.before_ms as i64);
        let answered = self.stage.finish(plan, self.now, None);
        self.pass(delivery.after_ms as i64);
        let took = u32::try_from(self.now.millis_since(at)).unwrap();
        let seen = match delivery.breaks {
            true => Seen::Broken,
            false => Seen::Answer(answered.status, &answered.body),
        };
        let line = self.recorder.line(call, at, took, seen).unwrap();
        let goes_on = match &line.outcome {
            RecordedOutcome::Page(page) => page.rows.len() as u64 >= page.size.unwrap_or(200),
            _ => false,
        };
        self.calls.push(line);
        goes_on
    }

    /// Reads every list to its end, with forward paging, once every five minutes.
    fn sweep_to_the_end(&mut self) {
        while self.now < self.stage.read_truth().ends_at() {
            let begun = self.now;
            for pov in ["00001", "00002"] {
                for ahead in 0..3 {
                    let day = Day::at(begun).plus_days(ahead).unwrap();
                    for page in 1.. {
                        if !self.page(pov, day, page) {
                            break;
                        }
                    }
                }
            }
            self.pass(300_000 - self.now.millis_since(begun));
        }
    }

    fn made(&self) -> Made {
        scenario("clinic", self.recorder.begun_at(), &self.calls).unwrap()
    }
}

fn recorded(server: &str) -> Recorded {
    let mut recorded = Recorded::new(&format!("{CLINIC}\n[server]\nkind = \"foreign\"\n{server}"));
    recorded.sweep_to_the_end();
    recorded
}

/// What stands on each list: rows by period and whether they are picked.
fn shape(truth: &Truth, at: UnixMillis) -> BTreeMap<(usize, Day, u32, bool), usize> {
    let mut shape = BTreeMap::new();
    for clinic in 0..truth.clinics().len() {
        for day in truth.open_days(truth.begins_at()) {
            for (_, state) in truth.rows_at(clinic, day, at) {
                let is_picked = state.pick_status == PickStatus::Picked;
                let key = (clinic, day, state.period.number(), is_picked);
                *shape.entry(key).or_default() += 1;
            }
        }
    }
    shape
}

#[test]
fn a_replay_has_the_lists_that_were_read() {
    // Pages of one instant, so that what was read is what was there.
    let recorded = recorded("order = \"append\"\nlatency_ms = 0\n");
    let made = recorded.made();
    assert!(made.changes > 200, "{}", made.changes);
    assert_eq!(made.left_out, 0);
    let mut replayed = Truth::begin(&made.scenario);
    let real = recorded.stage.read_truth();
    // The first sweep, and the last one: both as they were.
    let first = recorded.recorder.begun_at();
    replayed.advance(first);
    assert_eq!(shape(&replayed, first), shape(&real, first));
    let last_sweep = recorded.calls.last().unwrap().at_ms;
    replayed.advance(replayed.ends_at());
    let at_last = first.plus_millis(last_sweep);
    assert_eq!(shape(&replayed, at_last), shape(&real, at_last));
    let moved = |truth: &Truth| {
        let rows = truth.biographies().iter();
        rows.filter(|row| {
            row.states
                .iter()
                .any(|state| state.day != row.states[0].day)
        })
        .count()
    };
    let (of_replay, of_real) = (moved(&replayed), moved(&real));
    assert!(
        of_replay > 20 && of_replay <= of_real,
        "{of_replay} of {of_real} moves"
    );
}

#[test]
fn habits_are_found_from_the_answers() {
    for (server, order) in [
        ("order = \"append\"\n", Order::Append),
        ("order = \"newest\"\n", Order::Newest),
        ("order = \"period\"\n", Order::Period),
        ("order = \"status\"\n", Order::Status),
        ("order = \"unstable\"\n", Order::Unstable),
    ] {
        let habits = recorded(server).made().scenario.server;
        assert_eq!(habits.order, order);
        assert_eq!(habits.total, TotalHabit::Exact);
        assert!(habits.echoes);
        assert_eq!(habits.page_size_max, 200);
    }
    let habits = recorded("page_size_max = 50\npage_size_default = 50\nlatency_ms = 800\n")
        .made()
        .scenario
        .server;
    assert_eq!(habits.page_size_max, 50);
    let steps = habits.latency_steps_ms;
    assert_eq!(steps.len(), 11);
    assert!((700..900).contains(&steps[5]), "{steps:?}");
    let habits = recorded("total = \"missing\"\nechoes = false\n")
        .made()
        .scenario
        .server;
    assert_eq!(habits.total, TotalHabit::Missing);
    assert!(!habits.echoes);
}

#[test]
fn failures_come_back_in_their_minutes() {
    let faults = r#"
[[faults]]
name = "gone"
what = "status"
status = 503
from_minute = 10
to_minute = 16

[[faults]]
name = "ban"
what = "ban"
seconds = 120
from_minute = 40
to_minute = 41
"#;
    let recorded = recorded(faults);
    let made = recorded.made();
    let rules: Vec<_> = made
        .scenario
        .faults
        .iter()
        .map(|rule| (rule.word(), rule.from_minute, rule.to_minute, rule.percent))
        .collect();
    let status = rules.iter().filter(|rule| rule.0 == "status");
    let minutes: Vec<u32> = status.map(|rule| rule.1).collect();
    assert!(!minutes.is_empty(), "{rules:?}");
    assert!(minutes.iter().all(|minute| (10..16).contains(minute)));
    let bans: Vec<_> = made
        .scenario
        .faults
        .iter()
        .filter(|rule| rule.word() == "ban")
        .collect();
    assert_eq!(bans.len(), 1, "{rules:?}");
    assert_eq!((bans[0].from_minute, bans[0].seconds), (40, 120));
}

#[test]
fn the_agent_is_right_in_a_replay() {
    for server in ["order = \"append\"\n", "order = \"period\"\n"] {
        let report = play(&recorded(server).made().scenario, None);
        assert!(report.is_clean(), "{:#?}", report.findings);
        assert!(report.events > 100);
    }
}

#[test]
fn nobody_in_a_recording_can_be_recognised() {
    let body = r#"{"alibaba_health_vaccin_appointment_query_response":{"result":{"model":{"page_num":1,
        "page_size":200,"total":2,"data_list":{"pov_appointment_record_dto":[
        {"appointment_id":"ZY20260302881","out_pov_id":"PUDONG-7","appointment_time":"2026-03-02",
        "appointment_period":"09:00-09:30","pick_code":"K9X7","pick_status":1,"name":"欧阳小明"},
        {"appointment_id":"ZY20260302882","out_pov_id":"PUDONG-7","appointment_time":"2026-03-02",
        "appointment_period":"09:30-10:00","pick_code":"Q4W1","pick_status":0,"name":"欧阳小明"}]}},
        "success":true},"request_id":"xyz"}}"#;
    let credentials = Credentials::new(
        AppKey::new("23456789").unwrap(),
        Secret::new("thesecretofall"),
    );
    let query = AppointmentQuery {
        day: "2026-03-02".parse().unwrap(),
        out_pov_id: OutPovId::new("PUDONG-7").unwrap(),
        page: PageRequest::FIRST,
    };
    let argument = query.to_param();
    let begun_at = query.day.begins_at().plus_millis(9 * 3_600_000);
    let signed = credentials
        .sign(
            METHOD,
            &[(REQUEST_PARAM, argument.as_str())],
            AnswerForm::Json,
            begun_at,
        )
        .unwrap();
    let call = CallParams {
        query: Some(&signed.query),
        content_type: Some(CONTENT_TYPE),
        body: signed.body.as_bytes(),
    };
    let mut recorder = Recorder::new(begun_at, 5);
    let line = recorder
        .line(call, begun_at, 40, Seen::Answer(200, body.as_bytes()))
        .unwrap();
    let RecordedOutcome::Page(page) = &line.outcome else {
        panic!("{line:?}");
    };
    assert_eq!(page.rows.len(), 2);
    // Who has one name has one afterwards.
    assert_eq!(page.rows[0].name, page.rows[1].name);
    assert_ne!(page.rows[0].pick_code, page.rows[1].pick_code);
    let mut file = Vec::new();
    write_head(&mut file, begun_at).unwrap();
    write_call(&mut file, &line).unwrap();
    let (read_at, calls) = read_recording(file.as_slice()).unwrap();
    assert_eq!((read_at, calls.as_slice()), (begun_at, &[line][..]));
    let made = scenario("one", begun_at, &calls).unwrap();
    let written = format!("{}{}", String::from_utf8(file).unwrap(), made.text);
    for secret in [
        "PUDONG",
        "ZY2026",
        "K9X7",
        "Q4W1",
        "欧阳小明",
        "小明",
        "23456789",
        "thesecret",
        "xyz",
    ] {
        assert!(!written.contains(secret), "{secret} stands in {written}");
    }
}

#[test]
fn a_recording_that_broke_off_is_read_and_a_damaged_one_named() {
    let head = "{\"povline_recording\":1,\"begun_at\":0}\n";
    let line = "{\"at_ms\":1,\"took_ms\":2,\"pov\":0,\"day\":\"2026-03-02\",\"page\":1,\"size\":200,\"outcome\":\"broken\"}\n";
    let read = |text: &str| read_recording(text.as_bytes());
    assert_eq!(read(&format!("{head}{line}{{\"at_")).unwrap().1.len(), 1);
    let error = read(&format!("{head}{{\"at_\n{line}")).unwrap_err();
    assert!(error.to_string().contains("line 2"), "{error}");
    assert!(read(line).is_err());
    let nothing = scenario(
        "x",
        UnixMillis(0),
        &read(&format!("{head}{line}")).unwrap().1,
    );
    assert!(
        nothing
            .unwrap_err()
            .to_string()
            .contains("no list was read")
    );
}
