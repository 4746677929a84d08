//! The ledgers that a life may be kept in.

use std::path::PathBuf;
use std::sync::Arc;

use povline_domain::{Appointment, Change, Day, UnixMillis, Window};
use povline_store::ledger::{
    Deliveries, EventCursor, HoldAnswer, HoldDecision, HoldScope, Ledger, Observation, RowState,
    SqliteLedger, Suspect,
};
use povline_sync::settle::{SettlePolicy, settle};
use tokio::runtime::Runtime;

use crate::settle::memory::MemoryLedger;
use crate::settle::support::pov;

use super::sinks::MemoryOutbox;

pub trait Keeper {
    /// What its sinks are fed from.
    type Outbox: Deliveries;

    fn outbox(&self) -> Arc<Self::Outbox>;

    /// The database in which a sink may keep a table.
    fn table_file(&self) -> Option<PathBuf> {
        None
    }

    fn standing_windows(&self, day: Day) -> Option<Vec<Window>>;

    /// Settles a scan, and tells whether the day's rows stand for it.
    fn settle(&mut self, observation: &Observation) -> (Vec<Change>, bool);

    /// The live rows of a day, by appointment id.
    fn live_rows(&self, day: Day) -> Vec<Appointment>;

    fn suspects(&self) -> Vec<Suspect>;

    /// What is held.
    fn holds(&self) -> Vec<HoldScope>;

    /// A person says that a loss is real.
    fn accept(&mut self, scope: HoldScope);

    /// The process is killed and started anew.
    fn kill(&mut self) {}

    /// All that was told, in order.
    fn events(&self) -> Vec<Change>;
}

/// A ledger in memory, with its outbox.
pub struct InMemory {
    ledger: MemoryLedger,
    outbox: Arc<MemoryOutbox>,
}

pub fn in_memory(policy: SettlePolicy) -> InMemory {
    InMemory {
        ledger: MemoryLedger::new(policy),
        outbox: Arc::new(MemoryOutbox::new()),
    }
}

impl Keeper for InMemory {
    type Outbox = MemoryOutbox;

    fn outbox(&self) -> Arc<MemoryOutbox> {
        Arc::clone(&self.outbox)
    }

    fn standing_windows(&self, day: Day) -> Option<Vec<Window>> {
        self.ledger.standing_windows(day)
    }

    fn settle(&mut self, observation: &Observation) -> (Vec<Change>, bool) {
        let settlement = self.ledger.settle(observation);
        self.outbox.put(observation, &settlement.changes);
        (settlement.changes, settlement.stands)
    }

    fn live_rows(&self, day: Day) -> Vec<Appointment> {
        let rows = self.ledger.rows.values();
        let live = rows.filter(|row| row.state == RowState::Live);
        let rows = live.map(|row| row.appointment.clone());
        rows.filter(|row| row.day == day).collect()
    }

    fn suspects(&self) -> Vec<Suspect> {
        self.ledger.suspects().collect()
    }

    fn holds(&self) -> Vec<HoldScope> {
        let lists = self
            .ledger
            .holds
            .keys()
            .map(|day| HoldScope::List(pov(), *day));
        let fleet = self.ledger.fleet.map(|_| HoldScope::Fleet);
        fleet.into_iter().chain(lists).collect()
    }

    fn accept(&mut self, scope: HoldScope) {
        self.ledger.accept(match scope {
            HoldScope::Fleet => None,
            HoldScope::List(_, day) => Some(day),
        });
    }

    fn events(&self) -> Vec<Change> {
        self.outbox.events()
    }
}

/// A ledger on SQLite, in a directory of its own.
pub struct OnDisk {
    ledger: Arc<SqliteLedger>,
    policy: SettlePolicy,
    runtime: Runtime,
    directory: tempfile::TempDir,
}

pub fn on_disk(policy: SettlePolicy) -> OnDisk {
    let directory = tempfile::tempdir().unwrap();
    OnDisk {
        ledger: Arc::new(SqliteLedger::open(directory.path()).unwrap()),
        policy,
        runtime: crate::ledger::runtime(),
        directory,
    }
}

impl Keeper for OnDisk {
    type Outbox = SqliteLedger;

    fn outbox(&self) -> Arc<SqliteLedger> {
        Arc::clone(&self.ledger)
    }

    fn table_file(&self) -> Option<PathBuf> {
        Some(self.directory.path().join(SqliteLedger::FILE_NAME))
    }

    fn standing_windows(&self, day: Day) -> Option<Vec<Window>> {
        let pov = pov();
        let windows = self.ledger.standing_windows(&pov, day);
        self.runtime.block_on(windows).unwrap()
    }

    fn settle(&mut self, observation: &Observation) -> (Vec<Change>, bool) {
        let policy = self.policy;
        let settled = self
            .ledger
            .settle(vec![observation.clone()], move |scan, view| {
                settle(&policy, scan, view)
            });
        let settled = self.runtime.block_on(settled).unwrap();
        let settled = settled.into_iter().next().unwrap().unwrap();
        (settled.changes, settled.stands)
    }

    fn live_rows(&self, day: Day) -> Vec<Appointment> {
        let rows = self
            .runtime
            .block_on(self.ledger.rows(&pov(), day))
            .unwrap();
        let live = rows.into_iter().filter(|row| row.state == RowState::Live);
        live.map(|row| row.appointment).collect()
    }

    fn suspects(&self) -> Vec<Suspect> {
        self.runtime.block_on(self.ledger.suspects()).unwrap()
    }

    fn holds(&self) -> Vec<HoldScope> {
        let holds = self.runtime.block_on(self.ledger.holds()).unwrap();
        holds.into_iter().map(|held| held.scope).collect()
    }

    fn accept(&mut self, scope: HoldScope) {
        let decision = HoldDecision {
            accepted: true,
            by: "test".to_owned(),
            at: UnixMillis(0),
        };
        let holds = self.runtime.block_on(self.ledger.holds()).unwrap();
        let held = holds.into_iter().find(|held| held.scope == scope);
        let decided = self.ledger.decide_hold(scope, held.unwrap().mark, decision);
        let decided = self.runtime.block_on(decided).unwrap();
        assert!(matches!(decided, HoldAnswer::Decided(_)));
    }

    fn kill(&mut self) {
        // The one before ends with what it has begun to write, as a killed process leaves it whole
        // or not at all.
        self.ledger = Arc::new(SqliteLedger::open(self.directory.path()).unwrap());
    }

    fn events(&self) -> Vec<Change> {
        let events = self.ledger.events_after(EventCursor(0), usize::MAX);
        let events = self.runtime.block_on(events).unwrap();
        events.into_iter().map(|event| event.change).collect()
    }
}
