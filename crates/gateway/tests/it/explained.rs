//! Whatever the platform refuses or fails with is explained: by the table from which the pages and
//! the request log draw what it means and what to do.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use povline_protocol::catalogue::{self, meaning_of};
use povline_protocol::methods;

/// That of a sub code itself, and not of a family that holds whatever is not listed.
#[track_caller]
fn is_listed(sub_code: &str) {
    let entry = catalogue::sub_code(sub_code);
    assert!(entry.is_some_and(|entry| !entry.is_family()), "{sub_code}");
}

/// That these are all that a call may get is asserted wherever a test gets an answer.
#[test]
fn every_refusal_and_failure_of_every_method_is_explained() {
    for spec in methods::ALL {
        for one in spec.refusals() {
            let sub_code = (!one.sub_code.is_empty()).then_some(one.sub_code);
            let meaning = meaning_of(&one.code.to_string(), sub_code);
            assert!(meaning.is_some(), "{} {one:?}", spec.method);
            sub_code.into_iter().for_each(is_listed);
        }
        for failure in spec.failures() {
            let meaning = meaning_of(failure.code, None).unwrap();
            assert_eq!(meaning.remedy, failure.remedy, "{}", failure.code);
        }
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// A sub code that somebody writes into the code stands in the table too.
#[test]
fn every_sub_code_that_stands_in_the_code_is_explained() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for name in ["gateway", "protocol"] {
        sources(&crates.join(name).join("src"), &mut files);
    }
    let is_table = |part: &OsStr| part == "catalogue" || part == "catalogue.rs";
    let mut seen = 0;
    for file in files {
        if file.components().any(|part| is_table(part.as_os_str())) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for literal in code.flat_map(|line| line.split('"').skip(1).step_by(2)) {
            let begins = ["isv.", "isp.", "accesscontrol.", "invalid-session"];
            if begins.iter().any(|begin| literal.starts_with(begin)) {
                is_listed(literal);
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "{seen}");
}
