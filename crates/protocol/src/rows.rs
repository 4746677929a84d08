//! One appointment as bytes of an answer.
//!
//! A row is encoded once for a version of its day and stands there end to end with the others; a
//! page is a contiguous slice. In JSON one comma stands between two rows, in XML nothing does.
//! The two forms of JSON share their rows.

use povline_domain::{Appointment, Day, Period, PickStatus};

use crate::{json, xml};

/// What stands between two rows in JSON.
pub const JSON_SEPARATOR: &[u8] = b",";
/// The element of one row in XML, and the name under which JSON's list stands.
pub const ROW_NAME: &str = "pov_appointment_record_dto";

/// An appointment whose texts are borrowed, from a database's row for instance.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AppointmentRef<'a> {
    /// The appointment's id.
    pub appointment_id: &'a str,
    /// The ISV's code of the POV.
    pub out_pov_id: &'a str,
    /// The booked day.
    pub day: Day,
    /// The booked period.
    pub period: Period,
    /// The pick code.
    pub pick_code: &'a str,
    /// Whether the number has been taken.
    pub pick_status: PickStatus,
    /// The vaccinee's name.
    pub name: &'a str,
}

impl<'a> From<&'a Appointment> for AppointmentRef<'a> {
    fn from(appointment: &'a Appointment) -> Self {
        let Appointment {
            appointment_id,
            out_pov_id,
            day,
            period,
            pick_code,
            pick_status,
            name,
        } = appointment;
        Self {
            appointment_id: appointment_id.as_str(),
            out_pov_id: out_pov_id.as_str(),
            day: *day,
            period: *period,
            pick_code: pick_code.as_str(),
            pick_status: *pick_status,
            name: name.as_str(),
        }
    }
}

/// Name and pick code stay out of logs.
impl std::fmt::Debug for AppointmentRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppointmentRef")
            .field("appointment_id", &self.appointment_id)
            .field("out_pov_id", &self.out_pov_id)
            .field("day", &self.day)
            .finish_non_exhaustive()
    }
}

/// The digit that stands for a pick status: 0 is picked, 1 is not.
#[must_use]
pub fn pick_status_digit(status: PickStatus) -> u8 {
    match status {
        PickStatus::Picked => b'0',
        PickStatus::NotPicked => b'1',
    }
}

/// Writes rows of one POV's day: what all of them share is encoded once.
#[derive(Debug)]
pub struct DayRows {
    language: Language,
    /// From the pick code's end to the pick status.
    pov: Vec<u8>,
    /// From the period's end to the appointment's id.
    day: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum Language {
    Json,
    Xml,
}

impl DayRows {
    /// Rows in JSON.
    #[must_use]
    pub fn json(out_pov_id: &str, day: Day) -> Self {
        let mut pov = b",\"out_pov_id\":".to_vec();
        json::write_string(&mut pov, out_pov_id);
        pov.extend_from_slice(b",\"pick_status\":");
        let time = [
            &b"\",\"appointment_time\":\""[..],
            &day.ascii(),
            b"\",\"appointment_id\":",
        ];
        Self {
            language: Language::Json,
            pov,
            day: time.concat(),
        }
    }

    /// Rows in XML.
    #[must_use]
    pub fn xml(out_pov_id: &str, day: Day) -> Self {
        let mut pov = b"</pick_code><out_pov_id>".to_vec();
        xml::write_text(&mut pov, out_pov_id);
        pov.extend_from_slice(b"</out_pov_id><pick_status>");
        let time = [
            &b"</appointment_period><appointment_time>"[..],
            &day.ascii(),
            b"</appointment_time><appointment_id>",
        ];
        Self {
            language: Language::Xml,
            pov,
            day: time.concat(),
        }
    }

    /// Appends one row. Its POV and day are not looked at: they are this day's.
    pub fn write(&self, out: &mut Vec<u8>, row: &AppointmentRef<'_>) {
        match self.language {
            Language::Json => self.write_json(out, row),
            Language::Xml => self.write_xml(out, row),
        }
    }

    fn write_json(&self, out: &mut Vec<u8>, row: &AppointmentRef<'_>) {
        out.extend_from_slice(b"{\"pick_code\":");
        json::write_string(out, row.pick_code);
        out.extend_from_slice(&self.pov);
        out.push(pick_status_digit(row.pick_status));
        out.extend_from_slice(b",\"appointment_period\":\"");
        out.extend_from_slice(&period_text(row.period));
        out.extend_from_slice(&self.day);
        json::write_string(out, row.appointment_id);
        out.extend_from_slice(b",\"name\":");
        json::write_string(out, row.name);
        out.push(b'}');
    }

    fn write_xml(&self, out: &mut Vec<u8>, row: &AppointmentRef<'_>) {
        out.extend_from_slice(b"<pov_appointment_record_dto><pick_code>");
        xml::write_text(out, row.pick_code);
        out.extend_from_slice(&self.pov);
        out.push(pick_status_digit(row.pick_status));
        out.extend_from_slice(b"</pick_status><appointment_period>");
        out.extend_from_slice(&period_text(row.period));
        out.extend_from_slice(&self.day);
        xml::write_text(out, row.appointment_id);
        out.extend_from_slice(b"</appointment_id><name>");
        xml::write_text(out, row.name);
        out.extend_from_slice(b"</name></pov_appointment_record_dto>");
    }
}

/// Appends one row in JSON.
pub fn write_json_row(out: &mut Vec<u8>, row: &AppointmentRef<'_>) {
    DayRows::json(row.out_pov_id, row.day).write(out, row);
}

/// Appends one row in XML.
pub fn write_xml_row(out: &mut Vec<u8>, row: &AppointmentRef<'_>) {
    DayRows::xml(row.out_pov_id, row.day).write(out, row);
}

/// `08:00-08:30`, without the formatting machinery: it is written for every row of a cold day.
fn period_text(period: Period) -> [u8; 11] {
    let [h1, h2, m1, m2] = clock(period.begin_minute());
    let [h3, h4, m3, m4] = clock(period.end_minute());
    [h1, h2, b':', m1, m2, b'-', h3, h4, b':', m3, m4]
}

fn clock(minute_of_day: u16) -> [u8; 4] {
    let [h1, h2] = two_digits(minute_of_day / 60);
    let [m1, m2] = two_digits(minute_of_day % 60);
    [h1, h2, m1, m2]
}

fn two_digits(number: u16) -> [u8; 2] {
    [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]
}
