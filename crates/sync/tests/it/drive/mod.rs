//! The driver against a platform that misbehaves.

mod alarms;
mod budget;
mod immediate;
mod platform;
mod support;
mod tell;
mod truth;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use povline_client::TransportFault;
use povline_domain::ChangeKind;
use povline_store::ledger::{EventCursor, Ledger};
use povline_sync::Limits;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::platform::{Answer, Platform};
use self::support::{agent, clock, config, day_text, ids, ids_of, ledger, pov, today};

fn never() -> CancellationToken {
    CancellationToken::new()
}

fn set_of(ids: impl Iterator<Item = String>) -> BTreeSet<String> {
    ids.collect()
}

#[tokio::test(start_paused = true)]
async fn a_sweep_makes_the_ledger_equal_and_a_second_one_finds_nothing_new() {
    let directory = tempfile::tempdir().unwrap();
    let (platform, transport) = Platform::new(|_, _, _| Answer::Right).into_transport();
    platform.set("a", &day_text(0), ids('a', 450));
    platform.set("b", &day_text(0), ids('b', 7));
    platform.set("b", &day_text(1), ids('c', 200));
    let ledger = ledger(directory.path());
    let agent = agent(transport, ledger.clone(), config(&["a", "b"]), clock());

    let first = agent.sweep(never()).await.unwrap();
    assert_eq!(first.failed, []);
    assert_eq!((first.progress.lists, first.progress.lists_left), (4, 0));
    assert_eq!((first.progress.complete, first.progress.unchanged), (4, 0));
    assert_eq!(first.progress.events[0], 657, "booked");
    assert_eq!(first.progress.never_read, 0);
    assert!(first.progress.oldest_check.is_some());
    assert_eq!(ids_of(&ledger, "a", 0).await, set_of(ids('a', 450)));
    assert_eq!(ids_of(&ledger, "b", 0).await, set_of(ids('b', 7)));
    assert_eq!(ids_of(&ledger, "b", 1).await, set_of(ids('c', 200)));
    assert_eq!(ids_of(&ledger, "a", 1).await, BTreeSet::new());

    let second = agent.sweep(never()).await.unwrap();
    assert_eq!(
        (second.progress.complete, second.progress.unchanged),
        (4, 4)
    );
    assert_eq!((second.progress.rows, second.progress.events), (0, [0; 7]));
    assert_eq!(second.progress.calls, first.progress.calls);
    assert_eq!(platform.calls().len() as u64, 2 * first.progress.calls);
}

#[tokio::test(start_paused = true)]
async fn each_passing_failure_is_made_good_by_a_retry() {
    let passing: Vec<(&str, Answer)> = vec![
        ("connect", Answer::Fault(TransportFault::Connect)),
        ("timed-out", Answer::Fault(TransportFault::TimedOut)),
        ("broken", Answer::Fault(TransportFault::Broken)),
        ("idle-closed", Answer::Fault(TransportFault::IdleClosed)),
        (
            "platform-error",
            Answer::Error(15, "isp.remote-service-timeout", "x"),
        ),
        ("business-failure", Answer::Body(busy())),
        ("malformed-answer", Answer::Status(502)),
        ("malformed-answer", Answer::Cut(70)),
        ("malformed-answer", Answer::Body(Vec::new())),
        (
            "malformed-answer",
            Answer::Body(b"<html><body>login</body></html>".to_vec()),
        ),
    ];
    for (class, failure) in passing {
        let directory = tempfile::tempdir().unwrap();
        let answer = failure.clone();
        let script = move |_: &str, _: &str, nth: u32| match nth {
            0 | 1 => answer.clone(),
            _ => Answer::Right,
        };
        let (platform, transport) = Platform::new(script).into_transport();
        platform.set("a", &day_text(0), ids('a', 7));
        let ledger = ledger(directory.path());
        let agent = agent(transport, ledger.clone(), config(&["a"]), clock());
        let summary = agent.sweep(never()).await.unwrap();
        assert_eq!(summary.failed, [], "{failure:?}");
        assert_eq!(
            summary.progress.failures.get(class),
            Some(&4),
            "{failure:?}"
        );
        assert_eq!(
            ids_of(&ledger, "a", 0).await,
            set_of(ids('a', 7)),
            "{failure:?}"
        );
    }
}

/// HTTP 200 with a failure inside, truncated, empty, a web page: none of them means that there are
/// no appointments, and none touches another POV.
#[tokio::test(start_paused = true)]
async fn no_answer_but_a_good_one_touches_the_ledger() {
    let bad: Vec<Answer> = vec![
        Answer::Body(busy()),
        Answer::Error(15, "isp.remote-service-error", "x"),
        Answer::Error(50, "isv.invalid-parameter", "非法参数"),
        Answer::Cut(90),
        Answer::Cut(50),
        Answer::Body(Vec::new()),
        Answer::Body(b"  <!DOCTYPE html><html></html>".to_vec()),
        Answer::Body(b"{}".to_vec()),
        Answer::Body(b"null".to_vec()),
        Answer::Body(br#"{"alibaba_health_vaccin_appointment_query_response":{}}"#.to_vec()),
        Answer::Body(
            br#"{"alibaba_health_vaccin_appointment_query_response":{"result":{"success":true}}}"#
                .to_vec(),
        ),
        Answer::Status(500),
        Answer::Fault(TransportFault::Broken),
    ];
    for answer in bad {
        let directory = tempfile::tempdir().unwrap();
        let broken = Arc::new(AtomicBool::new(false));
        let (is_broken, text) = (broken.clone(), format!("{answer:?}"));
        let script = move |code: &str, _: &str, _: u32| match code {
            "a" if is_broken.load(Ordering::Relaxed) => answer.clone(),
            _ => Answer::Right,
        };
        let (platform, transport) = Platform::new(script).into_transport();
        platform.set("a", &day_text(0), ids('a', 450));
        platform.set("b", &day_text(0), ids('b', 3));
        let ledger = ledger(directory.path());
        let agent = agent(transport, ledger.clone(), config(&["a", "b"]), clock());
        agent.sweep(never()).await.unwrap();
        let rows = ledger.rows(&pov("a"), today()).await.unwrap();
        let events = ledger
            .events_after(EventCursor(0), 10_000)
            .await
            .unwrap()
            .len();
        assert_eq!((rows.len(), events), (450, 453));

        broken.store(true, Ordering::Relaxed);
        platform.set("b", &day_text(0), ids('b', 5));
        let summary = agent.sweep(never()).await.unwrap();
        assert_eq!(summary.progress.failed, 2, "{text}: both days of a");
        assert!(
            summary.failed.iter().all(|list| list.pov == pov("a")),
            "{text}"
        );
        assert_eq!(
            ledger.rows(&pov("a"), today()).await.unwrap(),
            rows,
            "{text}"
        );
        assert_eq!(ledger.suspects().await.unwrap(), [], "{text}");
        assert_eq!(ids_of(&ledger, "b", 0).await, set_of(ids('b', 5)), "{text}");
    }
}

/// With one worker, which has to go on as well.
#[tokio::test(start_paused = true)]
async fn a_read_that_panics_is_one_failed_try_of_its_own_list() {
    let directory = tempfile::tempdir().unwrap();
    let script = |pov: &str, _: &str, nth: u32| match (pov, nth) {
        ("b", 0) | ("c", _) => Answer::Panic,
        _ => Answer::Right,
    };
    let (platform, transport) = Platform::new(script).into_transport();
    for pov in ["a", "b", "c"] {
        platform.set(pov, &day_text(0), ids('a', 7));
    }
    let ledger = ledger(directory.path());
    let mut config = config(&["a", "b", "c"]);
    config.timetable.last_day = 0;
    config.workers = 1;
    let attempts = u64::from(config.sweep_attempts);
    let agent = agent(transport, ledger.clone(), config, clock());
    let summary = agent.sweep(never()).await.unwrap();
    assert_eq!(summary.progress.complete, 2);
    assert_eq!(summary.progress.failures["panicked"], 1 + attempts);
    let failed: Vec<_> = summary
        .failed
        .iter()
        .map(|list| list.pov.as_str())
        .collect();
    assert_eq!(failed, ["c"]);
    for (pov, rows) in [("a", 7), ("b", 7), ("c", 0)] {
        assert_eq!(ids_of(&ledger, pov, 0).await, set_of(ids('a', rows)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_not_repeated() {
    let directory = tempfile::tempdir().unwrap();
    let refused = |_: &str, _: &str, _: u32| Answer::Error(25, "isv.x", "x");
    let (platform, transport) = Platform::new(refused).into_transport();
    let agent = agent(transport, ledger(directory.path()), config(&["a"]), clock());
    let summary = agent.sweep(never()).await.unwrap();
    assert_eq!(platform.calls().len(), 2, "one for each list");
    assert_eq!(summary.progress.failed, 2);
    assert!(summary.failed.iter().all(|list| list.class == "refused"));
}

#[tokio::test(start_paused = true)]
async fn a_ban_parks_every_worker_for_as_long_as_it_says() {
    let directory = tempfile::tempdir().unwrap();
    let banned_at: Arc<Mutex<Option<Instant>>> = Arc::default();
    let first = AtomicBool::new(true);
    let at = banned_at.clone();
    let script = move |_: &str, _: &str, _: u32| {
        if first.swap(false, Ordering::Relaxed) {
            *at.lock().unwrap() = Some(Instant::now());
            let text = "This ban will last for 15 more seconds";
            return Answer::Error(7, "accesscontrol.limited-by-app-access-count", text);
        }
        Answer::Right
    };
    let (platform, transport) = Platform::new(script).into_transport();
    let povs: Vec<String> = (0..40).map(|number| format!("{number}")).collect();
    let povs: Vec<&str> = povs.iter().map(String::as_str).collect();
    let mut config = config(&povs);
    config.limits.calls_per_second = Some(100);
    let agent = agent(transport, ledger(directory.path()), config, clock());
    let summary = agent.sweep(never()).await.unwrap();
    assert_eq!((summary.failed.len(), summary.progress.complete), (0, 80));
    assert_eq!(summary.progress.failures.get("call-limited"), Some(&1));
    let banned_at = banned_at.lock().unwrap().unwrap();
    // The answer is on its way for 20 ms, during which others may still call.
    let told_at = banned_at + Duration::from_millis(21);
    let over_at = banned_at + Duration::from_secs(16);
    let calls = platform.calls();
    let during = calls
        .iter()
        .filter(|at| **at > told_at && **at < over_at)
        .count();
    assert_eq!(during, 0);
    assert!(calls.iter().filter(|at| **at >= over_at).count() > 70);
}

#[tokio::test(start_paused = true)]
async fn a_ban_until_tomorrow_ends_a_sweep_without_a_further_call() {
    let directory = tempfile::tempdir().unwrap();
    let banned = |_: &str, _: &str, _: u32| {
        let text = "This ban will last for 31062 more seconds";
        Answer::Error(7, "accesscontrol.limited-by-app-access-count", text)
    };
    let (platform, transport) = Platform::new(banned).into_transport();
    let mut config = config(&["a", "b", "c"]);
    config.workers = 1;
    let agent = agent(transport, ledger(directory.path()), config, clock());
    let summary = agent.sweep(never()).await.unwrap();
    assert_eq!(platform.calls().len(), 1);
    assert_eq!(summary.progress.failed, 6);
    assert!(
        summary
            .failed
            .iter()
            .all(|list| list.class == "call-limited")
    );
}

#[tokio::test(start_paused = true)]
async fn sixty_four_workers_in_a_storm_of_bans_stay_within_the_budget() {
    let directory = tempfile::tempdir().unwrap();
    // The platform allows less than we believe, so that it bans again and again.
    let (platform, transport) = Platform::new(|_, _, nth| match nth % 3 {
        0 => Answer::Fault(TransportFault::TimedOut),
        _ => Answer::Right,
    })
    .allowing(25)
    .into_transport();
    let povs: Vec<String> = (0..100).map(|number| format!("{number}")).collect();
    for code in &povs {
        platform.set(
            code,
            &day_text(0),
            (0..250).map(|number| format!("{code}-{number}")),
        );
    }
    let povs: Vec<&str> = povs.iter().map(String::as_str).collect();
    let mut config = config(&povs);
    config.workers = 64;
    config.limits.calls_per_second = Some(40);
    config.retry.failures_max = 10;
    let agent = agent(transport, ledger(directory.path()), config, clock());
    let summary = agent.sweep(never()).await.unwrap();
    assert!(
        platform.bans() > 5,
        "the storm did not blow: {}",
        platform.bans()
    );
    assert_eq!((summary.failed.len(), summary.progress.complete), (0, 200));
    assert!(
        platform.busiest_second() <= 40,
        "{}",
        platform.busiest_second()
    );
    assert_eq!(platform.calls().len() as u64, summary.progress.calls);
}

#[tokio::test(start_paused = true)]
async fn the_days_budget_holds_over_restarts_and_begins_anew_at_midnight() {
    let directory = tempfile::tempdir().unwrap();
    let (platform, transport) = Platform::new(|_, _, _| Answer::Right).into_transport();
    let clock = clock();
    let mut config = config(&["a", "b", "c", "d", "e"]);
    config.limits = Limits {
        calls_per_second: None,
        calls_per_day: Some(30),
        reserved_percent: 20,
    };
    for _ in 0..5 {
        let agent = agent(
            transport.clone(),
            ledger(directory.path()),
            config.clone(),
            clock.clone(),
        );
        agent.sweep(never()).await.unwrap();
    }
    let calls = platform.calls().len();
    assert!(
        (20..=24).contains(&calls),
        "{calls} of the 24 that polling may use"
    );

    let agent = agent(transport, ledger(directory.path()), config, clock);
    let demanded = agent.pull_one(&pov("a"), today()).await.unwrap();
    assert!(
        demanded.certificate.is_complete(),
        "from the reserved share"
    );

    // Sixteen hours later it is tomorrow, with a budget of its own.
    tokio::time::sleep(Duration::from_secs(16 * 3_600)).await;
    let before = platform.calls().len();
    agent.sweep(never()).await.unwrap();
    assert_eq!(platform.calls().len() - before, 10);
}

#[tokio::test(start_paused = true)]
async fn a_restart_in_mid_sweep_loses_and_doubles_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let stop = Arc::new(Mutex::new(CancellationToken::new()));
    let (calls, stops_at) = (
        Arc::new(AtomicU32::new(0)),
        Arc::new(AtomicU32::new(u32::MAX)),
    );
    let (stopper, counter, at) = (stop.clone(), calls.clone(), stops_at.clone());
    let script = move |_: &str, _: &str, _: u32| {
        if counter.fetch_add(1, Ordering::Relaxed) == at.load(Ordering::Relaxed) {
            stopper.lock().unwrap().cancel();
        }
        Answer::Right
    };
    let (platform, transport) = Platform::new(script).into_transport();
    let povs = ["a", "b", "c", "d"];
    for code in povs {
        platform.set(
            code,
            &day_text(0),
            (0..450).map(|number| format!("{code}{number}")),
        );
    }
    let clock = clock();
    for stops in [1, 4, 7, 9, 12, 15] {
        calls.store(0, Ordering::Relaxed);
        stops_at.store(stops, Ordering::Relaxed);
        let token = CancellationToken::new();
        *stop.lock().unwrap() = token.clone();
        let ledger = ledger(directory.path());
        let agent = agent(transport.clone(), ledger, config(&povs), clock.clone());
        agent.sweep(token).await.unwrap();
    }
    stops_at.store(u32::MAX, Ordering::Relaxed);
    let ledger = ledger(directory.path());
    let agent = agent(transport, ledger.clone(), config(&povs), clock);
    let summary = agent.sweep(never()).await.unwrap();
    assert_eq!(summary.failed, []);
    for code in povs {
        assert_eq!(ids_of(&ledger, code, 0).await.len(), 450);
    }
    let events = ledger.events_after(EventCursor(0), 100_000).await.unwrap();
    let booked: BTreeSet<String> = events
        .iter()
        .filter(|event| event.change.kind == ChangeKind::Booked)
        .map(|event| event.change.appointment_id.as_str().to_owned())
        .collect();
    assert_eq!((events.len(), booked.len()), (1_800, 1_800));
}

#[tokio::test(start_paused = true)]
async fn while_it_runs_absences_are_proved_and_moves_are_recognised() {
    let directory = tempfile::tempdir().unwrap();
    let (platform, transport) = Platform::new(|_, _, _| Answer::Right).into_transport();
    platform.set("a", &day_text(0), ids('a', 30));
    let ledger = ledger(directory.path());
    let agent = Arc::new(agent(transport, ledger.clone(), config(&["a"]), clock()));
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (agent, stop) = (agent.clone(), stop.clone());
        async move { agent.run(stop).await }
    });
    tokio::time::sleep(Duration::from_secs(120)).await;
    // One is cancelled, another one moves to tomorrow.
    platform.set("a", &day_text(0), ids('a', 28));
    platform.set("a", &day_text(1), ["a00029".to_owned()]);
    tokio::time::sleep(Duration::from_secs(300)).await;
    stop.cancel();
    let summary = running.await.unwrap().unwrap();
    assert_eq!(summary.failed, []);
    let events = ledger.events_after(EventCursor(0), 1_000).await.unwrap();
    let told: Vec<(ChangeKind, &str)> = events
        .iter()
        .skip(30)
        .map(|event| (event.change.kind, event.change.appointment_id.as_str()))
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.contains(&(ChangeKind::Cancelled, "a00028")),
        "{told:?}"
    );
    assert!(
        told.contains(&(ChangeKind::Rescheduled, "a00029")),
        "{told:?}"
    );
    assert_eq!(ledger.suspects().await.unwrap(), []);
    assert!(summary.progress.calls < 40, "{}", summary.progress.calls);
}

#[tokio::test(start_paused = true)]
async fn a_sweep_that_waits_for_it_proves_absences() {
    let directory = tempfile::tempdir().unwrap();
    let (platform, transport) = Platform::new(|_, _, _| Answer::Right).into_transport();
    platform.set("a", &day_text(0), ids('a', 230));
    let ledger = ledger(directory.path());
    let mut config = config(&["a", "b"]);
    config.timetable.confirm_after = Duration::from_secs(2);
    config.sweep_confirm_patience = Duration::from_secs(5);
    let agent = agent(transport, ledger.clone(), config, clock());
    agent.sweep(never()).await.unwrap();
    platform.set("a", &day_text(0), ids('a', 229).skip(1));
    platform.set("b", &day_text(1), ["a00000".to_owned()]);
    let summary = agent.sweep(never()).await.unwrap();
    assert_eq!(summary.progress.suspects_left, 0);
    assert_eq!(ledger.suspects().await.unwrap(), []);
    assert_eq!(ids_of(&ledger, "a", 0).await, set_of(ids('a', 229).skip(1)));
    assert_eq!(ids_of(&ledger, "b", 1).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_run_of_fewer_days_looks_on_the_others_that_the_ledger_knows() {
    let directory = tempfile::tempdir().unwrap();
    let (platform, transport) = Platform::new(|_, _, _| Answer::Right).into_transport();
    platform.set("a", &day_text(0), ids('a', 30));
    platform.set("a", &day_text(20), ids('z', 3));
    let ledger = ledger(directory.path());
    let clock = clock();
    let of_days = |first_day, last_day| {
        let mut config = config(&["a"]);
        config.timetable.first_day = first_day;
        config.timetable.last_day = last_day;
        config.timetable.confirm_after = Duration::from_secs(2);
        config.sweep_confirm_patience = Duration::from_secs(5);
        agent(transport.clone(), ledger.clone(), config, clock.clone())
    };
    of_days(0, 20).sweep(never()).await.unwrap();
    // One moves beyond the days of the next runs, and one is cancelled.
    platform.set("a", &day_text(0), ids('a', 30).skip(2));
    let moved = ids('z', 3).chain(ids('a', 1));
    platform.set("a", &day_text(20), moved);
    for (first_day, last_day) in [(0, 0), (0, 3), (4, 9)] {
        let agent = of_days(first_day, last_day);
        agent.sweep(never()).await.unwrap();
    }
    let events = ledger.events_after(EventCursor(0), 100).await.unwrap();
    let told: Vec<_> = events[33..]
        .iter()
        .map(|event| (event.change.kind, event.change.appointment_id.as_str()))
        .collect();
    let expected = [
        (ChangeKind::Rescheduled, "a00000"),
        (ChangeKind::Cancelled, "a00001"),
    ];
    assert_eq!(told, expected);
    assert_eq!(ids_of(&ledger, "a", 20).await.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_sweep_of_a_platform_that_is_down_ends_soon() {
    let refusals: [(Answer, &str, usize); 3] = [
        (Answer::Fault(TransportFault::Connect), "connect", 400),
        (Answer::Error(50, "isv.pov-not-exist", "x"), "refused", 60),
        (Answer::Error(25, "isv.x", "x"), "refused", 20),
    ];
    for (answer, class, calls_max) in refusals {
        let directory = tempfile::tempdir().unwrap();
        let (platform, transport) = Platform::new(move |_, _, _| answer.clone()).into_transport();
        let povs: Vec<String> = (0..2_000).map(|number| format!("{number}")).collect();
        let povs: Vec<&str> = povs.iter().map(String::as_str).collect();
        let agent = agent(transport, ledger(directory.path()), config(&povs), clock());
        let summary = agent.sweep(never()).await.unwrap();
        assert_eq!(summary.progress.failed, 4_000, "every list was given up");
        assert!(summary.failed.iter().all(|list| list.class == class));
        let calls = platform.calls().len();
        assert!(calls <= calls_max, "{class}: {calls}");
    }
}

#[tokio::test(start_paused = true)]
async fn polling_a_platform_that_is_down_costs_few_calls_and_recovers() {
    let directory = tempfile::tempdir().unwrap();
    let down = Arc::new(AtomicBool::new(true));
    let is_down = down.clone();
    let script = move |_: &str, _: &str, _: u32| match is_down.load(Ordering::Relaxed) {
        true => Answer::Fault(TransportFault::Connect),
        false => Answer::Right,
    };
    let (platform, transport) = Platform::new(script).into_transport();
    let povs: Vec<String> = (0..500).map(|number| format!("{number}")).collect();
    let povs: Vec<&str> = povs.iter().map(String::as_str).collect();
    let agent = Arc::new(agent(
        transport,
        ledger(directory.path()),
        config(&povs),
        clock(),
    ));
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (agent, stop) = (agent.clone(), stop.clone());
        async move { agent.run(stop).await }
    });
    tokio::time::sleep(Duration::from_secs(600)).await;
    let calls = platform.calls().len();
    assert!((40..100).contains(&calls), "{calls} calls in ten minutes");
    down.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(180)).await;
    stop.cancel();
    let summary = running.await.unwrap().unwrap();
    assert_eq!((summary.progress.never_read, summary.failed.len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_demand_is_read_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let (platform, transport) = Platform::new(|_, _, _| Answer::Right).into_transport();
    let ledger = ledger(directory.path());
    let agent = Arc::new(agent(transport, ledger.clone(), config(&["a"]), clock()));
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (agent, stop) = (agent.clone(), stop.clone());
        async move { agent.run(stop).await }
    });
    tokio::time::sleep(Duration::from_secs(60)).await;
    platform.set("a", &day_text(1), ids('b', 3));
    assert!(agent.demand(pov("a"), today().plus_days(1).unwrap()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut progress = agent.progress();
    let seen = progress.borrow_and_update().events[0];
    stop.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(ids_of(&ledger, "a", 1).await.len(), 3);
    assert_eq!(seen, 3);
}

fn busy() -> Vec<u8> {
    let text = r#"{"alibaba_health_vaccin_appointment_query_response":{"result":{"msg_code":"FAIL_BIZ_500","msg_info":"系统繁忙,请稍后重试","success":false},"request_id":"abcdefghijk"}}"#;
    text.as_bytes().to_vec()
}
