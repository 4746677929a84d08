//! `app limit`: how often may be called.

use std::io::Write as _;

use povline_protocol::methods;
use povline_store::book::{CallLimits, CallScope, LimitSetting, Limits};

use super::parse_key;
use crate::args::AppLimitArgs;
use crate::clock::actor;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

pub(super) async fn run<B: Limits>(book: &B, args: &AppLimitArgs) -> CliResult<()> {
    if args.per_second.is_none() && args.per_day.is_none() && args.weight.is_none() {
        return Err(CliError::new(Exit::Usage, "there is nothing to set")
            .remedy("give --per-second, --per-day or --weight"));
    }
    let method = args.method.as_deref().map(known_method).transpose()?;
    let scope = scope(&args.app_key, method)?;
    let actor = actor("app limit");
    if args.per_second.is_some() || args.per_day.is_some() {
        let said = book.call_rules().await.map_err(unreadable)?;
        let said = said.limits.into_iter().find(|(of, _)| *of == scope);
        let said = said.map(|(_, limits)| limits).unwrap_or_default();
        let limits = CallLimits {
            per_second: setting("--per-second", args.per_second.as_deref(), said.per_second)?,
            per_day: setting("--per-day", args.per_day.as_deref(), said.per_day)?,
        };
        book.set_call_limits(&actor, &scope, limits)
            .await
            .map_err(|error| CliError::store("cannot set the limit", &error))?;
        writeln!(
            std::io::stdout(),
            "{}: {} per second 每秒, {} per day 每天",
            told(&scope),
            told_limit(limits.per_second),
            told_limit(limits.per_day)
        )?;
    }
    if let Some(weight) = args.weight {
        let CallScope::Method(method) = &scope else {
            return Err(
                CliError::new(Exit::Usage, "one app has no weights of its own")
                    .remedy("give `*` instead of the app's key, and --method"),
            );
        };
        book.set_method_weight(&actor, method, weight)
            .await
            .map_err(|error| CliError::store("cannot set the weight", &error))?;
        writeln!(
            std::io::stdout(),
            "{method}: a call counts as {weight} 每次调用计为 {weight} 次"
        )?;
    }
    Ok(())
}

fn scope(app_key: &str, method: Option<&str>) -> CliResult<CallScope> {
    let method = method.map(str::to_owned);
    match (app_key, method) {
        ("*", Some(method)) => Ok(CallScope::Method(method)),
        ("*", None) => Err(CliError::new(
            Exit::Usage,
            "all calls of all apps have no limit of their own",
        )
        .remedy("name a --method, or limit each app")),
        (key, Some(method)) => Ok(CallScope::AppMethod(parse_key(key)?, method)),
        (key, None) => Ok(CallScope::App(parse_key(key)?)),
    }
}

fn known_method(name: &str) -> CliResult<&str> {
    match methods::find(name) {
        Some(spec) => Ok(spec.method),
        None => {
            let known: Vec<&str> = methods::ALL.iter().map(|spec| spec.method).collect();
            Err(
                CliError::new(Exit::Usage, format!("there is no method {name:?}"))
                    .remedy(format!("there are {}", known.join(", "))),
            )
        }
    }
}

fn setting(flag: &str, text: Option<&str>, said: LimitSetting) -> CliResult<LimitSetting> {
    match text {
        None => Ok(said),
        Some("none") => Ok(LimitSetting::Unlimited),
        Some("default") => Ok(LimitSetting::Default),
        Some(text) => match text.parse() {
            Ok(calls) if calls > 0 => Ok(LimitSetting::AtMost(calls)),
            _ => Err(
                CliError::new(Exit::Usage, format!("{flag} {text:?} is no limit")).remedy(
                    "give a number of calls from 1 on, `none`, or `default`; to let nothing \
                     through, `povline app disable`",
                ),
            ),
        },
    }
}

fn told(scope: &CallScope) -> String {
    match scope {
        CallScope::App(app) => format!("app {app}"),
        CallScope::AppMethod(app, method) => format!("app {app}, {method}"),
        CallScope::Method(method) => format!("all apps 全部应用, {method}"),
    }
}

fn told_limit(setting: LimitSetting) -> String {
    match setting {
        LimitSetting::Default => "default 默认".to_owned(),
        LimitSetting::Unlimited => "no limit 不限".to_owned(),
        LimitSetting::AtMost(calls) => calls.to_string(),
    }
}

pub(super) fn unreadable(error: povline_store::StoreError) -> CliError {
    CliError::store("cannot read the limits", &error)
}
