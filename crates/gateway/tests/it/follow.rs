//! How memory keeps in step with the book.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use povline_domain::PovId;
use povline_gateway::GatewayConfig;

use crate::call::{Call, SECRET, urlencoded};
use crate::memory_book::MemoryBook;
use crate::platform::{DAY, PATH, Platform, appointment, appointments, day, fill, ids, model};
use crate::wire::{Connection, FORM, request};

/// Tries until it is so. The bound only turns "never" into a failure.
pub(crate) async fn until<F: Future<Output = bool>>(mut is_so: impl FnMut() -> F) {
    let tried = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), tried)
        .await
        .expect("it never came to be so");
}

fn call() -> Call {
    Call::page("00001", DAY, 1, 200).signed(SECRET)
}

#[tokio::test]
async fn a_day_in_memory_is_not_read_again() {
    let platform = Platform::with_rows(appointments(3)).await;
    for _ in 0..20 {
        assert_eq!(ids(&platform.post(&call()).await).len(), 3);
    }
    assert_eq!(platform.book.reads.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_write_is_seen_without_being_told() {
    let platform = Platform::with_rows(appointments(3)).await;
    assert_eq!(ids(&platform.post(&call()).await).len(), 3);
    platform
        .book
        .edit(1, day(), |rows| rows.push(appointment(4)));
    until(|| async { ids(&platform.post(&call()).await).len() == 4 }).await;
}

#[tokio::test]
async fn an_invalidation_is_seen_by_the_very_next_call() {
    let platform = Platform::with_rows(appointments(3)).await;
    for n in 4..50 {
        platform
            .book
            .edit(1, day(), |rows| rows.push(appointment(n)));
        platform.gateway.invalidate(PovId(1), day());
        assert_eq!(ids(&platform.post(&call()).await).len(), n);
    }
}

#[tokio::test]
async fn a_row_that_is_written_while_the_day_is_read_is_not_lost() {
    let book = Arc::new(MemoryBook::gated());
    fill(&book, appointments(3));
    let platform = Arc::new(Platform::serve(Arc::clone(&book), GatewayConfig::default()).await);
    let early = tokio::spawn({
        let platform = Arc::clone(&platform);
        async move { platform.post(&call()).await }
    });
    // The reading has taken three rows and now stands at the gate.
    book.at_gate.notified().await;
    book.edit(1, day(), |rows| rows.push(appointment(4)));
    platform.gateway.invalidate(PovId(1), day());
    book.gate.as_ref().unwrap().add_permits(100);
    early.await.unwrap();
    assert_eq!(ids(&platform.post(&call()).await).len(), 4);
}

#[tokio::test]
async fn a_book_that_fails_is_a_business_failure_and_never_an_empty_list() {
    let platform = Platform::with_rows(appointments(3)).await;
    platform.book.broken.store(true, Ordering::Relaxed);
    let expected = r#"{"alibaba_health_vaccin_appointment_query_response":{"result":{"msg_code":"FAIL_BIZ_500","msg_info":"系统繁忙,请稍后重试","success":false},"request_id":"ID"}}"#;
    assert_eq!(platform.post(&call()).await.masked(), expected);
    platform.book.broken.store(false, Ordering::Relaxed);
    assert_eq!(ids(&platform.post(&call()).await).len(), 3);
}

#[tokio::test]
async fn what_cannot_be_followed_is_not_trusted() {
    let config = GatewayConfig {
        follow_every: Duration::from_millis(10),
        staleness_max: Duration::from_millis(100),
        ..GatewayConfig::default()
    };
    let book = Arc::new(MemoryBook::new());
    fill(&book, appointments(3));
    let platform = Platform::serve(Arc::clone(&book), config).await;
    until(|| async { platform.admin("/ready").await.status == 200 }).await;
    book.broken.store(true, Ordering::Relaxed);
    until(|| async {
        platform.post(&call()).await.text().contains("FAIL_BIZ_500")
            && platform.admin("/ready").await.status == 503
    })
    .await;
    book.broken.store(false, Ordering::Relaxed);
    until(|| async {
        platform.post(&call()).await.text().contains("P00001")
            && platform.admin("/ready").await.status == 200
    })
    .await;
}

/// Whatever the order of writes, invalidations, builds and reads: a call that is made after a write
/// was acknowledged never sees less than that write.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_reads_less_than_was_acknowledged() {
    const WRITES: usize = 300;
    let platform = Arc::new(Platform::with_rows(vec![]).await);
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (platform, acknowledged) = (Arc::clone(&platform), Arc::clone(&acknowledged));
            tokio::spawn(async move {
                let bytes = request("POST", PATH, &[FORM], &urlencoded(&call().0));
                let mut connection = Connection::open(platform.address).await;
                let mut reads = 0;
                loop {
                    let floor = acknowledged.load(Ordering::SeqCst);
                    let answer = connection.exchange(&bytes).await;
                    let total = model(&answer)["total"].as_u64().unwrap() as usize;
                    assert!(
                        total >= floor,
                        "{total} rows after {floor} were acknowledged"
                    );
                    assert_eq!(
                        ids(&answer).len(),
                        total.min(200),
                        "one answer, one instant"
                    );
                    reads += 1;
                    if floor == WRITES {
                        return reads;
                    }
                }
            })
        })
        .collect();
    for n in 1..=WRITES {
        platform
            .book
            .edit(1, day(), |rows| rows.push(appointment(n)));
        platform.gateway.invalidate(PovId(1), day());
        acknowledged.store(n, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for reader in readers {
        assert!(reader.await.unwrap() > 1);
    }
    assert!(
        platform.book.reads.load(Ordering::Relaxed) > 10,
        "it was never rebuilt"
    );
}
