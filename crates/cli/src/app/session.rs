//! `app session`: sessions, for the methods that ask for one.

use std::io::Write as _;

use povline_domain::Clock as _;
use povline_store::book::{Limits, SessionDigest};

use super::parse_key;
use crate::args::{AppSessionCommand, SessionCreateArgs, SessionListArgs, SessionRevokeArgs};
use crate::clock::{SystemClock, actor};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, Format, RowWriter};
use crate::random;

const DAY_MILLIS: i64 = 86_400_000;

pub(super) async fn run<B: Limits>(book: &B, command: &AppSessionCommand) -> CliResult<()> {
    match command {
        AppSessionCommand::Create(args) => create(book, args).await,
        AppSessionCommand::List(args) => list(book, args).await,
        AppSessionCommand::Revoke(args) => revoke(book, args).await,
    }
}

const CREATED: &[Column] = &[
    Column::new("app_key", "App key"),
    Column::new("session", "Session (shown once 仅显示一次)"),
    Column::new("name", "Name 标识"),
    Column::new("expires_at", "Good until 有效期至"),
];

async fn create<B: Limits>(book: &B, args: &SessionCreateArgs) -> CliResult<()> {
    let key = parse_key(&args.app_key)?;
    // As long as the platform's own: 256 bits in 64 digits behind a mark.
    let bytes = random::bytes::<32>()?;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let session = format!("61{digits}");
    let actor = actor("app session create");
    let expires_at = actor.at.plus_millis(i64::from(args.days) * DAY_MILLIS);
    let digest = SessionDigest::of(&session);
    book.add_session(&actor, &key, digest.clone(), expires_at)
        .await
        .map_err(|error| CliError::store("cannot add the session", &error))?;
    let mut out = std::io::stdout().lock();
    let expires_at = expires_at.to_string();
    if args.output.format == Format::Json {
        let document = serde_json::json!({
            "app_key": key.as_str(),
            "session": session,
            "name": digest.short(),
            "expires_at": expires_at,
        });
        writeln!(out, "{document}")?;
        return Ok(());
    }
    let mut rows = RowWriter::new(&mut out, args.output.format, CREATED);
    rows.row(&[
        Cell::text(key.as_str()),
        Cell::text(session),
        Cell::text(digest.short()),
        Cell::text(expires_at),
    ])?;
    rows.finish()?;
    Ok(())
}

const LISTED: &[Column] = &[
    Column::new("name", "Name 标识"),
    Column::new("created_at", "Made 创建时间"),
    Column::new("expires_at", "Good until 有效期至"),
    Column::new("status", "Status 状态"),
];

async fn list<B: Limits>(book: &B, args: &SessionListArgs) -> CliResult<()> {
    let key = parse_key(&args.app_key)?;
    let rules = book
        .call_rules()
        .await
        .map_err(|error| CliError::store("cannot read the sessions", &error))?;
    let now = SystemClock.now();
    let mut rows = RowWriter::new(std::io::stdout().lock(), args.output.format, LISTED);
    for session in rules.sessions.iter().filter(|session| session.app == key) {
        rows.row(&[
            Cell::text(session.digest.short()),
            Cell::text(session.created_at.to_string()),
            Cell::text(session.expires_at.to_string()),
            Cell::text(if now < session.expires_at {
                "good"
            } else {
                "over"
            }),
        ])?;
    }
    rows.finish()?;
    Ok(())
}

async fn revoke<B: Limits>(book: &B, args: &SessionRevokeArgs) -> CliResult<()> {
    let key = parse_key(&args.app_key)?;
    let begin = args.session.as_deref().unwrap_or_default();
    let is_name =
        begin.len() >= SessionDigest::SHORT && begin.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !args.all && !is_name {
        return Err(CliError::new(Exit::Usage, "that is no session's name")
            .remedy("`povline app session list` tells the names; --all revokes every one"));
    }
    let revoked = book
        .revoke_sessions(&actor("app session revoke"), &key, begin)
        .await
        .map_err(|error| CliError::store("cannot revoke the session", &error))?;
    if revoked == 0 && !args.all {
        return Err(
            CliError::new(Exit::Failed, format!("app {key} has no session {begin}"))
                .remedy("`povline app session list` tells its sessions"),
        );
    }
    writeln!(
        std::io::stdout(),
        "app {key}: {revoked} revoked 已收回会话 {revoked} 个"
    )?;
    Ok(())
}
