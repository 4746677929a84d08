//! `world replay`: a recording as a world.

use std::fs::File;
use std::io::BufReader;

use povline_world::recording::{self, Made};

use super::run::play;
use crate::args::WorldReplayArgs;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// What can be replayed.
const RECORDING: &str =
    "name a file that `povline world record` wrote 指定由povline world record写出的文件";

#[expect(
    clippy::print_stderr,
    reason = "what was made of it goes to standard error"
)]
pub(super) async fn run(args: &WorldReplayArgs) -> CliResult<()> {
    let made = make(args)?;
    let Made {
        calls,
        readings,
        changes,
        left_out,
        ..
    } = &made;
    eprintln!("{calls} calls 次调用, {readings} whole lists 份完整名单, {changes} changes 次变更");
    if *left_out > 0 {
        eprintln!(
            "left out 未用: {left_out} calls of days before the first or 60 days ahead and more"
        );
    }
    match &args.write {
        Some(file) => std::fs::write(file, &made.text).map_err(|error| {
            CliError::new(Exit::Failed, format!("cannot write {}", file.display()))
                .caused_by(&error)
                .remedy("name a file that may be written with --write 用--write指定可写的文件")
        }),
        None => play(&made.scenario, &made.text, &args.play).await,
    }
}

fn make(args: &WorldReplayArgs) -> CliResult<Made> {
    let file = args.recording.display();
    let opened = File::open(&args.recording).map_err(|error| {
        CliError::new(Exit::Failed, format!("cannot read {file}"))
            .caused_by(&error)
            .remedy(RECORDING)
    })?;
    let (begun_at, calls) = recording::read_recording(BufReader::new(opened)).map_err(|error| {
        CliError::new(Exit::Usage, format!("cannot replay {file}"))
            .caused_by(&error)
            .remedy(RECORDING)
    })?;
    let name = args
        .recording
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    recording::scenario(&name, begun_at, &calls).map_err(|error| {
        CliError::new(Exit::Usage, format!("{file} makes no scenario"))
            .caused_by(&error)
            .remedy("record for longer, while a client reads whole lists 延长录制,期间让客户端读完整名单")
    })
}
