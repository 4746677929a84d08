//! The budget of calls.

use povline_domain::AppKey;
use povline_store::ledger::{BudgetPart, CallsTaken, CallsWanted, Ledger};

use super::Engine;
use super::support::day;

/// So many calls for polls, which may take the whole day's.
pub fn polls(calls_max: u64, of_day: u64) -> CallsWanted {
    CallsWanted {
        calls_max,
        part: BudgetPart::Polls,
        of_part: of_day,
        of_day,
    }
}

pub async fn calls_never_exceed_the_budget<E: Engine>() {
    const PER_DAY: u64 = 1000;
    let engine = E::new();
    let app = AppKey::new("12345678").unwrap();
    let mut granted = 0;
    // Opened three times over; within each, many ask at once, and ask for more than there is.
    for _ in 0..3 {
        let ledger = engine.open();
        let mut tasks = Vec::new();
        for task in 0..8 {
            let (ledger, app) = (ledger.clone(), app.clone());
            tasks.push(tokio::spawn(async move {
                let mut granted = 0;
                for call in 0..10 {
                    let calls_max = (task * call) % 13;
                    let calls = ledger.reserve_calls(&app, day(1), polls(calls_max, PER_DAY));
                    let calls = calls.await.unwrap();
                    assert!(calls <= calls_max);
                    granted += calls;
                }
                granted
            }));
        }
        for task in tasks {
            granted += task.await.unwrap();
        }
        assert!(granted <= PER_DAY);
    }
    assert_eq!(granted, PER_DAY, "all that was there was asked for");

    let ledger = engine.open();
    let reserve = |app: &AppKey, on, calls_max, per_day| {
        let (ledger, app) = (ledger.clone(), app.clone());
        async move {
            ledger
                .reserve_calls(&app, on, polls(calls_max, per_day))
                .await
                .unwrap()
        }
    };
    assert_eq!(reserve(&app, day(1), 1, PER_DAY).await, 0);
    // A smaller budget does not turn anything back; a larger one opens again.
    assert_eq!(reserve(&app, day(1), 1, 10).await, 0);
    assert_eq!(reserve(&app, day(1), 50, PER_DAY + 7).await, 7);
    let other = AppKey::new("87654321").unwrap();
    assert_eq!(reserve(&other, day(1), 5, PER_DAY).await, 5);
    assert_eq!(
        reserve(&app, day(2), u64::MAX, u64::MAX).await,
        i64::MAX as u64
    );
    assert_eq!(reserve(&app, day(2), u64::MAX, u64::MAX).await, 0);
}

pub async fn each_part_of_a_budget_has_its_own_bound<E: Engine>() {
    let engine = E::new();
    let app = AppKey::new("12345678").unwrap();
    let take = async |part, calls_max, of_part| {
        let wanted = CallsWanted {
            calls_max,
            part,
            of_part,
            of_day: 100,
        };
        let ledger = engine.open();
        ledger.reserve_calls(&app, day(1), wanted).await.unwrap()
    };
    let (polls, reserve, by_hand) = (BudgetPart::Polls, BudgetPart::Reserve, BudgetPart::ByHand);
    assert_eq!(take(reserve, 15, 10).await, 10);
    assert_eq!(take(reserve, 1, 10).await, 0);
    assert_eq!(take(by_hand, 4, 2).await, 2);
    // Whoever may go beyond the reserve takes of what polls would have.
    assert_eq!(take(by_hand, 5, 100).await, 5);
    assert_eq!(take(polls, 200, 90).await, 83);
    let taken = engine.open().calls_taken(&app, day(1)).await.unwrap();
    let expected = CallsTaken {
        polls: 83,
        reserve: 10,
        by_hand: 7,
    };
    assert_eq!((taken, taken.all()), (expected, 100));
    assert_eq!(take(reserve, 1, 100).await, 0);
    let other = engine.open().calls_taken(&app, day(2)).await.unwrap();
    assert_eq!((other, other.all()), (CallsTaken::default(), 0));
}

pub async fn what_is_returned_can_be_taken_once_more<E: Engine>() {
    let engine = E::new();
    let (app, other) = (
        AppKey::new("12345678").unwrap(),
        AppKey::new("87654321").unwrap(),
    );
    let ledger = engine.open();
    let take = async |app, on, part, calls_max| {
        let wanted = CallsWanted {
            calls_max,
            part,
            of_part: 100,
            of_day: 100,
        };
        ledger.reserve_calls(app, on, wanted).await.unwrap()
    };
    let (reserve, by_hand) = (BudgetPart::Reserve, BudgetPart::ByHand);
    assert_eq!(take(&app, day(1), BudgetPart::Polls, 60).await, 60);
    assert_eq!(take(&app, day(1), reserve, 30).await, 30);
    assert_eq!(take(&app, day(1), by_hand, 10).await, 10);
    assert_eq!(take(&app, day(1), by_hand, 1).await, 0);
    assert_eq!(take(&app, day(2), reserve, 5).await, 5);
    assert_eq!(take(&other, day(1), reserve, 5).await, 5);

    let calls = |polls, reserve, by_hand| CallsTaken {
        polls,
        reserve,
        by_hand,
    };
    let put_back = async |unused| {
        let returned = ledger.return_calls(&app, day(1), unused).await;
        returned.unwrap();
        engine.open().calls_taken(&app, day(1)).await.unwrap()
    };
    assert_eq!(put_back(calls(7, 2, 1)).await, calls(53, 28, 9));
    assert_eq!(take(&app, day(1), reserve, 100).await, 10);
    assert_eq!(take(&app, day(1), reserve, 1).await, 0);
    // No part gets more than was taken as its own, whatever the others have.
    assert_eq!(put_back(calls(0, 0, u64::MAX)).await, calls(53, 38, 0));
    assert_eq!(put_back(calls(u64::MAX, 0, 1)).await, calls(0, 38, 0));
    // Other days and apps keep theirs, and where nothing was taken nothing comes about.
    let taken = async |app: &AppKey, on| ledger.calls_taken(app, on).await.unwrap();
    assert_eq!(taken(&app, day(2)).await, calls(0, 5, 0));
    assert_eq!(taken(&other, day(1)).await, calls(0, 5, 0));
    let unused = calls(1, 1, 1);
    ledger.return_calls(&other, day(2), unused).await.unwrap();
    assert_eq!(taken(&other, day(2)).await, calls(0, 0, 0));
}
