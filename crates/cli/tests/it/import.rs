//! Good files are taken whole, whatever their form, and only once.

use serde_json::{Value, json};

use crate::binary::Place;

const HEADER: &str =
    "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name";

/// The import's own account of itself.
fn import(place: &Place, flags: &str, file: &str) -> Value {
    let args = format!("import --data platform --isv test --format json {flags} {file}");
    place.run(&args).ends_with(0).json()
}

fn counts(report: &Value) -> [u64; 4] {
    ["added", "updated", "unchanged", "refused"].map(|count| report[count].as_u64().unwrap())
}

fn rows(count: usize) -> String {
    let mut csv = format!("{HEADER}\n");
    for n in 0..count {
        csv += &format!(
            "P{n},0000{},2026-11-24,08:00-08:30,{n:06},1,测试{n}\n",
            n % 3
        );
    }
    csv
}

#[test]
fn a_second_import_changes_nothing_and_a_changed_row_is_updated() {
    let place = Place::new();
    place.write("a.csv", rows(1_000));
    let report = import(&place, "--create-povs", "a.csv");
    assert_eq!(counts(&report), [1_000, 0, 0, 0]);
    assert_eq!(report["povs_created"], 3);
    assert_eq!(counts(&import(&place, "", "a.csv")), [0, 0, 1_000, 0]);
    place.write("a.csv", rows(1_000).replace(",1,测试7\n", ",0,测试7\n"));
    assert_eq!(counts(&import(&place, "", "a.csv")), [0, 1, 999, 0]);
}

#[test]
fn the_same_rows_in_every_form_are_the_same_rows() {
    let place = Place::new();
    place.write("a.csv", rows(20));
    import(&place, "--create-povs", "a.csv");

    place.write("mark.csv", format!("\u{feff}{}", rows(20)));
    place.write("windows.csv", rows(20).replace('\n', "\r\n"));
    let quoted = rows(20).replace("测试1\n", "\"测试1\"\n");
    place.write("quoted.csv", quoted);
    let utf8 = rows(20);
    let (gb18030, _, _) = encoding_rs::GB18030.encode(&utf8);
    place.write("gb18030.csv", gb18030);
    let turned: String = rows(20)
        .lines()
        .map(|line| {
            let mut fields: Vec<&str> = line.split(',').collect();
            fields.reverse();
            let extra = if line == HEADER { "phone" } else { "-" };
            format!("{},{extra}\n", fields.join(","))
        })
        .collect();
    place.write("turned.csv", turned);
    let ndjson: String = rows(20)
        .lines()
        .skip(1)
        .map(|line| {
            let fields = HEADER.split(',').zip(line.split(','));
            let mut object: serde_json::Map<String, Value> = fields
                .map(|(name, value)| (name.to_owned(), json!(value)))
                .collect();
            object["pick_status"] = json!(1);
            object.insert("phone".to_owned(), json!({"a": [1]}));
            format!("{}\n\n", Value::Object(object))
        })
        .collect();
    place.write("a.ndjson", &ndjson);
    for file in [
        "mark.csv",
        "windows.csv",
        "quoted.csv",
        "gb18030.csv",
        "turned.csv",
        "a.ndjson",
    ] {
        assert_eq!(counts(&import(&place, "", file)), [0, 0, 20, 0], "{file}");
    }
    let args = "import --data platform --isv test --format json -";
    let piped = place.run_with_input(args, ndjson.as_bytes()).ends_with(0);
    assert_eq!(counts(&piped.json()), [0, 0, 20, 0]);
}

#[test]
fn several_files_are_one_import() {
    let place = Place::new();
    let all = rows(10);
    let half = all.lines().take(6).collect::<Vec<_>>().join("\n");
    let rest = format!(
        "{HEADER}\n{}\nbad",
        all.lines().skip(6).collect::<Vec<_>>().join("\n")
    );
    place.write("one.csv", half);
    place.write("two.csv", &rest);
    let args = "import --data platform --isv test --create-povs --format json one.csv two.csv";
    let report = place.run(args).ends_with(3).json();
    assert_eq!(report["kept"], false, "all or nothing, over all files");
    assert_eq!(report["refusals"][0]["file"], "two.csv");
    assert_eq!(report["refusals"][0]["line"], 7);
    place.write("two.csv", rest.replace("\nbad", "\n"));
    assert_eq!(counts(&place.run(args).ends_with(0).json()), [10, 0, 0, 0]);
}

#[test]
fn another_isvs_clinics_are_its_own() {
    let place = Place::new();
    place.write("a.csv", rows(3));
    place.write("b.csv", rows(3).replace("\nP", "\nQ"));
    import(&place, "--create-povs", "a.csv");
    let other = "import --data platform --isv other --format json b.csv";
    assert_eq!(place.run(other).ends_with(3).json()["refused"], 3);
    let made = place
        .run(&format!("{other} --create-povs"))
        .ends_with(0)
        .json();
    assert_eq!(counts(&made), [3, 0, 0, 0]);
}
