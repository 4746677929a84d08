//! `user`: who may sign in to the portal.

use std::io::{IsTerminal as _, Write as _};

use povline_console::{PASSWORD_CHARS, hash_password};
use povline_store::StoreError;
use povline_store::book::{
    Book, BookKind, Limits, NewUser, PasswordHash, Role, Sandbox, UserName, Users,
};

use crate::args::{UserAddArgs, UserCommand, UserListArgs, UserNameArgs};
use crate::clock::actor;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, RowWriter};
use crate::{random, sandbox};

/// Does what the command says to the portal's users.
pub(crate) async fn run<B: Book + Limits + Sandbox + Users>(
    book: &B,
    command: &UserCommand,
) -> CliResult<()> {
    match command {
        UserCommand::Add(args) => add(book, args).await,
        UserCommand::List(args) => list(book, args).await,
        UserCommand::Password(args) => password(book, args).await,
        UserCommand::Remove(args) => remove(book, args).await,
    }
}

async fn add<B: Book + Limits + Sandbox + Users>(book: &B, args: &UserAddArgs) -> CliResult<()> {
    let name = parse_name(&args.name)?;
    let password = ask_password()?;
    let actor = actor("user add");
    let isv = match &args.isv {
        None => None,
        Some(isv) => {
            let isv = book
                .ensure_isv(&actor, isv)
                .await
                .map_err(|error| CliError::store("cannot make the ISV", &error))?;
            let kind = book.kind().await.map_err(|error| failed(&error))?;
            if kind == BookKind::Sandbox {
                // Its apps come later, and must find something to read.
                sandbox::furnish(book, isv).await?;
            }
            Some(isv)
        }
    };
    let user = NewUser {
        name: name.clone(),
        isv,
        password,
    };
    book.add_user(&actor, user)
        .await
        .map_err(|error| failed(&error))?;
    writeln!(std::io::stdout(), "user {name} may sign in 已创建账号")?;
    Ok(())
}

const COLUMNS: &[Column] = &[
    Column::new("name", "Name 账号"),
    Column::new("role", "Role 角色"),
    Column::new("isv", "ISV 服务商"),
    Column::new("created_at", "Made 创建时间"),
];

async fn list<B: Users>(book: &B, args: &UserListArgs) -> CliResult<()> {
    let users = book.users().await.map_err(|error| failed(&error))?;
    let mut rows = RowWriter::new(std::io::stdout().lock(), args.output.format, COLUMNS);
    for user in users {
        let (role, isv) = match user.role {
            Role::Operator => ("operator", Cell::Absent),
            Role::Isv { name, .. } => ("isv", Cell::text(name)),
        };
        rows.row(&[
            Cell::text(user.name.as_str()),
            Cell::text(role),
            isv,
            Cell::text(user.created_at.to_string()),
        ])?;
    }
    rows.finish()?;
    Ok(())
}

async fn password<B: Users>(book: &B, args: &UserNameArgs) -> CliResult<()> {
    let name = parse_name(&args.name)?;
    let known = book
        .password_of(&name)
        .await
        .map_err(|error| failed(&error))?;
    if known.is_none() {
        return Err(
            CliError::new(Exit::Failed, format!("there is no user {name}"))
                .remedy("`povline user list` tells every user"),
        );
    }
    let password = ask_password()?;
    book.set_password(&actor("user password"), &name, password)
        .await
        .map_err(|error| failed(&error))?;
    writeln!(
        std::io::stdout(),
        "user {name} has another password and must sign in again 密码已修改"
    )?;
    Ok(())
}

async fn remove<B: Users>(book: &B, args: &UserNameArgs) -> CliResult<()> {
    let name = parse_name(&args.name)?;
    book.remove_user(&actor("user remove"), &name)
        .await
        .map_err(|error| failed(&error))?;
    writeln!(std::io::stdout(), "user {name} is gone 已删除账号")?;
    Ok(())
}

fn failed(error: &StoreError) -> CliError {
    CliError::store("cannot change the users", error)
}

fn parse_name(text: &str) -> CliResult<UserName> {
    UserName::new(text).map_err(|error| {
        CliError::new(Exit::Usage, format!("{text:?} cannot be a user")).caused_by(&error)
    })
}

/// Asks for a password, twice at a terminal and otherwise for one line; it never stands in the
/// command line, where others see it.
fn ask_password() -> CliResult<PasswordHash> {
    let unreadable = |error: &std::io::Error| {
        CliError::new(Exit::Failed, "cannot read the password").caused_by(error)
    };
    let password = if std::io::stdin().is_terminal() {
        let terminal = console::Term::stderr();
        let ask = |what: &str| {
            let asked = terminal.write_str(what);
            let read = asked.and_then(|()| terminal.read_secure_line());
            read.map_err(|error| unreadable(&error))
        };
        let password = ask("Password 密码: ")?;
        if ask("Again 再次输入: ")? != password {
            return Err(CliError::new(
                Exit::Usage,
                "the password was typed in two ways",
            ));
        }
        password
    } else {
        let mut line = String::new();
        std::io::stdin()
            .read_line(&mut line)
            .map_err(|error| unreadable(&error))?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    hash_password(&password, random::bytes()?).map_err(|error| {
        CliError::new(Exit::Usage, "that is no password")
            .caused_by(&error)
            .remedy(format!(
                "take one of {} to {} characters, such as some words that nobody puts together",
                PASSWORD_CHARS.start(),
                PASSWORD_CHARS.end()
            ))
    })
}
