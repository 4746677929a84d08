//! Many lives in worlds of every kind.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use povline_sync::chance::Chance;

use super::churn::{BURSTS, Churn, HEAVY, LIGHT, MOVING, RESTLESS, STORM};
use super::keeper::{in_memory, on_disk};
use super::life::{CONFIRM_AFTER_MS, Life, Limit, POLICY, Tally};
use super::server::{Manner, Server, Total};
use super::sinks::{Sinks, Wanted};
use super::truth::Order;

/// One world: how its server behaves, how long its lists are, and how often it is read.
#[derive(Debug, Clone, Copy)]
struct World {
    manner: Manner,
    /// The last one lies beyond the horizon.
    lengths: [usize; 5],
    rounds: u32,
    /// The longest pause between two rounds.
    pause_ms: u64,
}

const LENGTHS: [[usize; 5]; 5] = [
    [5, 0, 30, 12, 3],
    [195, 205, 60, 8, 0],
    [450, 230, 120, 40, 20],
    [1000, 395, 200, 100, 20],
    [390, 700, 0, 150, 0],
];

const CHURNS: [Churn; 4] = [HEAVY, LIGHT, MOVING, BURSTS];

/// The worlds in which no limit but moves is touched.
fn worlds(count: usize) -> Vec<World> {
    let world = |index: usize| {
        let order = [Order::Append, Order::Middle][index % 2];
        let churn = CHURNS[index / 2 % 4];
        let plain = Manner::plain(order, churn);
        let manner = match index / 8 % 6 {
            0 | 1 => plain,
            2 => Manner {
                total: Total::Lagging,
                ..plain
            },
            3 => Manner {
                total: Total::Missing,
                echoes: false,
                fails_one_in: 50,
                ..plain
            },
            4 => Manner {
                page_rows_max: 100,
                ..plain
            },
            _ => Manner {
                stale_ms: 20_000,
                ..plain
            },
        };
        World {
            manner: Manner {
                kills_one_in: 50,
                ..manner
            },
            lengths: LENGTHS[index % 5],
            rounds: 120,
            pause_ms: 20_000,
        }
    };
    (0..count).map(world).collect()
}

fn live_in(world: World, seed: u64, index: usize) -> Tally {
    let seed = seed.wrapping_mul(0x9e37_79b9).wrapping_add(index as u64);
    let server = Server::new(world.manner, &world.lengths, Chance::new(seed));
    let sinks = Sinks::new(Chance::new(seed ^ 1 << 63), wanted(index));
    if is_kept_on_disk(index) {
        let mut ledger = on_disk(POLICY);
        return Life::new(server, 4, &mut ledger, sinks).live(world.rounds, world.pause_ms);
    }
    let mut ledger = in_memory(POLICY);
    Life::new(server, 4, &mut ledger, sinks).live(world.rounds, world.pause_ms)
}

/// The disk takes its time, so a few of many worlds are kept there: of the 48 one of each churn, two
/// of each order.
fn is_kept_on_disk(index: usize) -> bool {
    super::has_every_sink() || index % 13 == 4
}

/// Every world has a file that events are written to. What is said over a connection takes its time,
/// so a few of many worlds have other sinks: of the 48 some of each churn and each manner, and of
/// those on disk one has a webhook, one a listener and one a stream.
fn wanted(index: usize) -> Wanted {
    if super::has_every_sink() {
        return Wanted::EVERY;
    }
    Wanted {
        webhook: index % 7 == 4,
        listener: index % 7 == 2,
        jetstream: index % 7 == 1,
    }
}

/// Lives in every world once for each seed, as many lives at a time as there are processors.
fn live_in_all(name: &str, worlds: &[World]) -> Tally {
    live_with_seeds(name, worlds, &super::seeds())
}

fn live_with_seeds(name: &str, worlds: &[World], seeds: &[u64]) -> Tally {
    let next = AtomicUsize::new(0);
    let sum = Mutex::new(Tally::default());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let live_on = || {
        loop {
            let life = next.fetch_add(1, Ordering::Relaxed);
            let index = life % worlds.len();
            let Some(&seed) = seeds.get(life / worlds.len()) else {
                return;
            };
            let failed = Failed { seed, index };
            let tally = live_in(worlds[index], seed, index);
            std::mem::forget(failed);
            sum.lock().unwrap().add(&tally);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(live_on);
        }
    });
    let tally = sum.into_inner().unwrap();
    println!("{name}, seeds {seeds:?}: {tally:#?}");
    tally
}

/// Says, if a life fails, how to live it again.
struct Failed {
    seed: u64,
    index: usize,
}

impl Drop for Failed {
    fn drop(&mut self) {
        let Self { seed, index } = self;
        println!("failed: POVLINE_MODEL_SEED={seed}, world {index}");
    }
}

/// A million changes, or as many as `POVLINE_MODEL_CHANGES` says; how ten million are lived through
/// stands in `CONTRIBUTING.md`.
#[test]
fn a_million_changes() {
    let wanted = super::changes_wanted();
    let mut tally = live_in_all("a million changes", &worlds(48));
    let mut first_seed = 10_000;
    while tally.changes < wanted {
        let seeds = [first_seed, first_seed + 1];
        let more = live_with_seeds("more changes", &worlds(48), &seeds);
        tally.add(&more);
        first_seed += 2;
    }
    println!("all in all: {tally:#?}");

    assert!(tally.changes >= wanted, "{}", tally.changes);
    // Every server of these worlds keeps an order, however fast its lists change.
    assert_eq!(tally.verdicts.get("agreed"), None);
    assert!(tally.kills > 100 && tally.verdicts["call-failed"] > 100);
    assert!(tally.changes_in_scans >= 100_000);
    let events = |kind: &str| tally.events.get(kind).copied().unwrap_or_default();
    for kind in povline_domain::ChangeKind::ALL {
        assert!(events(kind.word()) > 100, "{kind}: {}", events(kind.word()));
    }
    let told: u64 = tally.events.values().sum();
    assert_eq!(tally.sinks.events["ndjson"], told);
    assert!(tally.sinks.events["webhook"] > told / 10 && tally.sinks.events["table"] > told / 20);
    assert!(tally.sinks.events["sse"] > told / 10);
    // A receiver that loses answers is told again, so is a listener who has forgotten what he heard,
    // and so is a file that was moved away before the agent knew that it had been written.
    for kind in ["webhook", "sse", "ndjson"] {
        assert!(tally.sinks.doubles[kind] > 100, "{kind}");
    }
    assert!(tally.sinks.deaths > 100);
    let false_cancellations: u64 = tally.false_cancellations.values().sum();
    assert!(false_cancellations * 100 < events("cancelled"));
    assert!(tally.false_cancellations[&Limit::BeyondTheHorizon] > 0);
    assert_eq!(tally.false_cancellations.get(&Limit::StaleServer), None);
}

/// A stream drops what it is told twice, so whoever reads it has each event once.
#[test]
#[cfg(feature = "nats")]
fn nats_streams_have_every_event_once() {
    let tally = live_in_all("streams", &worlds(16));
    assert!(tally.sinks.events["nats"] > 10_000);
    assert!(tally.sinks.deaths > 10);
}

#[test]
fn lists_of_twelve_thousand() {
    let world = |order, churn| World {
        manner: Manner::plain(order, churn),
        lengths: [12_000, 300, 0, 20, 0],
        rounds: 4,
        pause_ms: 20_000,
    };
    let tally = live_in_all(
        "lists of twelve thousand",
        &[
            world(Order::Append, MOVING),
            world(Order::Middle, HEAVY),
            world(Order::Middle, MOVING),
        ],
    );
    assert!(tally.verdicts["complete"] > 80);
}

/// Answers from copies older than the confirming delay are beyond what is promised. That they are
/// noticed shows that this harness sees false cancellations.
#[test]
fn a_server_that_is_too_stale_is_a_limit() {
    let world = |order| World {
        manner: Manner {
            stale_ms: 5 * CONFIRM_AFTER_MS,
            ..Manner::plain(order, HEAVY)
        },
        lengths: [100, 230, 20, 40, 0],
        rounds: 60,
        pause_ms: 40_000,
    };
    let worlds = [world(Order::Append), world(Order::Middle)];
    let tally = live_in_all("a server too stale", &worlds);
    assert!(tally.false_cancellations[&Limit::StaleServer] > 0);
}

#[test]
fn moves_that_outrun_the_sweep_are_a_limit() {
    let world = |order| World {
        manner: Manner {
            gap_ms: 5000,
            ..Manner::plain(order, RESTLESS)
        },
        lengths: [30, 30, 30, 30, 0],
        rounds: 200,
        // Long enough that a row which vanishes has really gone.
        pause_ms: 200_000,
    };
    let worlds = [world(Order::Append), world(Order::Middle)];
    let tally = live_in_all("restless rows", &worlds);
    assert!(tally.false_cancellations[&Limit::MovedTwice] > 0);
}

/// Whoever moves the last rows of a window, together, past a few others, and takes as many from
/// before them, deceives the scan that reads on just then. That is a stated limit.
#[test]
fn anchors_that_move_along_with_the_seam_are_a_limit() {
    let world = |order| World {
        manner: Manner {
            slides_one_in: 20,
            ..Manner::plain(order, MOVING)
        },
        lengths: [450, 600, 300, 230, 0],
        rounds: 20,
        pause_ms: 5000,
    };
    let worlds = [world(Order::Append), world(Order::Middle)];
    let tally = live_in_all("sliding seams", &worlds);
    assert!(tally.scans_past_moved_anchors > 0);
}

/// Rows that stand together move together all the time.
#[test]
fn sessions_that_close_all_the_time() {
    let world = |order| World {
        manner: Manner {
            focused: true,
            ..Manner::plain(order, STORM)
        },
        lengths: [450, 600, 300, 800, 0],
        rounds: 20,
        pause_ms: 5000,
    };
    let worlds = [world(Order::Append), world(Order::Middle)];
    let tally = live_in_all("storm", &worlds);
    assert!(tally.verdicts["complete"] > 100);
    assert!(tally.restarts > 100);
}

/// Runs of fewer days, such as one by hand, settle into the same ledger.
#[test]
fn runs_of_fewer_days_between_the_others() {
    let world = |order, churn| World {
        manner: Manner {
            narrows_one_in: 2,
            ..Manner::plain(order, churn)
        },
        lengths: [60, 230, 120, 40, 20],
        rounds: 100,
        // So long that one run misses a row and the next one confirms that.
        pause_ms: 150_000,
    };
    let worlds = [world(Order::Append, MOVING), world(Order::Middle, LIGHT)];
    let tally = live_in_all("fewer days", &worlds);
    assert!(tally.events["cancelled"] > 1000 && tally.events["rescheduled"] > 100);
}

/// A server that caps its pages and says neither so nor how long a list is.
#[test]
fn a_silent_server_with_small_pages() {
    let world = |order| World {
        manner: Manner {
            page_rows_max: 100,
            total: Total::Missing,
            echoes: false,
            ..Manner::plain(order, MOVING)
        },
        lengths: [450, 230, 120, 40, 20],
        rounds: 60,
        pause_ms: 20_000,
    };
    let worlds = [world(Order::Append), world(Order::Middle)];
    let tally = live_in_all("small pages, silently", &worlds);
    assert!(tally.verdicts["complete"] > 500);
}

/// A server whose order depends on the size of the page joins no windows of different sizes.
#[test]
fn a_server_without_order_is_read_in_two_passes() {
    let manner = Manner {
        order_by_size: true,
        ..Manner::plain(Order::Append, LIGHT)
    };
    let world = World {
        manner,
        lengths: [450, 230, 120, 40, 20],
        rounds: 60,
        pause_ms: 20_000,
    };
    let tally = live_in_all("without order", &[world]);
    assert!(tally.verdicts["agreed"] > 100, "{tally:?}");
    assert!(tally.verdicts["complete"] > 100, "one page needs no order");
    assert!(tally.events["cancelled"] > 100);
    let wrong = tally.passes_that_agreed_wrongly;
    assert!(wrong * 50 < tally.verdicts["agreed"], "{tally:?}");
}

/// A server that says of a list, for longer than the confirming delay, that there is nothing.
#[test]
fn a_server_that_denies_whole_lists_cancels_nobody() {
    let world = |order, churn| World {
        manner: Manner {
            darkens_one_in: 40,
            ..Manner::plain(order, churn)
        },
        lengths: [450, 230, 120, 60, 20],
        rounds: 120,
        pause_ms: 40_000,
    };
    let worlds = [world(Order::Append, LIGHT), world(Order::Middle, MOVING)];
    let tally = live_in_all("denied lists", &worlds);
    assert!(tally.scans_in_the_dark > 200);
    assert!(tally.holds_refused > 100 && tally.holds_accepted > 0);
    // None of these lists is ever so short that it could be denied whole without a brake.
    assert_eq!(tally.false_cancellations.get(&Limit::BelowTheBrake), None);
}

#[test]
fn the_ledger_on_disk_converges_too() {
    let mut sum = Tally::default();
    for order in [Order::Append, Order::Middle] {
        let manner = Manner {
            fails_one_in: 60,
            kills_one_in: 10,
            darkens_one_in: 200,
            ..Manner::plain(order, BURSTS)
        };
        let server = Server::new(manner, &[230, 60, 410, 45, 10], Chance::new(1));
        let mut ledger = on_disk(POLICY);
        let sinks = Sinks::new(Chance::new(2), Wanted::EVERY);
        sum.add(&Life::new(server, 4, &mut ledger, sinks).live(25, 40_000));
    }
    println!("on disk: {sum:#?}");
    assert!(sum.events["cancelled"] > 100);
}
