//! How far a long job has come, on standard error: a bar on a terminal, now and then a line
//! elsewhere, and nothing for what is over in a second.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::clock::Stopwatch;
use crate::output::stderr_is_terminal;

/// Nothing is shown of what takes less.
const QUIET: Duration = Duration::from_secs(1);

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// How far one job has come.
pub(crate) struct Progress {
    watch: Stopwatch,
    bar: Option<ProgressBar>,
    /// Of the bar, whether it is shown; of lines, when the last one was written.
    shown: Mutex<Option<Duration>>,
    what: &'static str,
    total: Option<u64>,
}

impl Progress {
    /// A job of `total` steps, if that is known; `what` names it in plain lines.
    pub(crate) fn new(what: &'static str, total: Option<u64>) -> Self {
        let bar = stderr_is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
            let template = match total {
                Some(_) => "{spinner} {bar:32} {percent:>3}%  {msg}  {eta} left",
                None => "{spinner} {elapsed}  {msg}",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("━╸─"));
            }
            bar
        });
        Self {
            watch: Stopwatch::start(),
            bar,
            shown: Mutex::new(None),
            what,
            total,
        }
    }

    /// The job has come to this step.
    #[expect(clippy::print_stderr, reason = "progress goes to standard error")]
    pub(crate) fn at(&self, step: u64, message: impl FnOnce() -> String) {
        let elapsed = self.watch.elapsed();
        if elapsed < QUIET {
            return;
        }
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        match &self.bar {
            Some(bar) => {
                if shown.replace(elapsed).is_none() {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                bar.set_position(step);
                bar.set_message(message());
            }
            None if shown.is_none_or(|last| elapsed - last >= LINE_EVERY) => {
                *shown = Some(elapsed);
                let percent = self
                    .total
                    .filter(|total| *total > 0)
                    .map(|total| format!(" {}%", step.min(total) * 100 / total))
                    .unwrap_or_default();
                eprintln!("{}:{percent} {}", self.what, message());
            }
            None => {}
        }
    }

    /// Writes something else to standard error without disturbing what is drawn.
    pub(crate) fn say(&self, write: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// How long the job has taken.
    pub(crate) fn elapsed(&self) -> Duration {
        self.watch.elapsed()
    }

    /// The job is over; what was drawn goes away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A count as people read it: `1,234,567`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
