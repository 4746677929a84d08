//! The agent's process, while a world that lives is served.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use povline_domain::{Appointment, AppointmentId, Day};
use povline_store::book::{Actor, Book as _, SqliteBook};
use povline_store::ledger::{Event, EventCursor, Ledger as _, RowState, SqliteLedger};
use povline_world::{Scenario, World, apply, establish};

use super::chance::{Instants, pause};
use super::{KILLS, platform_book};
use crate::binary::Place;
use crate::calling::today;
use crate::serving::{Serving, calling, make_app};

/// From yesterday on: midnight may pass while this runs.
pub(super) const SYNC: &str = "sync --data agent --povs 00001,00002,00003,00004 --first-day -1 --last-day 2 \
                    --calls-per-second 5000 --confirm-after-seconds 1 --today-seconds 1 \
                    --other-days-seconds 1";

pub(super) fn actor() -> Actor {
    Actor {
        name: "test".to_owned(),
        at: povline_domain::UnixMillis(0),
    }
}

/// Three days of four clinics, one of them a mass site, so that lists take many pages.
pub(super) async fn world(book: &SqliteBook, first_day: Day) -> World {
    let scenario = Scenario::new(5, 4, first_day, 3);
    let isv = book.ensure_isv(&actor(), "test").await.unwrap();
    let mut world = establish(book, &actor(), isv, &scenario).await.unwrap();
    let writes = world.populate();
    apply(book, &actor(), writes).await.unwrap();
    world
}

/// Everything that the agent has told, which a kill must not take back.
pub(super) async fn told(place: &Place) -> Vec<Event> {
    let ledger = SqliteLedger::open(place.path().join("agent")).unwrap();
    let events = ledger
        .events_after(EventCursor(0), 1_000_000)
        .await
        .unwrap();
    let mut versions: BTreeMap<AppointmentId, u32> = BTreeMap::new();
    for event in &events {
        let version = versions
            .entry(event.change.appointment_id.clone())
            .or_default();
        *version += 1;
        assert_eq!(
            event.change.version, *version,
            "an event is lost or doubled: {event:?}"
        );
    }
    events
}

#[tokio::test]
async fn the_copy_converges_and_no_event_is_lost_or_doubled() {
    let place = Place::new();
    let book = platform_book(&place);
    let mut world = world(&book, today()).await;
    let app_key = make_app(&place);
    let serving = Serving::start(&place);
    let sync = |flags: &str| {
        calling(
            &place,
            &serving.url,
            &app_key,
            &format!("{SYNC} {flags}"),
            &[],
        )
    };
    let mut instants = Instants::within(2, || {
        sync("--once").ends_with(0);
    });
    let mut events = told(&place).await;
    let mut killed = 0;
    for round in 0..KILLS {
        let writes = world.life(40, 480 + round as u16);
        apply(&book, &actor(), writes).await.unwrap();
        let mut syncing = place
            .command(SYNC)
            .env("POVLINE_URL", &serving.url)
            .env("POVLINE_APP_KEY", &app_key)
            .env("POVLINE_SECRET_FILE", "secret")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        assert!(
            instants.kill(&mut syncing).is_none(),
            "an agent ends only when it is told to"
        );
        killed += 1;
        let now = told(&place).await;
        assert!(
            now.starts_with(&events),
            "an event was taken back in round {round}"
        );
        events = now;
    }
    assert_eq!(killed, KILLS);

    // The platform shows a write of another process a moment later; absences take their time.
    for _ in 0..20 {
        pause(Duration::from_millis(600));
        sync("--once").ends_with(0);
        let ledger = SqliteLedger::open(place.path().join("agent")).unwrap();
        if ledger.suspects().await.unwrap().is_empty()
            && copy(&ledger, &world).await == truth(&world)
        {
            break;
        }
    }
    let ledger = SqliteLedger::open(place.path().join("agent")).unwrap();
    assert_eq!(
        ledger.suspects().await.unwrap(),
        [],
        "absences stay in doubt"
    );
    assert!(
        copy(&ledger, &world).await == truth(&world),
        "the copy is not the truth"
    );

    // What was told, from the first event on, leads to the same rows.
    let mut folded = BTreeMap::new();
    for event in told(&place).await {
        match event.change.after {
            Some(row) => folded.insert(event.change.appointment_id, row),
            None => folded.remove(&event.change.appointment_id),
        };
    }
    assert!(folded == truth(&world), "the events do not tell the truth");
}

pub(super) fn truth(world: &World) -> BTreeMap<AppointmentId, Appointment> {
    let rows = world.appointments().into_iter();
    rows.map(|(id, row)| (id.clone(), row.clone())).collect()
}

pub(super) async fn copy(
    ledger: &SqliteLedger,
    world: &World,
) -> BTreeMap<AppointmentId, Appointment> {
    let mut copy = BTreeMap::new();
    for (pov, day, _) in world.truth() {
        for row in ledger.rows(pov, day).await.unwrap() {
            if row.state == RowState::Live {
                copy.insert(row.appointment.appointment_id.clone(), row.appointment);
            }
        }
    }
    copy
}
