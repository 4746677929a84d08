//! What `povline.appointment.changes` saves: a client that polls every list and one that follows the
//! changes keep equally fresh copies of the same fleet, and their calls are counted.
//!
//! The fleet: 40 clinics with lists of nine days, of which each has 200 changes between 08:00 and
//! 18:00. Nothing that is shown is older than ten seconds; what happens is some minutes of that day.

use std::collections::BTreeMap;
use std::sync::Arc;

use povline_domain::{Appointment, AppointmentId, Day, OutPovId, PickCode, PickStatus, PovId};
use povline_gateway::GatewayConfig;
use povline_store::book::{Book, SqliteBook, Write, WriteOutcome};
use serde_json::Value;

use crate::call::{APP_KEY, Call, METHOD, SECRET, urlencoded};
use crate::platform::{PATH, Platform, appointment, day};
use crate::register::{actor, reading_app};
use crate::wire::{Connection, FORM, request};
use crate::write_side::call;

const CLINICS: usize = 40;
const DAYS: i32 = 9;
const ROWS: usize = 3;
const FRESH_SECONDS: usize = 10;
const CHANGES_OF_CLINIC: usize = 200;
const OPEN_SECONDS: usize = 10 * 3_600;
/// Times that the copies are brought up to date.
const ROUNDS: usize = 20;

type List = (String, String);
/// The rows of a list in its order, as an answer shows them.
type Lists = BTreeMap<List, Vec<Value>>;

fn code(clinic: usize) -> OutPovId {
    OutPovId::new(format!("{clinic:05}")).unwrap()
}

/// The fleet, and everything that happens to it.
struct Fleet {
    platform: Platform<SqliteBook>,
    povs: Vec<PovId>,
    /// Every appointment that stands, with its clinic.
    standing: Vec<(usize, Appointment)>,
    made: usize,
    changed: usize,
    _directory: tempfile::TempDir,
}

impl Fleet {
    async fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let book = Arc::new(SqliteBook::open(directory.path()).unwrap());
        let (isv, _) = reading_app(&book, APP_KEY).await;
        let mut povs = Vec::new();
        for clinic in 0..CLINICS {
            let pov = book.ensure_pov(&actor(), isv, &code(clinic), None).await;
            povs.push(pov.unwrap());
        }
        let platform = Platform::serve(book, GatewayConfig::default()).await;
        let mut fleet = Self {
            platform,
            povs,
            standing: Vec::new(),
            made: 0,
            changed: 0,
            _directory: directory,
        };
        let mut writes = Vec::new();
        for list in 0..CLINICS * DAYS as usize {
            for _ in 0..ROWS {
                writes.push(fleet.book(list / DAYS as usize, list as i32 % DAYS));
            }
        }
        fleet.write(writes).await;
        fleet
    }

    fn book(&mut self, clinic: usize, days_ahead: i32) -> Write {
        self.made += 1;
        let row = Appointment {
            appointment_id: AppointmentId::new(format!("P{:06}", self.made)).unwrap(),
            out_pov_id: code(clinic),
            day: day().plus_days(days_ahead).unwrap(),
            pick_code: PickCode::new(format!("A{:06}", self.made)).unwrap(),
            pick_status: PickStatus::NotPicked,
            ..appointment(self.made)
        };
        self.standing.push((clinic, row.clone()));
        Write::Book(self.povs[clinic], row)
    }

    /// The next thing that happens, always somewhere else: of twenty, ten are bookings, seven numbers
    /// that are taken, two cancellations, and one is a move to another day, which changes two lists.
    fn happen(&mut self) -> Vec<Write> {
        let n = self.changed;
        self.changed += 1;
        let place = n * 7_919 % self.standing.len();
        match n % 20 {
            0..10 => {
                let clinic = n * 31 % CLINICS;
                vec![self.book(clinic, (n % DAYS as usize) as i32)]
            }
            10..17 => {
                let row = &mut self.standing[place].1;
                row.pick_status = PickStatus::Picked;
                vec![Write::SetPickStatus(
                    row.appointment_id.clone(),
                    PickStatus::Picked,
                )]
            }
            19 => {
                self.made += 1;
                let (clinic, mut row) = self.standing.remove(place);
                row.day = moved(row.day);
                row.pick_code = PickCode::new(format!("A{:06}", self.made)).unwrap();
                let write = Write::Reschedule {
                    appointment_id: row.appointment_id.clone(),
                    day: row.day,
                    period: row.period,
                    pick_code: row.pick_code.clone(),
                };
                // It comes last on its new day.
                self.standing.push((clinic, row));
                vec![write]
            }
            _ => {
                let (_, row) = self.standing.remove(place);
                vec![Write::Cancel(row.appointment_id)]
            }
        }
    }

    /// Writes, and lets the platform see it at once, as one that was written through it.
    async fn write(&mut self, writes: Vec<Write>) {
        let book = &self.platform.book;
        let outcomes = book.write(&actor(), writes).await.unwrap();
        for outcome in outcomes {
            assert!(matches!(
                outcome,
                WriteOutcome::Done | WriteOutcome::Unchanged
            ));
        }
        for pov in &self.povs {
            for ahead in 0..DAYS {
                let day = day().plus_days(ahead).unwrap();
                self.platform.gateway.invalidate(*pov, day);
            }
        }
    }

    /// The truth, in the words of an answer.
    fn truth(&self) -> Lists {
        let mut truth: Lists = lists().into_iter().map(|list| (list, Vec::new())).collect();
        for (_, row) in &self.standing {
            let list = (row.out_pov_id.as_str().to_owned(), row.day.to_string());
            let status = u8::from(row.pick_status == PickStatus::NotPicked);
            truth.get_mut(&list).unwrap().push(serde_json::json!({
                "appointment_id": row.appointment_id.as_str(),
                "appointment_period": row.period.to_string(),
                "appointment_time": row.day.to_string(),
                "name": row.name.as_str(),
                "out_pov_id": row.out_pov_id.as_str(),
                "pick_code": row.pick_code.as_str(),
                "pick_status": status,
            }));
        }
        truth
    }
}

/// Another day of the fleet's.
fn moved(from: Day) -> Day {
    let first = day().number();
    let ahead = (from.number() - first + 4) % DAYS;
    day().plus_days(ahead).unwrap()
}

fn lists() -> Vec<List> {
    let days = |clinic| {
        (0..DAYS).map(move |ahead| {
            let day = day().plus_days(ahead).unwrap();
            (code(clinic).as_str().to_owned(), day.to_string())
        })
    };
    (0..CLINICS).flat_map(days).collect()
}

/// A client: a connection, its copy, and how often it has called.
struct Client {
    connection: Connection,
    copy: Lists,
    cursor: Option<String>,
    calls: usize,
}

impl Client {
    async fn of(fleet: &Fleet) -> Self {
        Self {
            connection: Connection::open(fleet.platform.address).await,
            copy: lists().into_iter().map(|list| (list, Vec::new())).collect(),
            cursor: None,
            calls: 0,
        }
    }

    async fn told(&mut self, call: Call) -> Value {
        self.calls += 1;
        let bytes = request("POST", PATH, &[FORM], &urlencoded(&call.signed(SECRET).0));
        self.connection.exchange(&bytes).await.json()
    }

    /// Reads one list, which is shorter than a page.
    async fn read(&mut self, list: List) {
        let told = self.told(Call::page(&list.0, &list.1, 1, 200)).await;
        let root = format!("{}_response", METHOD.replace('.', "_"));
        let model = &told[root]["result"]["model"];
        let rows = model["data_list"]["pov_appointment_record_dto"].as_array();
        let rows = rows.cloned().unwrap_or_default();
        assert_eq!(model["total"], rows.len(), "{told}");
        self.copy.insert(list, rows);
    }

    async fn poll(&mut self) {
        for list in lists() {
            self.read(list).await;
        }
    }

    async fn follow(&mut self) {
        loop {
            let cursor = self.cursor.take();
            let cursor = cursor.as_deref().map(|cursor| ("cursor", cursor));
            let changes = call("povline.appointment.changes", cursor.as_slice());
            let told = self.told(changes).await;
            let model = &told["povline_appointment_changes_response"]["model"];
            let changed = model["data_list"]["list_state"].as_array();
            for list in changed.into_iter().flatten() {
                let text = |name: &str| list[name].as_str().unwrap().to_owned();
                self.read((text("out_pov_id"), text("appointment_time")))
                    .await;
            }
            self.cursor = model["cursor"].as_str().map(str::to_owned);
            if model["has_more"] != true {
                return;
            }
        }
    }
}

#[tokio::test]
async fn who_follows_the_changes_needs_a_hundredth_of_the_calls() {
    let mut fleet = Fleet::open().await;
    let mut polling = Client::of(&fleet).await;
    let mut following = Client::of(&fleet).await;
    // Both begin with a whole copy, for which both need each list once.
    polling.poll().await;
    following.follow().await;
    assert!(following.calls <= polling.calls + 10, "{}", following.calls);
    (polling.calls, following.calls) = (0, 0);
    for round in 1..=ROUNDS {
        let due = round * FRESH_SECONDS * CLINICS * CHANGES_OF_CLINIC / OPEN_SECONDS;
        let mut writes = Vec::new();
        while fleet.changed < due {
            writes.extend(fleet.happen());
        }
        fleet.write(writes).await;
        polling.poll().await;
        following.follow().await;
        // As fresh as each other, and exact, each time.
        let truth = fleet.truth();
        assert_eq!(polling.copy, truth, "{round}");
        assert_eq!(following.copy, truth, "{round}");
    }
    assert!(fleet.changed >= 40, "{}", fleet.changed);
    assert!(
        polling.calls >= 100 * following.calls,
        "{} calls of who polls, {} of who follows",
        polling.calls,
        following.calls
    );
}
