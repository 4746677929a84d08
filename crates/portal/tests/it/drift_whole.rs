//! The same for what belongs to a method as a whole, and for fields that come, go or change their
//! place.

use povline_portal::samples::SESSION_VARIABLE;
use povline_protocol::api::{AnswerShape, ApiSpec, FieldSpec, Limit, Refusal, response_key};
use povline_protocol::catalogue::{self, BUSINESS_CODES, Bilingual};
use povline_protocol::{SESSION_REMEDY, methods};
use serde_json::Value;

use crate::drift::{Told, all_response_leaves, changed, checked, leak};

const fn both(chinese: &'static str, english: &'static str) -> Bilingual {
    Bilingual { chinese, english }
}

/// A text as HTML has it.
fn escaped(text: &str) -> String {
    text.replace('&', "&#38;")
        .replace('<', "&#60;")
        .replace('>', "&#62;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;")
}

impl Told {
    /// Each page, with the one of two texts that it has.
    fn each(&self, text: Bilingual) -> [(&String, String); 2] {
        let [chinese, english] = &self.pages;
        [
            (chinese, escaped(text.chinese)),
            (english, escaped(text.english)),
        ]
    }

    #[track_caller]
    fn pages_say(&self, text: Bilingual) {
        for (page, text) in self.each(text) {
            assert!(page.contains(&text), "{}: {text}", self.spec.method);
        }
    }

    #[track_caller]
    fn description_says(&self, text: Bilingual) {
        let description = self.description.to_string();
        for text in [text.chinese, text.english] {
            assert!(description.contains(text), "{}: {text}", self.spec.method);
        }
    }

    /// The schema of what stands under the root of a good answer.
    fn answer(&self) -> &Value {
        let path = format!("/router/rest#{}", self.spec.method);
        let answer = &self.description["paths"][path]["post"]["responses"]["200"];
        let schema = &answer["content"]["application/json"]["schema"]["oneOf"][0];
        &schema["properties"][response_key(self.spec.method)]
    }

    /// The schema of the field at this path of an answer, and of what it stands in.
    fn answered(&self, path: &str) -> (&Value, &Value) {
        let (mut fields, mut inside) = (self.spec.response, self.answer());
        let mut names = path.split('.').peekable();
        while let Some(name) = names.next() {
            let schema = &inside["properties"][name];
            if names.peek().is_none() {
                return (schema, inside);
            }
            let field = fields.iter().find(|field| field.name == name).unwrap();
            inside = match field.is_list() {
                true => &schema["properties"][field.element_name()]["items"],
                false => schema,
            };
            fields = field.children;
        }
        panic!("{path} is no path")
    }

    /// Whether the page's example answers show this, in JSON and in XML.
    fn examples_show(&self, name: &str, value: &str) -> [bool; 2] {
        let (_, examples) = self.pages[0].split_once("id=\"answers\"").unwrap();
        let (examples, _) = examples.split_once("id=\"refusals\"").unwrap();
        let json = [
            format!("\"{name}\": \"{value}\""),
            format!("\"{name}\": {value}"),
        ];
        let xml = escaped(&format!("<{name}>{value}</{name}>"));
        [
            json.iter().any(|one| examples.contains(&escaped(one))),
            examples.contains(&xml),
        ]
    }
}

#[test]
fn what_a_method_says_of_itself_is_told_everywhere() {
    const TITLE: Bilingual = both("别的标题", "Quite another title");
    const SUMMARY: Bilingual = both("别的用途", "For <quite> another purpose");
    const CATEGORY: Bilingual = both("别的类目", "Quite another category");
    const NOTES: &[Bilingual] = &[
        both("别的约定", "Another <decision>"),
        both("其二", "A second"),
    ];
    for spec in methods::ALL {
        let told = Told::of(leak(ApiSpec {
            title: TITLE,
            summary: SUMMARY,
            category: CATEGORY,
            notes: NOTES,
            of_category: true,
            ..**spec
        }));
        for text in [TITLE, SUMMARY, CATEGORY, NOTES[0], NOTES[1]] {
            told.pages_say(text);
        }
        for text in [TITLE, SUMMARY, CATEGORY, NOTES[0], NOTES[1]] {
            told.description_says(text);
        }
        for text in told.programs.iter().chain(&told.classes) {
            assert!(text.contains(TITLE.english), "{text}");
        }
        let ours = Told::of(leak(ApiSpec {
            of_category: false,
            ..*told.spec
        }));
        ours.pages_say(both("Povline自有API", "Povline's own"));
        for (page, category) in ours.each(CATEGORY) {
            assert!(!page.contains(&category), "{}", spec.method);
        }
    }
}

#[test]
fn another_name_of_a_method_is_called_everywhere() {
    for spec in methods::ALL {
        let told = Told::of(leak(ApiSpec {
            method: "quite.another_method",
            ..**spec
        }));
        let is_old = |text: &str| text.contains(spec.method);
        for page in &told.pages {
            assert!(page.contains("<h1><code>quite.another_method</code>"));
            assert!(page.contains("quite_another_method_response"));
            assert!(!page.contains(&response_key(spec.method)));
        }
        let description = told.description.to_string();
        assert!(description.contains("/router/rest#quite.another_method"));
        assert!(description.contains("quite_another_method_response"));
        assert!(!description.contains(&format!("#{}", spec.method)));
        for text in told.programs.iter().chain(&told.classes) {
            assert!(text.contains("quite.another_method"), "{text}");
            assert!(!is_old(text), "{text}");
        }
        for text in [&told.java, &told.python] {
            assert!(text.contains("QuiteAnotherMethodRequest"), "{text}");
        }
    }
}

#[test]
fn a_session_is_asked_for_everywhere() {
    for spec in methods::ALL {
        for needs_session in [false, true] {
            let told = Told::of(leak(ApiSpec {
                needs_session,
                ..**spec
            }));
            let [chinese, english] = told.rows("public", "session");
            assert_eq!(chinese.contains("必须"), needs_session, "{chinese}");
            assert_eq!(english.contains("<strong>needed</strong>"), needs_session);
            for said in [
                both("必须传session", "a call must carry one"),
                SESSION_REMEDY,
            ] {
                for (page, text) in told.each(said) {
                    assert_eq!(page.contains(&text), needs_session, "{}", spec.method);
                }
            }
            for page in &told.pages {
                let refused = page.contains("<code>invalid-sessionkey</code>");
                assert_eq!(refused, needs_session, "{}", spec.method);
            }
            let needed = told.form()["required"].as_array().unwrap();
            assert_eq!(needed.contains(&"session".into()), needs_session);
            for program in &told.programs {
                let sends = program.contains(SESSION_VARIABLE);
                assert_eq!(sends, needs_session, "{program}");
            }
            assert_eq!(told.java.contains("(req, sessionKey)"), needs_session);
            assert_eq!(told.python.contains("getResponse(session)"), needs_session);
        }
    }
}

#[test]
fn where_an_answer_says_how_it_went_is_told() {
    for (shape, field) in [
        (AnswerShape::Result, "result.success"),
        (AnswerShape::Flat, "is_success"),
    ] {
        for spec in methods::ALL {
            let told = Told::of(leak(ApiSpec { shape, ..**spec }));
            for page in &told.pages {
                assert!(
                    page.contains(&format!("<code>{field}</code></p>")),
                    "{field}"
                );
            }
            let name = field.rsplit('.').next().unwrap();
            assert_eq!(told.examples_show(name, "false"), [true, true], "{field}");
        }
    }
}

#[test]
fn another_refusal_or_failure_stands_on_the_page_with_its_remedy() {
    const REFUSED: Refusal = Refusal {
        code: 12,
        sub_code: "isv.permission-api-package-limit",
    };
    for spec in methods::ALL {
        let told = Told::of(leak(ApiSpec {
            refusals: &[REFUSED],
            failures: leak(BUSINESS_CODES.iter().collect::<Vec<_>>()),
            ..**spec
        }));
        let code = catalogue::platform_code(REFUSED.code).unwrap();
        let sub_code = catalogue::sub_code(REFUSED.sub_code).unwrap();
        for text in [code.meaning, code.remedy, sub_code.meaning, sub_code.remedy] {
            told.pages_say(text);
        }
        for failure in BUSINESS_CODES {
            told.pages_say(failure.meaning);
            told.pages_say(failure.remedy);
        }
        let own = Told::of(spec);
        for page in &own.pages {
            assert!(!page.contains(REFUSED.sub_code), "{}", spec.method);
        }
    }
}

/// A field that no definition has.
const NEW: FieldSpec = FieldSpec {
    name: "quite_new",
    kind: "String",
    required: true,
    sample: "a new sample",
    limit: Limit::Bytes(20),
    description: both("新的字段", "A new field"),
    children: &[],
};

fn with_new(fields: &'static [FieldSpec]) -> &'static [FieldSpec] {
    leak(fields.iter().copied().chain([NEW]).collect::<Vec<_>>())
}

#[test]
fn a_field_that_comes_is_everywhere_and_one_that_goes_is_nowhere() {
    for spec in methods::ALL {
        let told = Told::of(leak(ApiSpec {
            request: with_new(spec.request),
            response: with_new(spec.response),
            ..**spec
        }));
        for table in ["request", "response"] {
            for row in told.rows(table, NEW.name) {
                assert!(row.contains(NEW.sample), "{table}: {row}");
            }
        }
        let (schema, form) = told.schema(NEW.name);
        assert_eq!(schema["maxLength"], 20);
        assert!(
            form["required"]
                .as_array()
                .unwrap()
                .contains(&NEW.name.into())
        );
        let (schema, answer) = told.answered(NEW.name);
        assert_eq!(schema["type"], "string");
        assert!(
            answer["required"]
                .as_array()
                .unwrap()
                .contains(&NEW.name.into())
        );
        assert_eq!(told.examples_show(NEW.name, NEW.sample), [true, true]);
        let texts = told.programs.iter().chain(&told.bare_programs);
        for text in texts.chain(&told.classes) {
            assert!(text.contains(NEW.name), "{text}");
        }
        for usage in [&told.java, &told.python] {
            assert!(usage.contains(NEW.sample), "{usage}");
        }
        assert!(checked(told.spec, "", None).is_ok());
        let without = checked(told.spec, NEW.name, None).unwrap_err();
        assert!(without.contains(NEW.name), "{without}");

        let own = Told::of(spec);
        let texts = own.pages.iter().chain(&own.programs);
        for text in texts.chain(&own.classes).chain([&own.java, &own.python]) {
            assert!(!text.contains(NEW.name), "{text}");
        }
        assert!(!own.describes(NEW.name));
    }
}

#[test]
fn whether_a_field_of_an_answer_is_always_there_is_told() {
    for (spec, leaf) in all_response_leaves() {
        for required in [false, true] {
            let told = Told::of(changed(spec, leaf.field.name, &|field| FieldSpec {
                required,
                ..*field
            }));
            let path = leaf.path.as_str();
            let [chinese, english] = told.rows("response", path);
            assert_eq!(chinese.contains("总有"), required, "{chinese}");
            assert_eq!(
                english.contains("<td class=\"nowrap\">always</td>"),
                required
            );
            let (_, inside) = told.answered(path);
            let needed = inside["required"].as_array().unwrap();
            assert_eq!(needed.contains(&leaf.field.name.into()), required, "{path}");
        }
    }
}

#[test]
fn another_sample_of_an_answer_is_shown_and_described() {
    // The examples leave out what only a failure has.
    let of_failures = ["msg_code", "msg_info", "success", "is_success"];
    for (spec, leaf) in all_response_leaves() {
        let sample = match leaf.field.kind {
            "Number" => "90417",
            "Boolean" => continue,
            _ => "a sample & more",
        };
        let told = Told::of(changed(spec, leaf.field.name, &|field| FieldSpec {
            sample,
            ..*field
        }));
        let path = leaf.path.as_str();
        for row in told.rows("response", path) {
            assert!(row.contains(&escaped(sample)), "{path}: {row}");
        }
        let examples = told.answered(path).0["examples"].to_string();
        assert!(examples.contains(sample), "{path}: {examples}");
        if !of_failures.contains(&leaf.field.name) {
            let name = leaf.field.name;
            let [json, xml] = told.examples_show(name, sample);
            let escaped_twice = sample.replace('&', "&amp;");
            let xml = xml || told.examples_show(name, &escaped_twice)[1];
            assert!(json && xml, "{path}");
        }
    }
}

/// What is a list becomes an object, and the other way round.
#[test]
fn a_list_is_a_list_everywhere() {
    for spec in methods::ALL {
        for field in spec.response.iter().flat_map(|field| field.children) {
            let kind: &'static str = match field.kind.strip_suffix(" []") {
                Some(one) => one,
                None if !field.children.is_empty() => leak(format!("{} []", field.kind)),
                None => continue,
            };
            let told = Told::of(changed(spec, field.name, &|field| FieldSpec {
                kind,
                ..*field
            }));
            let before = Told::of(spec);
            for page in &told.pages {
                assert!(page.contains(&format!("<td>{kind}</td>")), "{kind}");
            }
            let is_list = kind.ends_with("[]");
            let [java, dotnet, ..] = &told.classes;
            let name = kind.trim_end_matches(" []");
            assert_eq!(java.contains(&format!("List<{name}>")), is_list, "{java}");
            assert_eq!(dotnet.contains(&format!("List<{name}Domain>")), is_list);
            for (classes, before) in told.classes.iter().zip(&before.classes) {
                assert_ne!(classes, before, "{kind}");
            }
            assert_ne!(told.description, before.description);
            assert_ne!(told.pages, before.pages);
        }
    }
}
