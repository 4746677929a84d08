//! What an answer says, as a tree that every form is written from.
//!
//! For answers that are small and made for one call. A page of appointments is not: its rows were
//! encoded once and are sent as they lie (see [`frame`](crate::frame)).

use crate::{AnswerForm, json, xml};

/// A value of an answer. There is no null: what has no value is left out of its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(u64),
    /// A truth.
    Boolean(bool),
    /// An object: its members in their order.
    Object(Object),
    /// A list, and the name under which each element stands.
    List(&'static str, Vec<Value>),
}

/// The members of an object, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Object(Vec<(&'static str, Value)>);

impl Object {
    /// An object without members.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a member more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// With a member more if it has a value.
    #[must_use]
    pub fn with_some(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The members as they stand under the response's root, without what encloses them: what
    /// [`frame::envelope`](crate::frame::envelope) takes.
    #[must_use]
    pub fn encode(&self, form: AnswerForm) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        write_members(&mut out, form, &self.0);
        out
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

fn write_members(out: &mut Vec<u8>, form: AnswerForm, members: &[(&'static str, Value)]) {
    for (at, (name, value)) in members.iter().enumerate() {
        match form {
            AnswerForm::Json | AnswerForm::SimplifiedJson => {
                if at > 0 {
                    out.push(b',');
                }
                json::write_string(out, name);
                out.push(b':');
                write_json(out, form, value);
            }
            AnswerForm::Xml => {
                xml::open(out, name);
                write_xml(out, value);
                xml::close(out, name);
            }
        }
    }
}

fn write_json(out: &mut Vec<u8>, form: AnswerForm, value: &Value) {
    match value {
        Value::Text(text) => json::write_string(out, text),
        Value::Number(number) => json::write_number(out, *number),
        Value::Boolean(truth) => out.extend_from_slice(word(*truth).as_bytes()),
        Value::Object(object) => {
            out.push(b'{');
            write_members(out, form, &object.0);
            out.push(b'}');
        }
        Value::List(element, values) => {
            // Lists are wrapped under their element's name, unless the caller asked for simple ones.
            let wrapped = form == AnswerForm::Json;
            if wrapped {
                out.push(b'{');
                json::write_string(out, element);
                out.push(b':');
            }
            out.push(b'[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_json(out, form, value);
            }
            out.push(b']');
            if wrapped {
                out.push(b'}');
            }
        }
    }
}

fn write_xml(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Text(text) => xml::write_text(out, text),
        Value::Number(number) => json::write_number(out, *number),
        Value::Boolean(truth) => out.extend_from_slice(word(*truth).as_bytes()),
        Value::Object(object) => write_members(out, AnswerForm::Xml, &object.0),
        Value::List(element, values) => {
            for value in values {
                xml::open(out, element);
                write_xml(out, value);
                xml::close(out, element);
            }
        }
    }
}

fn word(truth: bool) -> &'static str {
    if truth { "true" } else { "false" }
}
