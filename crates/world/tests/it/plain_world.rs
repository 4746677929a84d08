//! The same seed makes the same world, and what it does keeps the field's rules.

use std::collections::{BTreeMap, HashSet};

use povline_domain::{Appointment, AppointmentId, Day, PickStatus, PovId};
use povline_store::book::Write;
use povline_world::{ClinicSize, Scenario, World};

fn scenario(seed: u64) -> Scenario {
    Scenario::new(seed, 12, "2026-11-24".parse().unwrap(), 7)
}

fn world(seed: u64) -> World {
    World::new(&scenario(seed), (1..).map(PovId))
}

/// A world that was populated and has lived a while, with everything that it told.
fn lived(seed: u64) -> (World, Vec<Write>) {
    let mut world = world(seed);
    let mut writes = world.populate();
    for minute in 450..700 {
        writes.extend(world.life(20, minute));
    }
    (world, writes)
}

#[test]
fn the_same_seed_makes_the_same_world_byte_for_byte() {
    let (one, other) = (lived(7), lived(7));
    assert_eq!(one.1, other.1);
    assert!(one.0.truth().eq(other.0.truth()));
    assert_ne!(one.1, lived(8).1);
}

#[test]
fn there_are_lists_of_every_size() {
    let mut world = world(7);
    world.populate();
    let sizes: Vec<usize> = world.truth().map(|(_, _, rows)| rows.len()).collect();
    assert_eq!(sizes.len(), 12 * 7);
    assert!(sizes.iter().any(|rows| *rows > 1_000));
    assert!(
        sizes
            .iter()
            .filter(|rows| (201..1_000).contains(*rows))
            .count()
            >= 7
    );
    assert!(sizes.iter().filter(|rows| **rows <= 60).count() >= 7);
    let sites = scenario(7).clinics;
    assert_eq!(sites[0].size, ClinicSize::MassSite);
    assert_eq!(sites[11].out_pov_id.as_str(), "00012");
}

/// Applies the writes to a plain model that refuses whatever breaks a rule.
fn replay(writes: &[Write]) -> BTreeMap<AppointmentId, Appointment> {
    let mut live: BTreeMap<AppointmentId, Appointment> = BTreeMap::new();
    let mut codes = HashSet::new();
    for write in writes {
        match write {
            Write::Book(_, row) => {
                let code = (row.out_pov_id.clone(), row.day, row.pick_code.clone());
                assert!(codes.insert(code), "a pick code came twice");
                let before = live.insert(row.appointment_id.clone(), row.clone());
                assert!(before.is_none(), "an id came twice");
            }
            Write::Reschedule {
                appointment_id,
                day,
                period,
                pick_code,
            } => {
                let row = live.get_mut(appointment_id).expect("a live row moves");
                if row.day == *day {
                    assert_eq!(row.pick_code, *pick_code);
                } else {
                    let code = (row.out_pov_id.clone(), *day, pick_code.clone());
                    assert!(codes.insert(code), "a pick code came twice");
                }
                row.day = *day;
                row.period = *period;
                row.pick_code = pick_code.clone();
            }
            Write::Cancel(id) => {
                let row = live.remove(id).expect("a live row is cancelled");
                assert_eq!(row.pick_status, PickStatus::NotPicked);
            }
            Write::SetPickStatus(id, status) => {
                let row = live.get_mut(id).expect("a live row is picked");
                assert_ne!(row.pick_status, *status);
                row.pick_status = *status;
            }
        }
    }
    live
}

#[test]
fn the_writes_lead_to_the_truth_and_break_no_rule() {
    let (world, writes) = lived(7);
    let replayed = replay(&writes);
    let truth = world.appointments();
    assert_eq!(truth.len(), replayed.len());
    assert!(truth.into_iter().eq(replayed.iter()));
}

#[test]
fn everything_that_can_happen_happens() {
    let (_, writes) = lived(7);
    let days: BTreeMap<&AppointmentId, Day> = writes
        .iter()
        .filter_map(|write| match write {
            Write::Book(_, row) => Some((&row.appointment_id, row.day)),
            _ => None,
        })
        .collect();
    let count = |what: &dyn Fn(&Write) -> bool| writes.iter().filter(|write| what(write)).count();
    let other_day = |write: &Write| matches!(write, Write::Reschedule { appointment_id, day, .. } if days[appointment_id] != *day);
    let same_day = |write: &Write| matches!(write, Write::Reschedule { appointment_id, day, .. } if days[appointment_id] == *day);
    assert!(count(&|write| matches!(write, Write::Cancel(_))) > 100);
    assert!(count(&other_day) > 100);
    assert!(count(&same_day) > 100);
    let picked =
        |status| move |write: &Write| matches!(write, Write::SetPickStatus(_, s) if *s == status);
    assert!(count(&picked(PickStatus::Picked)) > 100);
    assert!(count(&picked(PickStatus::NotPicked)) > 10);
    let names: String = writes
        .iter()
        .filter_map(|write| match write {
            Write::Book(_, row) => Some(row.name.as_str()),
            _ => None,
        })
        .collect();
    assert!(names.contains('𠮷') && names.contains('·'));
}
