//! The platform's process, while an agent reads from it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::Duration;

use povline_domain::ChangeKind;
use povline_store::book::{SqliteBook, Write};
use povline_store::ledger::{Ledger as _, SqliteLedger};
use povline_world::apply;

use super::KILLS;
use super::agent::{SYNC, actor, copy, told, truth, world};
use super::chance::{Instants, pause};
use crate::binary::Place;
use crate::calling::today;
use crate::serving::{Serving, calling, make_app};

/// An answer that breaks off, a platform that is away and one that has just come back must read as
/// failures, never as lists without appointments.
#[tokio::test]
async fn an_agent_whose_platform_dies_again_and_again_invents_nothing_and_converges() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("platform")).unwrap();
    let book = SqliteBook::open(place.path().join("platform")).unwrap();
    let mut world = world(&book, today()).await;
    let app_key = make_app(&place);
    let mut serving = Serving::start(&place);
    let url = serving.url.clone();
    let address = url
        .strip_prefix("http://")
        .and_then(|rest| rest.strip_suffix("/router/rest"))
        .unwrap()
        .to_owned();
    let sync_once = || calling(&place, &url, &app_key, &format!("{SYNC} --once"), &[]);
    let mut instants = Instants::within(3, || {
        sync_once().ends_with(0);
    });

    let before = told(&place).await.len();
    let mut syncing = place
        .command(SYNC)
        .env("POVLINE_URL", &url)
        .env("POVLINE_APP_KEY", &app_key)
        .env("POVLINE_SECRET_FILE", "secret")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut gone_or_moved = BTreeSet::new();
    for round in 0..KILLS {
        let writes = world.life(40, 480 + round as u16);
        gone_or_moved.extend(writes.iter().filter_map(|write| match write {
            Write::Cancel(id) => Some(id.clone()),
            Write::Reschedule { appointment_id, .. } => Some(appointment_id.clone()),
            _ => None,
        }));
        apply(&book, &actor(), writes).await.unwrap();
        pause(instants.next());
        serving.kill();
        serving = Serving::start_at(&place, &address);
    }
    assert!(
        syncing.try_wait().unwrap().is_none(),
        "an agent ends only when it is told to"
    );
    syncing.kill().unwrap();
    syncing.wait().unwrap();
    let between = told(&place).await.len() - before;
    println!("{between} changes were told between the kills");
    assert!(between > 0, "the agent got nowhere");

    // The platform shows a write of another process a moment later; absences take their time.
    for _ in 0..20 {
        pause(Duration::from_millis(600));
        sync_once().ends_with(0);
        let ledger = SqliteLedger::open(place.path().join("agent")).unwrap();
        if ledger.suspects().await.unwrap().is_empty()
            && copy(&ledger, &world).await == truth(&world)
        {
            break;
        }
    }
    let ledger = SqliteLedger::open(place.path().join("agent")).unwrap();
    assert!(
        copy(&ledger, &world).await == truth(&world),
        "the copy is not the truth"
    );

    let mut folded = BTreeMap::new();
    for event in told(&place).await {
        let change = event.change;
        let is_absence = matches!(change.kind, ChangeKind::Cancelled | ChangeKind::Rescheduled);
        assert!(
            !is_absence || gone_or_moved.contains(&change.appointment_id),
            "a row that stayed is told to be {}",
            change.kind
        );
        match change.after {
            Some(row) => folded.insert(change.appointment_id, row),
            None => folded.remove(&change.appointment_id),
        };
    }
    assert!(folded == truth(&world), "the events do not tell the truth");
    drop(serving);
}
