//! `app`: makes and manages the apps that may call.

mod allow;
mod keys;
mod limit;
mod list;
mod session;
mod show;

use std::io::Write as _;

use povline_domain::AppKey;
use povline_store::StoreErrorKind;
use povline_store::book::{
    Actor, AppStatus, Book, BookKind, Grant, Limits, NewApp, Register, Sandbox, SecretText,
};

use crate::args::{AppCommand, AppCreateArgs, AppGrantArgs, AppRotateArgs};
use crate::clock::actor;
use crate::config::{RawConfig, limit_defaults};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, Format, RowWriter};
use crate::sandbox;

/// How often another key is drawn if one is taken.
const KEYS_TRIED_MAX: usize = 16;

/// Does what the command says to the book's apps. The settings tell the limits where the book says
/// nothing.
pub(crate) async fn run<B: Book + Limits + Register + Sandbox>(
    book: &B,
    command: &AppCommand,
    raw: &RawConfig,
) -> CliResult<()> {
    let kind = book.kind().await.map_err(limit::unreadable)?;
    let defaults = limit_defaults(raw, kind == BookKind::Sandbox)?;
    match command {
        AppCommand::Create(args) => create(book, args).await,
        AppCommand::List(args) => list::run(book, args.output.format, defaults).await,
        AppCommand::Rotate(args) => rotate(book, args).await,
        AppCommand::Disable(args) => set_status(book, &args.app_key, AppStatus::Disabled).await,
        AppCommand::Enable(args) => set_status(book, &args.app_key, AppStatus::Enabled).await,
        AppCommand::Grant(args) => grant(book, args).await,
        AppCommand::Revoke(args) => revoke(book, args).await,
        AppCommand::Show(args) => show::run(book, args, defaults).await,
        AppCommand::Limit(args) => limit::run(book, args).await,
        AppCommand::Allow(args) => allow::run(book, args).await,
        AppCommand::Session(args) => session::run(book, &args.command).await,
    }
}

async fn create<B: Book + Limits + Register + Sandbox>(
    book: &B,
    args: &AppCreateArgs,
) -> CliResult<()> {
    let grants = parse_grants(&args.grant)?;
    let actor = actor("app create");
    let isv = book
        .ensure_isv(&actor, &args.isv)
        .await
        .map_err(|error| CliError::store("cannot make the ISV", &error))?;
    let kind = book.kind().await.map_err(limit::unreadable)?;
    if kind == BookKind::Sandbox {
        sandbox::furnish(book, isv).await?;
    }
    let (key, secret) = make(book, &actor, isv, &args.name).await?;
    for one in &grants {
        allow(book, &actor, &key, one, args.write).await?;
    }
    tell_secret(&key, &secret, args.output.format)
}

/// Makes an app with a key and a secret that nobody has yet.
pub(crate) async fn make<B: Book + Limits>(
    book: &B,
    actor: &Actor,
    isv: povline_domain::IsvId,
    name: &str,
) -> CliResult<(AppKey, SecretText)> {
    let kind = book.kind().await.map_err(limit::unreadable)?;
    let mut tried = 0;
    loop {
        let (key, secret) = (keys::app_key(kind)?, keys::secret(kind)?);
        let app = NewApp {
            key: key.clone(),
            isv,
            name: name.to_owned(),
            secret: secret.clone(),
        };
        match book.create_app(actor, app).await {
            Ok(()) => return Ok((key, secret)),
            Err(error) if error.kind() == StoreErrorKind::Refused && tried < KEYS_TRIED_MAX => {
                tried += 1;
            }
            Err(error) => return Err(CliError::store("cannot make the app", &error)),
        }
    }
}

async fn rotate<B: Book + Limits>(book: &B, args: &AppRotateArgs) -> CliResult<()> {
    let key = parse_key(&args.app_key)?;
    let kind = book.kind().await.map_err(limit::unreadable)?;
    let secret = keys::secret(kind)?;
    book.rotate_secret(&actor("app rotate"), &key, secret.clone(), args.retire_old)
        .await
        .map_err(|error| CliError::store("cannot rotate the secret", &error))?;
    tell_secret(&key, &secret, args.output.format)
}

async fn set_status<B: Book>(book: &B, key: &str, status: AppStatus) -> CliResult<()> {
    let key = parse_key(key)?;
    let (command, done) = match status {
        AppStatus::Enabled => ("app enable", "may call 已启用"),
        AppStatus::Disabled => ("app disable", "may not call any more 已停用"),
    };
    book.set_app_status(&actor(command), &key, status)
        .await
        .map_err(|error| CliError::store("cannot change the app", &error))?;
    writeln!(std::io::stdout(), "app {key} {done}")?;
    Ok(())
}

async fn grant<B: Book + Register>(book: &B, args: &AppGrantArgs) -> CliResult<()> {
    let key = parse_key(&args.app_key)?;
    let actor = actor("app grant");
    let told = match args.write {
        true => "may read and write 已授权读写",
        false => "may read 已授权",
    };
    for one in parse_grants(&args.grants)? {
        allow(book, &actor, &key, &one, args.write).await?;
        writeln!(std::io::stdout(), "app {key} {told}: {one}")?;
    }
    Ok(())
}

async fn allow<B: Book + Register>(
    book: &B,
    actor: &Actor,
    key: &AppKey,
    grant: &Grant,
    write: bool,
) -> CliResult<()> {
    let allowed = match write {
        true => book.grant_writing(actor, key, grant).await,
        false => book.grant(actor, key, grant).await,
    };
    allowed.map_err(|error| CliError::store(format!("cannot grant {grant}"), &error))
}

async fn revoke<B: Book + Register>(book: &B, args: &AppGrantArgs) -> CliResult<()> {
    let key = parse_key(&args.app_key)?;
    let actor = actor("app revoke");
    for one in kept_grants(&args.grants)? {
        let had = match args.write {
            true => book.revoke_writing(&actor, &key, &one).await,
            false => book.revoke(&actor, &key, &one).await,
        };
        let had = had.map_err(|error| CliError::store(format!("cannot revoke {one}"), &error))?;
        let told = match (had, args.write) {
            (true, true) => "may only read from now on 写授权已收回",
            (true, false) => "may not read any more 已收回",
            (false, _) => "had no such grant 本无此授权",
        };
        writeln!(std::io::stdout(), "app {key} {told}: {one}")?;
    }
    Ok(())
}

const SECRET_COLUMNS: &[Column] = &[
    Column::new("app_key", "App key"),
    Column::new("secret", "Secret (shown once 仅显示一次)"),
];

fn tell_secret(key: &AppKey, secret: &SecretText, format: Format) -> CliResult<()> {
    let mut out = std::io::stdout().lock();
    if format == Format::Json {
        let document = serde_json::json!({ "app_key": key.as_str(), "secret": secret.0 });
        writeln!(out, "{document}")?;
        return Ok(());
    }
    let mut rows = RowWriter::new(&mut out, format, SECRET_COLUMNS);
    rows.row(&[Cell::text(key.as_str()), Cell::text(&secret.0)])?;
    rows.finish()?;
    Ok(())
}

fn parse_key(text: &str) -> CliResult<AppKey> {
    AppKey::new(text).map_err(|error| {
        CliError::new(Exit::Usage, "that is no app key")
            .caused_by(&error)
            .remedy("`povline app list` tells every app's key")
    })
}

fn parse_grants(texts: &[String]) -> CliResult<Vec<Grant>> {
    let parse = |text: &String| Grant::parse(text).map_err(|error| no_grant(text, &error));
    texts.iter().map(parse).collect()
}

/// What is to be taken back may be written as it was taken once.
fn kept_grants(texts: &[String]) -> CliResult<Vec<Grant>> {
    let parse = |text: &String| Grant::parse_kept(text).map_err(|error| no_grant(text, &error));
    texts.iter().map(parse).collect()
}

fn no_grant(text: &str, error: &(dyn std::error::Error + 'static)) -> CliError {
    CliError::new(Exit::Usage, format!("{text:?} grants nothing"))
        .caused_by(error)
        .remedy("write a clinic's code (00001), the beginning of codes (31*), or *")
}
