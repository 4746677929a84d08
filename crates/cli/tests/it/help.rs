//! Every command explains itself.

use crate::binary::Place;

#[test]
fn every_command_has_an_example() {
    let place = Place::new();
    for command in [
        "demo",
        "serve",
        "app",
        "app create",
        "app list",
        "app rotate",
        "app disable",
        "app enable",
        "app grant",
        "app revoke",
        "app show",
        "app limit",
        "app allow",
        "app session",
        "app session create",
        "app session list",
        "app session revoke",
        "user",
        "user add",
        "user list",
        "user password",
        "user remove",
        "audit",
        "audit verify",
        "audit list",
        "audit head",
        "log",
        "explain-signature",
        "schedule",
        "schedule open",
        "schedule close",
        "schedule list",
        "import",
        "call",
        "pull",
        "sync",
        "doctor",
        "status",
        "events",
        "events dead",
        "events resend",
        "events resume",
        "events dismiss",
        "events verify",
        "listen",
        "plan",
        "portal",
        "portal sdk",
        "world",
        "world scenarios",
        "world truth",
        "world run",
        "world record",
        "world replay",
        "world grade",
        "world agent",
        "world compare",
        "world plan-bench",
        "explain",
        "held",
        "held accept",
        "held reject",
        "held decisions",
        "reconcile",
        "quarantine",
        "quarantine drop",
        "clinic",
        "clinic token",
        "clinic tokens",
        "clinic revoke",
        "clinic pair",
        "clinic devices",
        "clinic unpair",
        "clinic staff",
        "clinic staff add",
        "clinic staff list",
        "clinic staff remove",
    ] {
        let help = place.run(&format!("{command} --help")).ends_with(0).stdout;
        assert!(help.contains("Example"), "{command}: {help}");
        let first = command.split(' ').next().unwrap();
        assert!(
            help.contains(&format!("povline {first}")),
            "{command}: {help}"
        );
    }
}

#[test]
fn the_exit_codes_stand_in_the_help() {
    let help = Place::new().run("--help").ends_with(0).stdout;
    for code in 0..=7 {
        assert!(help.contains(&format!("\n  {code}  ")), "{help}");
    }
}

#[test]
fn a_wrong_command_line_is_code_2() {
    let place = Place::new();
    place.run("no-such-command").ends_with(2);
    place.run("import --data platform").ends_with(2);
    place.run("app list --log ===").ends_with(2);
}

/// A file of the repository's `docs`.
fn document(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_documented_exit_codes_are_the_programs() {
    let help = Place::new().run("--help").ends_with(0).stdout;
    let document = document("commands.md");
    for code in 0..=7 {
        let line = help
            .lines()
            .find_map(|line| line.strip_prefix(&format!("  {code}  ")))
            .unwrap();
        let row = format!("| {code} | {line} |");
        assert!(document.contains(&row), "{row}");
    }
}

#[test]
fn the_documented_configuration_is_understood_and_whole() {
    let document = document("configuration.md");
    let (_, rest) = document.split_once("```toml\n").unwrap();
    let (file, _) = rest.split_once("```").unwrap();
    let place = Place::new();
    place.write("povline.toml", file);
    place.run("app create --isv test --name test").ends_with(0);
    // Every setting of the sample stands in the table, and has the flag and variable told there.
    let help: String = ["serve", "call", "sync"]
        .map(|command| place.run(&format!("{command} --help")).ends_with(0).stdout)
        .concat();
    for line in document.lines().filter(|line| line.starts_with("| `")) {
        let told: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
        let [_, flag, variable] = told[..] else {
            panic!("{line}")
        };
        let flag = flag.trim_start_matches("call ");
        assert!(help.contains(&format!("{flag} ")), "{flag}");
        assert!(help.contains(variable), "{variable}");
    }
    let mut section = String::new();
    for line in file.lines() {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|line| line.split(']').next())
        {
            section = name.to_owned();
        } else if let Some((name, _)) = line.trim_start_matches("# ").split_once(" = ") {
            assert!(
                document.contains(&format!("| `{section}.{name}` |")),
                "{section}.{name}"
            );
        }
    }
}
