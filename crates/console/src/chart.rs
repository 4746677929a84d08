//! Pictures: plain SVG whose colours come from the style sheet.

use askama::Template;
use povline_web::Language;

use crate::names;
use crate::over_time::{OverTime, SeriesKind};
use crate::view;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;
/// What the axis below takes, and the numbers above.
const FOOT: f64 = 24.0;
const HEAD: f64 = 18.0;
const GAP: f64 = 4.0;

/// A part of a bar.
#[derive(Debug, Clone)]
struct Part {
    x: String,
    y: String,
    width: String,
    height: String,
    class: &'static str,
    title: String,
}

/// What the picture's colours mean.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) class: &'static str,
    pub(crate) label: String,
    pub(crate) total: String,
    /// The code to search the log for, if it is one.
    pub(crate) code: Option<String>,
}

/// Bars of calls over hours.
#[derive(Debug, Clone, Template)]
#[template(path = "chart.html")]
pub(crate) struct Bars {
    label: String,
    parts: Vec<Part>,
    marks: Vec<(String, String)>,
    most: String,
    pub(crate) keys: Vec<Key>,
}

const CLASSES: [&str; 6] = ["fill-0", "fill-1", "fill-2", "fill-3", "fill-4", "fill-5"];

impl Bars {
    /// Draws the hours of a day.
    pub(crate) fn of(language: Language, over: &OverTime) -> Self {
        let keys: Vec<Key> = over
            .series
            .iter()
            .enumerate()
            .map(|(place, series)| Key {
                class: CLASSES[place % CLASSES.len()],
                label: series_label(language, &series.kind),
                total: view::number(series.total),
                code: match &series.kind {
                    SeriesKind::Answered => Some("0".to_owned()),
                    SeriesKind::Code(code) => Some(code.clone()),
                    SeriesKind::Others => None,
                },
            })
            .collect();
        let sum = |counts: &[u64]| counts.iter().sum::<u64>();
        let most = over.hours.iter().map(|(_, counts)| sum(counts)).max();
        let most = most.unwrap_or_default();
        let step = WIDTH / over.hours.len().max(1) as f64;
        let scale = (HEIGHT - FOOT - HEAD) / most.max(1) as f64;
        let mut parts = Vec::new();
        let mut marks = Vec::new();
        for (at, (begins_at, counts)) in over.hours.iter().enumerate() {
            let clock: String = view::time(*begins_at).chars().skip(11).take(5).collect();
            let x = at as f64 * step;
            if at % 6 == 0 {
                marks.push((coordinate(x + GAP / 2.0), clock.clone()));
            }
            let mut y = HEIGHT - FOOT;
            for (key, count) in keys.iter().zip(counts) {
                if *count == 0 {
                    continue;
                }
                // Even one call among thousands is seen.
                let height = (*count as f64 * scale).max(1.5);
                y -= height;
                parts.push(Part {
                    x: coordinate(x + GAP / 2.0),
                    y: coordinate(y.max(0.0)),
                    width: coordinate(step - GAP),
                    height: coordinate(height),
                    class: key.class,
                    title: format!("{clock} {}: {}", key.label, view::number(*count)),
                });
            }
        }
        let total = view::number(over.total);
        Self {
            label: language.pick(
                format!("最近24小时共{total}次调用,按小时和结果"),
                format!("{total} calls of the last 24 hours, by hour and outcome"),
            ),
            parts,
            marks,
            most: view::number(most),
            keys,
        }
    }
}

fn series_label(language: Language, kind: &SeriesKind) -> String {
    match kind {
        SeriesKind::Answered => language.pick("成功", "Answered").to_owned(),
        SeriesKind::Code(code) => names::code(language, code),
        SeriesKind::Others => language.pick("其他错误", "Other errors").to_owned(),
    }
}

fn coordinate(value: f64) -> String {
    format!("{value:.1}")
}

/// How much of something is used.
#[derive(Debug, Clone, Template)]
#[template(path = "use_bar.html")]
pub(crate) struct UseBar {
    label: String,
    width: String,
    class: &'static str,
}

impl UseBar {
    /// The bar's width in its own units.
    const FULL: f64 = 200.0;

    /// Draws a part of a whole that has no bound.
    pub(crate) fn share(language: Language, part: u64, whole: u64) -> Self {
        let share = part as f64 / whole.max(1) as f64;
        let percent = (share * 100.0).round();
        Self {
            label: language.pick(
                format!("占今日调用的{percent}%"),
                format!("{percent} % of the calls of today"),
            ),
            width: coordinate((share * Self::FULL).clamp(0.0, Self::FULL)),
            class: "fill-use",
        }
    }

    /// Draws so many of a bound.
    pub(crate) fn of(language: Language, used: u64, bound: u64) -> Self {
        let part = used as f64 / bound.max(1) as f64;
        let percent = (part * 100.0).floor();
        Self {
            label: language.pick(format!("已用{percent}%"), format!("{percent} % used")),
            width: coordinate((part * Self::FULL).clamp(0.0, Self::FULL)),
            class: match part {
                part if part >= 1.0 => "fill-bad",
                part if part >= 0.8 => "fill-warn",
                _ => "fill-use",
            },
        }
    }
}
