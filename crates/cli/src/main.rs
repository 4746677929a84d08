//! The `povline` binary: where everything is put together.
//!
//! The only crate that reads the environment, files of settings and the clock. It holds commands,
//! configuration, output, progress and exit codes, and no rule of the field.

mod agent_admin;
mod app;
mod args;
mod asked;
mod audit;
mod by_hand;
mod call;
mod call_error;
mod certificate;
mod clinic;
mod clock;
mod config;
mod delivery;
mod demo;
mod doctor;
mod error;
mod events;
mod exit;
mod explain;
mod explain_signature;
mod held;
mod import;
mod live;
mod log;
mod output;
mod plan;
mod portal;
mod progress;
mod pull;
mod quarantine;
mod random;
mod reconcile;
mod sandbox;
mod schedule;
mod serve;
mod shutdown;
mod status;
mod stores;
mod sync;
mod telemetry;
mod unknown_fields;
mod user;
mod world;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{AppCommand, Cli, Command, EventsCommand, UserCommand};
use crate::config::{CallerConfig, PlanLook, RawConfig, ServeConfig, SyncConfig, platform_data};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// Rows are many small pieces of text that come and go by the hundred thousand, which is what this
/// allocator is made for. See docs/performance.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[expect(clippy::print_stderr, reason = "errors go to standard error")]
fn main() -> ExitCode {
    // clap tells faults of the command line itself, and ends with 2 as `Exit::Usage` does.
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => Exit::Done.into(),
        Err(error) => {
            eprint!("{}", error.report(output::colour_on_stderr()));
            error.exit().into()
        }
    }
}

fn run(cli: &Cli) -> CliResult<()> {
    telemetry::start(cli.log.as_deref(), &cli.command)?;
    let layered = |flags| RawConfig::layered(flags, &environment, cli.config.as_deref());
    match &cli.command {
        Command::App(args) => {
            let raw = layered(args.command.raw())?;
            let data = platform_data(&raw)?;
            let book = match &args.command {
                AppCommand::Create(_) => stores::any_book(&data)?,
                _ => stores::present_book(&data)?,
            };
            runtime(None)?.block_on(app::run(&book, &args.command, &raw))
        }
        Command::User(args) => {
            let data = platform_data(&layered(args.command.raw())?)?;
            let book = match &args.command {
                UserCommand::Add(_) => stores::any_book(&data)?,
                _ => stores::present_book(&data)?,
            };
            runtime(None)?.block_on(user::run(&book, &args.command))
        }
        Command::Audit(args) => {
            let data = platform_data(&layered(args.command.raw())?)?;
            runtime(None)?.block_on(audit::run(&stores::present_book(&data)?, &args.command))
        }
        Command::Log(args) => {
            let data = platform_data(&layered(args.data.raw())?)?;
            runtime(None)?.block_on(log::run(&stores::present_journal(&data)?, args))
        }
        Command::ExplainSignature(args) => {
            let admin = config::admin_address(&layered(args.raw())?)?;
            runtime(None)?.block_on(explain_signature::run(admin, args))
        }
        Command::Schedule(args) => {
            let data = platform_data(&layered(args.command.raw())?)?;
            runtime(None)?.block_on(schedule::run(&stores::present_book(&data)?, &args.command))
        }
        Command::Import(args) => {
            let data = platform_data(&layered(args.data.raw())?)?;
            runtime(None)?.block_on(import::run(&stores::any_book(&data)?, args))
        }
        Command::Status(args) => {
            let data = config::ledger_data(&layered(args.ledger.raw())?)?;
            let ledger = stores::present_ledger(&data)?;
            let format = args.output.format;
            runtime(None)?.block_on(async {
                if !args.sinks {
                    status::run(&ledger, args).await?;
                }
                match args.alarms {
                    true => Ok(()),
                    false => delivery::status(&ledger, format, args.sinks).await,
                }
            })
        }
        Command::Doctor(args) => {
            let config = SyncConfig::check(&layered(args.raw())?)?;
            runtime(None)?.block_on(doctor::run(&config, args))
        }
        Command::Listen(args) => {
            let data = config::ledger_data(&layered(args.ledger.raw())?)?;
            let ledger = stores::present_ledger(&data)?;
            runtime(None)?.block_on(delivery::listen(&ledger, args))
        }
        Command::Events(args) => {
            if let Some(EventsCommand::Verify(args)) = &args.command {
                return delivery::verify(args);
            }
            let data = config::ledger_data(&layered(args.raw())?)?;
            let ledger = stores::present_ledger(&data)?;
            runtime(None)?.block_on(events::run(&ledger, args))
        }
        Command::Held(args) => {
            let data = config::ledger_data(&layered(args.raw())?)?;
            let ledger = stores::present_ledger(&data)?;
            runtime(None)?.block_on(held::run(&ledger, args))
        }
        Command::Reconcile(args) => {
            let povs = args.povs()?;
            let config = SyncConfig::check(&args.asking(layered(args.raw())?))?.only(&povs)?;
            // Who only compares disturbs no agent at its work.
            let _lock = match args.repair {
                true => Some(stores::AgentLock::take(&config.data)?),
                false => None,
            };
            let ledger = stores::present_ledger(&config.data)?;
            runtime(None)?.block_on(reconcile::run(ledger, &config, args))
        }
        Command::Quarantine(args) => {
            let data = config::ledger_data(&layered(args.raw())?)?;
            let ledger = stores::present_ledger(&data)?;
            runtime(None)?.block_on(quarantine::run(&ledger, args))
        }
        Command::Serve(args) => {
            let config = ServeConfig::check(&layered(args.raw())?, args.sandbox)?;
            let book = match config.sandbox {
                true => stores::sandbox_book(&config.data)?,
                false => stores::book(&config.data)?,
            };
            let journal = config
                .log
                .map(|limits| stores::journal(&config.data, limits))
                .transpose()?;
            runtime(config.workers)?.block_on(serve::run(book, journal, &config))
        }
        Command::Call(args) => {
            let config = CallerConfig::check(&layered(args.raw())?)?;
            runtime(None)?.block_on(call::run(&config, args))
        }
        Command::Pull(args) if args.from_ledger => {
            let data = config::ledger_data(&layered(args.ledger.raw())?)?;
            let ledger = stores::present_ledger(&data)?;
            runtime(None)?.block_on(pull::run_from_ledger(&ledger, args))
        }
        Command::Explain(args) => {
            let data = config::ledger_data(&layered(args.ledger.raw())?)?;
            let ledger = stores::present_ledger(&data)?;
            runtime(None)?.block_on(explain::run(&ledger, args))
        }
        Command::Pull(args) => {
            let raw = layered(args.raw())?;
            let config = CallerConfig::check(&raw)?;
            let budget = pull::Budget::of(&raw, &config, args)?;
            runtime(None)?.block_on(pull::run(&config, budget, args))
        }
        Command::Sync(args) => {
            let config = SyncConfig::check(&layered(args.raw())?)?;
            sync::refuse_what_cannot_be_kept(&config)?;
            let _lock = stores::AgentLock::take(&config.data)?;
            let ledger = stores::ledger(&config.data)?;
            runtime(None)?.block_on(sync::run(ledger, &config, args.once))
        }
        Command::Clinic(args) => {
            let data = config::ledger_data(&layered(args.command.raw())?)?;
            let ledger = stores::present_ledger(&data)?;
            runtime(None)?.block_on(clinic::run(&ledger, &args.command))
        }
        Command::Plan(args) => match &args.what_if {
            Some(what_if) => plan::what_if(what_if, args),
            None => {
                let raw = layered(args.raw())?;
                let looks = PlanLook::check_all(&raw)?;
                let ledger = stores::present_ledger(&config::ledger_data(&raw)?)?;
                runtime(None)?.block_on(plan::run(&ledger, &looks, args))
            }
        },
        Command::Portal(args) => portal::run(&args.command),
        Command::World(args) => runtime(None)?.block_on(world::run(&args.command)),
        Command::Demo(args) => runtime(None)?.block_on(demo::run(args)),
    }
}

/// The environment, which only this crate reads.
fn environment(variable: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the composition root's environment"
    )]
    std::env::var(variable).ok()
}

fn runtime(workers: Option<usize>) -> CliResult<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(workers) = workers {
        builder.worker_threads(workers);
    }
    builder
        .enable_all()
        .build()
        .map_err(|error| CliError::new(Exit::Failed, "cannot start threads").caused_by(&error))
}
