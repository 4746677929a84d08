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

/// A complete program that makes this call and prints the answer.
///
/// Every value is written as a literal of the language, whatever it holds.
#[must_use]
pub fn sample(language: Language, spec: &ApiSpec, call: &Call) -> String {
    let program = Program::new(language, spec, call);
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
        let mut params: Vec<(&str, Value)> = public.chain(own).collect();
        // Signed in this order; C and the shell rely on it.
        params.sort_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));
        Self {
            method: spec.method,
            title: spec.title.english,
            run: language.command(),
            url: text(&call.url),
            app_key: text(&call.app_key),
            params: params
                .into_iter()
                .map(|(name, value)| Param {
                    name: text(name),
                    value,
                })
                .collect(),
            has_object,
        }
    }
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
/// can read it; so the shell signs with MD5, whose secret goes through a pipe.
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
