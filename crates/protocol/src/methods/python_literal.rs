//! Objects as Python writes them.
//!
//! The Python SDK sends whatever text its user assigns, and sends an object that was assigned
//! instead as Python's own literal: `{'day': '2020-01-18', 'page_num': 1, 'x': None}`. What is
//! meant is beyond doubt, so it is read; that is ours, the real gateway's answer is not known.

/// The same object in JSON; `None` if the text is no Python literal.
pub(super) fn to_json(literal: &str) -> Option<String> {
    let mut json = String::with_capacity(literal.len() + 16);
    let mut rest = literal;
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '\'' | '"' => string(rest.get(1..)?, first, &mut json)?,
            'a'..='z' | 'A'..='Z' => {
                let end = rest
                    .find(|c: char| !c.is_ascii_alphabetic())
                    .unwrap_or(rest.len());
                let (word, tail) = rest.split_at_checked(end)?;
                json.push_str(match word {
                    "None" => "null",
                    "True" => "true",
                    "False" => "false",
                    // What Python 2 writes before a text.
                    "u" if tail.starts_with(['\'', '"']) => "",
                    _ => return None,
                });
                tail
            }
            _ => {
                json.push(first);
                rest.get(first.len_utf8()..)?
            }
        };
    }
    Some(json)
}

/// Reads a string after its opening quote; gives what follows it.
fn string<'t>(text: &'t str, quote: char, json: &mut String) -> Option<&'t str> {
    json.push('"');
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '\\' => {
                let escaped = escape(&mut characters)?;
                push(json, escaped);
            }
            end if end == quote => break,
            plain => push(json, plain),
        }
    }
    json.push('"');
    Some(characters.as_str())
}

fn escape(characters: &mut std::str::Chars<'_>) -> Option<char> {
    let digits = match characters.next()? {
        'n' => return Some('\n'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        same @ ('\\' | '\'' | '"') => return Some(same),
        _ => return None,
    };
    let mut code = 0_u32;
    for _ in 0..digits {
        code = code.checked_mul(16)? + characters.next()?.to_digit(16)?;
    }
    char::from_u32(code)
}

fn push(json: &mut String, character: char) {
    match character {
        '"' | '\\' => json.extend(['\\', character]),
        '\u{0}'..='\u{1f}' => json.push_str(&format!("\\u{:04x}", u32::from(character))),
        _ => json.push(character),
    }
}
