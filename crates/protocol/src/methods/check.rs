//! Whether parameters have the shape that a method's definition asks for.

use super::arguments::Arguments;
use crate::api::{ApiSpec, FieldSpec};
use crate::{Params, PlatformError, timestamp};

/// Checks what the definition says: that what is needed is there, and that numbers and instants are
/// written as such. Each method's own reading refuses what this refuses, with the same error, and
/// more: ranges, days, ids. Whoever builds a call finds out with this before it is sent.
///
/// # Errors
/// As the platform would answer: 40 and 41 with the parameter's name, 50 with that of a member of
/// a complex parameter.
pub fn check(spec: &ApiSpec, params: &Params<'_>) -> Result<(), PlatformError> {
    for field in spec.request {
        if field.children.is_empty() {
            let arguments = Arguments::flat(params, &[field.name]);
            check_field(field, &arguments)?;
            continue;
        }
        let names: Vec<&'static str> = field.children.iter().map(|child| child.name).collect();
        let arguments = Arguments::of(params, field.name, &names)?;
        for child in field.children {
            check_field(child, &arguments)?;
        }
    }
    Ok(())
}

fn check_field(field: &FieldSpec, arguments: &Arguments) -> Result<(), PlatformError> {
    if field.kind == "Number" {
        let number = arguments.number(field.name)?;
        return match (number, field.required) {
            (None, true) => Err(arguments.missing(field.name)),
            _ => Ok(()),
        };
    }
    let text = match field.required {
        true => Some(arguments.text(field.name)?),
        false => arguments.some_text(field.name)?,
    };
    match text {
        Some(text) if field.kind == "Date" && timestamp::parse(&text).is_none() => {
            Err(arguments.invalid(field.name))
        }
        _ => Ok(()),
    }
}
