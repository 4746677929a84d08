//! Calls that a person makes by a command, perhaps beside an agent at its work: out of the same day's
//! budget, which the agent's ledger counts, and of that part of it which is kept for what people
//! ask for.

use povline_domain::{AppKey, Clock as _, Day, OutPovId};
use povline_store::ledger::Ledger;
use povline_sync::Limits;
use povline_sync::pace::{DEMANDS_PERCENT, Purpose};

use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::progress::grouped;

/// Of the calls of a second, one in so many is a command's while an agent is at work, which knows
/// nothing of it and keeps the limit by itself.
const BESIDE_AN_AGENT: u32 = 10;

/// What the calls are for.
pub(crate) fn purpose(beyond_reserve: bool) -> Purpose {
    Purpose::ByHand { beyond_reserve }
}

/// The limits of a command of an app: of the calls of a second a part, which is told, if it is made
/// beside an agent.
#[expect(
    clippy::print_stderr,
    reason = "why it takes its time goes to standard error"
)]
pub(crate) fn limits(of_app: Limits, beside_an_agent: bool) -> Limits {
    let Some(of_agent) = of_app.calls_per_second.filter(|_| beside_an_agent) else {
        return of_app;
    };
    let calls = (of_agent / BESIDE_AN_AGENT).max(1);
    eprintln!(
        "an agent is at work here: at most {} calls a second 代理运行中,每秒至多 {} 次调用",
        grouped(calls.into()),
        grouped(calls.into()),
    );
    Limits {
        calls_per_second: Some(calls),
        ..of_app
    }
}

/// Tells in how many calls a day an app's are counted, where nobody has said it: an agent that was
/// told otherwise by a flag of its own has another day.
#[expect(
    clippy::print_stderr,
    reason = "what was assumed goes to standard error"
)]
pub(crate) fn tell_assumed_day(app: &AppKey, calls_per_day: u64) {
    let calls = grouped(calls_per_day);
    eprintln!(
        "app {app}: counted in {calls} calls a day, which nobody has set; if `sync` has another number, \
         give --calls-per-day 每日调用按默认 {calls} 次计,若 sync 另有设定请给出 --calls-per-day"
    );
}

/// Refuses to begin with lists that take more calls than are left for them, with the sum.
pub(crate) async fn refuse_what_is_too_much<L: Ledger>(
    ledger: &L,
    app: &AppKey,
    limits: Limits,
    asked: Purpose,
    lists: impl Iterator<Item = (&OutPovId, Day)>,
) -> CliResult<()> {
    let failed = |error| CliError::store("cannot read the ledger", &error);
    let taken = ledger.calls_taken(app, Day::at(SystemClock.now())).await;
    let taken = taken.map_err(failed)?;
    let Some((of_day, left)) = limits.calls_per_day.zip(limits.left(asked, taken)) else {
        return Ok(());
    };
    let (mut wanted, mut count) = (0_u64, 0_u64);
    for (pov, day) in lists {
        // As many as its last reading took; one, if there was none.
        let windows = ledger.standing_windows(pov, day).await.map_err(failed)?;
        wanted += windows.map_or(1, |windows| windows.len().max(1) as u64);
        count += 1;
    }
    if wanted <= left {
        return Ok(());
    }
    let by_hand = limits.calls_per_day(purpose(false));
    let what = format!(
        "{} lists take {} calls, and {} are left for them today 今日余下调用不足:\n    \
         calls of a day 每日调用: {}, of which {} were taken 已用\n    \
         kept for reading by hand 手工预留: {} ({DEMANDS_PERCENT} %), of which {} were taken 已用",
        grouped(count),
        grouped(wanted),
        grouped(left),
        grouped(of_day),
        grouped(taken.all()),
        grouped(by_hand.unwrap_or_default()),
        grouped(taken.by_hand),
    );
    let beyond = limits.left(purpose(true), taken).unwrap_or_default();
    let remedy = if asked == purpose(false) && wanted <= beyond {
        format!(
            "ask for fewer clinics or days, wait for midnight in Shanghai, or add --beyond-reserve: \
             {} calls of the day are left, which polls and confirming scans will miss",
            grouped(beyond)
        )
    } else {
        "ask for fewer clinics or days, or wait for midnight in Shanghai".to_owned()
    };
    Err(CliError::new(Exit::Usage, what).remedy(remedy))
}
