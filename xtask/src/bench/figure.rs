//! A figure: ours beside an anchor.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::bars::{self, Bar};

/// What one thing costs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    pub(super) name: String,
    /// The median over the rounds.
    pub(super) ours: f64,
    /// The anchor's median over the same rounds.
    pub(super) anchor: f64,
    pub(super) anchor_name: String,
    pub(super) unit: String,
    /// Ours as a multiple of the anchor, less is better: the median over the rounds of what each came
    /// to by itself. What makes a round slow, as another guest of the machine does, makes both sides of
    /// it slow.
    pub(super) ratio: f64,
    /// How many rounds.
    pub(super) runs: usize,
    /// The lowest and the highest ratio of any one round.
    pub(super) spread: (f64, f64),
    /// What is due of it.
    pub(super) bars: Vec<Bar>,
}

impl Figure {
    /// The figure of these rounds, each a pair of ours and the anchor.
    pub(super) fn of(name: &str, unit: &str, anchor_name: &str, rounds: &[(f64, f64)]) -> Self {
        let ratios: Vec<f64> = rounds.iter().map(|(ours, anchor)| ours / anchor).collect();
        let ours = median(rounds.iter().map(|(ours, _)| *ours));
        let anchor = median(rounds.iter().map(|(_, anchor)| *anchor));
        let ratio = median(ratios.iter().copied());
        Self {
            name: name.to_owned(),
            ours,
            anchor,
            ratio,
            bars: bars::of(name, ours, ratio, unit).into_iter().collect(),
            anchor_name: anchor_name.to_owned(),
            unit: unit.to_owned(),
            runs: rounds.len(),
            spread: (
                ratios.iter().copied().fold(f64::INFINITY, f64::min),
                ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            ),
        }
    }

    /// With another bar.
    pub(super) fn due(mut self, bar: Bar) -> Self {
        self.bars.push(bar);
        self
    }

    /// Reads the line that another program printed: name, unit, the anchor's name, `rounds`, each a
    /// pair of ours and the anchor, and `bars`, each with what it is of, its value and what is due.
    pub(super) fn parse(line: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(line).context("the figure is no JSON")?;
        let text = |key: &str| {
            let text = value[key].as_str();
            text.with_context(|| format!("the figure has no {key}"))
        };
        let rounds = value["rounds"].as_array();
        let rounds: Option<Vec<(f64, f64)>> = rounds
            .context("the figure has no rounds")?
            .iter()
            .map(|round| Some((round[0].as_f64()?, round[1].as_f64()?)))
            .collect();
        let rounds = rounds.context("a round of the figure is no pair of numbers")?;
        ensure!(!rounds.is_empty(), "the figure has no rounds");
        let bars = value["bars"].as_array().context("the figure has no bars")?;
        let bars: Option<Vec<Bar>> = bars
            .iter()
            .map(|bar| {
                Some(Bar::new(
                    bar[0].as_str()?,
                    bar[1].as_f64()?,
                    bar[2].as_f64()?,
                ))
            })
            .collect();
        let bars = bars.context("a bar of the figure is no name and two numbers")?;
        let figure = Self::of(text("name")?, text("unit")?, text("anchor_name")?, &rounds);
        Ok(bars.into_iter().fold(figure, Self::due))
    }
}

/// The middle value; of an even number of values, the mean of the two in the middle.
pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.len() % 2, values.get(middle)) {
        (1, Some(value)) => *value,
        (0, Some(value)) => f64::midpoint(values[middle - 1], *value),
        _ => f64::NAN,
    }
}

/// The figures for machines.
pub(super) fn json(figures: &[Figure]) -> String {
    let list: Vec<Value> = figures
        .iter()
        .map(|figure| {
            json!({
                "name": figure.name,
                "ours": rounded(figure.ours),
                "anchor": rounded(figure.anchor),
                "anchor_name": figure.anchor_name,
                "ratio": rounded(figure.ratio),
                "unit": figure.unit,
                "runs": figure.runs,
                "spread": [rounded(figure.spread.0), rounded(figure.spread.1)],
                "bars": figure.bars.iter().map(bar_json).collect::<Vec<_>>(),
            })
        })
        .collect();
    format!("{:#}\n", Value::Array(list))
}

fn bar_json(bar: &Bar) -> Value {
    json!({
        "what": bar.what,
        "value": rounded(bar.value),
        "due": bar.due,
        "met": bar.is_met(),
    })
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The figures for people.
pub(super) fn table(figures: &[Figure]) -> String {
    let mut lines = vec![[
        "name".to_owned(),
        "ours".to_owned(),
        "anchor".to_owned(),
        "unit".to_owned(),
        "ratio".to_owned(),
        "rounds".to_owned(),
        "anchor is".to_owned(),
    ]];
    for figure in figures {
        lines.push([
            figure.name.clone(),
            format!("{:.2}", figure.ours),
            format!("{:.2}", figure.anchor),
            figure.unit.clone(),
            format!("{:.2}", figure.ratio),
            format!(
                "{} ({:.2} to {:.2})",
                figure.runs, figure.spread.0, figure.spread.1
            ),
            figure.anchor_name.clone(),
        ]);
    }
    let mut widths = [0; 7];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in &lines {
        for (cell, width) in line.iter().zip(widths) {
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count()));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_ratio_and_spread() {
        let rounds = [
            (30.0, 10.0),
            (30.0, 30.0),
            (80.0, 20.0),
            (20.0, 10.0),
            (10.0, 10.0),
        ];
        let figure = Figure::of("serve.x", "µs", "nginx", &rounds);
        assert_eq!((figure.ours, figure.anchor, figure.runs), (30.0, 10.0, 5));
        // Of the rounds and not of the medians, which are of different rounds.
        assert_eq!(figure.ratio, 2.0);
        assert_eq!(figure.spread, (1.0, 4.0));
        assert_eq!(median([4.0, 1.0].into_iter()), 2.5);
        assert!(median(std::iter::empty()).is_nan());
    }

    #[test]
    fn another_programs_rounds_make_the_same_figure() {
        let line = r#"{"name":"sync.x","unit":"µs","anchor_name":"raw","rounds":[[3,2],[4.5,2]],"bars":[["late",3,2.5]]}"#;
        let figure = Figure::parse(line).unwrap();
        let rounds = [(3.0, 2.0), (4.5, 2.0)];
        assert_eq!(
            figure,
            Figure::of("sync.x", "µs", "raw", &rounds).due(Bar::new("late", 3.0, 2.5))
        );
        for bad in [
            "",
            "{}",
            &line.replace("3,2.5]", "3]"),
            &line.replace("[3,2]", "[3]"),
            &line.replace("[3,2],[4.5,2]", ""),
        ] {
            assert!(Figure::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn people_and_machines_are_told_the_same() {
        let figure = Figure::of("sync.x", "µs", "raw", &[(3.0, 2.0)]);
        let figure = figure.due(Bar::new("late", 3.0, 2.5));
        let written: Vec<Value> =
            serde_json::from_str(&json(std::slice::from_ref(&figure))).unwrap();
        assert_eq!(written[0]["ratio"], 1.5);
        assert_eq!(written[0]["spread"], json!([1.5, 1.5]));
        let bar = json!({"what": "late", "value": 3.0, "due": 2.5, "met": false});
        assert_eq!(written[0]["bars"], json!([bar]));
        let table = table(&[figure]);
        assert!(
            table.contains("sync.x") && table.contains("1.50"),
            "{table}"
        );
    }
}
