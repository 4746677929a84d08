//! The sample of every method in every language, as a reader takes it from the portal and runs it
//! by the page's own command. What it prints is what the Rust client gets by the same call.
//!
//! Nothing here names a method: one that is added is tried like the others, with the samples of its
//! definition as values. Only what cannot be known when a definition is written is chosen here, by
//! the names of fields: a clinic, a day to come, an appointment that is there.

use std::path::{Path, PathBuf};
use std::process::Command;

use povline_portal::samples::{Language, leaves};
use povline_protocol::api::{AnswerShape, ApiSpec, FieldSpec, response_key};
use povline_protocol::methods;
use serde_json::{Map, Value};

use super::scene::{NAMES, POV, Scene, encoded, printed};

/// The periods that the samples of the definitions speak of.
const PERIODS: &str = "08:00-08:30,08:30-09:00";

/// What two calls that are alike are told differently. A cursor counts whatever the book has written,
/// the records of reads too.
const OF_ONE_CALL: [&str; 3] = ["request_id", "removed", "cursor"];

/// Values of fields, by their paths.
pub(super) type Values = Vec<(String, String)>;

/// As many as there are tests below: a language that is added needs one.
const _: [Language; 7] = Language::ALL;

#[test]
fn java_samples_get_what_the_client_gets() {
    check(Language::Java);
}

#[test]
fn dotnet_samples_get_what_the_client_gets() {
    check(Language::DotNet);
}

#[test]
fn php_samples_get_what_the_client_gets() {
    check(Language::Php);
}

#[test]
fn curl_samples_get_what_the_client_gets() {
    check(Language::Curl);
}

#[test]
fn python_samples_get_what_the_client_gets() {
    check(Language::Python);
}

#[test]
fn c_samples_get_what_the_client_gets() {
    check(Language::C);
}

#[test]
fn nodejs_samples_get_what_the_client_gets() {
    check(Language::NodeJs);
}

/// Compiles `Call.java` in each of the folders. One JVM for all of them saves most of the time.
const JAVA_COMPILER: &str = r#"
import javax.tools.ToolProvider;

public class Compile {
    public static void main(String[] folders) {
        for (String folder : folders) {
            String source = folder + "/Call.java";
            int code = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", folder, source);
            if (code != 0) System.exit(code);
        }
    }
}
"#;

/// Runs the sample of every method, each on a clinic that is ready for it.
#[track_caller]
fn check(language: Language) {
    let scene = Scene::sandbox();
    let clinic = Clinic::open(&scene);
    let mut specs = methods::ALL.to_vec();
    // What empties clinics comes after all that needs something in them.
    specs.sort_by_key(|spec| spec.method == methods::sandbox_reset::METHOD);
    let trials: Vec<(&ApiSpec, Values, PathBuf)> = specs
        .into_iter()
        .map(|spec| {
            let values = clinic.values(spec);
            let folder = fetch(&scene, language, spec, &values);
            (spec, values, folder)
        })
        .collect();
    // The first is run as the page says; the others are compiled together.
    let mut command = language.command();
    for (nth, (spec, values, folder)) in trials.iter().enumerate() {
        if (language, nth) == (Language::Java, 1) {
            let compiler = scene.place.write("Compile.java", JAVA_COMPILER);
            let mut compile = Command::new("java");
            compile.arg(compiler);
            compile.args(trials.iter().map(|(_, _, folder)| folder));
            printed(scene.with_secret(&mut compile, scene.place.path()));
            command = "java Call";
        }
        clinic.open_schedule();
        let mut run = Command::new("sh");
        run.args(["-c", command]);
        // These programs end before optimised code pays.
        run.env("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1");
        let told = printed(scene.with_secret(&mut run, folder));
        let answer = |text: &str| -> Value {
            let answer = serde_json::from_str(text);
            answer.unwrap_or_else(|error| panic!("{} {error}: {text}", spec.method))
        };
        let by_sample = answer(&told);
        assert!(succeeded(spec, &by_sample), "{language:?}: {by_sample}");
        let by_client = answer(&scene.called(spec.method, &arguments(spec, values)));
        assert_eq!(
            comparable(by_sample),
            comparable(by_client),
            "{language:?} {}",
            spec.method
        );
    }
}

/// Takes a method's sample from the portal.
#[track_caller]
fn fetch(scene: &Scene, language: Language, spec: &ApiSpec, values: &Values) -> PathBuf {
    let folder = scene.place.path().join(spec.method);
    std::fs::create_dir_all(&folder).unwrap();
    let file = language.file_name();
    let mut address = format!(
        "/docs/{}/samples/{file}?app_key={}",
        spec.method, scene.app_key
    );
    for (path, value) in values {
        address += &format!("&{path}={}", encoded(value));
    }
    let program = scene.page(&address);
    assert!(!program.contains(&scene.secret), "{program}");
    std::fs::write(folder.join(file), program).unwrap();
    folder
}

/// A clinic that the samples are tried on.
pub(super) struct Clinic<'s> {
    scene: &'s Scene,
    tomorrow: String,
}

impl<'s> Clinic<'s> {
    /// Registers the clinic and books names that no format may damage.
    pub(super) fn open(scene: &'s Scene) -> Self {
        let day: povline_domain::Day = scene.day.parse().unwrap();
        let clinic = Self {
            scene,
            tomorrow: day.plus_days(1).unwrap().to_string(),
        };
        clinic.call(
            "alibaba.health.vaccin.pov.update",
            &[
                ("pov_no", POV),
                ("pov_name", "测试"),
                ("telephone", "010-12345678"),
                ("address", "测试"),
            ],
        );
        clinic.open_schedule();
        for name in NAMES {
            clinic.book(&format!("named-{name}"), name);
        }
        clinic
    }

    /// What must succeed for the samples to be tried.
    #[track_caller]
    fn call(&self, method: &str, arguments: &[(&str, &str)]) -> Value {
        let answer = self.scene.called(method, arguments);
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let told = &answer[response_key(method)];
        assert_eq!(told["is_success"], true, "{method}: {answer}");
        told["model"].clone()
    }

    /// Opens the day of tomorrow, also after something has closed it.
    pub(super) fn open_schedule(&self) {
        self.call(
            "povline.schedule.open",
            &[
                ("out_pov_id", POV),
                ("appointment_time", &self.tomorrow),
                ("appointment_period", PERIODS),
                ("max_num", "100"),
            ],
        );
    }

    fn book(&self, out_id: &str, name: &str) -> String {
        let booked = self.call(
            "povline.appointment.book",
            &[
                ("out_id", out_id),
                ("out_pov_id", POV),
                ("appointment_time", &self.tomorrow),
                ("appointment_period", "08:30-09:00"),
                ("name", name),
                ("vaccine_id", "V001"),
            ],
        );
        booked["appointment_id"].as_str().unwrap().to_owned()
    }

    /// Books an appointment for a method, and says with which values it is called.
    pub(super) fn values(&self, spec: &ApiSpec) -> Values {
        let appointment = self.book(&format!("for-{}", spec.method), "测试");
        let chosen = leaves(spec).into_iter().filter_map(|leaf| {
            let value = match leaf.field.name {
                "out_pov_id" => POV,
                "day" | "appointment_time" => &self.tomorrow,
                "appointment_id" | "order_id" => &appointment,
                _ => return None,
            };
            Some((leaf.path, value.to_owned()))
        });
        chosen.collect()
    }
}

/// The arguments of the same call for the client: what the samples send too.
pub(super) fn arguments(spec: &ApiSpec, values: &Values) -> Vec<(&'static str, String)> {
    let chosen = |path: &str| {
        let value = values.iter().find(|(chosen, _)| chosen == path);
        value.map(|(_, value)| value.clone())
    };
    let sample = |field: &FieldSpec| match field.sample {
        "" => field.name.to_owned(),
        sample => sample.to_owned(),
    };
    let argument = |field: &'static FieldSpec| {
        if field.children.is_empty() {
            let value = chosen(field.name).or_else(|| field.required.then(|| sample(field)));
            return Some((field.name, value?));
        }
        let member = |child: &FieldSpec| {
            let value = chosen(&format!("{}.{}", field.name, child.name));
            let value = value.unwrap_or_else(|| sample(child));
            let value = match child.kind {
                "Number" => Value::from(value.parse::<u64>().unwrap()),
                _ => Value::from(value),
            };
            (child.name.to_owned(), value)
        };
        let object: Map<String, Value> = field.children.iter().map(member).collect();
        Some((field.name, Value::from(object).to_string()))
    };
    spec.request.iter().filter_map(argument).collect()
}

pub(super) fn succeeded(spec: &ApiSpec, answer: &Value) -> bool {
    let told = &answer[response_key(spec.method)];
    let success = match spec.shape {
        AnswerShape::Result => &told["result"]["success"],
        AnswerShape::Flat => &told["is_success"],
    };
    *success == true
}

/// The answer without what is told of one call alone.
pub(super) fn comparable(answer: Value) -> Value {
    match answer {
        Value::Object(members) => {
            let members = members.into_iter();
            let members = members.filter(|(name, _)| !OF_ONE_CALL.contains(&name.as_str()));
            let members = members.map(|(name, value)| (name, comparable(value)));
            Value::Object(members.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(comparable).collect()),
        other => other,
    }
}

/// A compiler's warnings are a reader's questions. C is C++ too.
#[test]
fn c_samples_compile_without_a_warning_as_c_plus_plus_too() {
    let scene = Scene::sandbox();
    let sources: Vec<PathBuf> = methods::ALL
        .iter()
        .map(|spec| fetch(&scene, Language::C, spec, &Values::new()).join("call.c"))
        .collect();
    for compiler in [&["cc"][..], &["g++", "-x", "c++"]] {
        let [program, arguments @ ..] = compiler else {
            panic!("no compiler")
        };
        let mut command = Command::new(program);
        command.args(arguments);
        command.args(["-Wall", "-Wextra", "-Werror", "-fsyntax-only"]);
        printed(scene.with_secret(command.args(&sources), Path::new(".")));
    }
}
