//! .NET and Python.

use askama::Template;

use super::SdkFile;
use super::model::{Api, Kind, Member};

#[derive(Template)]
#[template(path = "sdk/request.cs.txt", escape = "none")]
struct DotNetRequest<'a> {
    api: &'a Api,
}

#[derive(Template)]
#[template(path = "sdk/response.cs.txt", escape = "none")]
struct DotNetResponse<'a> {
    api: &'a Api,
}

/// A request and a response class, with the objects as classes inside them.
pub(super) fn dotnet(api: Api) -> [SdkFile; 2] {
    let file = |folder: &str, text: askama::Result<String>| SdkFile {
        path: format!("{folder}/{}{folder}.cs", api.class),
        // A template fails only if a value of it does, and none of these can.
        text: text.unwrap_or_default() + "\n",
    };
    [
        file("Request", DotNetRequest { api: &api }.render()),
        file("Response", DotNetResponse { api: &api }.render()),
    ]
}

impl Member {
    /// The type of a field of a response.
    fn dotnet(&self) -> String {
        match &self.kind {
            Kind::Text | Kind::Instant => "string".to_owned(),
            Kind::Number => "long".to_owned(),
            Kind::Truth => "bool".to_owned(),
            Kind::Object(name) => format!("{name}Domain"),
            Kind::Objects(name, _) => format!("List<{name}Domain>"),
            Kind::Texts => "List<string>".to_owned(),
        }
    }

    /// The type of a parameter, or of a field of one: what is not set is not sent.
    fn dotnet_request(&self) -> String {
        match &self.kind {
            Kind::Number => "Nullable<long>".to_owned(),
            Kind::Truth => "Nullable<bool>".to_owned(),
            Kind::Instant => "Nullable<DateTime>".to_owned(),
            _ => self.dotnet(),
        }
    }

    /// The type of a parameter: objects and lists are kept as the text that is sent.
    fn dotnet_parameter(&self) -> String {
        match &self.kind {
            Kind::Object(_) | Kind::Objects(..) | Kind::Texts => "string".to_owned(),
            _ => self.dotnet_request(),
        }
    }
}

/// The package that holds the classes for Python.
const PYTHON_PACKAGE: &str = "povline_top";

#[derive(Template)]
#[template(path = "sdk/request.py.txt", escape = "none")]
struct PythonRequest<'a> {
    api: &'a Api,
}

#[derive(Template)]
#[template(path = "sdk/package.py.txt", escape = "none")]
struct PythonPackage<'a> {
    apis: &'a [Api],
    package: &'static str,
}

/// A request class for each method, in a package beside the SDK's, whose `top.api` it enters. The
/// SDK gives answers as dictionaries and has no class for them; a class's text tells what stands in
/// its answer.
pub(super) fn python(apis: &[Api]) -> Vec<SdkFile> {
    let file = |name: String, text: askama::Result<String>| SdkFile {
        path: format!("{PYTHON_PACKAGE}/{name}.py"),
        text: text.unwrap_or_default() + "\n",
    };
    let package = PythonPackage {
        apis,
        package: PYTHON_PACKAGE,
    };
    let classes = apis.iter().map(|api| {
        let request = PythonRequest { api };
        file(format!("{}Request", api.class), request.render())
    });
    std::iter::once(file("__init__".to_owned(), package.render()))
        .chain(classes)
        .collect()
}
