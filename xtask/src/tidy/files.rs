//! House rules about files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// No file of Rust is longer.
const LINES_MAX: usize = 700;

/// Folders that hold nothing of the source.
const PASSED_OVER: [&str; 5] = ["target", ".git", "node_modules", "corpus", "artifacts"];

/// What may not stand in Rust, each with the reason. Written in pieces, so that this file does not
/// find itself.
const UNFINISHED: [(&str, &str); 3] = [
    (concat!("to", "do!("), "finish it or leave it out"),
    (concat!("unimpl", "emented!("), "finish it or leave it out"),
    (concat!("#[ign", "ore"), "a test runs or is deleted"),
];

/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: [&str; 4] = [
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/tm", "p/wt"),
];

/// Endings of the files that are read as text; files without an ending are read too.
const TEXT: [&str; 20] = [
    "rs", "toml", "md", "sh", "lua", "json", "csv", "yml", "yaml", "sql", "html", "css", "js",
    "ts", "py", "php", "java", "cs", "c", "go",
];

/// What is wrong with the files of a workspace.
///
/// # Errors
/// If they cannot be read.
pub(super) fn faults(root: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    gather(root, &mut files)?;
    files.sort();
    let mut faults = Vec::new();
    for path in files {
        let shown = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", shown.display()))?;
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        faults.extend(in_file(&shown, &text));
    }
    Ok(faults)
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        let name = entry.file_name();
        // `povline-…` folders in the root are data that the demo and the bench leave.
        if PASSED_OVER.iter().any(|passed_over| name == *passed_over)
            || kind.is_dir() && name.to_string_lossy().starts_with("povline-")
        {
            continue;
        }
        if kind.is_dir() {
            gather(&path, files)?;
        } else if kind.is_file() && is_text(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_text(path: &Path) -> bool {
    path.extension()
        .is_none_or(|ending| TEXT.iter().any(|text| ending == *text))
}

/// What is wrong with one file, whose path is told from the root.
fn in_file(path: &Path, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for machine in MACHINE_PATHS {
            if line.contains(machine) {
                faults.push(at(
                    path,
                    number,
                    &format!("{machine}… exists on one machine only"),
                ));
            }
        }
    }
    if path.extension().is_none_or(|ending| ending != "rs") {
        return faults;
    }
    for (number, line) in text.lines().enumerate() {
        for (mark, remedy) in UNFINISHED {
            if line.contains(mark) {
                faults.push(at(path, number, &format!("`{mark}`: {remedy}")));
            }
        }
    }
    let lines = text.lines().count();
    if lines > LINES_MAX {
        faults.push(format!(
            "{}: {lines} lines, and {LINES_MAX} are the most: one file, one subject",
            path.display()
        ));
    }
    let is_source = path.components().any(|part| part.as_os_str() == "src");
    if is_source && !text.starts_with("//!") {
        faults.push(format!(
            "{}: begins without `//!`: say what the module is for",
            path.display()
        ));
    }
    faults
}

fn at(path: &Path, line_index: usize, fault: &str) -> String {
    format!("{}:{}: {fault}", path.display(), line_index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str) -> usize {
        in_file(Path::new(path), text).len()
    }

    #[test]
    fn each_rule_bites() {
        assert_eq!(check("crates/a/src/lib.rs", "//! What it is.\n"), 0);
        assert_eq!(check("crates/a/src/lib.rs", "fn a() {}\n"), 1);
        assert_eq!(check("crates/a/tests/it/main.rs", "fn a() {}\n"), 0);
        for (mark, _) in UNFINISHED {
            let text = format!("//! What it is.\n{mark}\n");
            assert_eq!(check("crates/a/src/lib.rs", &text), 1, "{mark}");
            assert_eq!(check("README.md", &text), 0, "{mark}");
        }
        for machine in MACHINE_PATHS {
            assert_eq!(
                check("README.md", &format!("see {machine}x")),
                1,
                "{machine}"
            );
        }
        let long = "//! What it is.\n".repeat(LINES_MAX);
        assert_eq!(check("crates/a/src/lib.rs", &long), 0);
        let too_long = "//! What it is.\n".repeat(LINES_MAX + 1);
        assert_eq!(check("crates/a/src/lib.rs", &too_long), 1);
    }
}
