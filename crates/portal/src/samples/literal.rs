//! Texts and objects as literals of each language. Whatever a value holds, it stays a value.

use std::fmt::Write as _;

use super::arguments::Tree;
use super::language::Language;

/// How one language writes texts and objects.
pub(super) struct Style {
    text: fn(&str) -> String,
    /// Opens, closes an object; stands between a member's name and its value.
    object: [&'static str; 3],
    list: [&'static str; 2],
    /// Puts an object's literal into a text of JSON. Without it objects are written as JSON.
    encode: Option<[&'static str; 2]>,
}

/// A text literal of this language.
pub(super) fn text(language: Language, text: &str) -> String {
    (style(language).text)(text)
}

/// An expression whose value is what is sent.
pub(super) fn expression(language: Language, value: &Tree) -> String {
    let style = style(language);
    match (value, &style.encode) {
        (Tree::Text(text) | Tree::Bare(text), _) => (style.text)(text),
        (object, None) => (style.text)(&object.json()),
        (object, Some([before, after])) => {
            format!("{before}{}{after}", native(&style, object))
        }
    }
}

/// An object as the language itself writes it.
fn native(style: &Style, tree: &Tree) -> String {
    match tree {
        Tree::Bare(text) => text.clone(),
        Tree::Text(text) => (style.text)(text),
        Tree::Object(members) => {
            let [open, close, between] = style.object;
            let members: Vec<String> = members
                .iter()
                .map(|(name, tree)| {
                    format!("{}{between}{}", (style.text)(name), native(style, tree))
                })
                .collect();
            format!("{open}{}{close}", members.join(", "))
        }
        Tree::List(items) => {
            let [open, close] = style.list;
            let items: Vec<String> = items.iter().map(|item| native(style, item)).collect();
            format!("{open}{}{close}", items.join(", "))
        }
    }
}

fn style(language: Language) -> Style {
    let json = |text: fn(&str) -> String, encode| Style {
        text,
        object: ["{", "}", ": "],
        list: ["[", "]"],
        encode,
    };
    match language {
        Language::Java => json(java, None),
        Language::DotNet => json(c_sharp, None),
        Language::Curl => json(bash, None),
        Language::C => json(c, None),
        Language::Python => json(python, Some(["json.dumps(", ")"])),
        Language::NodeJs => json(java_script, Some(["JSON.stringify(", ")"])),
        Language::Php => Style {
            text: php,
            object: ["[", "]", " => "],
            list: ["[", "]"],
            encode: Some(["json_encode(", ", JSON_UNESCAPED_UNICODE)"]),
        },
    }
}

/// Characters outside of ASCII are escaped: what `javac` takes a file's encoding to be depends on
/// the machine.
fn java(text: &str) -> String {
    quoted(text, |out, character| match u32::from(character) {
        code @ ..=0x1f | code @ 0x7f => write!(out, "\\{code:03o}"),
        0x20..=0x7e => write!(out, "{character}"),
        _ => utf16(out, character),
    })
}

/// The same, for the same reason.
fn c_sharp(text: &str) -> String {
    quoted(text, |out, character| match u32::from(character) {
        0x20..=0x7e => write!(out, "{character}"),
        _ => utf16(out, character),
    })
}

fn utf16(out: &mut String, character: char) -> std::fmt::Result {
    let mut units = [0; 2];
    for unit in character.encode_utf16(&mut units) {
        write!(out, "\\u{unit:04x}")?;
    }
    Ok(())
}

fn python(text: &str) -> String {
    hexadecimal(text)
}

fn java_script(text: &str) -> String {
    hexadecimal(text)
}

/// Both languages have two kinds of quotes: what holds the one stands in the other, so that JSON
/// can be read.
fn hexadecimal(text: &str) -> String {
    let quote = match text.contains('"') && !text.contains('\'') {
        true => '\'',
        false => '"',
    };
    within(quote, text, |out, character| match u32::from(character) {
        code @ ..=0x1f | code @ 0x7f => write!(out, "\\x{code:02x}"),
        _ => write!(out, "{character}"),
    })
}

/// A question mark is escaped, for two of them begin a trigraph.
fn c(text: &str) -> String {
    quoted(text, |out, character| match u32::from(character) {
        code @ ..=0x1f | code @ 0x7f => write!(out, "\\{code:03o}"),
        0x3f => write!(out, "\\?"),
        _ => write!(out, "{character}"),
    })
}

fn quoted(text: &str, other: impl Fn(&mut String, char) -> std::fmt::Result) -> String {
    within('"', text, other)
}

/// In these quotes, with quotes and backslashes escaped and everything else as `other` says.
fn within(
    quote: char,
    text: &str,
    other: impl Fn(&mut String, char) -> std::fmt::Result,
) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        match character {
            _ if character == quote || character == '\\' => out.extend(['\\', character]),
            // Writing to a string cannot fail.
            _ => drop(other(&mut out, character)),
        }
    }
    out.push(quote);
    out
}

fn php(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A text as a word of a command: as it is, if the shell has nothing to see in it.
pub(crate) fn shell_word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:@".contains(&byte);
    match !text.is_empty() && text.bytes().all(is_plain) {
        true => text.to_owned(),
        false => bash(text),
    }
}

/// No shell can hold a null character.
fn bash(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_leaves_its_quotes() {
        let hostile = "a\"b'c\\d\n$(x)`y`{{z}}测𠮷??/%s\u{7f}";
        for (language, written) in [
            (
                Language::Java,
                r#""a\"b'c\\d\012$(x)`y`{{z}}\u6d4b\ud842\udfb7??/%s\177""#,
            ),
            (
                Language::DotNet,
                r#""a\"b'c\\d\u000a$(x)`y`{{z}}\u6d4b\ud842\udfb7??/%s\u007f""#,
            ),
            (
                Language::Python,
                "\"a\\\"b'c\\\\d\\x0a$(x)`y`{{z}}测𠮷??/%s\\x7f\"",
            ),
            (
                Language::C,
                "\"a\\\"b'c\\\\d\\012$(x)`y`{{z}}测𠮷\\?\\?/%s\\177\"",
            ),
            (
                Language::Php,
                "'a\"b\\'c\\\\d\n$(x)`y`{{z}}测𠮷??/%s\u{7f}'",
            ),
            (
                Language::Curl,
                "'a\"b'\\''c\\d\n$(x)`y`{{z}}测𠮷??/%s\u{7f}'",
            ),
        ] {
            assert_eq!(text(language, hostile), written, "{language:?}");
        }
        for (json, written) in [
            (r#"{"a":"b\"c"}"#, r#"'{"a":"b\\"c"}'"#),
            (r#"{"a":"it's"}"#, r#""{\"a\":\"it's\"}""#),
        ] {
            for language in [Language::Python, Language::NodeJs] {
                assert_eq!(text(language, json), written, "{language:?}");
            }
        }
    }
}
