//! What the API tool offers to copy, run as it was copied.

use std::process::Command;

use super::reader::{Reader, between};
use super::scene::{Scene, printed};

/// A text as a reader copies it from the page.
fn copied(page: &str, id: &str) -> String {
    let from = page.split_once(&format!("<pre id=\"{id}\"")).unwrap().1;
    between(from, ">", "</pre>")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
}

/// An answer without its id and the blanks that the page adds so that it can be read.
fn alike(answer: &str) -> String {
    let mut answer: String = answer.split_whitespace().collect();
    for (mark, end) in [("\"request_id\":\"", '"'), ("<request_id>", '<')] {
        if let Some(at) = answer.rfind(mark) {
            let begin = at + mark.len();
            let end = answer[begin..].find(end).unwrap();
            answer.replace_range(begin..begin + end, "");
        }
    }
    answer
}

/// How the program of a language is run, by its slug: the file, and the commands.
const WAYS: [(&str, &str, &str); 7] = [
    ("python", "call.py", "python3 call.py"),
    ("curl", "call.sh", "bash call.sh"),
    ("nodejs", "call.js", "node call.js"),
    ("php", "call.php", "php call.php"),
    (
        "c",
        "call.c",
        "cc -Wall -Wextra -Werror call.c -o call -lcurl -lcrypto && ./call",
    ),
    (
        "dotnet",
        "Call.cs",
        "mcs -r:System.Net.Http Call.cs && mono Call.exe",
    ),
    (
        "java",
        "Call.java",
        "java -XX:TieredStopAtLevel=1 Call.java",
    ),
];

/// Runs the program of a language as it stands in the page, and compares what it prints with the
/// answer that stands beside it.
#[track_caller]
fn check(scene: &Scene, page: &str, (slug, file, commands): (&str, &str, &str), what: &str) {
    let program = copied(page, &format!("sample-{slug}"));
    let folder = scene.place.path();
    scene.place.write(file, &program);
    let mut command = Command::new("sh");
    command.args(["-c", commands]);
    let told = printed(scene.with_secret(&mut command, folder));
    let expected = copied(page, "answer");
    assert!(expected.contains("P4"), "{what}: {expected}");
    assert_eq!(alike(&told), alike(&expected), "{what}, {slug}:\n{program}");
}

#[test]
fn a_copied_program_makes_the_call_that_was_shown() {
    let scene = Scene::new();
    let reader = Reader::of(&scene);
    for sign_method in ["md5", "hmac", "hmac-sha256"] {
        for form in ["json", "xml", "simplified"] {
            let page = reader.call(&[("form", form), ("sign_method", sign_method)]);
            // Where starting it costs little, every combination is run.
            let ways = if form == "xml" { &WAYS[..] } else { &WAYS[..2] };
            for way in ways {
                check(&scene, &page, *way, &format!("{form}, {sign_method}"));
            }
        }
    }
}
