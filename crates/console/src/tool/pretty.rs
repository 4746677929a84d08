//! Documents with line ends and indents, and not a character else changed: what is shown is what
//! came.

/// An indent.
const INDENT: &str = "  ";

/// JSON as it came, one member on each line. What is no JSON comes out as some text, no more.
pub(super) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut characters = text.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(INDENT, depth));
    };
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                out.push('"');
                let mut is_escaped = false;
                for inner in characters.by_ref() {
                    out.push(inner);
                    match inner {
                        _ if is_escaped => is_escaped = false,
                        '\\' => is_escaped = true,
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                out.push(character);
                let closing = if character == '{' { '}' } else { ']' };
                if characters.next_if_eq(&closing).is_some() {
                    out.push(closing);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(character);
            }
            ',' => {
                out.push(',');
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            blank if blank.is_ascii_whitespace() => {}
            other => out.push(other),
        }
    }
    out
}

/// XML as it came, one element on each line; an element with text alone stays on its line.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut rest = text;
    // Whether the last thing was an opening tag or its text: then the closing tag follows at once.
    let mut is_open = false;
    while !rest.is_empty() {
        if !rest.starts_with('<') {
            let end = rest.find('<').unwrap_or(rest.len());
            let (content, after) = rest.split_at(end);
            if !content.trim().is_empty() {
                out.push_str(content);
            }
            rest = after;
            continue;
        }
        let end = match rest.strip_prefix("<![CDATA[") {
            Some(_) => rest.find("]]>").map(|at| at + 3),
            None => rest.find('>').map(|at| at + 1),
        };
        let (tag, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        let is_closing = tag.starts_with("</");
        let is_whole = tag.ends_with("/>") || tag.starts_with("<?") || tag.starts_with("<!");
        if is_closing {
            depth = depth.saturating_sub(1);
        }
        let stays = out.is_empty() || tag.starts_with("<![") || is_closing && is_open;
        if !stays {
            out.push('\n');
            out.extend(std::iter::repeat_n(INDENT, depth));
        }
        out.push_str(tag);
        if !is_closing && !is_whole {
            depth += 1;
        }
        is_open = (!is_closing && !is_whole) || tag.starts_with("<![");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_gets_lines_and_keeps_every_text() {
        let text = r#"{"a":{"b":[],"c":[1,{"d":"x{,:\"\\"}]},"e":{}}"#;
        let expected = "{\n  \"a\": {\n    \"b\": [],\n    \"c\": [\n      1,\n      {\n        \"d\": \"x{,:\\\"\\\\\"\n      }\n    ]\n  },\n  \"e\": {}\n}";
        assert_eq!(json(text), expected);
        let bare: String = expected.lines().map(str::trim_start).collect();
        assert_eq!(bare.replace("\": ", "\":"), text);
        assert_eq!(json("no json at all"), "nojsonatall");
    }

    #[test]
    fn xml_gets_lines_and_keeps_every_text() {
        let text = "<?xml version=\"1.0\"?><a><b><c>x y</c><c></c></b><d>1</d></a><!--end-->";
        let expected = "<?xml version=\"1.0\"?>\n<a>\n  <b>\n    <c>x y</c>\n    <c></c>\n  </b>\n  <d>1</d>\n</a>\n<!--end-->";
        assert_eq!(xml(text), expected);
    }
}
