//! Apps: made, told, rotated, stopped, granted; secrets shown once only.

use crate::binary::Place;

#[test]
fn an_apps_life() {
    let place = Place::new();
    let create = "app create --data platform --isv test --name queue --grant 00001 --grant 31*";
    let made = place
        .run(&format!("{create} --format json"))
        .ends_with(0)
        .json();
    let (key, secret) = (
        made["app_key"].as_str().unwrap(),
        made["secret"].as_str().unwrap(),
    );
    assert_eq!(key.len(), 8);
    assert_eq!(secret.len(), 32);
    let other = place
        .run(&format!("{create} --format json"))
        .ends_with(0)
        .json();
    assert_ne!(other["app_key"], key);
    assert_ne!(other["secret"], secret);

    place
        .run(&format!("app grant --data platform {key} 00002"))
        .ends_with(0);
    place
        .run(&format!("app revoke --data platform {key} 00001"))
        .ends_with(0);
    place
        .run(&format!("app disable --data platform {key}"))
        .ends_with(0);
    let rotated = place
        .run(&format!("app rotate --data platform {key} --format json"))
        .ends_with(0)
        .json();
    assert_ne!(rotated["secret"], secret);

    let list = place
        .run("app list --data platform --format json")
        .ends_with(0);
    let app = list
        .json()
        .as_array()
        .unwrap()
        .iter()
        .find(|app| app["app_key"] == key)
        .cloned()
        .unwrap();
    assert_eq!(app["status"], "disabled");
    assert_eq!(app["secrets"], 2);
    let grants = app["grants"].as_str().unwrap();
    assert!(grants.contains("31*") && grants.contains("00002") && !grants.contains("00001"));
    for secret in [secret, rotated["secret"].as_str().unwrap()] {
        assert!(!list.stdout.contains(secret) && !list.stderr.contains(secret));
    }
    let table = place.run("app list --data platform").ends_with(0);
    assert!(table.stdout.contains(key) && table.stdout.contains("queue"));
}

#[test]
fn a_slip_in_the_name_of_the_data_makes_no_platform() {
    let place = Place::new();
    for args in [
        "app list --data slip",
        "app rotate --data slip 99999999",
        "app disable --data slip 99999999",
        "app enable --data slip 99999999",
        "app grant --data slip 99999999 00001",
        "app revoke --data slip 99999999 00001",
    ] {
        let run = place.run(args).ends_with(1);
        assert!(run.stderr.contains("remedy"), "{run:#?}");
        assert!(!place.path().join("slip").exists(), "{args}");
    }
}

#[test]
fn what_is_not_there_is_told_with_a_remedy() {
    let place = Place::new();
    place
        .run("app create --data platform --isv test --name test")
        .ends_with(0);
    for args in [
        "app rotate --data platform 99999999",
        "app disable --data platform 99999999",
        "app grant --data platform 99999999 00001",
    ] {
        let run = place.run(args).ends_with(1);
        assert!(
            run.stderr.contains("cause") && run.stderr.contains("remedy"),
            "{run:#?}"
        );
    }
}

#[test]
fn what_would_grant_nobody_is_refused() {
    let place = Place::new();
    let create = "app create --data platform --isv test --name queue --format json";
    for grant in ["*0", "0*1", "**"] {
        let refused = place.run(&format!("{create} --grant {grant}")).ends_with(2);
        assert!(refused.stderr.contains("grants nothing"), "{refused:#?}");
        assert!(refused.stderr.contains("remedy"), "{refused:#?}");
    }
}
