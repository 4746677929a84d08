//! What an agent is doing, as it does it, on standard error: redrawn in place on a terminal, a
//! line now and then elsewhere.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use povline_domain::{AppKey, ChangeKind, Clock as _, UnixMillis};
use povline_sync::Progress;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::{Stopwatch, SystemClock};
use crate::output::stderr_is_terminal;
use crate::progress::grouped;

/// How often a terminal is redrawn.
const DRAW_EVERY: Duration = Duration::from_millis(200);

/// Over how long speeds are told.
const SPEED_OVER: Duration = Duration::from_secs(10);

/// An app's agent, watched.
pub(crate) type Watched = (AppKey, watch::Receiver<Progress>);

/// A display that follows agents until it is stopped.
pub(crate) struct Live {
    bar: Option<ProgressBar>,
    task: JoinHandle<()>,
}

impl Live {
    /// Shows what the agents tell; elsewhere than on a terminal, a line as often as said.
    pub(crate) fn start(watched: Vec<Watched>, line_every: Duration) -> Self {
        let bar = stderr_is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise}  {msg}") {
                bar.set_style(style);
            }
            bar
        });
        let task = tokio::spawn(follow(watched, bar.clone(), line_every));
        Self { bar, task }
    }

    /// Writes a text above the display.
    #[expect(clippy::print_stderr, reason = "the display is on standard error")]
    pub(crate) fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    /// Ends the display and takes it away.
    pub(crate) fn stop(self) {
        self.task.abort();
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

#[expect(clippy::print_stderr, reason = "the display is on standard error")]
async fn follow(watched: Vec<Watched>, bar: Option<ProgressBar>, line_every: Duration) {
    let mut every = tokio::time::interval(bar.as_ref().map_or(line_every, |_| DRAW_EVERY));
    every.tick().await;
    let several = watched.len() > 1;
    let mut watched: Vec<_> = watched
        .into_iter()
        .map(|(app, progress)| (app, progress, Speed::default()))
        .collect();
    let watch = Stopwatch::start();
    let mut last = Arc::default();
    loop {
        every.tick().await;
        let mut told = Vec::new();
        for (app, progress, speed) in &mut watched {
            let now = progress.borrow().clone();
            speed.note(watch.elapsed(), now.rows);
            let mut lines = labelled(several.then_some(app), &now);
            lines.extend(under_way(&now, speed, SystemClock.now()));
            told.extend(lines);
        }
        match &bar {
            Some(bar) => {
                bar.set_message(told.join("\n  "));
                bar.tick();
            }
            None => {
                let text: Arc<str> = told.join("; ").into();
                if text != last {
                    eprintln!("{text}");
                    last = text;
                }
            }
        }
    }
}

/// How fast rows come, over the last seconds.
#[derive(Debug, Default)]
struct Speed(VecDeque<(Duration, u64)>);

impl Speed {
    fn note(&mut self, at: Duration, rows: u64) {
        self.0.push_back((at, rows));
        while self.0.len() > 2
            && self
                .0
                .get(1)
                .is_some_and(|(next, _)| at - *next > SPEED_OVER)
        {
            self.0.pop_front();
        }
    }

    fn rows_per_second(&self) -> Option<u64> {
        let ((from, before), (to, after)) = (self.0.front()?, self.0.back()?);
        let millis = (*to - *from).as_millis() as u64;
        (millis > 0).then(|| after.saturating_sub(*before) * 1_000 / millis)
    }
}

/// What a reading under way has done and has before it: told until everything was read once.
fn under_way(progress: &Progress, speed: &Speed, now: UnixMillis) -> Option<String> {
    let left = match (progress.is_sweep, progress.never_read) {
        (true, _) => progress.lists_left,
        (false, never_read) => never_read,
    };
    if left == 0 {
        return None;
    }
    let done = progress.lists.saturating_sub(left);
    let percent = 100 * done / progress.lists.max(1);
    let mut line = format!("reading 读取 {done} of {} ({percent} %)", progress.lists);
    if let Some(rows) = speed.rows_per_second() {
        let _ = write!(line, ", {} rows/s 行/秒", grouped(rows));
    }
    if let Some(seconds) = seconds_left(progress, left, now) {
        let _ = write!(line, ", about {} left 约余", clock_text(seconds));
    }
    Some(line)
}

/// How long the rest takes at the speed so far; `None` before anything is known of that.
fn seconds_left(progress: &Progress, left: usize, now: UnixMillis) -> Option<u64> {
    let elapsed = u64::try_from(now.millis_since(progress.begun_at?)).ok()?;
    let per_list = elapsed.checked_div(progress.complete)?;
    Some(per_list * left as u64 / 1_000)
}

/// Seconds as people read them: `42 s`, `3 min`, `2 h 05 min`.
fn clock_text(seconds: u64) -> String {
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5_400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {:02} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// What an agent has done, in a few lines, under the name of its app if there are several.
pub(crate) fn labelled(app: Option<&AppKey>, progress: &Progress) -> Vec<String> {
    let mut lines = lines(progress);
    if let (Some(app), Some(first)) = (app, lines.first_mut()) {
        first.insert_str(0, &format!("app 应用 {app}: "));
    }
    lines
}

/// What an agent has done, in a few lines.
pub(crate) fn lines(progress: &Progress) -> Vec<String> {
    let never_read = (progress.never_read > 0 || progress.oldest_check.is_none())
        .then(|| format!("{} never read 未读", progress.never_read));
    let proved = progress
        .oldest_check
        .map(|at| format!("{:.1} s", seconds_since(at)));
    let age: Vec<String> = [proved, never_read].into_iter().flatten().collect();
    let age = age.join(", ");
    let calls_left = progress.calls_left.map_or(String::new(), |left| {
        format!(" ({} left today 今日余)", grouped(left))
    });
    let mut lines = vec![
        format!(
            "lists 清单 {} ({} to read 待读), oldest 最旧 {age}",
            progress.lists, progress.lists_left
        ),
        format!(
            "calls 调用 {}{calls_left}, complete 完整 {} (unchanged 未变 {}), incomplete 不完整 {}, \
             rows read 读行 {}",
            grouped(progress.calls),
            grouped(progress.complete),
            grouped(progress.unchanged),
            grouped(progress.incomplete),
            grouped(progress.rows),
        ),
        format!(
            "events 事件 {}; in doubt 待确认 {}",
            events(&progress.events),
            progress.suspects_left
        ),
    ];
    if progress.todays_suspects_waiting > 0 {
        lines.push(format!(
            "WAITING 待额度 {} of today's in doubt 今日待确认: the share of confirming scans is used up \
             for now 确认额度暂已用尽",
            progress.todays_suspects_waiting
        ));
    }
    if progress.held > 0 {
        lines.push(format!(
            "HELD 已暂停取消 {}: too much vanished at once 消失过多; see povline held",
            progress.held
        ));
    }
    if progress.quarantined > 0 {
        lines.push(format!(
            "QUARANTINE 隔离 {} rows that cannot be taken at their word 无法采信; see povline \
             quarantine",
            progress.quarantined
        ));
    }
    if !progress.alarms.is_empty() {
        let alarms: Vec<String> = progress
            .alarms
            .iter()
            .map(|(kind, subject)| format!("{} {subject}", kind.word()))
            .collect();
        lines.push(format!(
            "ALARMS 告警 {}: see povline status",
            alarms.join(", ")
        ));
    }
    if progress.failed > 0 {
        let failures: Vec<String> = progress
            .failures
            .iter()
            .map(|(class, count)| format!("{class} {count}"))
            .collect();
        lines.push(format!(
            "FAILED 失败 {} lists: {}",
            progress.failed,
            failures.join(", ")
        ));
    }
    if let Some(until) = progress.banned_until {
        lines.push(format!(
            "the platform lets nothing through until 被限流至 {until}"
        ));
    }
    if let Some(from) = progress.budget_begins_at {
        lines.push(format!(
            "the day's calls are used up until 配额用尽至 {from}"
        ));
    }
    lines
}

/// Counts of events by kind.
pub(crate) fn events(counts: &[u64; 7]) -> String {
    let told: Vec<String> = ChangeKind::ALL
        .iter()
        .zip(counts)
        .map(|(kind, count)| format!("{kind} {}", grouped(*count)))
        .collect();
    told.join(" ")
}

/// How long ago an instant was.
#[expect(clippy::cast_precision_loss, reason = "shown to a tenth of a second")]
pub(crate) fn seconds_since(at: povline_domain::UnixMillis) -> f64 {
    SystemClock.now().millis_since(at).max(0) as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress() -> Progress {
        Progress {
            lists: 400,
            lists_left: 100,
            never_read: 300,
            complete: 100,
            begun_at: Some(UnixMillis(0)),
            ..Progress::default()
        }
    }

    #[test]
    fn a_first_reading_tells_how_far_it_is_how_fast_and_how_long_it_takes() {
        let mut speed = Speed::default();
        for second in 0..60 {
            speed.note(Duration::from_secs(second), second * 1_500);
        }
        let line = under_way(&progress(), &speed, UnixMillis(60_000)).unwrap();
        assert_eq!(
            line,
            "reading 读取 100 of 400 (25 %), 1,500 rows/s 行/秒, about 3 min left 约余"
        );
        let sweep = Progress {
            is_sweep: true,
            ..progress()
        };
        let line = under_way(&sweep, &Speed::default(), UnixMillis(60_000)).unwrap();
        assert_eq!(line, "reading 读取 300 of 400 (75 %), about 60 s left 约余");
        let done = Progress {
            never_read: 0,
            ..progress()
        };
        assert_eq!(under_way(&done, &speed, UnixMillis(60_000)), None);
    }

    #[test]
    fn todays_suspects_that_wait_for_calls_are_told() {
        let waits = |todays_suspects_waiting| {
            let lines = lines(&Progress {
                todays_suspects_waiting,
                ..progress()
            });
            lines.into_iter().find(|line| line.starts_with("WAITING"))
        };
        assert_eq!(waits(0), None);
        let line = waits(3).unwrap();
        assert!(line.contains("3 of today's in doubt 今日待确认"), "{line}");
    }

    #[test]
    fn nothing_is_foretold_before_a_list_was_read() {
        let begun = Progress {
            complete: 0,
            ..progress()
        };
        let line = under_way(&begun, &Speed::default(), UnixMillis(5)).unwrap();
        assert_eq!(line, "reading 读取 100 of 400 (25 %)");
        assert_eq!(clock_text(7_500), "2 h 05 min");
    }
}
