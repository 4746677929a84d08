//! What an agent is doing, as it does it, on standard error: redrawn in place on a terminal, a
//! line now and then elsewhere.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use povline_domain::{ChangeKind, Clock as _};
use povline_sync::Progress;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::SystemClock;
use crate::output::stderr_is_terminal;
use crate::progress::grouped;

/// How often a terminal is redrawn.
const DRAW_EVERY: Duration = Duration::from_millis(200);

/// A display that follows an agent until it is stopped.
pub(crate) struct Live {
    bar: Option<ProgressBar>,
    task: JoinHandle<()>,
}

impl Live {
    /// Shows what `progress` tells; elsewhere than on a terminal, a line as often as said.
    pub(crate) fn start(progress: watch::Receiver<Progress>, line_every: Duration) -> Self {
        let bar = stderr_is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise}  {msg}") {
                bar.set_style(style);
            }
            bar
        });
        let task = tokio::spawn(follow(progress, bar.clone(), line_every));
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
async fn follow(
    progress: watch::Receiver<Progress>,
    bar: Option<ProgressBar>,
    line_every: Duration,
) {
    let mut every = tokio::time::interval(bar.as_ref().map_or(line_every, |_| DRAW_EVERY));
    every.tick().await;
    let mut last = Arc::default();
    loop {
        every.tick().await;
        let now = progress.borrow().clone();
        match &bar {
            Some(bar) => {
                bar.set_message(lines(&now).join("\n  "));
                bar.tick();
            }
            None => {
                let text: Arc<str> = lines(&now).join("; ").into();
                if text != last {
                    eprintln!("{text}");
                    last = text;
                }
            }
        }
    }
}

/// What an agent has done, in a few lines.
pub(crate) fn lines(progress: &Progress) -> Vec<String> {
    let age = match progress.oldest_check {
        Some(at) => format!("{:.1} s", seconds_since(at)),
        None => format!("{} never read 未读", progress.never_read),
    };
    let mut lines = vec![
        format!(
            "lists 清单 {} ({} to read 待读), oldest 最旧 {age}",
            progress.lists, progress.lists_left
        ),
        format!(
            "calls 调用 {}, complete 完整 {} (unchanged 未变 {}), incomplete 不完整 {}, rows read \
             读行 {}",
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
