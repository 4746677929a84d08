//! A bad row is refused with its line, its field, a reason and a remedy, and nothing of what
//! stands in it.

use serde_json::Value;

use crate::binary::Place;

const HEADER: &str =
    "appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name";

/// Bad rows, each with the field that is at fault and a word of the reason.
const BAD: [(&[u8], &str, &str); 17] = [
    (b"B1,00001,2026-11-24,08:00-08:30,900001,1", "", "6 fields"),
    (
        b"B2,00001,2026-11-24,08:00-08:30,900002,1,x,y",
        "",
        "8 fields",
    ),
    (
        b"B3,00001,2026-02-30,08:00-08:30,900003,1,secret",
        "appointment_time",
        "real date",
    ),
    (
        b"B4,00001,2026-11-24,08:30-08:00,900004,1,secret",
        "appointment_period",
        "period",
    ),
    (
        b"B5,00001,2026-11-24,08:00-08:30,900005,2,secret",
        "pick_status",
        "neither 0 nor 1",
    ),
    (
        b"B6,00001,2026-11-24,08:00-08:30,900006,,secret",
        "pick_status",
        "no default",
    ),
    (
        b",00001,2026-11-24,08:00-08:30,900007,1,secret",
        "appointment_id",
        "empty",
    ),
    (
        b"B8,00001,2026-11-24,08:00-08:30,123456789012345678901234567890123,1,secret",
        "pick_code",
        "longer",
    ),
    (
        b"B9,00001,2026-11-24,08:00-08:30,900009,1,sec\x07ret",
        "name",
        "control character",
    ),
    (
        b"B10,00001,2026-11-24,08:00-08:30,900010,1,secret\xb2\xff",
        "name",
        "--encoding",
    ),
    (
        b"B11,99999,2026-11-24,08:00-08:30,900011,1,secret",
        "out_pov_id",
        "",
    ),
    (
        b"G1,00001,2026-11-24,09:00-09:30,900012,1,secret",
        "appointment_id",
        "earlier line",
    ),
    (
        b"B13,00001,2026-11-24,08:00-08:30,100001,1,secret",
        "pick_code",
        "",
    ),
    (
        b" B15,00001,2026-11-24,08:00-08:30,900015,1,secret",
        "appointment_id",
        "white space",
    ),
    (
        b"=G3,00001,2026-11-24,08:00-08:30,900016,1,secret",
        "appointment_id",
        "formula",
    ),
    (
        b"B17,00001,2026-11-24,08:00-08:30,900017,1,\"=\"\"secret\"\"\"",
        "name",
        "formula",
    ),
    (
        b"B14,00001,2026-11-24,08:00-08:30,900014,1,",
        "name",
        "empty",
    ),
];

fn file() -> Vec<u8> {
    let mut file =
        format!("{HEADER}\nG1,00001,2026-11-24,08:00-08:30,100001,1,测试甲\n").into_bytes();
    for (row, _, _) in BAD {
        file.extend_from_slice(row);
        file.push(b'\n');
    }
    file.extend_from_slice("G2,00001,2026-11-24,08:00-08:30,100002,0,测试乙\n".as_bytes());
    file
}

/// A platform that knows the POV 00001, and the file of bad rows beside it.
fn place() -> Place {
    let place = Place::new();
    let seed = format!("{HEADER}\nG0,00001,2026-11-25,08:00-08:30,100001,1,测试\n");
    place.write("seed.csv", seed);
    place
        .run("import --data platform --isv test --create-povs seed.csv")
        .ends_with(0);
    place.write("bad.csv", file());
    place
}

fn check(report: &Value) {
    let refusals = report["refusals"].as_array().unwrap();
    for (place, (row, field, word)) in BAD.into_iter().enumerate() {
        let line = place as u64 + 3;
        let refusal = refusals
            .iter()
            .find(|refusal| refusal["line"] == line)
            .unwrap_or_else(|| panic!("line {line} was not refused: {report:#}"));
        let reason = refusal["reason"].as_str().unwrap();
        assert_eq!(refusal["field"], field, "{refusal}");
        assert!(
            reason.contains(word),
            "{refusal} of {}",
            String::from_utf8_lossy(row)
        );
        assert!(reason.len() > 15, "{refusal}");
        assert!(!reason.contains("secret"), "{refusal}");
    }
    assert_eq!(refusals.len(), BAD.len());
    let reasons: std::collections::BTreeSet<&str> = refusals
        .iter()
        .map(|refusal| refusal["reason"].as_str().unwrap())
        .collect();
    assert!(reasons.len() >= 12, "{reasons:#?}");
}

#[test]
fn one_bad_row_refuses_all_and_every_one_is_told() {
    let place = place();
    let import = "import --data platform --isv test --format json bad.csv";
    let report = place.run(import).ends_with(3).json();
    check(&report);
    assert_eq!(report["kept"], false);
    // What was refused whole is not there: the good rows are new once they come alone.
    let good = format!("{HEADER}\nG1,00001,2026-11-24,08:00-08:30,100001,1,测试甲\n");
    place.write("good.csv", good);
    let report = place
        .run("import --data platform --isv test --format json good.csv")
        .ends_with(0)
        .json();
    assert_eq!(report["added"], 1);
}

#[test]
fn the_good_rows_are_kept_if_asked_for() {
    let place = place();
    let import = "import --data platform --isv test --keep-good --format json bad.csv";
    let report = place.run(import).ends_with(3).json();
    check(&report);
    assert_eq!(report["kept"], true);
    assert_eq!(report["added"], 2);
}

#[test]
fn a_table_tells_people_the_same() {
    let place = place();
    let run = place
        .run("import --data platform --isv test --refusals 3 bad.csv")
        .ends_with(3);
    assert!(
        run.stdout.contains("bad.csv") && run.stdout.contains("6 fields"),
        "{run:#?}"
    );
    assert!(run.stderr.contains("14 more"), "{run:#?}");
    assert!(run.stderr.contains("nothing was imported"), "{run:#?}");
    assert!(!run.stdout.contains("secret"));
}

#[test]
fn a_file_that_is_none_is_refused_as_a_whole() {
    let place = place();
    for (bytes, field, word) in [
        (&b""[..], "", "empty"),
        (b"appointment_id,out_pov_id\nP1,00001\n", "appointment_time", "no column"),
        (b"\xff\xfea\0", "", "UTF-16"),
        (
            b"name,appointment_id,out_pov_id,appointment_time,appointment_period,pick_code,pick_status,name\n",
            "name",
            "twice",
        ),
    ] {
        place.write("none.csv", bytes);
        let report = place
            .run("import --data platform --isv test --format json none.csv")
            .ends_with(3)
            .json();
        let refusal = &report["refusals"][0];
        assert_eq!(refusal["field"], field, "{report:#}");
        assert!(refusal["reason"].as_str().unwrap().contains(word), "{report:#}");
    }
    let run = place
        .run("import --data platform --isv test absent.csv")
        .ends_with(1);
    assert!(
        run.stderr.contains("absent.csv") && run.stderr.contains("remedy"),
        "{run:#?}"
    );
}

#[test]
fn bad_json_lines_are_refused_by_line() {
    let place = place();
    let good = r#"{"appointment_id":"N1","out_pov_id":"00001","appointment_time":"2026-11-26","appointment_period":"08:00-08:30","pick_code":1,"pick_status":1,"name":"x"}"#;
    let lines = [
        good.to_owned(),
        good.replace("N1", "N2")
            .replace(r#""pick_status":1"#, r#""pick_status":null"#),
        "{\"appointment_id\":".to_owned(),
        "[]".to_owned(),
        good.replace("N1", "N3")
            .replace(r#""pick_status":1"#, r#""pick_status":true"#),
        good.replace(r#""name":"x""#, r#""name":"x","name":"y""#),
    ];
    place.write("bad.ndjson", lines.join("\n"));
    let report = place
        .run("import --data platform --isv test --format json bad.ndjson")
        .ends_with(3)
        .json();
    let refused: Vec<u64> = report["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refusal| refusal["line"].as_u64().unwrap())
        .collect();
    assert_eq!(refused, [2, 3, 4, 5, 6], "{report:#}");
    assert_eq!(report["refusals"][0]["field"], "pick_status");
}

/// The quotation mark would make one field of all that follows.
#[test]
fn a_quotation_mark_that_is_never_closed_does_not_swallow_the_file() {
    let place = place();
    let mut file = format!("{HEADER}\nG1,00001,2026-11-24,08:00-08:30,100001,1,测试甲\n");
    file += "G2,00001,2026-11-24,08:00-08:30,100002,1,\"secret\n";
    for row in 0..20_000 {
        file += &format!("H{row},00001,2026-11-24,08:00-08:30,{row:06},1,secret\n");
    }
    place.write("open.csv", file);
    let report = place
        .run("import --data platform --isv test --format json open.csv")
        .ends_with(3)
        .json();
    let refusals = report["refusals"].as_array().unwrap();
    assert_eq!(refusals.len(), 1, "{report:#}");
    assert_eq!(refusals[0]["line"], 3, "{report:#}");
    let reason = refusals[0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("quotation mark") && reason.contains("line 3"),
        "{reason}"
    );
    assert!(!reason.contains("secret"), "{reason}");
}

/// A quotation mark that is not closed takes in the rows after it: they must not be lost without a
/// word, whether the mark stands in a column of ours or in another one.
#[test]
fn a_quotation_mark_that_is_not_closed_is_told_and_takes_no_rows_along() {
    let rows = |note: &str, name: &str| {
        let mut csv = format!("{HEADER},note\n");
        for n in 0..400 {
            let (note, name) = match n {
                9 => (note, name),
                _ => ("x", "测试"),
            };
            csv += &format!("P{n},00001,2026-11-24,08:00-08:30,{n:06},1,{name},{note}\n");
        }
        csv
    };
    let place = Place::new();
    for csv in [
        rows("\"10", "测试"),
        rows("x", "\"测试"),
        // Closed by another one further on.
        rows("\"10", "测试").replace("P300,", "P300\","),
        // The last line of all, and the header.
        rows("x", "测试") + "P400,00001,2026-11-24,08:00-08:30,000400,1,测试,\"y\n",
        rows("x", "测试").replace("note\n", "\"note\n"),
    ] {
        place.write("a.csv", csv);
        for flags in ["", "--keep-good"] {
            let args = format!(
                "import --data platform --isv test --create-povs --format json {flags} a.csv"
            );
            let run = place.run(&args).ends_with(3);
            let report = run.json();
            assert_eq!(report["refused"], 1, "{run:#?}");
            let reason = report["refusals"][0]["reason"].as_str().unwrap();
            assert!(reason.contains("quotation mark on line"), "{reason}");
            assert!(reason.contains("nothing after it was read"), "{reason}");
        }
    }
}
