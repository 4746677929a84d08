//! Every command explains itself.

use crate::binary::{Place, ended};

/// The width of a narrow terminal, in columns.
const NARROW: usize = 80;

/// A help as a terminal of this width shows it.
fn help(place: &Place, command: &str, columns: usize) -> String {
    let mut asked = place.command(&format!("{command} --help"));
    let run = ended(asked.env("COLUMNS", columns.to_string()));
    run.ends_with(0).stdout
}

/// The subcommands that a help lists.
fn listed(help: &str) -> Vec<&str> {
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    commands
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  "))
        // What goes on from the line above stands further in.
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split(' ').next())
        .filter(|name| *name != "help")
        .collect()
}

/// Every command of the program and every one under it, each with its help.
fn commands(place: &Place, columns: usize) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![String::new()];
    while let Some(command) = open.pop() {
        let help = help(place, &command, columns);
        let names = listed(&help);
        open.extend(
            names
                .iter()
                .map(|name| format!("{command} {name}").trim_start().to_owned()),
        );
        if !command.is_empty() {
            found.push((command, help));
        }
    }
    assert!(found.len() > 70, "{}", found.len());
    found
}

/// How many columns a text takes: a Chinese character takes two.
fn width(text: &str) -> usize {
    let columns = text.chars().map(|c| if c >= '\u{2e80}' { 2 } else { 1 });
    columns.sum()
}

/// The examples at the end of a help, and what it says below them.
fn ending(help: &str) -> (Vec<&str>, Vec<&str>) {
    let lines = help.lines().skip_while(|line| !line.starts_with("Example"));
    let mut lines = lines.skip(1);
    let examples = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    (examples, lines.collect())
}

#[test]
fn every_command_has_examples_that_can_be_pasted_from_a_narrow_terminal() {
    let place = Place::new();
    for (command, help) in commands(&place, NARROW) {
        let (examples, _) = ending(&help);
        let first = command.split(' ').next().unwrap();
        let begins = format!("povline {first}");
        assert!(
            examples.iter().any(|line| line.contains(&begins)),
            "{command}: {help}"
        );
        let mut goes_on = false;
        for line in examples {
            let expected = if goes_on { "    " } else { "  " };
            let text = line.strip_prefix(expected).unwrap_or_default();
            let is_whole = !text.is_empty() && !text.starts_with(' ');
            // A command ends with its line, unless the shell is told that it goes on.
            assert!(
                is_whole && (goes_on || text.contains("povline ")),
                "{command}: {line:?}: {help}"
            );
            goes_on = line.ends_with(" \\");
        }
        assert!(!goes_on, "{command}: {help}");
    }
}

#[test]
fn no_text_of_a_help_is_broken_before_its_line_is_full() {
    let place = Place::new();
    for columns in [NARROW, 100] {
        for (command, help) in commands(&place, columns) {
            let (_, text) = ending(&help);
            for pair in text.windows(2) {
                let [line, next] = pair else { continue };
                let ends = line.is_empty() || line.ends_with(['.', ':']) || line.starts_with(' ');
                let begins = next.is_empty() || next.starts_with(' ');
                let word = next.split(' ').next().unwrap_or_default();
                assert!(
                    ends || begins || width(line) + 1 + width(word) > columns,
                    "{command}: {line:?} is broken before {word:?}"
                );
            }
        }
        // What is laid out by hand fits into the narrowest.
        let help = help(&place, "", columns);
        let (_, by_hand) = help.split_once("Exit codes:").unwrap();
        for line in by_hand.lines() {
            let is_whole = line.is_empty() || line.starts_with("  ") || line.ends_with(':');
            assert!(is_whole && width(line) <= NARROW, "{line:?}");
        }
    }
}

#[test]
fn every_command_says_in_chinese_too_what_it_does() {
    let place = Place::new();
    for (command, help) in commands(&place, 100) {
        let (says, _) = help.split_once("\n\n").unwrap();
        let has_chinese = says.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert!(has_chinese, "{command}: {says}");
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

/// The settings of a section that the program's help lists.
fn settings_of<'a>(help: &'a str, section: &str) -> Vec<&'a str> {
    let (_, list) = help.split_once(&format!("\n  [{section}] ")).unwrap();
    let (list, _) = list.split_once("\n  [").unwrap();
    list.split([',', ' ', '\n'])
        .filter(|name| !name.is_empty())
        .collect()
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
    let help = place.run("--help").ends_with(0).stdout;
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
            assert!(
                settings_of(&help, &section).contains(&name),
                "{section}.{name}"
            );
        }
    }
}
