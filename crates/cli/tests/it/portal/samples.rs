//! Every sample, as a reader takes it from the portal, run against the platform.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::scene::{METHOD, POV, Scene, encoded, printed, rows_of};

/// A way to run a file of the portal: its name, and the commands that end in running it.
struct Way {
    file: &'static str,
    commands: &'static [&'static [&'static str]],
}

/// Takes a method's sample from the portal with these values and runs it.
#[track_caller]
fn run(scene: &Scene, way: &Way, method: &str, values: &[(&str, &str)]) -> String {
    let folder = scene.place.path().join(method);
    std::fs::create_dir_all(&folder).unwrap();
    let mut address = format!(
        "/docs/{method}/samples/{}?app_key={}",
        way.file, scene.app_key
    );
    for (name, value) in values {
        address += &format!("&{name}={}", encoded(value));
    }
    let program = scene.page(&address);
    assert!(!program.contains(&scene.secret), "{program}");
    std::fs::write(folder.join(way.file), program).unwrap();
    last_output(scene, way, &folder)
}

#[track_caller]
fn last_output(scene: &Scene, way: &Way, folder: &Path) -> String {
    let mut last = String::new();
    for command in way.commands {
        let [program, arguments @ ..] = command else {
            panic!("an empty command")
        };
        let program = match program.strip_prefix("./") {
            Some(own) => folder.join(own),
            None => program.into(),
        };
        last = printed(scene.with_secret(Command::new(program).args(arguments), folder));
    }
    last
}

/// The list, and a method whose parameters stand by themselves, and one that writes a name.
#[track_caller]
fn check(way: &Way) {
    let scene = Scene::new();
    let day = scene.day.as_str();
    let list = [("day", day), ("out_pov_id", POV)];
    let expected = scene.rows();
    assert_eq!(expected.len(), 5);
    assert_eq!(rows_of(&run(&scene, way, METHOD, &list)), expected);

    // A day on which nothing is over yet.
    let tomorrow = tomorrow(day);
    let open = [
        ("out_pov_id", POV),
        ("appointment_time", &tomorrow),
        ("appointment_period", "08:00-08:30"),
        ("max_num", "3"),
    ];
    let opened = answer(&run(&scene, way, "povline.schedule.open", &open));
    assert_eq!(
        opened["povline_schedule_open_response"]["is_success"], true,
        "{opened}"
    );
    let book = [
        ("out_id", "order-1"),
        ("out_pov_id", POV),
        ("appointment_time", &tomorrow),
        ("appointment_period", "08:00-08:30"),
    ];
    let booked = answer(&run(&scene, way, "povline.appointment.book", &book));
    let model = &booked["povline_appointment_book_response"]["model"];
    let list = [("day", tomorrow.as_str()), ("out_pov_id", POV)];
    let rows = rows_of(&run(&scene, way, METHOD, &list));
    // The name is the definition's sample: personal data are never taken from an address.
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!(row[0], model["appointment_id"].as_str().unwrap());
    assert_eq!(row[6], "测试");
}

fn answer(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn tomorrow(day: &str) -> String {
    let day: povline_domain::Day = day.parse().unwrap();
    day.plus_days(1).unwrap().to_string()
}

#[test]
fn the_java_sample_gets_the_same_rows() {
    check(&Way {
        file: "Call.java",
        commands: &[&["java", "-XX:TieredStopAtLevel=1", "Call.java"]],
    });
}

#[test]
fn the_dotnet_sample_gets_the_same_rows() {
    check(&Way {
        file: "Call.cs",
        commands: &[
            &["mcs", "-r:System.Net.Http", "Call.cs"],
            &["mono", "Call.exe"],
        ],
    });
}

#[test]
fn the_php_sample_gets_the_same_rows() {
    check(&Way {
        file: "call.php",
        commands: &[&["php", "call.php"]],
    });
}

#[test]
fn the_curl_sample_gets_the_same_rows() {
    check(&Way {
        file: "call.sh",
        commands: &[&["bash", "call.sh"]],
    });
}

#[test]
fn the_python_sample_gets_the_same_rows() {
    check(&Way {
        file: "call.py",
        commands: &[&["python3", "call.py"]],
    });
}

#[test]
fn the_c_sample_gets_the_same_rows() {
    check(&Way {
        file: "call.c",
        commands: &[
            &[
                "cc", "-Wall", "-Wextra", "-Werror", "call.c", "-o", "call", "-lcurl", "-lcrypto",
            ],
            &["./call"],
        ],
    });
}

#[test]
fn the_c_sample_is_c_plus_plus_too() {
    check(&Way {
        file: "call.c",
        commands: &[
            &[
                "g++", "-x", "c++", "-Wall", "-Wextra", "-Werror", "call.c", "-o", "call",
                "-lcurl", "-lcrypto",
            ],
            &["./call"],
        ],
    });
}

#[test]
fn the_nodejs_sample_gets_the_same_rows() {
    check(&Way {
        file: "call.js",
        commands: &[&["node", "call.js"]],
    });
}

/// Without the secret a sample says what is missing, and sends nothing.
#[test]
fn a_sample_asks_for_its_secret() {
    let scene = Scene::new();
    for file in ["call.py", "call.sh", "call.js", "call.php"] {
        let program = scene.page(&format!("/docs/{METHOD}/samples/{file}"));
        let path = scene.place.write(file, program);
        let interpreter = match file {
            "call.py" => "python3",
            "call.sh" => "bash",
            "call.js" => "node",
            _ => "php",
        };
        let mut command = Command::new(interpreter);
        let output = command.arg(path).env_remove("APP_SECRET").output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && told.contains("APP_SECRET"),
            "{told}"
        );
    }
}
