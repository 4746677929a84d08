//! What figures must come to, and whether they do.

use anyhow::{Result, bail};

use super::figure::Figure;

/// One value of a figure beside what is due of it; less is better.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    pub(super) what: String,
    pub(super) value: f64,
    pub(super) due: f64,
}

impl Bar {
    pub(super) fn new(what: &str, value: f64, due: f64) -> Self {
        Self {
            what: what.to_owned(),
            value,
            due,
        }
    }

    /// Whether it comes to what is due. What is no number does not.
    pub(super) fn is_met(&self) -> bool {
        self.value <= self.due
    }
}

/// What is due of a figure, beside the bars that it sets itself.
#[derive(Debug, Clone, Copy)]
enum Due {
    /// Ours as a multiple of the anchor.
    Ratio(f64),
    /// Ours, whatever the anchor is.
    Ours(f64),
}

/// A figure that is not named here is measured and not judged.
const DUES: [(&str, Due); 14] = [
    ("serve.page200.json", Due::Ratio(1.45)),
    ("serve.page200.json.gzip", Due::Ratio(1.2)),
    ("serve.page200.xml", Due::Ratio(1.45)),
    ("serve.page137.json", Due::Ratio(1.45)),
    ("serve.page137.third.json", Due::Ratio(1.45)),
    ("serve.page20.json", Due::Ratio(1.4)),
    ("serve.under-abuse", Due::Ratio(2.0)),
    ("serve.under-flood", Due::Ratio(2.0)),
    ("serve.cold", Due::Ratio(2.0)),
    ("serve.while-writing", Due::Ratio(1.2)),
    ("sync.unchanged.page", Due::Ratio(1.6)),
    ("sync.changed.row", Due::Ratio(2.0)),
    ("sync.memory", Due::Ours(250.0)),
    ("clinic.fanout", Due::Ratio(1.05)),
];

/// The bar that a figure's name sets, if it sets one.
pub(super) fn of(name: &str, ours: f64, ratio: f64, unit: &str) -> Option<Bar> {
    let (_, due) = DUES.iter().find(|(of, _)| *of == name)?;
    Some(match *due {
        Due::Ratio(due) => Bar::new("ratio", ratio, due),
        Due::Ours(due) => Bar::new(unit, ours, due),
    })
}

/// Every bar on a line of its own: whether it is met, and by what.
pub(super) fn told(figures: &[Figure]) -> String {
    let mut text = String::new();
    for figure in figures {
        for bar in &figure.bars {
            let verdict = if bar.is_met() { "met    " } else { "NOT met" };
            text.push_str(&format!(
                "{verdict}  {}: {} {:.2}, due {:.2}\n",
                figure.name, bar.what, bar.value, bar.due
            ));
        }
    }
    text
}

/// Fails with a list of the bars that are missed, if any is.
pub(super) fn judge(figures: &[Figure]) -> Result<()> {
    let missed: Vec<String> = figures
        .iter()
        .flat_map(|figure| figure.bars.iter().map(move |bar| (figure, bar)))
        .filter(|(_, bar)| !bar.is_met())
        .map(|(figure, bar)| {
            let name = &figure.name;
            format!("{name}: {} {:.2}, due {:.2}", bar.what, bar.value, bar.due)
        })
        .collect();
    if missed.is_empty() {
        return Ok(());
    }
    bail!(
        "{} of what is due is not met:\n  {}",
        missed.len(),
        missed.join("\n  ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_is_met_or_named() {
        let figure = |ours| Figure::of("serve.page20.json", "µs", "nginx", &[(ours, 10.0)]);
        let good = [figure(14.0)];
        judge(&good).unwrap();
        assert_eq!(
            told(&good),
            "met      serve.page20.json: ratio 1.40, due 1.40\n"
        );
        let both = [figure(14.0), figure(14.1)];
        let missed = judge(&both).unwrap_err().to_string();
        assert!(
            missed.contains("serve.page20.json: ratio 1.41, due 1.40"),
            "{missed}"
        );
        assert!(missed.starts_with("1 of "), "{missed}");
        assert!(told(&both).contains("NOT met  serve.page20.json: ratio 1.41"));
        assert!(judge(&[figure(f64::NAN)]).is_err());
        let other = Figure::of("serve.memory", "MiB", "before", &[(100.0, 1.0)]);
        judge(&[other]).unwrap();
        let memory = Figure::of("sync.memory", "MiB resident", "part", &[(251.0, 250.0)]);
        assert!(told(&[memory]).contains("NOT met  sync.memory: MiB resident 251.00, due 250.00"));
    }

    #[test]
    fn every_name_that_sets_a_bar_is_a_figure() {
        for (name, _) in DUES {
            assert!(super::super::NAMES.contains(&name), "{name}");
        }
    }
}
