//! `explain`: all that is known of one appointment, with its evidence.

use povline_domain::{Appointment, AppointmentId, Certificate, ChangeKind, PickStatus, UnixMillis};
use povline_store::ledger::{Ledger, LookedAt, Quarantined, RowState, Story, TrackedRow};
use serde_json::{Value, json};

use crate::args::ExplainArgs;
use crate::error::{CliError, CliResult};
use crate::events::shown_name;
use crate::exit::Exit;
use crate::output::{Cell, Column, Format, RowWriter};
use crate::unknown_fields;

const COLUMNS: &[Column] = &[
    Column::new("out_pov_id", "POV 接种点"),
    Column::new("step", "Step 步骤"),
    Column::new("version", "Version 版本"),
    Column::new("from_day", "From day 原日期"),
    Column::new("to_day", "To day 现日期"),
    Column::new("appointment_period", "Period 时段"),
    Column::new("picked", "Picked 已取号"),
    Column::new("name", "Name 姓名"),
    Column::new("observed_at", "Observed 观察于"),
    Column::new("certificate", "Proof 证明"),
    Column::new("list", "List read 所读清单"),
    Column::new("verdict", "Verdict 结论"),
    Column::new("pages", "Pages 各页"),
    Column::new("looked_at", "Days looked at 所查各日"),
    Column::new("unknown_fields", "Unknown fields 未知字段"),
];

/// Tells the story of an appointment at every POV that knows it.
#[expect(clippy::print_stderr, reason = "how it stands goes to standard error")]
pub(crate) async fn run<L: Ledger>(ledger: &L, args: &ExplainArgs) -> CliResult<()> {
    let failed = |error| CliError::store("cannot read the ledger", &error);
    let id = AppointmentId::new(args.appointment_id.trim()).map_err(|error| {
        let what = format!("{:?} is no appointment's id", args.appointment_id);
        CliError::new(Exit::Usage, what)
            .caused_by(&error)
            .remedy("write the id as the platform gives it: povline explain P0001")
    })?;
    let stories = ledger.stories(&id).await.map_err(failed)?;
    let unread = ledger.quarantine(usize::MAX).await.map_err(failed)?;
    let of_this = |row: &Quarantined| row.appointment_id.as_ref() == Some(&id);
    let unread: Vec<Quarantined> = unread.into_iter().filter(of_this).collect();
    if stories.is_empty() && unread.is_empty() {
        let what = format!("nothing is known of the appointment {id}");
        return Err(CliError::new(Exit::Failed, what).remedy(
            "look at the id; what is older than the retention has been forgotten, and what was \
             booked and cancelled between two readings was never seen",
        ));
    }
    let columns = columns(args.output.format, &stories);
    let mut rows = RowWriter::new(std::io::stdout().lock(), args.output.format, columns);
    for story in &stories {
        for step in steps(ledger, story).await.map_err(failed)? {
            rows.row(&step.cells(story, args.names)[..columns.len()])?;
        }
        if let Some(row) = story.row.as_ref().filter(|row| row.unknown.is_some()) {
            rows.row(&said_beside(story, row, args.names))?;
        }
    }
    for row in &unread {
        rows.row(&quarantined(row)[..columns.len()])?;
    }
    rows.finish()?;
    for story in &stories {
        eprintln!("{}: {}", story.pov, standing(story));
    }
    for row in unread.iter().filter(|row| row.is_there) {
        eprintln!(
            "{}: QUARANTINE 隔离: on {} it stands in a row that cannot be taken at its word \
             无法采信; see povline quarantine",
            row.pov, row.day
        );
    }
    Ok(())
}

/// The columns that are told. For people, the last one only where there is something to tell in it: a
/// table is wide as it is.
fn columns(format: Format, stories: &[Story]) -> &'static [Column] {
    let rows = stories.iter().filter_map(|story| story.row.as_ref());
    let any_says_more = rows.into_iter().any(|row| row.unknown.is_some());
    match format {
        Format::Table if !any_says_more => &COLUMNS[..COLUMNS.len() - 1],
        _ => COLUMNS,
    }
}

/// One step of a story.
struct Step {
    what: &'static str,
    version: Option<u32>,
    before: Option<Appointment>,
    after: Option<Appointment>,
    observed_at: Option<UnixMillis>,
    certificate: i64,
    list: String,
    evidence: Option<Certificate>,
    /// Of a cancellation, the days that its proof needs.
    looked_at: Vec<LookedAt>,
}

/// The steps of a story in the order in which they were settled.
async fn steps<L: Ledger>(
    ledger: &L,
    story: &Story,
) -> Result<Vec<Step>, povline_store::StoreError> {
    let mut steps = Vec::new();
    for entry in &story.history {
        let record = ledger.certificate(entry.certificate).await?;
        let (list, evidence, mut looked_at) = record.map_or_else(Default::default, |record| {
            let list = format!("{} {}", record.pov, record.day);
            (list, Some(record.certificate), record.looked_at)
        });
        if entry.change.kind != ChangeKind::Cancelled {
            looked_at.clear();
        }
        steps.push(Step {
            what: entry.change.kind.word(),
            version: Some(entry.change.version),
            before: entry.change.before.clone(),
            after: entry.change.after.clone(),
            observed_at: Some(entry.change.observed_at),
            certificate: entry.certificate,
            list,
            evidence,
            looked_at,
        });
    }
    for finding in &story.findings {
        steps.push(Step {
            what: finding.kind.word(),
            version: None,
            before: None,
            after: None,
            observed_at: finding.record.certificate.begun_at(),
            certificate: finding.certificate,
            list: format!("{} {}", finding.record.pov, finding.record.day),
            evidence: Some(finding.record.certificate.clone()),
            looked_at: Vec::new(),
        });
    }
    // What a certificate found comes before what it led to; versions stay in order.
    steps.sort_by_key(|step| (step.certificate, step.version));
    Ok(steps)
}

impl Step {
    fn cells(&self, story: &Story, names: bool) -> [Cell; COLUMNS.len()] {
        let shown = self.after.as_ref().or(self.before.as_ref());
        let day = |row: &Option<Appointment>| {
            row.as_ref()
                .map_or(Cell::Absent, |row| Cell::text(row.day.to_string()))
        };
        [
            Cell::text(story.pov.as_str()),
            Cell::text(self.what),
            self.version
                .map_or(Cell::Absent, |version| Cell::Number(version.into())),
            day(&self.before),
            day(&self.after),
            shown.map_or(Cell::Absent, |row| Cell::text(row.period.to_string())),
            shown.map_or(Cell::Absent, |row| {
                Cell::text(match row.pick_status {
                    PickStatus::Picked => "yes",
                    PickStatus::NotPicked => "no",
                })
            }),
            shown.map_or(Cell::Absent, |row| Cell::text(shown_name(&row.name, names))),
            self.observed_at
                .map_or(Cell::Absent, |at| Cell::text(at.to_string())),
            Cell::Number(self.certificate),
            Cell::text(self.list.as_str()),
            self.evidence.as_ref().map_or(Cell::Absent, |certificate| {
                Cell::text(certificate.verdict.code())
            }),
            self.evidence.as_ref().map_or(Cell::Absent, pages),
            days(&self.looked_at),
            Cell::Absent,
        ]
    }
}

/// A row of the appointment that is in quarantine: where it stands, and why it is not taken.
fn quarantined(row: &Quarantined) -> [Cell; COLUMNS.len()] {
    [
        Cell::text(row.pov.as_str()),
        Cell::text("quarantined"),
        Cell::Absent,
        Cell::Absent,
        Cell::Absent,
        Cell::Absent,
        Cell::Absent,
        Cell::Absent,
        Cell::text(row.first_at.to_string()),
        Cell::Absent,
        Cell::text(format!("{} {}", row.pov, row.day)),
        Cell::text(row.reason.as_str()),
        Cell::Absent,
        Cell::Absent,
        Cell::Absent,
    ]
}

/// What the row says beside what the contract knows, as it was last shown: no step of its story, for
/// a change of it is none of the appointment's.
fn said_beside(story: &Story, row: &TrackedRow, names: bool) -> [Cell; COLUMNS.len()] {
    let appointment = &row.appointment;
    let mut cells = [const { Cell::Absent }; COLUMNS.len()];
    cells[0] = Cell::text(story.pov.as_str());
    cells[1] = Cell::text("unknown-fields");
    cells[2] = Cell::Number(row.version.into());
    cells[4] = Cell::text(appointment.day.to_string());
    cells[COLUMNS.len() - 1] = unknown_fields::cell(row.unknown.as_ref(), names);
    cells
}

/// Each page of a certificate: what was asked, what came, when.
fn pages(certificate: &Certificate) -> Cell {
    let page = |window: &povline_domain::Window| {
        format!(
            "{}x{}: {} rows {} +{}ms",
            window.request.number.get(),
            window.request.size.get(),
            window.rows,
            window.requested_at,
            window.answered_at.millis_since(window.requested_at)
        )
    };
    let shown: Vec<String> = certificate.windows.iter().map(page).collect();
    let object = |window: &povline_domain::Window| {
        json!({
            "page_number": window.request.number.get(),
            "page_size": window.request.size.get(),
            "rows": window.rows,
            "requested_at": window.requested_at.to_string(),
            "answered_at": window.answered_at.to_string(),
        })
    };
    let objects: Vec<Value> = certificate.windows.iter().map(object).collect();
    Cell::Several(shown.join("; "), objects)
}

/// The days that were looked at, and when each was last read whole.
fn days(looked_at: &[LookedAt]) -> Cell {
    if looked_at.is_empty() {
        return Cell::Absent;
    }
    let shown = looked_at.iter();
    let shown = shown.map(|one| format!("{} at {}", one.day, one.begun_at));
    let shown: Vec<String> = shown.collect();
    let object = |one: &LookedAt| {
        json!({
            "day": one.day.to_string(),
            "scan_began_at": one.begun_at.to_string(),
        })
    };
    Cell::Several(shown.join("; "), looked_at.iter().map(object).collect())
}

/// How the appointment stands at a POV now.
fn standing(story: &Story) -> String {
    let Some(row) = &story.row else {
        return "not here any more 已不在本点".to_owned();
    };
    let (day, period) = (row.appointment.day, row.appointment.period);
    match (row.state, &story.suspect) {
        (RowState::Live, _) => format!("live on 有效 {day} {period}"),
        (RowState::Cancelled, _) => format!("cancelled 已取消, last on {day} {period}"),
        (RowState::Suspected, suspect) => {
            let mut text = format!("in doubt 待确认, last on {day} {period}");
            if let Some(suspect) = suspect {
                text += &format!("; missed since {}", suspect.vanished_at);
                if let Some(at) = suspect.confirmed_at {
                    text += &format!("; its own day confirmed at {at}");
                }
                if suspect.held && !suspect.accepted {
                    text += "; HELD 已暂停取消, see povline held";
                }
            }
            text
        }
    }
}
