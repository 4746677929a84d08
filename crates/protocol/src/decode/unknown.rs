//! The members of a row that the contract does not know.

use std::fmt;

use povline_domain::UnknownFields;

/// Such members as they come in, as the text of a JSON object that is not closed yet; nothing is
/// allocated for the many rows that have none.
#[derive(Default)]
pub(super) struct UnknownMembers {
    text: String,
    /// How many there was no room for.
    left_out: u32,
}

/// What is kept for the member that tells how many were left out, and for the end.
const END_BYTES_MAX: usize = 40;

impl UnknownMembers {
    /// Keeps a member whose value is written in JSON, as it came.
    pub(super) fn keep_json(&mut self, name: &str, value: &str) {
        let name = serde_json::Value::from(name).to_string();
        let separators = [",", ":"].map(str::len).iter().sum::<usize>();
        let bytes = self.text.len() + name.len() + value.len() + separators;
        match bytes + END_BYTES_MAX > UnknownFields::BYTES_MAX {
            true => self.left_out = self.left_out.saturating_add(1),
            false => self.push(&name, value),
        }
    }

    /// Keeps a member whose value is text.
    pub(super) fn keep_text(&mut self, name: &str, value: &str) {
        self.keep_json(name, &serde_json::Value::from(value).to_string());
    }

    fn push(&mut self, name: &str, value: &str) {
        let separator = if self.text.is_empty() { '{' } else { ',' };
        self.text.push(separator);
        self.text.push_str(name);
        self.text.push(':');
        self.text.push_str(value);
    }

    pub(super) fn into_fields(mut self) -> Option<UnknownFields> {
        if self.left_out > 0 {
            let name = serde_json::Value::from(UnknownFields::LEFT_OUT).to_string();
            self.push(&name, &self.left_out.to_string());
        }
        if self.text.is_empty() {
            return None;
        }
        self.text.push('}');
        UnknownFields::new(self.text).ok()
    }
}

// They may be a patient's.
impl fmt::Debug for UnknownMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnknownMembers({} bytes)", self.text.len())
    }
}
