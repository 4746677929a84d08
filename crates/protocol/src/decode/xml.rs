//! Reading answers in XML.
//!
//! Attributes and unknown elements are skipped, a comment may follow the root (the real gateway
//! names its host there), a document type is refused.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesRef, Event};
use quick_xml::name::QName;

use super::flat::FlatParts;
use super::parts::{ErrorParts, ModelParts, ResponseParts, ResultParts};
use super::row::{Field, Loose, LooseRow, RowFault, Rows};
use super::{DecodeError, RawRow, Reply};
use crate::PlatformError;
use crate::rows::ROW_NAME;

/// An answer nests five deep; what is unknown may nest a little more.
const DEPTH_MAX: usize = 32;

pub(super) fn read_answer(text: &str) -> Result<Reply, DecodeError> {
    let mut document = Document::open(text)?;
    let reply = if document.is_error {
        let mut error = ErrorParts::default();
        document.members(|document, name| error_member(&mut error, document, name))?;
        error.reply()
    } else {
        let mut response = ResponseParts::default();
        document.members(|document, name| {
            match name {
                "result" if response.result.is_some() => return Err(document.malformed()),
                "result" => response.result = Some(result(document)?),
                "request_id" => response.request_id = document.value()?,
                _ => {
                    document.skip()?;
                }
            }
            Ok(())
        })?;
        response.reply()
    };
    document.finish()?;
    reply
}

pub(super) fn read_error(text: &str) -> Result<Option<PlatformError>, DecodeError> {
    let mut document = Document::open(text)?;
    let mut error = document.is_error.then(ErrorParts::default);
    document.members(|document, name| match &mut error {
        Some(error) => error_member(error, document, name),
        None => document.skip().map(drop),
    })?;
    document.finish()?;
    error.map(|error| error.error()).transpose()
}

pub(super) fn read_flat(text: &str) -> Result<FlatParts<'_>, DecodeError> {
    let mut document = Document::open(text)?;
    let mut parts = FlatParts::default();
    document.members(|document, name| {
        let member = match name {
            "is_success" => &mut parts.is_success,
            "model" => &mut parts.model,
            "msg_code" => &mut parts.msg_code,
            "msg_info" => &mut parts.msg_info,
            "request_id" => &mut parts.request_id,
            _ => return document.skip().map(drop),
        };
        if !member.is_absent() {
            return Err(document.malformed());
        }
        *member = document.value()?;
        Ok(())
    })?;
    document.finish()?;
    Ok(parts)
}

pub(super) fn result_bytes(text: &str) -> Result<&[u8], DecodeError> {
    let mut document = Document::open(text)?;
    let mut result = None;
    if !document.is_error {
        document.members(|document, name| {
            let begin = document.position();
            let end = document.skip()?;
            match name {
                "result" if result.is_some() => return Err(document.malformed()),
                "result" => result = text.as_bytes().get(begin..end),
                _ => {}
            }
            Ok(())
        })?;
        document.finish()?;
    }
    result.ok_or(DecodeError::Missing("result"))
}

fn error_member<'a>(
    error: &mut ErrorParts<'a>,
    document: &mut Document<'a>,
    name: &str,
) -> Result<(), DecodeError> {
    match name {
        "code" => error.code = document.value()?,
        "msg" => error.msg = document.value()?,
        "sub_code" => error.sub_code = document.value()?,
        "sub_msg" => error.sub_msg = document.value()?,
        "request_id" => error.request_id = document.value()?,
        _ => {
            document.skip()?;
        }
    }
    Ok(())
}

fn result<'a>(document: &mut Document<'a>) -> Result<ResultParts<'a>, DecodeError> {
    let mut result = ResultParts::default();
    document.members(|document, name| {
        match name {
            "model" if result.model.is_some() => return Err(document.malformed()),
            "model" => result.model = Some(model(document)?),
            "msg_code" => result.msg_code = document.value()?,
            "msg_info" => result.msg_info = document.value()?,
            "success" => result.success = document.value()?,
            _ => {
                document.skip()?;
            }
        }
        Ok(())
    })?;
    Ok(result)
}

fn model<'a>(document: &mut Document<'a>) -> Result<ModelParts<'a>, DecodeError> {
    let mut model = ModelParts::default();
    document.members(|document, name| {
        match name {
            "page_num" => model.page_num = document.value()?,
            "page_size" => model.page_size = document.value()?,
            "total" => model.total = document.value()?,
            "data_list" if model.rows.is_some() => return Err(document.malformed()),
            "data_list" => model.rows = Some(rows(document)?),
            _ => {
                document.skip()?;
            }
        }
        Ok(())
    })?;
    Ok(model)
}

fn rows(document: &mut Document<'_>) -> Result<Rows, DecodeError> {
    let mut rows = Rows::default();
    document.members(|document, name| {
        if name != ROW_NAME {
            // Another kind of list must not pass for an empty one.
            return Err(document.malformed());
        }
        let (begin, good) = (document.position(), rows.good.len());
        let mut row = LooseRow::default();
        let has_text = document.members(|document, name| {
            match Field::from_name(name) {
                Some(field) => row.set(field, document.value()?),
                None => {
                    rows.note_unknown(name);
                    let begin = document.position();
                    let end = document.skip()?;
                    row.unknown.keep_text(name, &document.said(begin, end));
                }
            }
            Ok(())
        })?;
        if has_text {
            rows.reject(None, RowFault::NotAnObject);
        } else {
            rows.push(row);
        }
        if rows.good.len() == good
            && let Some(rejected) = rows.rejected.last_mut()
        {
            rejected.raw = RawRow::of(document.content_since(begin));
        }
        Ok(())
    })?;
    Ok(rows)
}

/// A place in a document, just after an element's start tag.
struct Document<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    is_error: bool,
}

impl<'a> Document<'a> {
    /// Goes to the root and enters it.
    fn open(text: &'a str) -> Result<Self, DecodeError> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut document = Self {
            text,
            reader,
            is_error: false,
        };
        loop {
            match document.event()? {
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                Event::Text(text) if is_blank(&text) => {}
                Event::Start(root) if root.name().0.ends_with("_response") => {
                    document.is_error = root.name() == QName("error_response");
                    return Ok(document);
                }
                _ => return Err(DecodeError::Foreign),
            }
        }
    }

    /// Goes on after the root, where only comments may stand.
    fn finish(mut self) -> Result<(), DecodeError> {
        loop {
            match self.event()? {
                Event::Comment(_) | Event::PI(_) => {}
                Event::Text(text) if is_blank(&text) => {}
                Event::Eof => return Ok(()),
                _ => return Err(self.malformed()),
            }
        }
    }

    /// Reads an element's content: calls `read` after the start tag of each child, which must
    /// take the child to its end. Tells whether there was text between them.
    fn members(
        &mut self,
        mut read: impl FnMut(&mut Self, &str) -> Result<(), DecodeError>,
    ) -> Result<bool, DecodeError> {
        let mut has_text = false;
        loop {
            match self.event()? {
                Event::Start(child) => read(self, child.name().0)?,
                Event::End(_) => return Ok(has_text),
                Event::Text(text) if is_blank(&text) => {}
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => has_text = true,
                Event::Comment(_) | Event::PI(_) => {}
                _ => return Err(self.malformed()),
            }
        }
    }

    /// Reads an element without children. An empty one counts as absent: the contract's own
    /// sample writes what it has no value for like that.
    fn value(&mut self) -> Result<Loose<'a>, DecodeError> {
        let mut value = Cow::Borrowed("");
        let mut has_children = false;
        loop {
            match self.event()? {
                Event::Text(text) => append(&mut value, text.xml10_content()),
                Event::CData(text) => append(&mut value, text.xml10_content()),
                Event::GeneralRef(reference) => {
                    value.to_mut().push(self.resolve(&reference)?);
                }
                Event::Start(_) => {
                    has_children = true;
                    self.skip()?;
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::End(_) if has_children => return Ok(Loose::Other),
                Event::End(_) if value.is_empty() => return Ok(Loose::Absent),
                Event::End(_) => return Ok(Loose::Text(value)),
                _ => return Err(self.malformed()),
            }
        }
    }

    /// Reads on to the end of the element, whatever is in it; tells where its content ends.
    fn skip(&mut self) -> Result<usize, DecodeError> {
        let mut depth = 0;
        loop {
            let before = self.position();
            match self.event()? {
                Event::Start(_) if depth == DEPTH_MAX => return Err(DecodeError::TooDeep),
                Event::Start(_) => depth += 1,
                Event::End(_) if depth == 0 => return Ok(before),
                Event::End(_) => depth -= 1,
                Event::Eof | Event::DocType(_) => return Err(self.malformed()),
                _ => {}
            }
        }
    }

    /// What the element says that was just read to its end, and whose content this is: its text, or
    /// all of it as it stands if its start tag says something too.
    fn said(&self, begin: usize, end: usize) -> Cow<'a, str> {
        // No `<` stands within a tag.
        let start = self.text.get(..begin).and_then(|text| text.rfind('<'));
        let element = start.and_then(|start| self.text.get(start..self.position()));
        let start_tag = start.and_then(|start| self.text.get(start..begin));
        let has_attributes = start_tag.is_some_and(|tag| tag.contains('='));
        match element.filter(|_| has_attributes) {
            Some(element) => Cow::Borrowed(element),
            None => plain(self.text.get(begin..end).unwrap_or_default()),
        }
    }

    fn resolve(&self, reference: &BytesRef<'_>) -> Result<char, DecodeError> {
        match reference.as_ref() {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            _ => match reference.resolve_char_ref() {
                Ok(Some(character)) => Ok(character),
                _ => Err(self.malformed()),
            },
        }
    }

    fn event(&mut self) -> Result<Event<'a>, DecodeError> {
        self.reader.read_event().map_err(|_| self.malformed())
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// What stands from here on to before the end tag that was read last.
    fn content_since(&self, begin: usize) -> &'a str {
        let content = self.text.get(begin..self.position()).unwrap_or_default();
        content
            .rfind("</")
            .map_or(content, |end_tag| &content[..end_tag])
    }

    fn malformed(&self) -> DecodeError {
        DecodeError::Malformed {
            format: "XML",
            position: self.position(),
        }
    }
}

/// An element's content without its escapes if it is text, or else as it stands.
fn plain(content: &str) -> Cow<'_, str> {
    let verbatim = content
        .strip_prefix("<![CDATA[")
        .and_then(|rest| rest.strip_suffix("]]>"));
    match verbatim {
        Some(text) if !text.contains("]]>") => Cow::Borrowed(text),
        _ if content.contains('<') => Cow::Borrowed(content),
        _ => unescape(content).unwrap_or(Cow::Borrowed(content)),
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}

fn append<'a>(value: &mut Cow<'a, str>, text: Cow<'a, str>) {
    if value.is_empty() {
        *value = text;
    } else {
        value.to_mut().push_str(&text);
    }
}
