//! What clients hand in, as text: rows and events, NDJSON or a JSON array.

use povline_domain::{Day, Period, PickStatus, UnixMillis};
use serde_json::{Map, Value};
use thiserror::Error;

/// A row of a client's view. What a client does not keep it need not hand in, and is not graded.
#[derive(Clone, PartialEq, Eq)]
pub struct ViewRow {
    /// The appointment's id.
    pub id: String,
    /// The POV.
    pub pov: Option<String>,
    /// The day.
    pub day: Option<Day>,
    /// The period.
    pub period: Option<Period>,
    /// The pick code.
    pub pick_code: Option<String>,
    /// Whether the number was taken.
    pub pick_status: Option<PickStatus>,
    /// The name, whole or masked.
    pub name: Option<String>,
    /// Whether the client doubts that it still stands, and has given it up to nobody yet.
    pub suspected: bool,
}

/// Name and pick code stay out of logs, here as everywhere.
impl std::fmt::Debug for ViewRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ViewRow")
            .field("id", &self.id)
            .field("pov", &self.pov)
            .field("day", &self.day)
            .finish_non_exhaustive()
    }
}

/// An event of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewEvent {
    /// Whether it says that the appointment is cancelled.
    pub cancelled: bool,
    /// The appointment as it is told; of a cancelled one, only the id counts.
    pub row: ViewRow,
    /// When the client told it, on the world's clock; if it does not say, when it is handed in.
    pub at: Option<UnixMillis>,
}

/// A line of a handed-in view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A row.
    Row(ViewRow),
    /// The client says that it does not know this list whole.
    Incomplete(String, Day),
}

/// Why a text cannot be graded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ViewError {
    /// A line is no JSON object.
    #[error("line {0} is not a JSON object: write one object a line, or one array of objects")]
    NotJson(usize),
    /// A field is missing or cannot be.
    #[error("line {line}: {field} {reason}")]
    Field {
        /// The line, from 1.
        line: usize,
        /// The field, in the contract's spelling.
        field: &'static str,
        /// What is wrong and what to do.
        reason: &'static str,
    },
}

/// Reads the lines of a view.
///
/// # Errors
/// [`ViewError`] names the line and the field.
pub fn read_lines(text: &str) -> Result<Vec<Line>, ViewError> {
    objects(text)?
        .iter()
        .enumerate()
        .map(|(place, object)| {
            let fields = Fields {
                line: place + 1,
                object,
            };
            match object.get("complete") {
                Some(Value::Bool(false)) => {
                    let pov = fields.text("out_pov_id")?;
                    let pov = pov.ok_or_else(|| fields.wrong("out_pov_id", "is missing"))?;
                    let day = fields.day()?;
                    let day = day.ok_or_else(|| fields.wrong("appointment_time", "is missing"))?;
                    Ok(Line::Incomplete(pov, day))
                }
                _ => fields.row().map(Line::Row),
            }
        })
        .collect()
}

/// Reads a view that has nothing but rows.
///
/// # Errors
/// [`ViewError`] names the line and the field.
pub fn read_rows(text: &str) -> Result<Vec<ViewRow>, ViewError> {
    let rows = read_lines(text)?.into_iter().filter_map(|line| match line {
        Line::Row(row) => Some(row),
        Line::Incomplete(..) => None,
    });
    Ok(rows.collect())
}

/// Reads events: objects with `kind`, and what a row has.
///
/// # Errors
/// [`ViewError`] names the line and the field.
pub fn read_events(text: &str) -> Result<Vec<ViewEvent>, ViewError> {
    objects(text)?
        .iter()
        .enumerate()
        .map(|(place, object)| {
            let fields = Fields {
                line: place + 1,
                object,
            };
            let kind = fields
                .text("kind")?
                .ok_or_else(|| fields.wrong("kind", "is missing: write booked, cancelled, …"))?;
            Ok(ViewEvent {
                cancelled: kind == "cancelled",
                row: fields.row()?,
                at: fields.instant()?,
            })
        })
        .collect()
}

fn objects(text: &str) -> Result<Vec<Map<String, Value>>, ViewError> {
    if text.trim_start().starts_with('[') {
        let values: Vec<Value> = serde_json::from_str(text).map_err(|_| ViewError::NotJson(1))?;
        return values.into_iter().enumerate().map(object).collect();
    }
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(place, line)| {
            let value = serde_json::from_str(line).map_err(|_| ViewError::NotJson(place + 1))?;
            object((place, value))
        })
        .collect()
}

fn object((place, value): (usize, Value)) -> Result<Map<String, Value>, ViewError> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(ViewError::NotJson(place + 1)),
    }
}

struct Fields<'a> {
    line: usize,
    object: &'a Map<String, Value>,
}

impl Fields<'_> {
    fn wrong(&self, field: &'static str, reason: &'static str) -> ViewError {
        ViewError::Field {
            line: self.line,
            field,
            reason,
        }
    }

    fn row(&self) -> Result<ViewRow, ViewError> {
        Ok(ViewRow {
            id: self
                .text("appointment_id")?
                .ok_or_else(|| self.wrong("appointment_id", "is missing"))?,
            pov: self.text("out_pov_id")?,
            day: self.day()?,
            period: match self.text("appointment_period")? {
                None => None,
                Some(text) => Some(text.parse().map_err(|_| {
                    self.wrong("appointment_period", "is not a period written HH:mm-HH:mm")
                })?),
            },
            pick_code: self.text("pick_code")?,
            pick_status: match self.text("pick_status")?.as_deref() {
                None => None,
                Some("0") => Some(PickStatus::Picked),
                Some("1") => Some(PickStatus::NotPicked),
                Some(_) => return Err(self.wrong("pick_status", "must be 0 (picked) or 1 (not)")),
            },
            name: self.text("name")?,
            suspected: self.object.get("suspected") == Some(&Value::Bool(true)),
        })
    }

    fn day(&self) -> Result<Option<Day>, ViewError> {
        let text = match self.text("appointment_time")? {
            Some(text) => Some(text),
            None => self.text("to_day")?,
        };
        match text {
            None => Ok(None),
            Some(text) => text
                .parse()
                .map(Some)
                .map_err(|_| self.wrong("appointment_time", "is not a day written yyyy-MM-dd")),
        }
    }

    /// `at` in milliseconds since 1970, or `observed_at` as Povline's agent writes it.
    fn instant(&self) -> Result<Option<UnixMillis>, ViewError> {
        if let Some(millis) = self.object.get("at").and_then(Value::as_i64) {
            return Ok(Some(UnixMillis(millis)));
        }
        let Some(text) = self.text("observed_at")? else {
            return Ok(None);
        };
        let (seconds, millis) = text.split_at_checked(19).unwrap_or((&text, ""));
        let fraction = millis.strip_prefix('.').unwrap_or("0").parse::<i64>();
        let wrong = || self.wrong("observed_at", "is not yyyy-MM-dd HH:mm:ss.SSS");
        let instant = povline_protocol::timestamp::parse(seconds).ok_or_else(wrong)?;
        let fraction = fraction.map_err(|_| wrong())?;
        Ok(Some(instant.plus_millis(fraction)))
    }

    /// A field's text; numbers are taken as they are written, and empty is absent.
    fn text(&self, field: &'static str) -> Result<Option<String>, ViewError> {
        match self.object.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(self.wrong(field, "is neither a text nor a number")),
        }
    }
}
