//! A page in Chinese says nothing in English that it could say in Chinese, and the other way round.
//! Code, names and what stands on the wire are of no language.

use povline_protocol::catalogue::PLATFORM_CODES;
use povline_protocol::methods;

use crate::site::{page, portal};

/// The pages that no method has.
const PAGES: [&str; 8] = [
    "/",
    "/docs",
    "/docs/start",
    "/docs/signing",
    "/docs/errors",
    "/docs/limits",
    "/docs/sdk",
    "/docs/faq",
];

/// What a reader reads or hears on a page, piece by piece, but for code and for the link to the
/// other language.
fn prose(html: &str) -> Vec<String> {
    let (_, body) = html.split_once("<body>").unwrap();
    let mut pieces = Vec::new();
    let mut rest = body;
    while let Some((text, after)) = rest.split_once('<') {
        pieces.push(text.to_owned());
        let (tag, after) = after.split_once('>').unwrap();
        let labels = tag.split("aria-label=\"").skip(1);
        pieces.extend(labels.map(|label| label.split('"').next().unwrap().to_owned()));
        let silent = ["pre", "code", "small"].into_iter();
        let mut silent = silent.filter(|name| tag.split(' ').next() == Some(name));
        let end = match silent.next() {
            Some(name) => format!("</{name}>"),
            None if tag.contains(" hreflang=") => "</a>".to_owned(),
            None => {
                rest = after;
                continue;
            }
        };
        rest = after.split_once(&end).unwrap().1;
    }
    pieces.push(rest.to_owned());
    pieces
}

/// Characters and punctuation of Chinese.
fn is_chinese(character: char) -> bool {
    matches!(character, '\u{3000}'..='\u{303f}' | '\u{3400}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
}

/// The longest row of English words.
fn english_words(text: &str) -> usize {
    let words = text
        .split(' ')
        .map(|word| word.trim_end_matches([',', '.', ';', ':']));
    let is_word = |word: &str| {
        word.len() > 1
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic() || byte == b'\'')
    };
    let mut longest = 0;
    let mut row = 0;
    for word in words {
        row = if is_word(word) { row + 1 } else { 0 };
        longest = longest.max(row);
    }
    longest
}

/// What stands on the wire, and commands.
fn is_quoted(text: &str) -> bool {
    let quoted = ["This ban will last for N more seconds", "povline "];
    let message = text.trim();
    PLATFORM_CODES.iter().any(|entry| entry.message == message)
        || quoted.iter().any(|quoted| text.contains(quoted))
}

#[test]
fn a_page_speaks_the_language_that_was_asked_for() {
    let portal = portal(methods::ALL);
    let methods = methods::ALL
        .iter()
        .map(|spec| format!("/docs/{}", spec.method));
    let pages = PAGES.map(str::to_owned).into_iter().chain(methods);
    let mut wrong = Vec::new();
    for address in pages {
        let read = |language: &str| prose(&page(&portal, &format!("{address}?lang={language}")));
        let chinese = read("zh").into_iter();
        let in_english = chinese.filter(|text| english_words(text) > 2 && !is_quoted(text));
        wrong.extend(in_english.map(|text| format!("zh {address}: {text}")));
        let english = read("en").into_iter();
        let in_chinese = english.filter(|text| text.chars().any(is_chinese));
        wrong.extend(in_chinese.map(|text| format!("en {address}: {text}")));
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
