//! A running agent erases names, and they stay erased.

use std::time::Duration;

use povline_domain::{
    Appointment, AppointmentId, Certificate, Change, ChangeKind, Day, Digest, Name, OutPovId,
    PageRequest, PickCode, PickStatus, UnixMillis, Verdict, Window,
};
use povline_store::ledger::{
    Ledger as _, Observation, Observed, ObservedRow, RowState, RowWrite, Seen, Settlement,
    SqliteLedger, TrackedRow,
};

use crate::binary::{Place, Run};
use crate::calling::{now, today};
use crate::kill::chance::pause;
use crate::serving::{Serving, calling, make_app};

const NAME: &str = "欧阳娜娜";

/// What an agent of long ago has left: a clinic's list of that day with so many rows.
fn leave_old_rows(place: &Place, at: UnixMillis) {
    let pov = OutPovId::new("00001").unwrap();
    let day = Day::at(at);
    let rows: Vec<Appointment> = (0..5)
        .map(|n| Appointment {
            appointment_id: AppointmentId::new(format!("old{n}")).unwrap(),
            out_pov_id: pov.clone(),
            day,
            period: "08:00-08:30".parse().unwrap(),
            pick_code: PickCode::new(format!("code{n}")).unwrap(),
            pick_status: PickStatus::NotPicked,
            name: Name::new(NAME).unwrap(),
        })
        .collect();
    let observation = Observation {
        pov,
        day,
        open_days: vec![day].into(),
        tried_at: at,
        certificate: Certificate {
            windows: vec![Window {
                request: PageRequest::FIRST,
                rows: 5,
                total: Some(5),
                digest: Digest(5),
                requested_at: at,
                answered_at: at,
            }],
            anchors: Vec::new(),
            verdict: Verdict::Complete,
            restarts: 0,
        },
        unread: Vec::new(),
        observed: Observed::Rows(
            rows.iter()
                .map(|row| ObservedRow {
                    appointment: row.clone(),
                    unknown: None,
                    window: 0,
                })
                .collect(),
        ),
    };
    let booked = move |_: &Observation, _: &_| Settlement {
        rows: rows
            .iter()
            .map(|row| {
                RowWrite::Put(TrackedRow {
                    appointment: row.clone(),
                    unknown: None,
                    state: RowState::Live,
                    version: 1,
                    seen: Seen::Window(0),
                })
            })
            .collect(),
        changes: rows
            .iter()
            .map(|row| Change {
                kind: ChangeKind::Booked,
                appointment_id: row.appointment_id.clone(),
                version: 1,
                before: None,
                after: Some(row.clone()),
                observed_at: at,
            })
            .collect(),
        stands: true,
        ..Settlement::default()
    };
    let directory = place.path().join("agent");
    std::fs::create_dir(&directory).unwrap();
    let ledger = SqliteLedger::open(&directory).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let settled = runtime.block_on(ledger.settle(vec![observation], booked));
    settled
        .unwrap()
        .into_iter()
        .for_each(|one| drop(one.unwrap()));
}

struct Scene {
    place: Place,
    serving: Serving,
    app_key: String,
    /// When the old list was read.
    at: UnixMillis,
}

impl Scene {
    fn new() -> Self {
        let place = Place::new();
        let csv = format!(
            "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,\
             name\nnew,00001,{},08:00-08:30,code,1,张小三\n",
            today()
        );
        place.write("a.csv", csv);
        place
            .run("import --data platform --isv test --create-povs a.csv")
            .ends_with(0);
        let app_key = make_app(&place);
        let at = now().plus_millis(-40 * 86_400_000);
        leave_old_rows(&place, at);
        place.write(
            "povline.toml",
            "[[sink]]\nkind = \"ndjson\"\nname = \"archive\"\npath = \"events.ndjson\"\n\
             names = true\n",
        );
        let serving = Serving::start(&place);
        Self {
            place,
            serving,
            app_key,
            at,
        }
    }

    const SYNC: &str = "sync --data agent --povs 00001 --first-day 0 --last-day 0";

    fn once(&self) {
        let args = format!("{} --once", Self::SYNC);
        calling(&self.place, &self.serving.url, &self.app_key, &args, &[]).ends_with(0);
    }

    /// Everything by which a name of the old list could be told.
    fn told(&self) -> Vec<Run> {
        let day = Day::at(self.at);
        let pull = format!("pull --from-ledger --data agent --pov 00001 --day {day} --names");
        // Within the minute in which it was read, and a day later.
        let later = Day::at(self.at).plus_days(2).unwrap();
        let as_of = format!("{later} 00:00");
        vec![
            self.place.run("events --data agent --names --format csv"),
            self.place.run("explain old3 --data agent --names"),
            self.place.run(&pull),
            calling(&self.place, "", "", &pull, &["--as-of", &as_of]),
        ]
    }

    #[track_caller]
    fn tells(&self, names: bool) {
        for run in self.told() {
            let run = run.ends_with(0);
            assert!(
                run.stdout.contains("old3") || run.stdout.contains("booked"),
                "{run:#?}"
            );
            assert_eq!(run.stdout.contains(NAME), names, "{run:#?}");
        }
    }
}

#[test]
fn names_that_a_running_agent_has_erased_stay_erased() {
    let scene = Scene::new();
    scene.tells(true);
    let mut agent = scene
        .place
        .command(Scene::SYNC)
        .env("POVLINE_URL", &scene.serving.url)
        .env("POVLINE_APP_KEY", &scene.app_key)
        .env("POVLINE_SECRET_FILE", "secret")
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let is_told = || scene.told().iter().any(|run| run.stdout.contains(NAME));
    for _ in 0..100 {
        if !is_told() {
            break;
        }
        pause(Duration::from_millis(300));
    }
    agent.kill().unwrap();
    agent.wait().unwrap();
    scene.tells(false);
    // After a restart, and once everything is handed over again.
    scene.once();
    scene.tells(false);
    std::fs::remove_file(scene.place.path().join("events.ndjson")).unwrap();
    scene
        .place
        .run("events resend archive --data agent --since 0")
        .ends_with(0);
    scene.once();
    let text = std::fs::read_to_string(scene.place.path().join("events.ndjson")).unwrap();
    assert!(
        text.contains("\"old3\"") && text.contains("张小三"),
        "{text}"
    );
    assert!(!text.contains(NAME), "{text}");
    // Nor do they stand in the file.
    let bytes = std::fs::read(scene.place.path().join("agent/ledger.sqlite")).unwrap();
    let stands = |text: &str| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(stands("old3") && !stands(NAME));
}

#[test]
fn an_agent_that_sweeps_once_erases_too() {
    let scene = Scene::new();
    scene.once();
    scene.tells(false);
}
