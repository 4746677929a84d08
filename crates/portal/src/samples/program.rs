//! The programs themselves.

use std::collections::BTreeMap;

use askama::Template;
use povline_protocol::SignMethod;
use povline_protocol::api::ApiSpec;

use super::arguments::{Tree, arguments};
use super::language::Language;
use super::literal;

/// The environment variable from which a program reads the app's secret.
pub const SECRET_VARIABLE: &str = "APP_SECRET";

/// The environment variable from which a program reads the session, where a method needs one.
pub const SESSION_VARIABLE: &str = "APP_SESSION";

/// What a program calls with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The whole address of the gateway, `/router/rest` included.
    pub url: String,
    /// The app's key.
    pub app_key: String,
    /// Values of fields, by their [path](super::Leaf::path). Others take their definition's
    /// samples, or stay out where they may.
    pub values: BTreeMap<String, String>,
}

/// A call as it was made, to be made again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MadeCall<'a> {
    /// The whole address of the gateway, `/router/rest` included.
    pub url: &'a str,
    /// Every parameter but `sign`, as it was signed. Neither `session` nor `timestamp` is written
    /// into a program as it stands here: the one is the reader's, the other would soon be too old.
    pub params: &'a [(String, String)],
    /// How it was signed.
    pub sign_method: SignMethod,
    /// Whether the program sends this `timestamp` all the same, and not that of its run.
    pub keeps_time: bool,
}

/// A session stays out of logs.
impl std::fmt::Debug for MadeCall<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeCall").finish_non_exhaustive()
    }
}

/// A complete program that makes this call and prints the answer.
///
/// Every value is written as a literal of the language, whatever it holds.
#[must_use]
pub fn sample(language: Language, spec: &ApiSpec, call: &Call) -> String {
    written(language, Program::new(language, spec, call))
}

/// A complete program that makes a call again: with the same parameters, text by text, and no
/// others, signed in the same way.
#[must_use]
pub fn sample_of(language: Language, spec: &ApiSpec, call: &MadeCall<'_>) -> String {
    written(language, Program::of(language, spec, call))
}

fn written(language: Language, program: Program<'_>) -> String {
    let written = match language {
        Language::Java => Java { program }.render(),
        Language::DotNet => DotNet { program }.render(),
        Language::Php => Php { program }.render(),
        Language::Curl => Curl { program }.render(),
        Language::Python => Python { program }.render(),
        Language::C => C { program }.render(),
        Language::NodeJs => NodeJs { program }.render(),
    };
    // A template fails only if a value of it does, and none of these can.
    let mut program = written.unwrap_or_default();
    program.push('\n');
    program
}

/// What the templates put in. Everything but `method` and `title` is a literal or an expression.
struct Program<'a> {
    method: &'a str,
    title: &'a str,
    run: &'static str,
    url: String,
    app_key: String,
    params: Vec<Param>,
    /// Whether an object is sent, which Python writes with a module of its own.
    has_object: bool,
    sign_method: SignMethod,
}

/// A parameter that is signed.
struct Param {
    name: String,
    value: Value,
}

enum Value {
    /// An expression of the language.
    Fixed(String),
    AppKey,
    Session,
    Timestamp,
}

impl<'a> Program<'a> {
    fn new(language: Language, spec: &'a ApiSpec, call: &Call) -> Self {
        let text = |text: &str| literal::text(language, text);
        let own = arguments(spec, &|path| call.values.get(path).cloned());
        let has_object = own.iter().any(|one| matches!(one.value, Tree::Object(_)));
        let own = own.into_iter().map(|one| {
            (
                one.name,
                Value::Fixed(literal::expression(language, &one.value)),
            )
        });
        let fixed = |value: &str| Value::Fixed(text(value));
        let public = [
            ("app_key", Some(Value::AppKey)),
            ("format", Some(fixed("json"))),
            ("method", Some(fixed(spec.method))),
            ("session", spec.needs_session.then_some(Value::Session)),
            ("sign_method", Some(fixed(sign_method(language).word()))),
            ("timestamp", Some(Value::Timestamp)),
            ("v", Some(fixed("2.0"))),
        ];
        let public = public
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        Self {
            method: spec.method,
            title: spec.title.english,
            run: language.command(),
            url: text(&call.url),
            app_key: text(&call.app_key),
            params: params(language, public.chain(own).collect()),
            has_object,
            sign_method: sign_method(language),
        }
    }

    fn of(language: Language, spec: &'a ApiSpec, call: &MadeCall<'_>) -> Self {
        let text = |text: &str| literal::text(language, text);
        let app_key = call.params.iter().find(|(name, _)| name == "app_key");
        let sent = call.params.iter().map(|(name, value)| {
            let value = match name.as_str() {
                "app_key" => Value::AppKey,
                "session" => Value::Session,
                "timestamp" if !call.keeps_time => Value::Timestamp,
                _ => Value::Fixed(text(value)),
            };
            (name.as_str(), value)
        });
        Self {
            method: spec.method,
            title: spec.title.english,
            run: language.command(),
            url: text(call.url),
            app_key: text(app_key.map_or("", |(_, key)| key)),
            params: params(language, sent.collect()),
            has_object: false,
            sign_method: call.sign_method,
        }
    }

    /// Whether the secret stands around what is signed, and is no key.
    fn is_md5(&self) -> bool {
        self.sign_method == SignMethod::Md5
    }

    /// The first of two texts if the digest is MD5, the second if it is SHA-256.
    fn digest(&self, md5: &'static str, sha256: &'static str) -> &'static str {
        match self.sign_method {
            SignMethod::Md5 | SignMethod::Hmac => md5,
            SignMethod::HmacSha256 => sha256,
        }
    }
}

/// The parameters in the order in which they are signed; C and the shell rely on it.
fn params(language: Language, mut params: Vec<(&str, Value)>) -> Vec<Param> {
    params.sort_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));
    params
        .into_iter()
        .map(|(name, value)| Param {
            name: literal::text(language, name),
            value,
        })
        .collect()
}

impl Param {
    /// The expression of its value, with what stands for app key, session and time.
    fn or<'b>(&'b self, app_key: &'b str, session: &'b str, timestamp: &'b str) -> &'b str {
        match &self.value {
            Value::Fixed(expression) => expression,
            Value::AppKey => app_key,
            Value::Session => session,
            Value::Timestamp => timestamp,
        }
    }
}

/// openssl takes the key of an HMAC on its command line alone, where other users of the machine
/// can read it; so the shell signs with MD5, whose secret goes through a pipe, unless it must make
/// a certain call again.
fn sign_method(language: Language) -> SignMethod {
    match language {
        Language::Curl => SignMethod::Md5,
        _ => SignMethod::HmacSha256,
    }
}

macro_rules! template {
    ($name:ident, $path:literal) => {
        #[derive(Template)]
        #[template(path = $path, escape = "none")]
        struct $name<'a> {
            program: Program<'a>,
        }
    };
}

template!(Java, "samples/java.txt");
template!(DotNet, "samples/dotnet.txt");
template!(Php, "samples/php.txt");
template!(Curl, "samples/curl.txt");
template!(Python, "samples/python.txt");
template!(C, "samples/c.txt");
template!(NodeJs, "samples/nodejs.txt");
