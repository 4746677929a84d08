//! What a method's own reading refuses is what its definition says: the two cannot differ.

use povline_domain::UnixMillis;
use povline_protocol::api::{ApiSpec, FieldSpec};
use povline_protocol::methods::{self, check};
use povline_protocol::{Params, PlatformError};
use serde_json::{Map, Value};

/// When the samples of instants are not in the future.
const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

/// The method's own reading.
fn read(method: &str, params: &Params<'_>) -> Result<(), PlatformError> {
    use methods as m;
    match method {
        m::appointment_query::METHOD => {
            m::appointment_query::AppointmentQuery::from_params(params).map(|_| ())
        }
        m::subscribe_info_return::METHOD => {
            m::subscribe_info_return::SubscribeInfoReturn::from_params(params).map(|_| ())
        }
        m::order_update::METHOD => {
            m::order_update::OrderUpdate::from_params(params, NOW).map(|_| ())
        }
        m::pov_update::METHOD => m::pov_update::PovUpdate::from_params(params).map(|_| ()),
        m::schedule_open::METHOD => m::schedule_open::ScheduleOpen::from_params(params).map(|_| ()),
        m::schedule_close::METHOD => {
            m::schedule_close::ScheduleClose::from_params(params).map(|_| ())
        }
        m::schedule_query::METHOD => {
            m::schedule_query::ScheduleQuery::from_params(params).map(|_| ())
        }
        m::appointment_book::METHOD => {
            m::appointment_book::AppointmentBook::from_params(params).map(|_| ())
        }
        m::appointment_reschedule::METHOD => {
            m::appointment_reschedule::AppointmentReschedule::from_params(params).map(|_| ())
        }
        m::appointment_cancel::METHOD => {
            m::appointment_cancel::AppointmentCancel::from_params(params).map(|_| ())
        }
        m::appointment_changes::METHOD => {
            m::appointment_changes::AppointmentChanges::from_params(params).map(|_| ())
        }
        m::appointment_digest::METHOD => {
            m::appointment_digest::AppointmentDigest::from_params(params).map(|_| ())
        }
        m::sandbox_reset::METHOD => Ok(()),
        other => panic!("{other} is read nowhere here"),
    }
}

/// A call of which one field may be left out, or have another value.
fn params(spec: &ApiSpec, changed: &str, value: Option<&str>) -> Vec<(&'static str, String)> {
    let text = |field: &FieldSpec| match (field.name == changed, field.sample) {
        (true, _) => value.map(str::to_owned),
        (false, "") => Some("北京市朝阳区1号".to_owned()),
        (false, sample) => Some(sample.to_owned()),
    };
    let param = |field: &FieldSpec| {
        if field.children.is_empty() {
            return Some((field.name, text(field)?));
        }
        let members = field.children.iter();
        let object: Map<String, Value> = members
            .filter_map(|child| Some((child.name.to_owned(), text(child)?.into())))
            .collect();
        Some((field.name, Value::Object(object).to_string()))
    };
    spec.request.iter().filter_map(param).collect()
}

fn both(spec: &ApiSpec, pairs: &[(&'static str, String)]) -> [Result<(), PlatformError>; 2] {
    let pairs = pairs.iter().map(|(name, value)| (*name, value.as_str()));
    let params = Params::from_pairs(pairs).unwrap();
    [read(spec.method, &params), check(spec, &params)]
}

fn leaves(fields: &'static [FieldSpec]) -> Vec<&'static FieldSpec> {
    let leaves = fields.iter().map(|field| match field.children {
        [] => vec![field],
        children => leaves(children),
    });
    leaves.flatten().collect()
}

#[test]
fn a_call_of_samples_is_read_and_what_is_needed_must_be_there() {
    for spec in methods::ALL {
        assert_eq!(
            both(spec, &params(spec, "", None)),
            [Ok(()), Ok(())],
            "{}",
            spec.method
        );
        for field in leaves(spec.request) {
            let [read, checked] = both(spec, &params(spec, field.name, None));
            assert_eq!(read, checked, "{} without {}", spec.method, field.name);
            assert_eq!(read.is_err(), field.required, "{}", field.name);
        }
    }
}

#[test]
fn numbers_and_instants_must_be_written_as_such() {
    for spec in methods::ALL {
        let fields = leaves(spec.request).into_iter();
        for field in fields.filter(|field| ["Number", "Date"].contains(&field.kind)) {
            let [read, checked] = both(spec, &params(spec, field.name, Some("soon")));
            assert!(read.is_err(), "{} {}", spec.method, field.name);
            // `action_time` is an instant that the category calls a number.
            assert_eq!(read, checked, "{} {}", spec.method, field.name);
        }
    }
}
