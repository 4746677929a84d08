//! The contract's fields of a row, checked into an appointment.

use povline_domain::{
    Appointment, AppointmentId, Day, Name, OutPovId, Period, PickCode, PickStatus, TextError,
};
use povline_store::book::Refusal;

/// The contract's names of the fields, in the order in which they are documented for files.
pub(crate) const FIELDS: [&str; 7] = [
    "appointment_id",
    "out_pov_id",
    "appointment_time",
    "appointment_period",
    "pick_code",
    "pick_status",
    "name",
];

/// The texts of a row's fields, in the order of [`FIELDS`].
pub(super) type Texts<'a> = [&'a str; FIELDS.len()];

/// The appointment that a row tells, or why it is none. The first field at fault is told.
pub(super) fn appointment(texts: Texts<'_>) -> Result<Appointment, Refusal> {
    let [id, pov, day, period, code, status, name] = texts;
    for (field, text) in [(FIELDS[0], id), (FIELDS[1], pov), (FIELDS[4], code)] {
        looked_up(field, text)?;
    }
    not_a_formula(FIELDS[6], name)?;
    Ok(Appointment {
        appointment_id: AppointmentId::new(id).map_err(text_fault(FIELDS[0]))?,
        out_pov_id: OutPovId::new(pov).map_err(text_fault(FIELDS[1]))?,
        day: day
            .parse::<Day>()
            .map_err(|error| refusal(FIELDS[2], format!("{error}; write it as 2026-11-24")))?,
        period: period
            .parse::<Period>()
            .map_err(|error| refusal(FIELDS[3], format!("{error}; write it as 08:00-08:30")))?,
        pick_code: PickCode::new(code).map_err(text_fault(FIELDS[4]))?,
        pick_status: pick_status(status)?,
        name: Name::new(name).map_err(text_fault(FIELDS[6]))?,
    })
}

/// What is found again by what people type must be written as they do: with white space around it,
/// it would be another one.
fn looked_up(field: &'static str, text: &str) -> Result<(), Refusal> {
    if text.trim() != text && !text.trim().is_empty() {
        return Err(refusal(field, "has white space around it; take it out"));
    }
    not_a_formula(field, text)
}

/// A spreadsheet may save what is in a cell's place: a text as `="00001"`, or where it is taken from,
/// as `=G3`.
fn not_a_formula(field: &'static str, text: &str) -> Result<(), Refusal> {
    if text.starts_with('=') {
        return Err(refusal(
            field,
            "is a formula of a spreadsheet; save the column as text, without the equals sign",
        ));
    }
    Ok(())
}

/// 0 is picked and 1 is not: the contract's spelling, never defaulted.
fn pick_status(text: &str) -> Result<PickStatus, Refusal> {
    match text {
        "0" => Ok(PickStatus::Picked),
        "1" => Ok(PickStatus::NotPicked),
        "" => Err(refusal(
            FIELDS[5],
            "is empty and has no default; write 0 = number taken, 1 = not taken",
        )),
        _ => Err(refusal(
            FIELDS[5],
            "is neither 0 nor 1; write 0 = number taken, 1 = not taken",
        )),
    }
}

fn text_fault(field: &'static str) -> impl FnOnce(TextError) -> Refusal {
    move |error| {
        let remedy = match error {
            TextError::Empty => "every row needs one",
            TextError::TooLong { .. } => "shorten it, or look for a missing comma or line end",
            TextError::Control { .. } => "take it out",
        };
        refusal(field, format!("{error}; {remedy}"))
    }
}

/// A refusal of a line.
pub(super) fn refusal(field: &'static str, reason: impl Into<String>) -> Refusal {
    Refusal {
        field,
        reason: reason.into(),
    }
}

/// Bytes that are no text.
pub(super) fn undecodable(field: &'static str) -> Refusal {
    refusal(
        field,
        "holds bytes that are no text in the file's encoding; save the file as UTF-8, or name its \
         encoding with --encoding",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Texts<'static> = [
        "P0001",
        "00001",
        "2026-11-24",
        "08:00-08:30",
        "100001",
        "1",
        "测试",
    ];

    #[test]
    fn pick_status_is_the_contracts() {
        let with =
            |status| appointment([GOOD[0], GOOD[1], GOOD[2], GOOD[3], GOOD[4], status, GOOD[6]]);
        assert_eq!(with("0").unwrap().pick_status, PickStatus::Picked);
        assert_eq!(with("1").unwrap().pick_status, PickStatus::NotPicked);
        for bad in ["", "2", "yes", "01", " 1"] {
            assert_eq!(with(bad).unwrap_err().field, "pick_status");
        }
    }

    #[test]
    fn what_is_looked_up_has_nothing_around_it() {
        for (place, text) in [
            (0, " P0001"),
            (0, "P0001\u{3000}"),
            (1, "00001 "),
            (4, " 100001"),
            (4, "=\"100001\""),
            (0, "=G3"),
            (6, "=\"张三\""),
        ] {
            let mut texts = GOOD;
            texts[place] = text;
            assert_eq!(appointment(texts).unwrap_err().field, FIELDS[place]);
        }
    }

    #[test]
    fn each_field_is_named_when_it_is_at_fault() {
        for (place, bad) in [
            (0, ""),
            (1, " "),
            (2, "2026-02-30"),
            (3, "08:30-08:00"),
            (4, "\u{7}"),
            (6, ""),
        ] {
            let mut texts = GOOD;
            texts[place] = bad;
            let refusal = appointment(texts).unwrap_err();
            assert_eq!(refusal.field, FIELDS[place]);
            assert!(refusal.reason.contains(';'), "{}", refusal.reason);
        }
    }
}
