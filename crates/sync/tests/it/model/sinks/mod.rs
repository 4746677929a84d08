//! The sinks of a life: real deliveries, that die with the agent and go on where they stood.

mod ends;
mod file;
mod follower;
#[cfg(feature = "nats")]
mod jetstream;
mod listener;
mod mood;
mod mortal;
mod outbox;
mod receiver;

pub use self::ends::Wanted;
pub use self::follower::{Follower, Told};
pub use self::outbox::MemoryOutbox;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use povline_delivery::{Courier, Disclosure, SinkKind, SinkSettings, Until};
use povline_domain::{Clock, UnixMillis};
use povline_store::ledger::{Deliveries, SinkName, SinkStart};
use povline_store::query_rows;
use povline_sync::chance::Chance;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use self::ends::{End, Outlet};
use self::mood::Mood;
use self::mortal::{Death, Mortal};
use super::keeper::Keeper;
use super::truth::one_in;

/// What the sinks of a life may show: all that there is.
const ALL: Disclosure = Disclosure {
    names: true,
    pick_codes: true,
};

/// Longer than any pause between two attempts.
const LONG_MS: i64 = 8 * 60 * 60 * 1000;

/// What the sinks of a life, or of many, came to.
#[derive(Debug, Default, Clone)]
pub struct SinkTally {
    pub deliveries: u64,
    /// Deliveries that the agent did not live to see the end of.
    pub deaths: u64,
    /// For each kind of sink, how many events it was handed, each counted once.
    pub events: BTreeMap<&'static str, u64>,
    /// For each kind of sink, how many repeats were removed.
    pub doubles: BTreeMap<&'static str, u64>,
}

pub struct Sinks {
    _directory: TempDir,
    chance: Chance,
    clock: Arc<WorldClock>,
    ends: Vec<End>,
    tally: SinkTally,
}

/// A clock that the world sets.
struct WorldClock(AtomicI64);

impl Clock for WorldClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::Relaxed))
    }
}

impl Sinks {
    pub fn new(mut chance: Chance, wanted: Wanted) -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            ends: End::all(wanted, directory.path(), &mut chance),
            clock: Arc::new(WorldClock(AtomicI64::new(0))),
            _directory: directory,
            chance,
            tally: SinkTally::default(),
        }
    }

    /// Now and then hands over what there is.
    pub fn round(&mut self, keeper: &impl Keeper, now: i64) {
        if one_in(&mut self.chance, 3) {
            let mood = match self.chance.below(10) {
                0 => Mood::Away,
                _ => Mood::Moody,
            };
            self.clock.0.store(now, Ordering::Relaxed);
            self.deliver(keeper, mood, &Death::never());
            self.read();
        }
    }

    /// The agent is killed in the midst of a delivery, and started anew.
    pub fn kill(&mut self, keeper: &mut impl Keeper, now: i64) {
        // A webhook's letters have a moment each, a file's batches only two.
        let moments_max = if one_in(&mut self.chance, 2) { 8 } else { 200 };
        let death = Death::after(self.chance.below(moments_max) as i64);
        self.clock.0.store(now, Ordering::Relaxed);
        self.tally.deaths += u64::from(!self.deliver(keeper, Mood::Moody, &death));
        keeper.kill();
        if one_in(&mut self.chance, 2) {
            let ledger = keeper.outbox();
            let (name, kind) = (name("ndjson"), "ndjson");
            let state = runtime().block_on(ledger.enlist(&name, kind, SinkStart::Oldest));
            let cursor = state.unwrap().cursor;
            for end in &self.ends {
                if let Outlet::File(file) = &end.outlet {
                    file.tear(cursor, &mut self.chance);
                }
            }
        }
        self.read();
    }

    /// The receivers come to rest, and every sink must have every event once.
    pub fn come_to_rest(&mut self, keeper: &mut impl Keeper) {
        let events: Vec<Told> = keeper.events().into_iter().map(Told::from).collect();
        // What waits is due at last, and what waited behind it.
        for _ in 0..3 {
            self.clock.0.fetch_add(LONG_MS, Ordering::Relaxed);
            self.deliver(keeper, Mood::Well, &Death::never());
            self.read();
        }
        // Who has had everything is told nothing more, also by an agent that was started anew.
        let doubles = self.doubles();
        keeper.kill();
        self.clock.0.fetch_add(LONG_MS, Ordering::Relaxed);
        self.deliver(keeper, Mood::Well, &Death::never());
        self.read();
        assert_eq!(self.doubles(), doubles);
        for (_, follower) in self.followers() {
            follower.check(&events);
        }
        if let Some(file) = keeper.table_file() {
            check_table(&file, &events);
            self.tally.events.insert("table", events.len() as u64);
        }
    }

    /// Each event once, as the readers of each sink have it.
    pub fn followers(&self) -> impl Iterator<Item = (&'static str, &Follower)> {
        let ends = self.ends.iter();
        ends.map(|end| (end.outlet.word(), &end.follower))
    }

    pub fn tally(&self) -> SinkTally {
        let mut tally = self.tally.clone();
        for (kind, follower) in self.followers() {
            tally.events.insert(kind, follower.events());
            tally.doubles.insert(kind, follower.doubles);
        }
        tally
    }

    fn doubles(&self) -> Vec<u64> {
        let followers = self.followers();
        followers.map(|(_, follower)| follower.doubles).collect()
    }

    /// Hands over what can be handed over; `false` if the agent died of it.
    fn deliver<K: Keeper>(&mut self, keeper: &K, mood: Mood, death: &Arc<Death>) -> bool {
        self.tally.deliveries += 1;
        let ledger = Mortal {
            ledger: keeper.outbox(),
            death: Arc::clone(death),
        };
        let clock: Arc<dyn Clock> = Arc::<WorldClock>::clone(&self.clock);
        let courier = Courier::new(Arc::new(ledger), clock, self.chance.next_u64());
        let sinks = self.settings(mood, keeper.table_file().is_some());
        let outlets = || self.ends.iter().map(|end| &end.outlet);
        // With its runtime a process ends whole: what a thread of it has begun, it writes.
        runtime().block_on(async {
            outlets().for_each(|outlet| outlet.begin(mood, death));
            let stop = CancellationToken::new();
            let hear = async {
                for outlet in outlets() {
                    if let Outlet::Listener(listener) = outlet {
                        listener.hear(&courier, mood, death).await;
                    }
                }
            };
            let hand_over = async {
                let (handed, ()) = tokio::join!(courier.run(sinks, Until::CaughtUp, &stop), hear);
                handed.unwrap();
            };
            tokio::select! {
                () = hand_over => true,
                () = death.comes() => false,
            }
        })
    }

    /// Those who stand behind the sinks read what has come.
    fn read(&mut self) {
        for end in &mut self.ends {
            end.read(&mut self.chance);
        }
    }

    /// The sinks that are spoken to.
    fn settings(&self, mood: Mood, has_table: bool) -> Vec<SinkSettings> {
        let outlets = self.ends.iter().map(|end| &end.outlet);
        let sinks = outlets.filter_map(|outlet| Some((outlet.word(), outlet.sink(mood)?)));
        let table = has_table.then_some(("table", SinkKind::Table));
        sinks
            .chain(table)
            .map(|(word, kind)| SinkSettings {
                name: name(word),
                disclosure: ALL,
                start: SinkStart::Oldest,
                kind,
            })
            .collect()
    }
}

impl SinkTally {
    pub fn add(&mut self, other: &Self) {
        self.deliveries += other.deliveries;
        self.deaths += other.deaths;
        super::life::add_counts(&mut self.events, &other.events);
        super::life::add_counts(&mut self.doubles, &other.doubles);
    }
}

fn name(text: &str) -> SinkName {
    SinkName::new(text).unwrap()
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

/// The table has a line for each event, and no other.
fn check_table(file: &Path, events: &[Told]) {
    let columns = "sequence, appointment_id, version, kind, observed_at";
    let query = format!("SELECT {columns} FROM events_v1 ORDER BY sequence");
    let lines = query_rows(file, &query).unwrap();
    assert_eq!(lines.len(), events.len());
    for ((line, told), sequence) in lines.iter().zip(events).zip(1..) {
        let cells: Vec<&str> = line
            .iter()
            .map(|(_, cell)| cell.as_deref().unwrap())
            .collect();
        let numbers = [sequence, told.version].map(|number| number.to_string());
        assert_eq!(
            cells,
            [
                &numbers[0],
                told.id.as_str(),
                &numbers[1],
                told.kind.word(),
                &told.observed_at,
            ]
        );
    }
}
