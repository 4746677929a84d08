//! `cargo xtask TASK`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task talks to the person who started it"
)]

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask TASK

  test [NAME…]   run every test of the workspace, or those whose names contain a NAME
  bench [NAME…]  what things cost beside their anchors, all or those whose names begin so;
                 --rounds N (5 or more) and --seconds N for each round; fails if a figure
                 misses what is due of it, unless --no-judge is given
  browser [NAME…] run the browser tests alone, or those whose paths contain a NAME
  tidy           check the walls and the house rules that no compiler knows

Example: cargo xtask test signature";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next().unwrap_or_default();
    let names: Vec<String> = arguments.collect();
    if names.iter().any(|name| name == "--help" || name == "-h") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let done = match task.as_str() {
        "test" => xtask::test::run(&names),
        "browser" => xtask::browser::alone(&names),
        "bench" => xtask::bench::run(&names),
        "tidy" => xtask::tidy::run(),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        other => {
            eprintln!("there is no task {other:?}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask {task} failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}
