//! Short ways to write appointments and to look at a book.

use povline_domain::{
    Appointment, AppointmentId, Day, IsvId, Name, OutPovId, PickCode, PickStatus, PovId, UnixMillis,
};
use povline_store::StoreErrorKind;
use povline_store::book::{
    Actor, Book, BookChange, ChangeCursor, DayVersion, ImportLine, ImportMode, ImportReport, Write,
    WriteOutcome,
};

pub fn actor() -> Actor {
    Actor {
        name: "command:test".to_owned(),
        at: UnixMillis(1_600_000_000_000),
    }
}

pub fn code(text: &str) -> OutPovId {
    OutPovId::new(text).unwrap()
}

pub fn day(n: i8) -> Day {
    Day::new(2021, 1, n).unwrap()
}

pub fn id(text: &str) -> AppointmentId {
    AppointmentId::new(text).unwrap()
}

pub fn pick(text: &str) -> PickCode {
    PickCode::new(text).unwrap()
}

/// An ISV with one POV, "00001".
#[derive(Debug, Clone, Copy)]
pub struct Clinic {
    pub isv: IsvId,
    pub pov: PovId,
}

pub async fn clinic<B: Book>(book: &B) -> Clinic {
    let isv = book.ensure_isv(&actor(), "鹿苗").await.unwrap();
    let pov = book.ensure_pov(&actor(), isv, &code("00001"), None).await;
    Clinic {
        isv,
        pov: pov.unwrap(),
    }
}

/// Another POV of its ISV, "00002".
pub async fn second_pov<B: Book>(book: &B, clinic: &Clinic) -> PovId {
    book.ensure_pov(&actor(), clinic.isv, &code("00002"), None)
        .await
        .unwrap()
}

/// A fresh booking at POV "00001".
pub fn row(text: &str, day: Day, pick_code: &str) -> Appointment {
    Appointment {
        appointment_id: id(text),
        out_pov_id: code("00001"),
        day,
        period: "08:00-08:30".parse().unwrap(),
        pick_code: pick(pick_code),
        pick_status: PickStatus::NotPicked,
        name: Name::new("测试").unwrap(),
    }
}

/// The rows of a day as they stand, with its version. They carry the code "00001" whatever the
/// POV's is.
pub async fn read<B: Book>(book: &B, pov: PovId, day: Day) -> (Vec<Appointment>, DayVersion) {
    let mut rows = Vec::new();
    let version = book
        .read_day(pov, day, |read| {
            rows.push(Appointment {
                period: read.period,
                pick_status: read.pick_status,
                name: Name::new(read.name).unwrap(),
                ..row(read.appointment_id, day, read.pick_code)
            });
        })
        .await;
    (rows, version.unwrap())
}

pub async fn rows<B: Book>(book: &B, pov: PovId, day: Day) -> Vec<Appointment> {
    read(book, pov, day).await.0
}

pub async fn version<B: Book>(book: &B, pov: PovId, day: Day) -> DayVersion {
    read(book, pov, day).await.1
}

/// `id:code` of each row of a day.
pub async fn brief<B: Book>(book: &B, pov: PovId, day: Day) -> Vec<String> {
    let rows = rows(book, pov, day).await;
    let brief = |row: &Appointment| format!("{}:{}", row.appointment_id, row.pick_code.as_str());
    rows.iter().map(brief).collect()
}

pub async fn write<B: Book>(book: &B, write: Write) -> WriteOutcome {
    let mut outcomes = book.write(&actor(), vec![write]).await.unwrap();
    assert_eq!(outcomes.len(), 1);
    outcomes.remove(0)
}

pub async fn done<B: Book>(book: &B, one: Write) {
    assert_eq!(write(book, one).await, WriteOutcome::Done);
}

/// Books rows, all of which must be taken.
pub async fn book_all<B: Book>(book: &B, pov: PovId, rows: &[Appointment]) {
    let writes = rows.iter().map(|row| Write::Book(pov, row.clone()));
    let outcomes = book.write(&actor(), writes.collect()).await.unwrap();
    assert_eq!(outcomes.len(), rows.len());
    assert!(
        outcomes
            .iter()
            .all(|outcome| *outcome == WriteOutcome::Done)
    );
}

/// The field at fault of a refused write.
pub fn refused(outcome: &WriteOutcome) -> &'static str {
    match outcome {
        WriteOutcome::Refused(refusal) => {
            assert!(!refusal.reason.is_empty());
            refusal.field
        }
        other => panic!("{other:?} is no refusal"),
    }
}

pub fn reschedule(id: &str, day: Day, period: &str, code: &str) -> Write {
    Write::Reschedule {
        appointment_id: self::id(id),
        day,
        period: period.parse().unwrap(),
        pick_code: pick(code),
    }
}

pub const ALL_OR_NOTHING: ImportMode = ImportMode {
    keep_good: false,
    create_povs: false,
    refusals_max: 100,
};

pub const KEEP_GOOD: ImportMode = ImportMode {
    keep_good: true,
    ..ALL_OR_NOTHING
};

pub fn lines(rows: &[Appointment]) -> Vec<ImportLine> {
    let lines = rows.iter().zip(1..).map(|(row, line)| ImportLine {
        line,
        row: Ok(row.clone()),
    });
    lines.collect()
}

pub async fn import<B: Book>(
    book: &B,
    isv: IsvId,
    rows: &[Appointment],
    mode: ImportMode,
) -> ImportReport {
    let lines = lines(rows).into_iter();
    book.import(&actor(), isv, lines, mode, |_| {})
        .await
        .unwrap()
}

/// The lines refused, each with the field at fault.
pub fn refusals(report: &ImportReport) -> Vec<(u64, &'static str)> {
    let refusals = report.refusals.iter();
    refusals
        .map(|(line, refusal)| (*line, refusal.field))
        .collect()
}

/// Everything that changed since a cursor.
pub async fn changes<B: Book>(book: &B, cursor: ChangeCursor) -> Vec<BookChange> {
    let (mut changes, _) = book.changes_after(cursor, usize::MAX).await.unwrap();
    changes.sort_unstable();
    changes
}

pub fn kind<T>(result: Result<T, povline_store::StoreError>) -> StoreErrorKind {
    result.err().unwrap().kind()
}
