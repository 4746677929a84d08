//! `plan`: how old lists may be, are, and will be.

mod rows;

use std::collections::{BTreeSet, HashSet};

use povline_domain::{AppKey, Clock as _, Day, OutPovId, UnixMillis};
use povline_store::ledger::{CallsTaken, DayStatus, Ledger};
use povline_sync::plan::{
    CallsPerList, Forecast, Learned, ListId, Parameters, PlanConfig, Planner, Refusal,
    TierForecast, check,
};

use crate::args::{By, PlanArgs, WhatIf};
use crate::clock::SystemClock;
use crate::config::PlanLook;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use rows::Observed;

/// Rows of the largest page.
const PAGE_ROWS: u64 = 200;

/// Tells what is promised, foreseen and observed, from the agent's ledger.
pub(crate) async fn run<L: Ledger>(
    ledger: &L,
    looks: &[PlanLook],
    args: &PlanArgs,
) -> CliResult<()> {
    for look in looks {
        if let (true, Some(app)) = (looks.len() > 1, &look.app_key) {
            tell_app(app);
        }
        run_one(ledger, look, args).await?;
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "headings go to standard error")]
fn tell_app(app: &str) {
    eprintln!("app 应用 {app}");
}

async fn run_one<L: Ledger>(ledger: &L, look: &PlanLook, args: &PlanArgs) -> CliResult<()> {
    let failed = |error| CliError::store("cannot read the ledger", &error);
    let now = SystemClock.now();
    let days = ledger.days_from(first_open(look.first_day, now)).await;
    let days = days.map_err(failed)?;
    let plans = ledger.plans().await.map_err(failed)?;
    let povs = match &look.povs {
        Some(povs) => povs.clone(),
        None => known_povs(&days),
    };
    if povs.is_empty() {
        return Err(CliError::new(Exit::Usage, "no clinic is known")
            .remedy("give --povs, or run `povline sync` with this --data first"));
    }
    let config = config_of(look, povs.len());
    let plan = match &look.app_key {
        Some(key) => plans.iter().find(|plan| plan.app.as_str() == key.as_str()),
        None => plans.iter().max_by_key(|plan| plan.saved_at),
    };
    // Flags may have told an agent to plan; then it has kept what it learned.
    let plans = look.plans || plan.is_some() && !look.asks_for_tiers;
    if plans {
        let calls = calls_per_list(&days, &povs, look.last_day, now);
        tell_arithmetic(&config, calls)?;
        tell_source(plan.map(|plan| plan.saved_at), now);
    } else {
        tell_tiers();
    }
    let app = match (&look.app_key, plan) {
        (Some(key), _) => AppKey::new(key.as_str()).ok(),
        (None, plan) => plan.map(|plan| plan.app.clone()),
    };
    let taken = match &app {
        Some(app) => ledger
            .calls_taken(app, Day::at(now))
            .await
            .map_err(failed)?,
        None => CallsTaken::default(),
    };
    let mut planner = plan
        .and_then(|plan| {
            let parameters = Parameters::default();
            Planner::restore(config.clone(), parameters, &povs, &plan.state, now).ok()
        })
        .unwrap_or_else(|| {
            let rates = Learned::new(&config, Parameters::default());
            Planner::new(config.clone(), rates, now)
        });
    planner.assume_used(0, taken.polls);
    planner.assume_reserve_used(0, taken.not_polls());
    assume(&mut planner, &povs, &days);
    // Asking what is next works the price out.
    planner.next(0, now);
    let lists = planner.forecast(now);
    let promises = plans.then_some(&config.promise);
    match args.by {
        By::Tier => {
            let observed = observe(&lists, now);
            rows::tiers(
                promises,
                &TierForecast::of(&lists),
                &observed,
                args.output.format,
            )
        }
        By::Pov => rows::lists(promises, &lists, &povs, now, args.output.format),
    }
}

#[expect(clippy::print_stderr, reason = "notes go to standard error")]
fn tell_tiers() {
    eprintln!(
        "polls go by fixed tiers: nothing is promised or foreseen. Set agent.calls_per_day, without \
         today_seconds and other_days_seconds, and they are planned \
         固定轮询,无承诺,无预计;设定agent.calls_per_day(并去掉today_seconds、other_days_seconds)后按计划轮询"
    );
}

/// Tells what would come of these numbers.
pub(crate) fn what_if(tried: &WhatIf, args: &PlanArgs) -> CliResult<()> {
    let config = tried.config();
    let rates = Learned::of_size(&config, Parameters::default(), tried.rows);
    let full_list = tried.rows * rates.part_booked(0);
    let pages = (full_list / PAGE_ROWS as f64).ceil().max(1.0);
    tell_arithmetic(&config, pages)?;
    let today = Day::at(SystemClock.now());
    let midnight = today.begins_at();
    let rows: Vec<u32> = (config.first_day..=config.last_day)
        .map(|ahead| (tried.rows * rates.part_booked(ahead)) as u32)
        .collect();
    let mut planner = Planner::new(config.clone(), rates, midnight);
    for pov in 0..config.povs.len() {
        for (day, rows) in (today.number() + config.first_day..).zip(&rows) {
            let list = ListId {
                pov: pov as u32,
                day,
            };
            planner.assume(list, midnight, *rows, *rows);
        }
    }
    planner.next(0, midnight);
    let tiers = TierForecast::of(&planner.forecast(midnight));
    rows::tiers(Some(&config.promise), &tiers, &[], args.output.format)
}

/// Refuses promises that cannot be kept, with the sum.
pub(crate) fn refuse_what_cannot_be_kept(config: &PlanConfig, calls: f64) -> CliResult<()> {
    check(config, calls)
        .map(|_| ())
        .map_err(|refusal| refused(&refusal))
}

fn refused(refusal: &Refusal) -> CliError {
    let what = format!(
        "the quota cannot keep these promises 配额不足以兑现承诺:\n    {}",
        refusal.0.to_string().replace('\n', "\n    ")
    );
    CliError::new(Exit::Usage, what).remedy(refusal.to_string())
}

/// Writes the sum to standard error, and refuses what cannot be kept.
#[expect(clippy::print_stderr, reason = "sums go to standard error")]
fn tell_arithmetic(config: &PlanConfig, calls_per_list: impl Into<CallsPerList>) -> CliResult<()> {
    let sums = check(config, calls_per_list).map_err(|refusal| refused(&refusal))?;
    for sum in sums {
        eprintln!("what the promises take 承诺所需:\n{sum}");
        if !sum.leaves_room() {
            eprintln!(
                "warning 注意: promises take {:.0} % of the calls; above 40 % little is left for \
                 lists that change (承诺占用过多,余下调用不足以及时发现变化)",
                sum.part() * 100.0
            );
        }
    }
    eprintln!(
        "today's promise holds while clinics are open; what is foreseen is of the whole day \
         今日承诺限于开诊时段,预计值含闭诊时段"
    );
    Ok(())
}

#[expect(clippy::print_stderr, reason = "sums go to standard error")]
fn tell_source(saved_at: Option<UnixMillis>, now: UnixMillis) {
    match saved_at {
        Some(at) => eprintln!(
            "learned rates, saved {} s ago 所学速率保存于 {} 秒前",
            now.millis_since(at) / 1_000,
            now.millis_since(at) / 1_000
        ),
        None => eprintln!(
            "nothing was learned yet: foreseen from clinics in general 尚无所学,按一般门诊估计"
        ),
    }
}

fn config_of(look: &PlanLook, povs: usize) -> PlanConfig {
    let settings = &look.settings;
    PlanConfig {
        first_day: look.first_day,
        weights: settings.weights,
        ..PlanConfig::one_app(povs, look.last_day, settings.quota, settings.promise)
    }
}

fn known_povs(days: &[DayStatus]) -> Vec<OutPovId> {
    let povs: BTreeSet<&OutPovId> = days.iter().map(|day| &day.pov).collect();
    povs.into_iter().cloned().collect()
}

/// Calls that reading a list of these clinics takes on average, by the rows that today's lists and
/// those of other days up to the last one are known to have, [`PAGE_ROWS`] to a call; one, where
/// nothing is known.
pub(crate) fn calls_per_list(
    days: &[DayStatus],
    povs: &[OutPovId],
    last_day: i32,
    now: UnixMillis,
) -> CallsPerList {
    let today = Day::at(now);
    let last = today.number() + last_day;
    let povs: HashSet<&OutPovId> = povs.iter().collect();
    let mean = |is_of_today: bool| {
        let of = days.iter().filter(|day| {
            povs.contains(&day.pov) && (day.day == today) == is_of_today && day.day.number() <= last
        });
        let calls = of.map(|day| day.live.div_ceil(PAGE_ROWS).max(1));
        let (lists, calls) = calls.fold((0_u64, 0_u64), |(lists, sum), calls| {
            (lists + 1, sum + calls)
        });
        if lists > 0 {
            calls as f64 / lists as f64
        } else {
            1.0
        }
    };
    CallsPerList {
        today: mean(true),
        others: mean(false),
    }
}

/// Warns of promises that the quota cannot keep, the lists being as long as they are known to be. An
/// agent that has kept them so far works on: without it they would be older still.
#[expect(clippy::print_stderr, reason = "warnings go to standard error")]
pub(crate) async fn warn_of_long_lists<L: Ledger>(
    ledger: &L,
    config: &PlanConfig,
    povs: &[OutPovId],
) -> CliResult<()> {
    let now = SystemClock.now();
    let days = ledger.days_from(first_open(config.first_day, now)).await;
    let days = days.map_err(|error| CliError::store("cannot read the ledger", &error))?;
    let calls = calls_per_list(&days, povs, config.last_day, now);
    if let Err(refusal) = check(config, calls) {
        eprintln!(
            "warning 注意: lists have grown, and the quota cannot keep these promises any more \
             清单变长,配额不足以兑现承诺:\n{}\n{refusal}",
            refusal.0
        );
    }
    Ok(())
}

/// The first day that is read.
pub(crate) fn first_open(first_day: i32, now: UnixMillis) -> Day {
    Day::at(now).plus_days(first_day).unwrap_or(Day::MIN)
}

fn assume(planner: &mut Planner<Learned>, povs: &[OutPovId], days: &[DayStatus]) {
    let numbers: std::collections::HashMap<&OutPovId, u32> = povs.iter().zip(0_u32..).collect();
    for day in days {
        if let (Some(&pov), Some(at)) = (numbers.get(&day.pov), day.checked_at) {
            let list = ListId {
                pov,
                day: day.day.number(),
            };
            let rows = u32::try_from(day.live).unwrap_or(u32::MAX);
            let picked = u32::try_from(day.picked).unwrap_or(u32::MAX);
            planner.assume(list, at, rows, rows.saturating_sub(picked));
        }
    }
}

/// How old lists are now, by distance in days.
fn observe(lists: &[Forecast], now: UnixMillis) -> Vec<Observed> {
    let mut tiers = std::collections::BTreeMap::<i32, Observed>::new();
    for list in lists {
        let tier = tiers
            .entry(list.ahead)
            .or_insert_with(|| Observed::of(list.ahead));
        match list.read_at {
            Some(at) => tier.add(now.millis_since(at) as f64 / 1_000.0),
            None => tier.never_read += 1,
        }
    }
    tiers.into_values().collect()
}
