//! The members of a row that the contract does not know.

use povline_domain::UnknownFields;

/// Such members as they come in, as the text of a JSON object that is not closed yet; nothing is
/// allocated for the many rows that have none.
#[derive(Debug, Default)]
pub(super) struct UnknownMembers(String);

impl UnknownMembers {
    /// Keeps a member whose value is written in JSON, as it came.
    pub(super) fn keep_json(&mut self, name: &str, value: &str) {
        let name = serde_json::Value::from(name).to_string();
        let separators = [",", ":", "}"].map(str::len).iter().sum::<usize>();
        if self.0.len() + name.len() + value.len() + separators > UnknownFields::BYTES_MAX {
            return;
        }
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&name);
        self.0.push(':');
        self.0.push_str(value);
    }

    /// Keeps a member whose value is text.
    pub(super) fn keep_text(&mut self, name: &str, value: &str) {
        // Escapes only make it longer.
        if value.len() <= UnknownFields::BYTES_MAX {
            self.keep_json(name, &serde_json::Value::from(value).to_string());
        }
    }

    pub(super) fn into_fields(mut self) -> Option<UnknownFields> {
        if self.0.is_empty() {
            return None;
        }
        self.0.push('}');
        UnknownFields::new(self.0).ok()
    }
}
