//! Values that the tests share. All names are made up.

use povline_domain::{Appointment, PageNumber, PageRequest, PageSize, PickStatus};
use povline_protocol::frame::{self, PageHead};
use povline_protocol::rows::{self, AppointmentRef};
use povline_protocol::{AnswerForm, RequestId};

pub(crate) fn appointment(number: u32) -> Appointment {
    Appointment {
        appointment_id: format!("P{number:04}").parse().unwrap(),
        out_pov_id: "00001".parse().unwrap(),
        day: "2021-01-18".parse().unwrap(),
        period: "08:00-08:30".parse().unwrap(),
        pick_code: format!("A{number:03}").parse().unwrap(),
        pick_status: if number.is_multiple_of(2) {
            PickStatus::Picked
        } else {
            PickStatus::NotPicked
        },
        name: format!("测试{number}").parse().unwrap(),
    }
}

pub(crate) fn named(number: u32, name: &str) -> Appointment {
    Appointment {
        name: name.parse().unwrap(),
        ..appointment(number)
    }
}

pub(crate) fn page(number: u32, size: u32) -> PageRequest {
    PageRequest {
        number: PageNumber::new(number).unwrap(),
        size: PageSize::new(size).unwrap(),
    }
}

pub(crate) fn request_id() -> RequestId {
    RequestId::from_number(4_711)
}

/// The rows laid end to end as a day sheet keeps them.
pub(crate) fn encode_rows(form: AnswerForm, appointments: &[Appointment]) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, appointment) in appointments.iter().enumerate() {
        let row = AppointmentRef::from(appointment);
        match form {
            AnswerForm::Json | AnswerForm::SimplifiedJson => {
                if at > 0 {
                    out.extend_from_slice(rows::JSON_SEPARATOR);
                }
                rows::write_json_row(&mut out, &row);
            }
            AnswerForm::Xml => rows::write_xml_row(&mut out, &row),
        }
    }
    out
}

/// A whole first page of 200 that holds these appointments and no more.
pub(crate) fn answer(form: AnswerForm, appointments: &[Appointment]) -> String {
    let head = PageHead {
        page: PageRequest::FIRST,
        total: appointments.len() as u64,
    };
    let rows = encode_rows(form, appointments);
    String::from_utf8(frame::success(form, &head, &rows, &request_id())).unwrap()
}
