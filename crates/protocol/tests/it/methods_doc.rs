//! `docs/methods.md` says of every method what the method's own table says.

use std::fmt::Write as _;
use std::path::Path;

use povline_protocol::api::{AnswerShape, ApiSpec, FieldSpec};
use povline_protocol::catalogue::BUSINESS_CODES;
use povline_protocol::methods;

const HEAD: &str = "# The methods

<!-- Written from the tables beside the code; a test fails where the two differ. -->

Every method is called the same way: signed, at `/router/rest`, in any of TOP's forms (see
[protocol.md](protocol.md)). *Category* methods are the open platform's own, with its names and
fields; what it leaves open is told under *Notes*. *Povline's own* methods exist on Povline's
platform only.

Methods that write need a grant to write (`povline app grant --write`); grants made before are to
read only. A method that says \"it may be repeated\" can be sent again, byte for byte, when its answer
was lost.
";

fn document() -> String {
    let mut out = HEAD.to_owned();
    for spec in methods::ALL {
        method(&mut out, spec);
    }
    out += "\n## Refusals inside a good answer\n\n";
    out +=
        "`is_success` (or `result.success`) is false, and `msg_code` says why. Codes that begin ";
    out += "with `FAIL_BIZ_4`, and 999, are the caller's to mend; the numbers are Povline's own, ";
    out += "but for `FAIL_BIZ_500` and 999, which are the category's.\n\n";
    out += "| `msg_code` | `msg_info` | meaning | remedy |\n|---|---|---|---|\n";
    for entry in BUSINESS_CODES {
        let (meaning, remedy) = (entry.meaning, entry.remedy);
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} {} |",
            entry.code, meaning.chinese, meaning.english, remedy.english, remedy.chinese
        );
    }
    out
}

fn method(out: &mut String, spec: &ApiSpec) {
    let origin = match spec.of_category {
        true => "Category",
        false => "Povline's own",
    };
    let _ = write!(
        out,
        "\n## {}\n\n**{} {}** — {}\n\n{}.\n{}\n\n### Request\n\n",
        spec.method,
        spec.title.chinese,
        spec.title.english,
        origin,
        spec.summary.english,
        spec.summary.chinese
    );
    table(out, spec.request, true);
    let shape = match spec.shape {
        AnswerShape::Result => "`result.success` tells whether it succeeded.",
        AnswerShape::Flat => "`is_success` tells whether it succeeded.",
    };
    let _ = write!(out, "\n### Answer\n\n{shape}\n\n");
    table(out, spec.response, false);
    let failures: Vec<String> = spec
        .failures()
        .iter()
        .map(|code| format!("`{}`", code.code))
        .collect();
    let _ = writeln!(out, "\nIt may fail with {}.", failures.join(", "));
    out.push_str("\n### Notes\n\n");
    for note in spec.notes {
        let _ = writeln!(out, "* {}\n  {}", note.english, note.chinese);
    }
}

fn table(out: &mut String, fields: &[FieldSpec], request: bool) {
    let (heads, line) = match request {
        true => (
            "| name | type | needed | sample | meaning |",
            "|---|---|---|---|---|",
        ),
        false => ("| name | type | sample | meaning |", "|---|---|---|---|"),
    };
    let _ = writeln!(out, "{heads}\n{line}");
    rows(out, fields, request, "");
}

fn rows(out: &mut String, fields: &[FieldSpec], request: bool, parent: &str) {
    for field in fields {
        let name = format!("{parent}{}", field.name);
        let needed = match (request, field.required) {
            (false, _) => "",
            (true, true) => " yes |",
            (true, false) => " |",
        };
        let sample = match field.sample {
            "" => String::new(),
            sample => format!("`{sample}` "),
        };
        let description = field.description;
        let limit = match field.limit.words() {
            [_, english] if english.is_empty() => String::new(),
            [chinese, english] => format!("; {english} {chinese}"),
        };
        let _ = writeln!(
            out,
            "| `{name}` | {} |{needed} {sample}| {} {}{limit} |",
            field.kind, description.english, description.chinese
        );
        rows(out, field.children, request, &format!("{name}."));
    }
}

#[test]
fn the_document_is_what_the_tables_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/methods.md");
    let document = document();
    let present = std::fs::read_to_string(path).unwrap_or_default();
    if present != document {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("methods.md");
        std::fs::write(&made, document).unwrap();
        panic!(
            "docs/methods.md is not what the methods' tables say: look at {} and take it over",
            made.display()
        );
    }
}

#[test]
fn what_is_ours_and_what_is_the_categorys_is_marked() {
    for spec in methods::ALL {
        let named = spec.method.starts_with("alibaba.health.vaccin.");
        assert_eq!(spec.of_category, named, "{}", spec.method);
        assert!(
            named || spec.method.starts_with("povline."),
            "{}",
            spec.method
        );
        assert!(!spec.notes.is_empty(), "{}", spec.method);
        assert_eq!(methods::find(spec.method), Some(*spec));
    }
    let names: std::collections::HashSet<_> = methods::ALL.iter().map(|spec| spec.method).collect();
    assert_eq!(names.len(), methods::ALL.len());
}

#[test]
fn each_refusal_is_told_once() {
    let codes: std::collections::HashSet<_> = BUSINESS_CODES.iter().map(|one| one.code).collect();
    assert_eq!(codes.len(), BUSINESS_CODES.len());
    for code in BUSINESS_CODES {
        let failure = povline_protocol::BusinessFailure::of(code);
        let caller = failure.fault() == povline_protocol::Fault::Caller;
        assert_eq!(caller, code.code != "FAIL_BIZ_500", "{}", code.code);
    }
}
