//! The scenario of a recording, as a file.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use povline_domain::{Day, UnixMillis};
use thiserror::Error;

use super::call::{RecordedCall, RecordedRow};
use super::faults::{Failing, failing};
use super::habits::{Habits, page_size_max};
use super::readings::readings;
use super::script::{Happening, happenings};
use crate::faults::FaultKind;
use crate::scenarios::{Order, ScenarioError, ScenarioFile, ScriptLine, ScriptRow, TotalHabit};

/// The longest recording that becomes a scenario: a fortnight.
const MINUTES_MAX: i64 = 14 * 24 * 60;

/// The most days ahead that a scenario holds.
const DAYS_MAX: i32 = 60;

/// Why a recording makes no scenario.
#[derive(Debug, Error)]
pub enum RecordingError {
    /// No list was read from its beginning to its end.
    #[error(
        "no list was read whole while this was recorded: record for longer, with a client that reads every page"
    )]
    NoReading,
    /// It lasted too long.
    #[error("the recording is longer than a fortnight: record for a shorter time")]
    TooLong,
    /// What came out cannot be played.
    #[error("the recording makes a scenario that cannot be played")]
    Scenario(#[from] ScenarioError),
}

/// A scenario made from a recording, and what was left out of it.
#[derive(Debug)]
pub struct Made {
    /// The text of the file.
    pub text: String,
    /// The scenario that it says.
    pub scenario: ScenarioFile,
    /// Calls in the recording.
    pub calls: usize,
    /// Whole readings of lists.
    pub readings: usize,
    /// Changes in the script after its beginning.
    pub changes: usize,
    /// Calls of days before the first or too far ahead, which were left out.
    pub left_out: usize,
}

/// Makes a scenario of this name from the calls of a recording that began at an instant.
///
/// # Errors
/// [`RecordingError`] if nothing can be concluded from it.
pub fn scenario(
    name: &str,
    begun_at: UnixMillis,
    calls: &[RecordedCall],
) -> Result<Made, RecordingError> {
    let first_day = Day::at(begun_at);
    let begins_minute = begun_at
        .millis_since(first_day.begins_at())
        .div_euclid(60_000);
    // The file begins with a whole minute.
    let late_ms = begun_at.millis_since(first_day.begins_at()) - begins_minute * 60_000;
    let mut of_days: Vec<RecordedCall> = calls
        .iter()
        .filter(|call| (0..DAYS_MAX).contains(&(call.day.number() - first_day.number())))
        .cloned()
        .collect();
    for call in &mut of_days {
        call.at_ms += late_ms;
    }
    of_days.sort_by_key(|call| call.at_ms);
    let size_max = page_size_max(&of_days);
    let readings = readings(&of_days, size_max);
    let ended_ms = of_days
        .iter()
        .map(|call| call.at_ms + i64::from(call.took_ms))
        .max();
    let (Some(ended_ms), Some(_)) = (ended_ms, readings.first()) else {
        return Err(RecordingError::NoReading);
    };
    let runs_minutes = ended_ms.div_euclid(60_000) + 1;
    if runs_minutes > MINUTES_MAX {
        return Err(RecordingError::TooLong);
    }
    let habits = Habits::of(&of_days, &readings, size_max);
    let mut happened = happenings(&readings);
    if habits.order == Order::Newest {
        // Who stood there at the beginning joined in the opposite order.
        let before = happened.iter().take_while(|one| one.at_ms < 0).count();
        happened[..before].reverse();
    }
    let (script, changes) = script(&happened);
    let head = Head {
        name,
        first_day,
        begins_minute,
        runs_minutes,
        days: of_days
            .iter()
            .map(|call| call.day.number() - first_day.number() + 1)
            .max()
            .unwrap_or(1),
        povs: of_days.iter().map(|call| call.pov + 1).max().unwrap_or(1),
        rows_per_day: readings
            .iter()
            .map(|reading| reading.rows.len())
            .max()
            .unwrap_or(1)
            .clamp(1, 50_000),
    };
    let mut text = head.text();
    write_habits(&mut text, &habits);
    for rule in failing(&of_days) {
        write_rule(&mut text, &rule);
    }
    // A key of the file itself must stand before its first table.
    let text = text.replacen(SCRIPT_HERE, &format!("script = '''\n{script}'''\n"), 1);
    let scenario = ScenarioFile::parse(&text)?;
    Ok(Made {
        text,
        scenario,
        calls: calls.len(),
        readings: readings.len(),
        changes,
        left_out: calls.len() - of_days.len(),
    })
}

const SCRIPT_HERE: &str = "# script\n";

struct Head<'a> {
    name: &'a str,
    first_day: Day,
    begins_minute: i64,
    runs_minutes: i64,
    days: i32,
    povs: usize,
    rows_per_day: usize,
}

impl Head<'_> {
    fn text(&self) -> String {
        let name: String = self
            .name
            .chars()
            .filter(|character| character.is_alphanumeric() || "-_".contains(*character))
            .collect();
        format!(
            "# Made from a recording. Nobody in it is real: POVs, appointments, names and pick codes were\n\
             # exchanged while it was recorded. What happened between two readings of a list was spread\n\
             # evenly over the time between them.\n\
             name = \"{name}\"\n\
             title = {{ zh = \"录制的场景\", en = \"A recorded scenario\" }}\n\
             seed = 1\n\
             first_day = \"{}\"\n\
             begins_at = \"{:02}:{:02}\"\n\
             runs_minutes = {}\n\
             days = {}\n\
             {SCRIPT_HERE}\n\
             [[clinics]]\n\
             count = {}\n\
             rows_per_day = {}\n",
            self.first_day,
            self.begins_minute / 60,
            self.begins_minute % 60,
            self.runs_minutes,
            self.days,
            self.povs,
            self.rows_per_day,
        )
    }
}

fn write_habits(text: &mut String, habits: &Habits) {
    let order = match habits.order {
        Order::Append => "append",
        Order::Period => "period",
        Order::Newest => "newest",
        Order::Status => "status",
        Order::Unstable => "unstable",
    };
    let total = match habits.total {
        TotalHabit::Exact => "exact",
        TotalHabit::Missing => "missing",
        TotalHabit::Lagging => "lagging",
    };
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "\n[server]\nkind = \"foreign\"\norder = \"{order}\"\npage_size_default = {size}\n\
         page_size_max = {size}\ntotal = \"{total}\"\nechoes = {}\nlatency_steps_ms = {:?}\n",
        habits.echoes,
        habits.latency_steps_ms,
        size = habits.page_size_max,
    );
}

fn write_rule(text: &mut String, rule: &Failing) {
    let Failing {
        kind,
        from_minute,
        to_minute,
        percent,
        number,
    } = rule;
    let word = kind.word();
    let _ = write!(
        text,
        "\n[[faults]]\nname = \"{word} of minute {from_minute}\"\nwhat = \"{word}\"\n\
         from_minute = {from_minute}\nto_minute = {to_minute}\npercent = {percent}\n"
    );
    let _ = match kind {
        FaultKind::Status => writeln!(text, "status = {number}"),
        FaultKind::Ban => writeln!(text, "seconds = {number}"),
        _ => Ok(()),
    };
}

/// The script's text, and how many of its lines are changes after the beginning.
fn script(happened: &[Happening]) -> (String, usize) {
    let mut text = String::new();
    let mut numbers: HashMap<(usize, u32), u32> = HashMap::new();
    let mut gone: HashSet<(usize, u32)> = HashSet::new();
    let mut changes = 0;
    for one in happened {
        if gone.contains(&one.who) {
            continue;
        }
        let Ok(next) = u32::try_from(numbers.len()) else {
            break;
        };
        let stands = match &one.stands {
            None => None,
            Some(row) => match script_row(one.who.0, row) {
                Some(row) => Some(row),
                None => continue,
            },
        };
        if stands.is_none() {
            if !numbers.contains_key(&one.who) {
                continue;
            }
            gone.insert(one.who);
        }
        ScriptLine {
            at_ms: one.at_ms,
            number: *numbers.entry(one.who).or_insert(next),
            stands,
        }
        .write(&mut text);
        changes += usize::from(one.at_ms >= 0);
    }
    (text, changes)
}

fn script_row(clinic: usize, row: &RecordedRow) -> Option<ScriptRow> {
    Some(ScriptRow {
        clinic,
        day: row.day,
        period: row.period,
        pick_code: row.pick_code.parse().ok()?,
        pick_status: row.pick_status,
        name: row.name.parse().ok()?,
    })
}
