//! Telling of picks to a platform that is taken to be down, and is back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use povline_client::{Action, OrderUpdate, TransportFault};
use povline_domain::{AppointmentId, Clock};
use povline_sync::{Agent, Told};
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::platform::{A_PICK, Answer, Platform};
use super::support::{EIGHT, TestLedger, agent, clock, config, ledger};

const PICKS: usize = 20;

fn refused(msg_code: &str, msg_info: &str) -> Answer {
    let answer = json!({"alibaba_health_vaccin_order_update_response": {
        "is_success": false, "msg_code": msg_code, "msg_info": msg_info,
        "request_id": "abcdefghijk",
    }});
    Answer::Body(answer.to_string().into_bytes())
}

/// What comes of telling of picks one after the other, and how long that takes, when the platform was
/// away and answers so from now on.
async fn told_after_an_outage(answer: Answer) -> (Vec<Told>, Duration) {
    let directory = tempfile::tempdir().unwrap();
    let clock = clock();
    let is_back = Arc::new(AtomicBool::new(false));
    let back = Arc::clone(&is_back);
    let script = move |pov: &str, _: &str, _: u32| match back.load(Ordering::Relaxed) {
        true if pov == A_PICK => answer.clone(),
        _ => Answer::Fault(TransportFault::Connect),
    };
    let (_, transport) = Platform::new(script).into_transport();
    let povs: Vec<String> = (0..50).map(|number| format!("{number}")).collect();
    let povs: Vec<&str> = povs.iter().map(String::as_str).collect();
    let agent = agent(
        transport,
        ledger(directory.path()),
        config(&povs),
        Arc::clone(&clock),
    );
    let stop = CancellationToken::new();
    let ending = stop.clone();
    tokio::join!(async { drop(agent.run(ending).await.unwrap()) }, async {
        tokio::time::sleep(Duration::from_secs(600)).await;
        stop.cancel();
    });
    is_back.store(true, Ordering::Relaxed);
    let begun = Instant::now();
    let mut told = Vec::new();
    for n in 0..PICKS {
        told.push(tell(&agent, &*clock, n).await);
    }
    (told, begun.elapsed())
}

/// What comes of one, once it has been let through.
async fn tell(agent: &Agent<TestLedger>, clock: &dyn Clock, n: usize) -> Told {
    let update = OrderUpdate {
        appointment_id: AppointmentId::new(format!("P{n}")).unwrap(),
        action: Action::Pick,
        action_time: EIGHT,
    };
    loop {
        match agent.tell(&update).await {
            Told::Later {
                not_before: Some(at),
                ..
            } => {
                let pause = at.millis_since(clock.now());
                tokio::time::sleep(Duration::from_millis(pause.unsigned_abs())).await;
            }
            told => return told,
        }
    }
}

/// One pause until it is tried again, and then all that waits.
const SOON: Duration = Duration::from_secs(65);

#[tokio::test(start_paused = true)]
async fn a_refused_pick_shows_that_the_platform_is_back() {
    let answer = refused("FAIL_BIZ_410", "预约已取消");
    let (told, took) = told_after_an_outage(answer).await;
    let why = "FAIL_BIZ_410 预约已取消, request_id abcdefghijk".to_owned();
    assert_eq!(told, vec![Told::Refused { why }; PICKS]);
    assert!(took < SOON, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn so_does_a_permission_that_is_missing() {
    let answer = Answer::Error(11, "isv.pov-read-only", "应用对接种点无写权限");
    let (told, took) = told_after_an_outage(answer).await;
    // A grant that is given later lets it through.
    assert!(
        told.iter().all(|told| matches!(told, Told::Later { .. })),
        "{told:?}"
    );
    assert!(took < SOON, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_an_ailing_platform_answers_does_not() {
    for answer in [
        refused("FAIL_BIZ_500", "系统繁忙,请稍后重试"),
        Answer::Error(15, "isp.remote-service-error", "x"),
        Answer::Error(10, "isp.x", "x"),
        Answer::Error(25, "isv.x", "every call is refused alike"),
        Answer::Status(502),
    ] {
        let (told, took) = told_after_an_outage(answer).await;
        assert!(
            told.iter().all(|told| matches!(told, Told::Later { .. })),
            "{told:?}"
        );
        assert!(took > SOON * 10, "{took:?}");
    }
}
