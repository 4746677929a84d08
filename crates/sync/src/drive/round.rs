//! One run of an agent: the loop that owns the timetable.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use foldhash::HashMap;
use povline_domain::{Day, OutPovId, UnixMillis};
use povline_store::ledger::{Ledger, Observation, Settled};
use povline_store::{StoreError, StoreErrorKind};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::alarm;
use super::gate::Closed;
use super::gathered::Gathered;
use super::looks::Watch;
use super::outcome::{Health, ReadResult};
use super::read::{Order, Read, Stopped};
use super::workers::{Unread, Workers};
use super::{Agent, AgentError, settle_all};
use crate::pace::Purpose;
use crate::progress::{FAILED_LISTS_MAX, FailedList, Progress, Summary};
use crate::timetable::{Ending, Next, Reason, Task, Timetable};

/// The loop looks round at least so often, whatever the clock does meanwhile.
const LOOK_ROUND: Duration = Duration::from_secs(1);

/// A run or a sweep under way.
pub(super) struct Round<'a, L> {
    pub(super) agent: &'a Agent<L>,
    pub(super) timetable: Timetable,
    /// How long a sweep waits for a closed gate; `None` while polling, which always waits.
    patience: Option<Duration>,
    /// The days that are read, and the day on which it is these.
    open_days: (Day, Arc<[Day]>),
    workers: Workers<L>,
    gathered: Gathered<Observation, (Task, ReadResult)>,
    settling: JoinSet<Result<Vec<Result<Settled, StoreError>>, StoreError>>,
    being_settled: Vec<(Task, ReadResult)>,
    pub(super) progress: Progress,
    failed: HashMap<(OutPovId, Day), FailedList>,
    /// Confirming scans are to be planned anew, because suspects may have come or gone.
    suspects_may_differ: bool,
    pub(super) health: Health,
    pub(super) watch: Watch,
    calls_before: u64,
}

impl<'a, L: Ledger> Round<'a, L> {
    pub(super) fn new(
        agent: &'a Agent<L>,
        timetable: Timetable,
        patience: Option<Duration>,
    ) -> Self {
        Self {
            agent,
            patience,
            open_days: (Day::MIN, Arc::default()),
            workers: Workers::new(
                agent.reader.clone(),
                agent.ledger.clone(),
                agent.config.workers,
            ),
            gathered: Gathered::new(),
            settling: JoinSet::new(),
            being_settled: Vec::new(),
            progress: Progress {
                lists: timetable.lists(agent.clock.now()),
                begun_at: Some(agent.clock.now()),
                is_sweep: patience.is_some(),
                ..Progress::default()
            },
            timetable,
            failed: HashMap::default(),
            suspects_may_differ: true,
            health: Health::new(agent.config.workers, patience.is_none()),
            watch: Watch::default(),
            calls_before: agent.reader.gate().calls(),
        }
    }

    pub(super) async fn run(mut self, stop: &CancellationToken) -> Result<Summary, AgentError> {
        // Locked for the whole run: an agent does one run at a time.
        let mut demands = self.agent.demands.1.lock().await;
        self.plan_confirming().await?;
        self.take_over_alarms().await?;
        let mut look_round = tokio::time::interval(LOOK_ROUND);
        look_round.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut alarm_clock = pin!(tokio::time::sleep(LOOK_ROUND));
        let mut stopped = pin!(stop.cancelled());
        let mut ended = Vec::new();
        loop {
            let wait = self.start_reads();
            let now = Instant::now();
            self.start_settling(now);
            if wait == Wait::Done {
                if !self.suspects_may_differ {
                    break;
                }
                // What a sweep has found last may want confirming scans.
                self.plan_confirming().await?;
                continue;
            }
            let agent = self.agent;
            let wake_at = self.wake_at(&wait, now);
            // A timer that stands costs nothing; to set one costs as much as a small read.
            if let Some(at) = wake_at
                && at != alarm_clock.deadline()
            {
                alarm_clock.as_mut().reset(at);
            }
            tokio::select! {
                biased;
                () = &mut stopped => break,
                Some(settled) = self.settling.join_next() => {
                    self.settled(settled).await?;
                }
                _ = self.workers.ended(&mut ended) => {
                    let now = Instant::now();
                    for ended in ended.drain(..) {
                        let ended = self.workers.back(ended);
                        self.read_ended(ended, now);
                    }
                }
                Some(demand) = demands.recv() => {
                    self.timetable.demand(&demand.pov, demand.day);
                }
                _ = look_round.tick() => {
                    if self.suspects_may_differ {
                        self.plan_confirming().await?;
                    }
                    agent.keep_habits().await?;
                    self.look_at_every_list();
                    self.look_at_alarms(false).await?;
                    self.publish();
                    self.save_plan(false).await;
                }
                () = &mut alarm_clock, if wake_at.is_some() => {}
            }
        }
        self.finish().await
    }

    /// The days that are read at this instant, made once a day.
    fn open_days(&mut self, now: UnixMillis) -> Arc<[Day]> {
        let today = Day::at(now);
        if self.open_days.0 != today {
            self.open_days = (today, self.timetable.open_days(now).into());
        }
        Arc::clone(&self.open_days.1)
    }

    /// Whether it goes on for ever rather than to the end of a sweep.
    pub(super) fn is_polling(&self) -> bool {
        self.patience.is_none()
    }

    /// When the loop has something to do though nothing comes, if that is before it looks round.
    fn wake_at(&self, wait: &Wait, now: Instant) -> Option<Instant> {
        let due_at = self.gathered.due_at().filter(|_| self.settling.is_empty());
        let Wait::Until(until) = wait else {
            return due_at;
        };
        let millis = until.millis_since(self.agent.clock.now()).max(1);
        let pause = Duration::from_millis(millis.unsigned_abs());
        let begins_at = (pause < LOOK_ROUND).then(|| now + pause);
        due_at.into_iter().chain(begins_at).min()
    }

    /// Starts what is due as far as there are workers, and tells what there is to wait for.
    fn start_reads(&mut self) -> Wait {
        loop {
            if self.workers.are_busy() || self.gathered.is_backlog(self.being_settled.len()) {
                return Wait::ForSomething;
            }
            let now = self.agent.clock.now();
            let task = match self.timetable.next(now) {
                Next::Run(task) => task,
                Next::Wait(until) => return Wait::Until(until),
                Next::Idle => return Wait::ForSomething,
                Next::Done => return Wait::Done,
            };
            let purpose = match task.reason {
                Reason::Routine => Purpose::Routine,
                Reason::Confirming | Reason::Demand => Purpose::Reserved,
            };
            let order = Order {
                pov: task.pov.clone(),
                day: task.day,
                open_days: self.open_days(now),
                purpose,
                seed: self.agent.next_seed(),
            };
            self.workers.read(task, order);
        }
    }

    fn read_ended(&mut self, (task, read): (Task, Result<Box<Read>, Unread>), now: Instant) {
        let read = match read {
            Ok(read) => read,
            Err(Unread::Ledger(error)) => {
                let failure = failed_list(&task, "ledger", error.to_string());
                self.fail(&task, failure);
                return;
            }
            Err(Unread::Panicked) => {
                let failure = failed_list(&task, "panicked", "reading has panicked".to_owned());
                self.fail(&task, failure);
                return;
            }
        };
        for (class, count) in &read.failures {
            *self.progress.failures.entry(class).or_default() += count;
        }
        let (observation, result) = ReadResult::of(*read);
        if observation.certificate.windows.is_empty()
            && matches!(result.stopped, Some(Stopped::Closed(_)))
        {
            // The gate was closed before the first call: there is nothing to settle.
            self.note_verdict(&task, &result, false);
        } else {
            let is_unchanged = result.unchanged;
            self.gathered
                .push((observation, (task, result)), is_unchanged, now);
        }
    }

    /// A list failed for a reason of our own.
    fn fail(&mut self, task: &Task, failure: FailedList) {
        tracing::error!(pov = %task.pov, day = %task.day, class = failure.class, "a list was not read");
        self.progress.count_failure(failure.class);
        self.end(task, Ending::Failed, Some(failure));
    }

    /// Settles what has gathered and should not wait, if nothing is being settled.
    fn start_settling(&mut self, now: Instant) {
        if !self.settling.is_empty() {
            return;
        }
        let together = self.gathered.take(now, self.workers.is_any_busy());
        if together.is_empty() {
            return;
        }
        self.being_settled = together.kept;
        let observations = together.observations;
        let ledger = self.agent.ledger.clone();
        let policy = self.agent.settle_policy();
        self.settling
            .spawn(async move { settle_all(&*ledger, policy, observations).await });
    }

    /// Takes note of what has been settled.
    async fn settled(
        &mut self,
        settled: Result<Result<Vec<Result<Settled, StoreError>>, StoreError>, JoinError>,
    ) -> Result<(), AgentError> {
        let results = std::mem::take(&mut self.being_settled);
        let settled = match settled {
            Ok(Ok(settled)) => settled,
            Ok(Err(error)) if error.kind() == StoreErrorKind::Busy => {
                for (task, _) in results {
                    let failure = failed_list(&task, "ledger", error.to_string());
                    self.fail(&task, failure);
                }
                return Ok(());
            }
            Ok(Err(error)) => return Err(error.into()),
            Err(_panic) => return Err(broken("failed to settle: the ledger has panicked")),
        };
        for ((task, result), settled) in results.into_iter().zip(settled) {
            self.progress.rows += result.rows;
            match settled {
                Ok(settled) => {
                    self.progress.count_events(&settled.changes);
                    self.progress.suspected += u64::from(settled.suspected);
                    self.progress.quarantined += u64::from(settled.quarantined);
                    let begun_at = result.complete_begun_at;
                    let hold = alarm::tell(&task.pov, task.day, &settled, begun_at);
                    // What was shown while another list was being read as well is not known to be
                    // newer. Read once more it is, unless the clock itself went back.
                    let overlapped = settled.stale > 0 && task.reason != Reason::Demand;
                    if hold || overlapped {
                        self.timetable.demand(&task.pov, task.day);
                    }
                    self.suspects_may_differ |= settled.suspected > 0
                        || settled.suspects_left > 0
                        || task.reason == Reason::Confirming;
                    self.timetable.shown(&task, result.shown(&settled));
                    self.note_verdict(&task, &result, settled.stands);
                }
                Err(error) => {
                    let failure = failed_list(&task, "ledger", error.to_string());
                    self.fail(&task, failure);
                }
            }
        }
        self.suspects_may_differ |= self.progress.suspects_left > 0;
        self.publish();
        Ok(())
    }

    /// Tells what a read came to. `stands` says whether its list's rows stand for it now.
    fn note_verdict(&mut self, task: &Task, result: &ReadResult, stands: bool) {
        let overtaken = result.unchanged && !stands;
        self.health.note(result);
        if let Some(begun_at) = result.complete_begun_at
            && !overtaken
        {
            self.progress.complete += 1;
            self.progress.unchanged += u64::from(result.unchanged);
            return self.end(task, Ending::Complete(begun_at), None);
        }
        let failure = match &result.stopped {
            Some(stopped) => stopped.failure(&task.pov, task.day),
            None => failed_list(
                task,
                "incomplete",
                format!("the scan ended: {}", result.verdict),
            ),
        };
        let ending = match &result.stopped {
            Some(Stopped::Closed(Closed::Banned(until))) => Ending::Parked(*until),
            Some(Stopped::Closed(Closed::UsedUp(until))) => {
                self.progress.budget_begins_at = Some(*until);
                Ending::Parked(*until)
            }
            Some(stopped) if stopped.is_refusal() => {
                tracing::error!(pov = %task.pov, day = %task.day, class = failure.class, "the platform refuses a list");
                Ending::Refused
            }
            _ => Ending::Failed,
        };
        if !matches!(ending, Ending::Parked(_)) {
            self.progress.incomplete += 1;
            if result.stopped.is_none() {
                self.progress.count_failure(if overtaken {
                    "overtaken"
                } else {
                    result.verdict
                });
            }
        }
        self.end(task, ending, Some(failure.clone()));
        if self.health.is_down() {
            self.platform_is_down(&failure);
        }
    }

    /// Nothing succeeds any more: a sweep ends, and polling pauses.
    fn platform_is_down(&mut self, failure: &FailedList) {
        tracing::error!(class = failure.class, "one list after another fails");
        if self.patience.is_none() {
            self.agent.reader.gate().doubt();
            return;
        }
        for (pov, day) in self.timetable.abandon() {
            let list = (pov.clone(), day);
            self.failed.entry(list).or_insert_with(|| FailedList {
                pov,
                day,
                class: failure.class,
                cause: format!("given up after many failures in a row: {}", failure.cause),
                remedy: failure.remedy,
            });
        }
    }

    /// Tells the timetable how a task ended, and keeps count of lists that are given up.
    fn end(&mut self, task: &Task, ending: Ending, failure: Option<FailedList>) {
        let now = self.agent.clock.now();
        let too_long = match (ending, self.patience) {
            (Ending::Parked(until), Some(patience)) => until > super::plus(now, patience),
            _ => false,
        };
        let failed = if too_long {
            self.timetable.give_up(task);
            true
        } else {
            self.timetable.finished(task, ending, now)
        };
        let list = || (task.pov.clone(), task.day);
        match (ending, failure) {
            (Ending::Complete(_), _) if !self.failed.is_empty() => {
                self.failed.remove(&list());
            }
            (_, Some(failure)) if failed => {
                self.failed.insert(list(), failure);
            }
            _ => {}
        }
    }

    async fn plan_confirming(&mut self) -> Result<(), AgentError> {
        self.suspects_may_differ = false;
        let suspects = self.agent.ledger.suspects().await?;
        self.progress.suspects_left = suspects.len();
        self.progress.held = self.agent.ledger.held().await?.len();
        let now = self.agent.clock.now();
        let open_days = self.timetable.open_days(now);
        let beyond = match (open_days.first(), open_days.last()) {
            (Some(first), Some(last)) if !suspects.is_empty() => {
                let from = self.timetable.first_day_not_over(now);
                self.agent.ledger.days_beyond(*first..=*last, from).await?
            }
            _ => Vec::new(),
        };
        self.timetable.confirm(&suspects, &beyond, now);
        Ok(())
    }

    fn publish(&mut self) {
        let now = self.agent.clock.now();
        let gate = self.agent.reader.gate();
        self.progress.calls = gate.calls() - self.calls_before;
        self.progress.failed = self.failed.len();
        self.progress.banned_until = gate.parked_until();
        self.progress.budget_begins_at = self.progress.budget_begins_at.filter(|at| *at > now);
        if self.patience.is_some() {
            self.progress.lists_left = self.timetable.lists_left(now);
        }
        self.agent.progress.send_replace(self.progress.clone());
    }

    /// Looks how old what is known is and what is due. It goes over every list, so it is done now
    /// and then, not with each settled scan.
    fn look_at_every_list(&mut self) {
        let now = self.agent.clock.now();
        let tiers = self.timetable.ages(now);
        self.progress.oldest_check = tiers.iter().filter_map(|tier| tier.oldest_checked).min();
        self.progress.never_read = tiers.iter().map(|tier| tier.never_read).sum();
        self.progress.tiers = tiers;
        self.progress.todays_suspects_waiting = self.timetable.todays_suspects_waiting(now);
        self.progress.lists_left = self.timetable.lists_left(now);
    }

    async fn save_plan(&mut self, end: bool) {
        let now = self.agent.clock.now();
        let state = self.timetable.plan_to_save(now, end);
        self.agent.save_plan(state, now).await;
    }

    /// Drops what is being read, settles what has been, and sums up.
    async fn finish(mut self) -> Result<Summary, AgentError> {
        self.workers.stop().await;
        while !self.gathered.is_empty() || !self.settling.is_empty() {
            self.start_settling(Instant::now());
            if let Some(settled) = self.settling.join_next().await {
                self.settled(settled).await?;
            }
        }
        self.agent.keep_habits().await?;
        self.agent.put_back_calls().await?;
        self.look_at_every_list();
        self.look_at_alarms(true).await?;
        self.publish();
        self.save_plan(true).await;
        let mut failed: Vec<FailedList> = self.failed.into_values().collect();
        failed.sort_by(|one, other| (&one.pov, one.day).cmp(&(&other.pov, other.day)));
        failed.truncate(FAILED_LISTS_MAX);
        Ok(Summary {
            progress: self.progress,
            failed,
        })
    }
}

/// What the loop waits for.
#[derive(Debug, PartialEq, Eq)]
enum Wait {
    Until(UnixMillis),
    ForSomething,
    Done,
}

fn broken(what: &str) -> AgentError {
    StoreError::new(StoreErrorKind::Unavailable, what).into()
}

fn failed_list(task: &Task, class: &'static str, cause: String) -> FailedList {
    FailedList {
        pov: task.pov.clone(),
        day: task.day,
        class,
        cause,
        remedy: None,
    }
}
