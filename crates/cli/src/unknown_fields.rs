//! What a row says beside what the contract knows, as a cell.

use std::collections::BTreeMap;

use povline_domain::UnknownFields;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::output::Cell;

/// What stands in the place of a value that is not shown.
const HIDDEN: &str = "*";

/// The fields by name and, if asked for, with what they hold, which may be a patient's.
pub(crate) fn cell(fields: Option<&UnknownFields>, whole: bool) -> Cell {
    let Some(fields) = fields else {
        return Cell::Absent;
    };
    let json = if whole {
        Some(fields.as_json().to_owned())
    } else {
        let fields: Result<BTreeMap<String, IgnoredAny>, _> =
            serde_json::from_str(fields.as_json());
        let hidden = fields.map(|fields| {
            let fields = fields.into_keys().map(|name| (name, HIDDEN.into()));
            serde_json::Value::Object(fields.collect()).to_string()
        });
        hidden.ok()
    };
    let json = json.map(|json| on_one_line(&json));
    let json = json.and_then(|json| RawValue::from_string(json).ok());
    json.map_or(Cell::text(HIDDEN), Cell::Json)
}

/// The same JSON without line ends, which stand between its parts alone, and without what would
/// command a terminal.
fn on_one_line(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\n' | '\r' | '\t' => line.push(' '),
            _ if character.is_control() => {
                line.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => line.push(character),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str, whole: bool) -> String {
        let fields = UnknownFields::new(json).unwrap();
        match cell(Some(&fields), whole) {
            Cell::Json(json) => json.get().to_owned(),
            Cell::Text(text) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn fields_are_named_and_shown_only_when_asked() {
        let json = "{\"dose\":2.50,\n\t\"of\":{\"x\":[\"\u{9b}31m\"]}}";
        assert_eq!(shown(json, false), r#"{"dose":"*","of":"*"}"#);
        assert_eq!(
            shown(json, true),
            "{\"dose\":2.50,  \"of\":{\"x\":[\"\\u009b31m\"]}}"
        );
        assert_eq!(shown("{\"\u{9b}2J\":1}", false), r#"{"\u009b2J":"*"}"#);
        assert!(matches!(cell(None, true), Cell::Absent));
        let deep = format!("{{\"deep\":{}{}}}", "[".repeat(900), "]".repeat(900));
        assert_eq!(shown(&deep, true), deep);
        assert_eq!(shown(&deep, false), r#"{"deep":"*"}"#);
        assert_eq!(
            shown("broken", true),
            "*",
            "a ledger that was written to by others"
        );
    }
}
