//! `world plan-bench`: polling policies on the same synthetic events.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

use povline_world::plan_bench::{
    BenchWorld, Delays, Graded, Kind, PlanScenario, PolicyName, Score, Trial, grade, page,
};
use serde_json::{Value, json};

use crate::args::{BenchFormat, PlanBenchArgs};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, Format, RowWriter};

const COLUMNS: &[Column] = &[
    Column::new("seed", "Seed 种子"),
    Column::new("policy", "Policy 策略"),
    Column::new("mean", "Mean delay s 加权平均延迟(秒)"),
    Column::new("to_true", "÷ true rates 比真实速率"),
    Column::new("to_learned", "÷ learned 比本规划器"),
    Column::new("today", "Today p50/p95/p99 今天"),
    Column::new("ahead", "Ahead p95 其他"),
    Column::new("oldest", "Oldest today/other 最旧"),
    Column::new("calls", "Calls 调用"),
    Column::new("over", "Over 超额"),
];

/// Compares, and says what came of it.
pub(crate) fn run(args: &PlanBenchArgs) -> CliResult<()> {
    let scenario = scenario(args)?;
    let mut compared = Vec::new();
    for seed in args.seed..args.seed.saturating_add(args.seeds) {
        let world = Arc::new(BenchWorld::generate(&scenario, seed));
        if let (true, Some(path)) = (seed == args.seed, &args.events) {
            write_events(&world, path)?;
        }
        let grade = |policy| grade(&world, policy, &Trial::default(), seed);
        let graded: Vec<Graded> = PolicyName::ALL.map(grade).into();
        if let (true, Some(path)) = (seed == args.seed, &args.html) {
            std::fs::write(path, page(&scenario, seed, &graded))
                .map_err(|error| cannot_write(path, &error))?;
        }
        compared.push((seed, graded));
    }
    match args.format {
        BenchFormat::Table => table(&compared)?,
        BenchFormat::Json => {
            let mut out = std::io::stdout().lock();
            let document = document(&scenario, &compared);
            serde_json::to_writer_pretty(&mut out, &document)
                .map_err(|error| CliError::from(std::io::Error::from(error)))?;
            writeln!(out)?;
        }
    }
    verdict(&compared)
}

fn scenario(args: &PlanBenchArgs) -> CliResult<PlanScenario> {
    let path = Path::new(&args.scenario);
    let usage = |what: String| CliError::new(Exit::Usage, what);
    let scenario = if path.is_file() {
        let text = std::fs::read_to_string(path)
            .map_err(|error| usage(format!("cannot read {}", path.display())).caused_by(&error))?;
        PlanScenario::parse(&text).map_err(|error| {
            usage(format!("cannot use the scenario {}", path.display()))
                .caused_by(&error)
                .remedy("the shipped scenarios show every setting: see docs/planner.md")
        })?
    } else {
        PlanScenario::named(&args.scenario)
            .map_err(|error| usage(error.to_string()).remedy("name S1 to S7, or a file"))?
    };
    let mut scenario = scenario.scaled(args.scale);
    if let Some(days) = args.days {
        scenario.warmup_days = days.saturating_sub(1) as usize;
    }
    Ok(scenario)
}

/// A call beyond the budget, or a broken promise, is a failure of the planner.
fn verdict(compared: &[(u64, Vec<Graded>)]) -> CliResult<()> {
    for (seed, graded) in compared {
        let learned = graded.iter().filter(|of| of.policy == PolicyName::Learned);
        for score in learned.flat_map(|graded| &graded.scores) {
            let (over, late) = (score.over_budget(), score.late_by());
            if over > 0 || late > 0.0 {
                let what = format!(
                    "with seed {seed} the planner made {over} calls beyond the budget, and a list \
                     was {late:.0} s older than promised"
                );
                return Err(CliError::new(Exit::Failed, what)
                    .remedy("give the scenario more calls, or promise less"));
            }
        }
    }
    Ok(())
}

fn table(compared: &[(u64, Vec<Graded>)]) -> CliResult<()> {
    let mut rows = RowWriter::new(std::io::stdout().lock(), Format::Table, COLUMNS);
    for (seed, graded) in compared {
        let of = |policy| mean_of(graded, policy);
        let (truth, learned) = (of(PolicyName::TrueRate), of(PolicyName::Learned));
        for graded in graded {
            let Some(score) = graded.scores.first() else {
                continue;
            };
            let mean = graded.weighted_mean();
            let (today, ahead) = (score.today(), score.ahead());
            rows.row(&[
                Cell::count(*seed),
                Cell::text(graded.policy.code()),
                Cell::text(format!("{mean:.0}")),
                Cell::text(format!("{:.2}", mean / truth)),
                Cell::text(format!("{:.2}", mean / learned)),
                Cell::text(format!(
                    "{:.0} / {:.0} / {:.0} s",
                    today.p50, today.p95, today.p99
                )),
                Cell::text(format!("{:.0} s", ahead.p95)),
                Cell::text(format!(
                    "{:.0} min / {:.1} h",
                    score.worst_today() / 60.0,
                    score.worst_other() / 3_600.0
                )),
                Cell::count(score.calls()),
                Cell::count(score.over_budget()),
            ])?;
        }
    }
    rows.finish()?;
    Ok(())
}

fn mean_of(graded: &[Graded], policy: PolicyName) -> f64 {
    graded
        .iter()
        .find(|graded| graded.policy == policy)
        .map_or(f64::NAN, Graded::weighted_mean)
}

fn document(scenario: &PlanScenario, compared: &[(u64, Vec<Graded>)]) -> Value {
    let seeds: Vec<Value> = compared
        .iter()
        .map(|(seed, graded)| {
            let truth = mean_of(graded, PolicyName::TrueRate);
            let policies: Vec<Value> = graded.iter().map(|graded| policy(graded, truth)).collect();
            json!({ "seed": seed, "policies": policies })
        })
        .collect();
    json!({
        "scenario": scenario.name,
        "povs": scenario.povs,
        "days": scenario.days,
        "calls_per_day": scenario.calls_per_day,
        "calls_per_second": scenario.calls_per_second,
        "seeds": seeds,
    })
}

fn policy(graded: &Graded, truth: f64) -> Value {
    let scores: Vec<Value> = graded.scores.iter().map(score).collect();
    json!({
        "policy": graded.policy.code(),
        "weighted_mean_delay_seconds": graded.weighted_mean(),
        "ratio_to_true_rate": graded.weighted_mean() / truth,
        "phases": scores,
    })
}

fn score(score: &Score) -> Value {
    let delays = |delays: Delays| {
        json!({
            "changes": delays.count,
            "mean": delays.mean,
            "p50": delays.p50,
            "p95": delays.p95,
            "p99": delays.p99,
        })
    };
    let ages: Vec<Value> = score
        .ages()
        .iter()
        .map(|at| json!({ "hour": at.hour, "mean": at.mean, "worst": at.worst }))
        .collect();
    json!({
        "weighted_mean_delay_seconds": score.weighted_mean(),
        "changed_povs_seconds": score.of_changed(),
        "today": delays(score.today()),
        "today_while_open": delays(score.today_open()),
        "ahead": delays(score.ahead()),
        "oldest_today_seconds": score.worst_today(),
        "oldest_other_seconds": score.worst_other(),
        "older_than_promised_seconds": score.late_by(),
        "calls": score.calls(),
        "failed_calls": score.failed_calls(),
        "calls_over_budget": score.over_budget(),
        "price_by_hour": score.prices(),
        "ages": ages,
    })
}

fn write_events(world: &BenchWorld, path: &Path) -> CliResult<()> {
    let fault = |error: &std::io::Error| cannot_write(path, error);
    let mut out = BufWriter::new(File::create(path).map_err(|error| fault(&error))?);
    let mut write = || {
        writeln!(out, "pov,day,at_ms,row,kind")?;
        for (pov, day, event) in world.each() {
            let kind = match event.kind {
                Kind::Book => "book",
                Kind::Leave => "leave",
                Kind::Pick => "pick",
            };
            writeln!(out, "{pov},{day},{},{},{kind}", event.at, event.row)?;
        }
        out.flush()
    };
    write().map_err(|error| fault(&error))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> CliError {
    CliError::new(Exit::Failed, format!("cannot write {}", path.display()))
        .caused_by(error)
        .remedy("name a file in a directory that exists and that you may write to")
}
