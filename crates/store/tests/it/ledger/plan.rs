//! What polling planners have learned.

use povline_domain::{AppKey, UnixMillis};
use povline_store::ledger::{Ledger, SavedPlan};

use super::Engine;
use super::support::day;

pub async fn what_planners_have_learned_is_kept_by_app<E: Engine>() {
    let engine = E::new();
    let plan = |app: &str, at: i64, state: &[u8]| SavedPlan {
        app: AppKey::new(app).unwrap(),
        saved_at: UnixMillis(at),
        state: state.to_vec(),
    };
    let large = vec![0xA5; 3 << 20];
    {
        let ledger = engine.open();
        assert_eq!(ledger.plans().await.unwrap(), []);
        ledger.save_plan(plan("22", 5, &[1, 2])).await.unwrap();
        ledger.save_plan(plan("11", 6, &large)).await.unwrap();
        ledger.save_plan(plan("22", 7, &[3])).await.unwrap();
    }
    let ledger = engine.open();
    let kept = ledger.plans().await.unwrap();
    assert!(kept == [plan("11", 6, &large), plan("22", 7, &[3])]);
    ledger.forget(UnixMillis(100)).await.unwrap();
    assert_eq!(ledger.plans().await.unwrap().len(), 2);

    let app = AppKey::new("22").unwrap();
    assert_eq!(ledger.calls_taken(&app, day(1)).await.unwrap().all(), 0);
    let wanted = super::budget::polls(7, 10);
    ledger.reserve_calls(&app, day(1), wanted).await.unwrap();
    assert_eq!(ledger.calls_taken(&app, day(1)).await.unwrap().all(), 7);
    assert_eq!(ledger.calls_taken(&app, day(2)).await.unwrap().all(), 0);
}
