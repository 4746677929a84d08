//! `held`: losses that wait for a person, and what the person says.

use povline_domain::{Clock as _, Day, OutPovId, UnixMillis};
use povline_store::ledger::{HeldPlace, HoldAnswer, HoldDecision, HoldMark, HoldScope, Ledger};

use crate::args::{HeldArgs, HeldCommand, HeldDecisionArgs};
use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, Format, RowWriter};

/// How many decisions are told.
const DECISIONS_MAX: usize = 10_000;

const COLUMNS: &[Column] = &[
    Column::new("out_pov_id", "POV 接种点"),
    Column::new("day", "Day 日期"),
    Column::new("state", "State 状态"),
    Column::new("lost", "Lost 消失"),
    Column::new("known", "Of 原有"),
    Column::new("held_at", "Held since 暂停于"),
    Column::new("waits_since", "Waits since 待决自"),
    Column::new("mark", "Mark 标记"),
];

const DECISION_COLUMNS: &[Column] = &[
    Column::new("out_pov_id", "POV 接种点"),
    Column::new("day", "Day 日期"),
    Column::new("decision", "Decision 决定"),
    Column::new("decided_by", "By 决定人"),
    Column::new("decided_at", "At 时间"),
    Column::new("lost", "Lost 消失"),
    Column::new("known", "Of 原有"),
];

/// Lists what is held, or takes down a decision.
pub(crate) async fn run<L: Ledger>(ledger: &L, args: &HeldArgs) -> CliResult<()> {
    match &args.command {
        None => list(ledger, args.output.format).await,
        Some(HeldCommand::Accept(args)) => decide(ledger, args, true).await,
        Some(HeldCommand::Reject(args)) => decide(ledger, args, false).await,
        Some(HeldCommand::Decisions(args)) => decisions(ledger, args.output.format).await,
    }
}

async fn list<L: Ledger>(ledger: &L, format: Format) -> CliResult<()> {
    let holds = ledger.holds().await.map_err(unreadable)?;
    let mut rows = RowWriter::new(std::io::stdout().lock(), format, COLUMNS);
    for HeldPlace { scope, hold, mark } in &holds {
        let state = match (hold.rejected_at, hold.persists_since, format) {
            (Some(_), _, Format::Table) => "rejected 已驳回",
            (Some(_), ..) => "rejected",
            (None, Some(_), Format::Table) => "waits for a person 待人工决定",
            (None, Some(_), _) => "waiting",
            (None, None, Format::Table) => "being read again 重读中",
            (None, None, _) => "rereading",
        };
        let [pov, day] = place(scope);
        rows.row(&[
            pov,
            day,
            Cell::text(state),
            Cell::count(hold.lost),
            Cell::count(hold.known),
            instant(Some(hold.held_at)),
            instant(hold.persists_since),
            Cell::text(mark.to_string()),
        ])?;
    }
    rows.finish()?;
    Ok(())
}

async fn decisions<L: Ledger>(ledger: &L, format: Format) -> CliResult<()> {
    let decisions = ledger.hold_decisions(DECISIONS_MAX).await;
    let mut rows = RowWriter::new(std::io::stdout().lock(), format, DECISION_COLUMNS);
    for decided in decisions.map_err(unreadable)? {
        let [pov, day] = place(&decided.scope);
        rows.row(&[
            pov,
            day,
            Cell::text(match decided.decision.accepted {
                true => "accepted",
                false => "rejected",
            }),
            Cell::text(decided.decision.by),
            instant(Some(decided.decision.at)),
            Cell::count(decided.lost),
            Cell::count(decided.known),
        ])?;
    }
    rows.finish()?;
    Ok(())
}

#[expect(clippy::print_stderr, reason = "what was done goes to standard error")]
async fn decide<L: Ledger>(ledger: &L, args: &HeldDecisionArgs, accepted: bool) -> CliResult<()> {
    let scope = scope(args)?;
    let by = args.by.trim();
    if by.is_empty() {
        return Err(CliError::new(Exit::Usage, "--by: a decision needs a name")
            .remedy("write who decides: --by \"Li Lei\""));
    }
    let shown = args.mark.trim().parse::<HoldMark>().map_err(|error| {
        CliError::new(Exit::Usage, format!("--mark: {:?} {error}", args.mark))
            .remedy("copy it from `povline held`")
    })?;
    let decision = HoldDecision {
        accepted,
        by: by.to_owned(),
        at: SystemClock.now(),
    };
    let decided = ledger.decide_hold(scope.clone(), shown, decision).await;
    let decided = decided.map_err(|error| CliError::store("cannot write the decision", &error))?;
    let hold = match decided {
        HoldAnswer::Decided(hold) => hold,
        HoldAnswer::Changed => {
            let what = format!(
                "the list has changed: other rows of {} are lost than those of this mark \
                 清单已变化",
                name(&scope)
            );
            return Err(CliError::new(Exit::Failed, what)
                .remedy("look again with `povline held`, then decide 请重新查看后再决定"));
        }
        HoldAnswer::NotHeld => {
            let what = format!("nothing is held of {}", name(&scope));
            return Err(CliError::new(Exit::Failed, what)
                .remedy("look with `povline held` at what is held; the rows may be back by now"));
        }
    };
    let (lost, known) = (hold.lost, hold.known);
    match accepted {
        true => eprintln!(
            "accepted 已接受: {lost} of {known} rows; each is told as cancelled once its absence \
             is proved 逐条证实后报告取消"
        ),
        false => eprintln!(
            "rejected 已驳回: {lost} of {known} rows stay in doubt until the server shows them \
             again 保持待确认"
        ),
    }
    Ok(())
}

fn scope(args: &HeldDecisionArgs) -> CliResult<HoldScope> {
    let (Some(pov), Some(day)) = (&args.pov, &args.day) else {
        return Ok(HoldScope::Fleet);
    };
    let pov = OutPovId::new(pov.trim()).map_err(|error| {
        CliError::new(Exit::Usage, format!("POV: {pov:?} is no clinic's code"))
            .caused_by(&error)
            .remedy("write the ISV's code, such as 00001")
    })?;
    let day: Day = day.parse().map_err(|error| {
        CliError::new(Exit::Usage, format!("DAY: {day:?} {error}"))
            .remedy("write a day such as 2026-11-24")
    })?;
    Ok(HoldScope::List(pov, day))
}

/// The POV and the day of a scope; `*` is the fleet.
fn place(scope: &HoldScope) -> [Cell; 2] {
    match scope {
        HoldScope::Fleet => [Cell::text("*"), Cell::text("*")],
        HoldScope::List(pov, day) => [Cell::text(pov.as_str()), Cell::text(day.to_string())],
    }
}

fn name(scope: &HoldScope) -> String {
    match scope {
        HoldScope::Fleet => "the fleet".to_owned(),
        HoldScope::List(pov, day) => format!("{pov} {day}"),
    }
}

fn instant(at: Option<UnixMillis>) -> Cell {
    at.map_or(Cell::Absent, |at| Cell::text(at.to_string()))
}

fn unreadable(error: povline_store::StoreError) -> CliError {
    CliError::store("cannot read the ledger", &error)
}
