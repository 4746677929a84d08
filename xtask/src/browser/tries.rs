//! A script that fails is run once more: a machine that is busy for a moment refuses no good work,
//! and yet nobody overlooks that a script has failed.

use anyhow::{Result, bail};

use crate::commands::Ended;

/// How the scripts of a run went.
#[derive(Debug, Default)]
pub struct Tries {
    scripts: usize,
    failures: Vec<Failure>,
}

/// A script that failed, whatever became of it when it was run again.
#[derive(Debug)]
struct Failure {
    script: String,
    /// The end of what it printed when it failed last.
    printed: String,
    passes_again: bool,
}

impl Tries {
    /// Has a script run, and once more if it fails.
    ///
    /// # Errors
    /// If it cannot be run at all.
    pub(super) fn take(
        &mut self,
        script: &str,
        mut run: impl FnMut() -> Result<Ended>,
    ) -> Result<()> {
        self.scripts += 1;
        let first = run()?;
        if first.well {
            return Ok(());
        }
        println!("browser test {script} failed; once more");
        let second = run()?;
        self.failures.push(Failure {
            script: script.to_owned(),
            passes_again: second.well,
            printed: if second.well {
                first.printed
            } else {
                second.printed
            },
        });
        Ok(())
    }

    /// How many scripts were run, each counted once.
    #[must_use]
    pub fn scripts(&self) -> usize {
        self.scripts
    }

    /// What those that failed printed, for whoever sees the end of a long run alone.
    #[must_use]
    pub fn printed(&self) -> String {
        let told = |failure: &Failure| {
            let Failure {
                script, printed, ..
            } = failure;
            format!("\n--- {script} failed, and ended so:\n{printed}--- the end of {script}\n")
        };
        self.failures.iter().map(told).collect()
    }

    /// Those that passed when they were run again, if there are any: nothing is wrong with the
    /// product as far as they tell, but something is with them.
    #[must_use]
    pub fn flaky(&self) -> Option<String> {
        let scripts = self.named(true);
        (!scripts.is_empty())
            .then(|| format!("PASSED ONLY WHEN IT WAS RUN AGAIN: {scripts}; find out why"))
    }

    /// # Errors
    /// If a script failed twice.
    pub fn passed(&self) -> Result<()> {
        let scripts = self.named(false);
        if !scripts.is_empty() {
            bail!("browser tests failed twice: {scripts}");
        }
        Ok(())
    }

    fn named(&self, passes_again: bool) -> String {
        let these = self
            .failures
            .iter()
            .filter(|one| one.passes_again == passes_again);
        these
            .map(|one| one.script.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a script that ends so each time it is run; how many of the ends were not reached.
    fn run(tries: &mut Tries, script: &str, ends: &[(bool, &str)]) -> usize {
        let mut ends = ends.iter();
        let once = || {
            let (well, printed) = ends.next().expect("it is run no more often");
            Ok(Ended {
                well: *well,
                printed: format!("{printed}\n"),
            })
        };
        tries.take(script, once).unwrap();
        ends.len()
    }

    #[test]
    fn one_that_passes_is_run_once_and_not_spoken_of() {
        let mut tries = Tries::default();
        assert_eq!(
            run(&mut tries, "a.mjs", &[(true, "well"), (true, "well")]),
            1
        );
        assert_eq!(tries.scripts(), 1);
        assert_eq!(tries.printed(), "");
        assert_eq!(tries.flaky(), None);
        tries.passed().unwrap();
    }

    #[test]
    fn one_that_passes_again_is_said_loudly_with_what_went_wrong_and_refuses_nothing() {
        let mut tries = Tries::default();
        run(&mut tries, "a.mjs", &[(false, "too slow"), (true, "well")]);
        run(&mut tries, "b.mjs", &[(true, "well")]);
        assert_eq!(tries.scripts(), 2);
        let printed = tries.printed();
        assert!(
            printed.contains("too slow") && !printed.contains("well"),
            "{printed}"
        );
        let flaky = tries.flaky().unwrap();
        assert!(
            flaky.contains("a.mjs") && !flaky.contains("b.mjs"),
            "{flaky}"
        );
        tries.passed().unwrap();
    }

    #[test]
    fn one_that_fails_twice_has_failed_and_what_it_printed_last_is_repeated() {
        let mut tries = Tries::default();
        run(&mut tries, "a.mjs", &[(false, "first"), (false, "second")]);
        run(&mut tries, "b.mjs", &[(false, "too slow"), (true, "well")]);
        let printed = tries.printed();
        assert!(
            printed.contains("second") && !printed.contains("first"),
            "{printed}"
        );
        let error = tries.passed().unwrap_err().to_string();
        assert!(
            error.contains("a.mjs") && !error.contains("b.mjs"),
            "{error}"
        );
    }

    #[test]
    fn what_cannot_be_run_is_no_failure_of_a_script() {
        let mut tries = Tries::default();
        assert!(tries.take("a.mjs", || bail!("there is no node")).is_err());
        tries.passed().unwrap();
    }
}
