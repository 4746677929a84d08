//! `app allow`: whence an app may call.

use std::io::Write as _;

use povline_store::book::{AddressRange, Limits};

use super::parse_key;
use crate::args::AppAllowArgs;
use crate::clock::actor;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

pub(super) async fn run<B: Limits>(book: &B, args: &AppAllowArgs) -> CliResult<()> {
    let key = parse_key(&args.app_key)?;
    let parse = |text: &String| {
        text.parse::<AddressRange>().map_err(|error| {
            CliError::new(Exit::Usage, format!("{text:?} {error}"))
                .remedy("give addresses (203.0.113.7) and networks (10.232.0.0/16)")
        })
    };
    let ranges: Vec<AddressRange> = args.ranges.iter().map(parse).collect::<CliResult<_>>()?;
    book.set_allowed(&actor("app allow"), &key, &ranges)
        .await
        .map_err(|error| CliError::store("cannot set whence the app may call", &error))?;
    let mut out = std::io::stdout();
    if ranges.is_empty() {
        writeln!(out, "app {key} may call from anywhere 不限来源地址")?;
    } else {
        let ranges: Vec<String> = ranges.iter().map(ToString::to_string).collect();
        writeln!(
            out,
            "app {key} may call from 允许的来源地址: {}",
            ranges.join(" ")
        )?;
    }
    Ok(())
}
