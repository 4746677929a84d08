//! Who is compared, and with which versions.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// A client.
pub(super) struct Player {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
}

const LOOPS: &str = include_str!("../../../../../docs/samples/world/compare/loops.py");
const DLT: &str = include_str!("../../../../../docs/samples/world/compare/dlt_rest.py");
const SINGER: &str = include_str!("../../../../../docs/samples/world/compare/singer_tap.py");

/// Every client; the scripts are laid into this directory.
pub(super) fn all(directory: &Path, python: &Path) -> CliResult<Vec<Player>> {
    let fault = |error: &std::io::Error| {
        CliError::new(Exit::Failed, "cannot lay out the clients' scripts").caused_by(error)
    };
    std::fs::create_dir_all(directory).map_err(|error| fault(&error))?;
    let scripts = [
        ("loops.py", LOOPS),
        ("dlt_rest.py", DLT),
        ("singer_tap.py", SINGER),
    ];
    for (name, text) in scripts {
        std::fs::write(directory.join(name), text).map_err(|error| fault(&error))?;
    }
    let ours = std::env::current_exe().map_err(|error| fault(&error))?;
    let script = |name, title, file: &str, arguments: &[&str]| {
        let file = directory.join(file).display().to_string();
        let rest = arguments.iter().map(|argument| (*argument).to_owned());
        Player {
            name,
            title,
            program: python.to_path_buf(),
            arguments: std::iter::once(file).chain(rest).collect(),
        }
    };
    Ok(vec![
        script("naive", "naive loop", "loops.py", &["naive"]),
        script("counted", "count-checked loop", "loops.py", &["counted"]),
        script("backward", "last page first", "loops.py", &["backward"]),
        script("twice", "two equal passes", "loops.py", &["twice"]),
        script("dlt", "dlt REST source", "dlt_rest.py", &[]),
        script("singer", "Singer SDK", "singer_tap.py", &[]),
        Player {
            name: "povline",
            title: "Povline's agent",
            program: ours,
            arguments: vec!["world".to_owned(), "agent".to_owned()],
        },
    ])
}

/// The versions of everything that took part.
pub(super) async fn versions(python: &Path) -> Vec<(&'static str, String)> {
    const ASK: &str = "import sys, importlib.metadata as m\n\
        def v(p):\n  try: return m.version(p)\n  except Exception: return 'not installed'\n\
        print(sys.version.split()[0], v('dlt'), v('singer-sdk'), sep='\\n')";
    let output = Command::new(python).arg("-c").arg(ASK).output().await;
    let text = output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).into_owned(),
    );
    let mut lines = text.lines().map(str::to_owned);
    let mut next = || lines.next().unwrap_or_else(|| "not found".to_owned());
    vec![
        ("Povline", env!("CARGO_PKG_VERSION").to_owned()),
        ("Python", next()),
        ("dlt", next()),
        ("singer-sdk", next()),
    ]
}
