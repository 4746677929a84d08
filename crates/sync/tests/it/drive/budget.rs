//! What an agent leaves of the day's budget when it ends, and when it is killed.

use std::time::Duration;

use povline_domain::AppKey;
use povline_store::ledger::{BudgetPart, CallsTaken, CallsWanted, Ledger};
use povline_sync::AgentConfig;
use tokio_util::sync::CancellationToken;

use super::platform::{Answer, Platform};
use super::support::{TestLedger, agent, clock, config, day_text, ids, ledger, today};

const PER_DAY: u64 = 1_000;

fn limited() -> AgentConfig {
    let mut config = config(&["00001", "00002"]);
    config.limits.calls_per_day = Some(PER_DAY);
    config
}

async fn taken(ledger: &TestLedger) -> CallsTaken {
    let app = AppKey::new("12345678").unwrap();
    ledger.calls_taken(&app, today()).await.unwrap()
}

fn platform() -> Platform {
    let platform = Platform::new(|_, _, _| Answer::Right);
    platform.set("00001", &day_text(0), ids('A', 5));
    platform
}

/// A timer starts it again and again: it may do so as often as its calls reach, and no oftener.
#[tokio::test(start_paused = true)]
async fn a_sweep_costs_the_calls_that_it_makes() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = ledger(directory.path());
    let clock = clock();
    let (platform, transport) = platform().into_transport();
    let mut left = Vec::new();
    for _ in 0..5 {
        let agent = agent(transport.clone(), ledger.clone(), limited(), clock.clone());
        let summary = agent.sweep(CancellationToken::new()).await.unwrap();
        let taken = taken(&ledger).await;
        assert_eq!(taken.all(), platform.calls().len() as u64);
        assert_eq!(summary.progress.calls_taken, taken.all());
        left.extend(summary.progress.calls_left);
    }
    assert_eq!(left, [996, 992, 988, 984, 980]);
}

/// It is stopped with reads under way, and a number is told to the platform after that.
#[tokio::test(start_paused = true)]
async fn a_run_puts_back_what_it_did_not_call() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = ledger(directory.path());
    let clock = clock();
    let (platform, transport) = platform().into_transport();
    for seconds in [1, 400, 1_234] {
        let agent = agent(transport.clone(), ledger.clone(), limited(), clock.clone());
        let stop = CancellationToken::new();
        let stopping = async {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            stop.cancel();
        };
        let (ended, ()) = tokio::join!(agent.run(stop.clone()), stopping);
        ended.unwrap();
        assert_eq!(taken(&ledger).await.all(), platform.calls().len() as u64);

        let before = taken(&ledger).await;
        let pulled = agent.pull_one(&super::support::pov("00001"), today()).await;
        assert!(pulled.unwrap().failure.is_none());
        let block = taken(&ledger).await.reserve - before.reserve;
        assert!(block > 1, "more than the call that was made");
        agent.put_back_calls().await.unwrap();
        assert_eq!(taken(&ledger).await.reserve, before.reserve + 1);
        // There is nothing to be put back twice.
        agent.put_back_calls().await.unwrap();
        assert_eq!(taken(&ledger).await.all(), platform.calls().len() as u64);
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_loses_a_block_at_most() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = ledger(directory.path());
    let clock = clock();
    let (platform, transport) = platform().into_transport();
    // One hundredth of what polls may take of a day.
    let block = PER_DAY * 90 / 100 / 100;
    for kills in 1..=5 {
        let agent = agent(transport.clone(), ledger.clone(), limited(), clock.clone());
        let killed = Duration::from_secs(100 * kills);
        let ended = tokio::time::timeout(killed, agent.run(CancellationToken::new())).await;
        assert!(ended.is_err());
        let lost = taken(&ledger).await.all() - platform.calls().len() as u64;
        assert!(lost > 0 && lost <= kills * block, "{kills} kills: {lost}");
    }
}

/// What was taken before midnight is of no use to the day after, nor is it put into it.
#[tokio::test(start_paused = true)]
async fn calls_of_yesterday_are_not_put_back_into_today() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = ledger(directory.path());
    let clock = clock();
    let (_platform, transport) = platform().into_transport();
    let agent = agent(transport, ledger.clone(), limited(), clock);
    let pov = super::support::pov("00001");
    agent.pull_one(&pov, today()).await.unwrap();
    // Sixteen hours are left of the day.
    tokio::time::sleep(Duration::from_secs(17 * 3_600)).await;
    let app = AppKey::new("12345678").unwrap();
    let tomorrow = today().plus_days(1).unwrap();
    let others = CallsWanted {
        calls_max: 3,
        part: BudgetPart::Reserve,
        of_part: PER_DAY,
        of_day: PER_DAY,
    };
    ledger.reserve_calls(&app, tomorrow, others).await.unwrap();
    agent.put_back_calls().await.unwrap();
    assert_eq!(ledger.calls_taken(&app, tomorrow).await.unwrap().all(), 3);
    assert_eq!(taken(&ledger).await.all(), 1);
}
