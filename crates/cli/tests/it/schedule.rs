//! What an operator does to schedules and to the right to write, and what callers then get.

use crate::binary::Place;
use crate::calling::today;
use crate::serving::{Serving, calling, make_app};

const HEADER: &str =
    "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name";

fn clinic(place: &Place) {
    place.write("rows.csv", format!("{HEADER}\n"));
    let first = "P1,00001,2020-01-01,08:00-08:30,1,1,测试";
    place.write("rows.csv", format!("{HEADER}\n{first}\n"));
    place
        .run("import --data platform --isv test --create-povs rows.csv")
        .ends_with(0);
}

#[test]
fn an_operator_opens_what_callers_book() {
    let place = Place::new();
    clinic(&place);
    let tomorrow = today().plus_days(1).unwrap();
    let at = format!("--data platform --isv test --pov 00001 --day {tomorrow}");
    place
        .run(&format!(
            "schedule open {at} --places 1 08:00-08:30 08:30-09:00"
        ))
        .ends_with(0);
    place
        .run(&format!("schedule close {at} 08:30-09:00"))
        .ends_with(0);

    let app_key = make_app(&place);
    let serving = Serving::start(&place);
    let book = |out_id: &str, period: &str| {
        let call = format!(
            "call povline.appointment.book out_pov_id=00001 appointment_time={tomorrow} \
             appointment_period={period} out_id={out_id} name=测试"
        );
        calling(&place, &serving.url, &app_key, &call, &[])
    };
    // Reading is not writing.
    let refused = book("1", "08:00-08:30").ends_with(4);
    assert!(refused.stdout.contains("isv.pov-read-only"));
    let grant = format!("app grant --data platform --write {app_key} 00001");
    place.run(&grant).ends_with(0);
    let mut booked = book("1", "08:00-08:30");
    for _ in 0..100 {
        if booked.code == 0 {
            break;
        }
        // Another process's grant is seen a moment later.
        booked = book("1", "08:00-08:30");
    }
    assert!(booked.ends_with(0).stdout.contains("pick_code"));
    for (period, code) in [
        ("08:00-08:30", "FAIL_BIZ_413"),
        ("08:30-09:00", "FAIL_BIZ_412"),
    ] {
        let refused = book("2", period).ends_with(4);
        assert!(refused.stdout.contains(code) && refused.stderr.contains(code));
    }
    let list = place
        .run(&format!("schedule list {at} --format json"))
        .ends_with(0)
        .json();
    let told: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["appointment_period"].as_str().unwrap(),
                row["max_num"].as_u64().unwrap(),
                row["used_num"].as_u64().unwrap(),
                row["status"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("08:00-08:30", 1, 1, "full"),
            ("08:30-09:00", 1, 0, "closed")
        ]
    );
    let apps = place
        .run("app list --data platform --format json")
        .ends_with(0)
        .json();
    assert_eq!(apps[0]["write_grants"], "00001");
    place
        .run(&format!(
            "app revoke --data platform --write {app_key} 00001"
        ))
        .ends_with(0);
    let apps = place
        .run("app list --data platform --format json")
        .ends_with(0)
        .json();
    assert_eq!(apps[0]["write_grants"], "");
    assert_eq!(apps[0]["grants"], "00001 *");
}

#[test]
fn what_cannot_be_opened_is_told_with_a_remedy() {
    let place = Place::new();
    clinic(&place);
    let at = "--data platform --isv test --pov 00001 --day";
    for (args, code) in [
        (
            format!("schedule open {at} 2020-01-01 --places 1 08:00-08:30"),
            1,
        ),
        (
            format!("schedule open {at} 2099-01-01 --places 0 08:00-08:30"),
            2,
        ),
        (
            format!("schedule open {at} 2099-01-01 --places 1 08:30-08:00"),
            2,
        ),
        (format!("schedule close {at} 2099-01-01"), 1),
        (
            "schedule list --data platform --isv other --pov 00001 --day 2099-01-01".to_owned(),
            1,
        ),
        (
            "schedule list --data platform --isv test --pov 00002 --day 2099-01-01".to_owned(),
            1,
        ),
    ] {
        let run = place.run(&args).ends_with(code);
        assert!(run.stderr.contains("remedy"), "{run:#?}");
    }
}
